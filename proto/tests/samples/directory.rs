//! What else does the directory say: with several signatures, with and without optional parts, and in proofs?
//! It must never know messages.

use liaison_keys::card::{
    Absence, Availability, Card, Email, EmailKind, Hours, Person, Phone, PhoneKind, SaltedCard, Weekday,
};
use liaison_keys::directory::body::{Enrol, NoteEffect, Settings, Taking};
use liaison_keys::directory::checkpoint::Head;
use liaison_keys::directory::evidence::Evidence;
use liaison_keys::directory::group::DefineGroup;
use liaison_keys::directory::invitation::Invitation;
use liaison_keys::directory::{
    Answers, Body, Category, Entry, Level, MemberStatus, Membership, OfficeRecord, Rank, Statement,
};
use liaison_keys::fingerprint::Fingerprint;
use liaison_keys::names::{Digest, Subject};
use liaison_keys::signing::{Authority, Log, PublicKey};
use liaison_keys::vault::VaultKey;

use super::{Sample, statement_sample};
use crate::world::{
    LIFE_S, World, confirm, contest, delegate_to, display, enrol_with, freeze, group_member, key, leave,
    name, nominate, operate, participation, permit_supply, policy, public, re_root, revoke, root_change,
    settings, suspend, undelegate, update, withdraw,
};

const ROOTS: [&str; 3] = ["xg root 1", "xg root 2", "xg root 3"];
const NORTH: &str = "group:xr-north";

/// All of them.
pub(super) fn samples(world: &World) -> Vec<Sample> {
    let mut samples = statements(super::world());
    samples.extend([inclusion(world), fingerprint(world), invitation(world), record(), card()]);
    samples.extend(evidence());
    samples
}

/// Statements that follow those of the first world; the good files of each kind have its first one.
fn statements(mut world: World) -> Vec<Sample> {
    let coordinator: Subject = name("org:xr-north/coordinator/1");
    let all = world.entries().iter().map(|entry| Entry::from_bytes(entry).unwrap().statement);
    let mut all = all.map(|bytes| Statement::from_bytes(&bytes).unwrap());
    let of_organization = all.find(|statement| statement.claims().subject == coordinator).unwrap();
    let mut samples = vec![statement_sample("statement-11-nominate-organization", &of_organization)];
    let ended = DefineGroup { name: "Name of the group".to_owned(), coordinator: None };
    let admins = delegate_to(&["xg admin", "xg admin 2"], world.now + LIFE_S);
    for (name, subject, body, signers) in [
        ("04-enrol-three-roots", "xg", enrolment(), [&["custodian 1"], ROOTS.as_slice()].concat()),
        ("07-delegate-by-two-of-three", "xg", admins, vec![ROOTS[0], ROOTS[2], "xg admin", "xg admin 2"]),
        ("11-nominate-full", "xa/diplomatic/2", nomination(), vec!["xa root 1"]),
        (
            "15-revoke-by-itself",
            "xb/operations/1",
            revoke("xb/operations/1", 2, None),
            vec!["xb/operations/1 signing 2"],
        ),
        (
            "18-group-member-suspended",
            NORTH,
            group_member("xb", MemberStatus::Suspended),
            vec!["org:xr-north root 1"],
        ),
        ("17-define-group-ended", NORTH, Body::DefineGroup(ended), vec!["custodian 2"]),
    ] {
        let statement = world.statement(subject, &body, &signers);
        world.log(&statement).unwrap();
        samples.push(statement_sample(&format!("statement-{name}"), &statement));
    }
    samples.extend(changes(world));
    samples
}

/// What changes or ends something that stands, and what the custodian says of the network.
fn changes(mut world: World) -> Vec<Sample> {
    let (desk, device) = ("xb/operations/1", "xb/operations/1 signing 1");
    let two = vec![ROOTS[0], ROOTS[1]];
    let mut samples = Vec::new();
    let another = operate(|operate| operate.relays[0].addresses = vec!["elsewhere.example:4433".to_owned()]);
    let new_root = |signers: &[&'static str]| [signers, &["xg root 4"]].concat();
    let until = world.now + 86_400;
    for (name, subject, body, signers) in [
        ("02-operate", "network", another, vec!["custodian 1"]),
        ("10-policy-by-an-admin", "xg", policy(), vec!["xg admin"]),
        ("03-settings", "network", Body::Settings(restricted()), vec!["custodian 1"]),
        ("05-root-change", "xg", root_change(&["xg root 1", "xg root 4"], 2), new_root(&two)),
        (
            "06-re-root",
            "xb",
            re_root(&["xb root 9"], 1, &["xa"]),
            vec!["custodian 1", "xa root 1", "xb root 9"],
        ),
        ("08-undelegate", "xg", undelegate(&["xg admin"], None), two.clone()),
        ("08-undelegate-void-since", "xg", undelegate(&["xg admin"], Some(3)), two.clone()),
        ("09-participation", "xa", participation(Taking::Paused), vec!["xa admin"]),
        ("10-policy", "xa", policy(), vec!["xa root 1"]),
        ("12-update-full", "xa/diplomatic/2", update(full_record()), vec!["xa admin"]),
        ("20-leave", "xa", leave(NORTH), vec!["xa admin"]),
        ("21-confirm", desk, confirm(None), vec![device]),
        ("21-confirm-card", "xa/diplomatic/2", confirm(Some(Digest::of(b"a card"))), vec!["xa root 1"]),
        ("22-permit-supply", "xa", permit_supply("org:xr-north", true), vec!["xa admin"]),
        ("16-suspend", desk, suspend(desk, 1, until), vec!["xb admin"]),
        ("25-note-freeze", "xb", freeze("xb admin"), vec!["custodian 2"]),
        ("25-note-suspend", desk, display(NoteEffect::Suspend), vec!["custodian 1"]),
        ("13-withdraw", "xa/diplomatic/2", withdraw(), vec!["xa admin"]),
    ] {
        if name == "21-confirm-card" {
            world.does("xa", &participation(Taking::Participating), &["xa admin"]);
        }
        let statement = world.statement(subject, &body, &signers);
        world.log(&statement).unwrap_or_else(|void| panic!("{name}: {void}"));
        samples.push(statement_sample(&format!("statement-{name}"), &statement));
        if name == "06-re-root" {
            let contest = world.statement("xb", &contest(&statement), &["xb admin"]);
            world.log(&contest).unwrap();
            samples.push(statement_sample("statement-24-contest", &contest));
        }
    }
    let attest = world.statement("xb", &world.attest("xa", "xb"), &["xa root 1"]);
    world.log(&attest).unwrap();
    samples.push(statement_sample("statement-23-attest", &attest));
    samples
}

/// A network that uses less than all.
fn restricted() -> Settings {
    Settings {
        profile: name("uk-core"),
        kinds_off: vec![name("assistance-offer"), name("assistance-request")],
        kinds_bilateral: vec![name("crisis-message")],
        categories_off: vec![Category::LawEnforcement],
        ..settings()
    }
}

/// A back-up's record with everything that a record may say.
fn full_record() -> OfficeRecord {
    let networks = Membership { group: name(NORTH), same_poc: true, supplied_by: Some(name("org:xr-north")) };
    OfficeRecord {
        categories: vec![Category::Diplomatic, Category::Policy],
        unit: "Desk for cyber diplomacy".to_owned(),
        level: Some(Level::Working),
        rank: Rank::Backup,
        languages: vec!["en".to_owned(), "fr".to_owned()],
        answers: Some(Answers::Person),
        organisation: Some("Ministry of Foreign Affairs".to_owned()),
        backup_of: Some(name("xa/diplomatic/1")),
        wants: Some(vec![name("crisis-message"), name("incident-notification")]),
        networks: Some(vec![networks]),
        card_for: Some(vec![name(NORTH)]),
        card: Some(Digest::of(b"a card")),
        effective: Some(crate::world::START),
        valid_until: Some(crate::world::START + LIFE_S),
    }
}

fn enrolment() -> Body {
    let Body::Enrol(enrol) = enrol_with(&ROOTS, 2) else { unreachable!() };
    let (regional_group, note_verbale) = (Some("Group of Examples".to_owned()), Some("NV 2026/7".to_owned()));
    Body::Enrol(Enrol { regional_group, note_verbale, ..enrol })
}

fn nomination() -> Body {
    let Body::Nominate(record) = nominate("xa/diplomatic/2") else { unreachable!() };
    Body::Nominate(OfficeRecord {
        categories: vec![Category::Diplomatic, Category::Policy],
        level: Some(Level::Senior),
        languages: vec!["fr".to_owned(), "zh-Hans".to_owned()],
        ..record
    })
}

/// That an entry is in the log; no frame carries such a proof yet.
fn inclusion(world: &World) -> Sample {
    let checkpoint = world.replica.checkpoint();
    let about = "Hashes from the leaf upwards which prove that an entry is in the log of `context/exercise.json` (RFC \
                 9162 §2.1.3). No frame of this version carries it.";
    let proof = world.replica.log().prove_inclusion(5).unwrap();
    Sample::new("inclusion-proof", "3.1", None, about, proof)
        .with("entry", hex::encode(&world.entries()[5]))
        .with("index", 5)
        .with("size", checkpoint.size)
        .with("root", checkpoint.root)
}

fn fingerprint(world: &World) -> Sample {
    let keys: Vec<PublicKey<Authority>> = ROOTS.iter().map(|root| public(root)).collect();
    let digits = Fingerprint::of_root(world.network(), &name("xg"), 2, &keys).to_string();
    let about = "The fingerprint of a root of three keys, of which two sign, as text.";
    let sample = Sample::new("fingerprint-three-roots", "2.5", None, about, digits.into_bytes()).text();
    let sample = sample.with("network", world.network()).with("owner", "xg").with("m", 2);
    ROOTS.iter().fold(sample, |sample, root| sample.seed(root))
}

fn invitation(world: &World) -> Sample {
    let ends = world.now + 86_400;
    let invitation = Invitation { key: public("invited transport"), owner: name("org:aid"), ends };
    let custodian = ["custodian 1", "custodian 2"].map(key::<Authority>);
    let [first, second] = &custodian;
    let about = "An invitation for an organization, by two custodian keys of which both must sign.";
    let bytes = invitation.sign(world.network(), &[first, second]);
    Sample::new("invitation-two-custodians", "7.2", Some("invitation"), about, bytes)
        .with("network", world.network())
        .with("owner", "org:aid")
        .with("ends", ends)
        .with("m", 2)
        .seed("custodian 1")
        .seed("custodian 2")
        .seed("invited transport")
}

/// One of each kind: the other history has another word on the same device.
fn evidence() -> [Sample; 3] {
    let (mut ours, mut theirs) = (super::world(), super::world());
    ours.revoke("xb/operations/1", 2, None);
    theirs.revoke("xb/operations/1", 2, Some(crate::world::START));
    let head = |world: &World, time: u64| {
        let checkpoint = world.replica.checkpoint();
        Head { size: checkpoint.size, root: checkpoint.root, time }.sign(world.network(), &key::<Log>("log"))
    };
    let (earlier, shorter) = (head(&ours, ours.now), head(&super::world(), ours.now + 60));
    let mut void = super::world();
    let by_another = void.statement("xa/policy/1", &nominate("xa/policy/1"), &["xb admin"]);
    void.log(&by_another).unwrap_err();
    let sample = |name: &str, about: &str, evidence: Evidence| {
        let sample = Sample::new(name, "3.9", Some("evidence"), about, evidence.to_bytes());
        sample.with("network", ours.network())
    };
    let two = Evidence::split_view(ours.entries(), ours.note(), theirs.note());
    [
        sample("evidence-1-two-histories", "Two histories under the log's key.", two),
        sample(
            "evidence-2-shorter",
            "A log that became shorter.",
            Evidence::rollback(&ours.entries()[..1], earlier, shorter),
        ),
        sample(
            "evidence-3-void-entry",
            "A void entry under the log's key.",
            Evidence::void_entry(void.entries(), void.note()),
        ),
    ]
}

/// A card that says everything.
fn card() -> Sample {
    let salted = salted_card();
    let about = "A contact card with its salt; its hash is what the record of an office holds.";
    Sample::new("salted-card", "3.8", Some("salted-card"), about, salted.to_bytes())
        .with("hash", salted.hash())
}

/// The same under a salt of the letter c.
pub(super) fn salted_card() -> SaltedCard {
    let hours = Hours { days: vec![Weekday::Mo, Weekday::Fr], from: 540, to: 1_020 };
    let absence = Absence { from: crate::world::START, until: crate::world::START + 86_400 };
    let phone = Phone {
        number: "+99900000001".to_owned(),
        kind: PhoneKind::Duty,
        written: Some("+999 0000 0001".to_owned()),
        hours: Some("around the clock".to_owned()),
    };
    let card = Card {
        person: Some(Person {
            name: Some("A. Example".to_owned()),
            designation: Some("Head of desk".to_owned()),
        }),
        city: Some("Example City".to_owned()),
        emails: vec![Email { address: "duty@mfa.xa.example".to_owned(), kind: EmailKind::Duty }],
        phones: vec![phone],
        availability: Some(Availability {
            time_zone: "Europe/Vienna".to_owned(),
            always: false,
            hours: vec![hours],
            absences: vec![absence],
        }),
        pgp: Some("0123456789abcdef0123456789abcdef01234567".to_owned()),
        smime: Some("00".repeat(32)),
    };
    SaltedCard::new([b'c'; 32], &card).unwrap()
}

fn record() -> Sample {
    let (vault, epoch) = ([0x0a; 32], [0x0e; 32]);
    let about = "A record of a station's vault, sealed as the one of this number in its epoch.";
    let sealed = VaultKey::new(&vault).epoch(&epoch).seal(7, b"a record");
    Sample::new("vault-record", "2.6", None, about, sealed)
        .with("vault key", hex::encode(vault))
        .with("epoch", hex::encode(epoch))
        .with("number", 7)
        .with("record", hex::encode("a record"))
}
