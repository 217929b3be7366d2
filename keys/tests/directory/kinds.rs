//! Is each kind taken when it is right, and void with its own reason when one thing about it is wrong? One table.
//! It must never know what a statement changes.

use liaison_keys::directory::body::{NoteEffect, Taking};
use liaison_keys::directory::{Body, Entry, MemberStatus, Statement, Void};
use liaison_keys::names::{Digest, NetworkId};

use super::world::*;

const OFFICE: &str = "xg/operations/1";
const NORTH: &str = "group:xr-north";

/// Six States, and xg with two of three root keys, an admin, an office with two devices, and a delegation, a re-root
/// and a freeze that wait to be contested.
struct Scene {
    world: World,
    delegation: Statement,
    freeze: Statement,
}

fn scene() -> Scene {
    let mut world = World::six_states();
    let all = ["custodian 1", "xg root 1", "xg root 2", "xg root 3"];
    world.does("xg", &enrol_with(&all[1..], 2), &all);
    let first = delegate("xg", world.now + LIFE_S);
    world.does("xg", &first, &["xg root 1", "xg root 2", "xg admin"]).office(OFFICE).device(OFFICE, 2);
    world.does("xg", &join(NORTH), &["xg admin"]);
    let second = delegate_to(&["xg admin 2"], world.now + LIFE_S);
    let delegation = world.statement("xg", &second, &["xg root 1", "xg root 2", "xg admin 2"]);
    world.log(&delegation).unwrap();
    let freeze = world.statement("xg", &freeze("xg root 3"), &["custodian 1"]);
    world.log(&freeze).unwrap();
    world.advance(60);
    Scene { world, delegation, freeze }
}

/// A kind: what it says, on which subject, who may sign it (with the keys that it brings), who may not.
struct Row {
    kind: &'static str,
    subject: &'static str,
    body: Body,
    brings: Vec<&'static str>,
    right: Vec<Vec<&'static str>>,
    wrong: Vec<Vec<&'static str>>,
    /// A subject that does not go with the kind.
    elsewhere: &'static str,
    /// The same kind, breaking a rule of its own.
    breaks: Vec<Body>,
}

const ROOT: [&str; 2] = ["xg root 1", "xg root 2"];

fn root_or_admin() -> (Vec<Vec<&'static str>>, Vec<Vec<&'static str>>) {
    let right = vec![ROOT.to_vec(), vec!["xg admin"]];
    let wrong =
        [["xg root 1"].as_slice(), &["xg root 1", "xg root 3"], &["xg root 1", "xg admin"], &["xa admin"]];
    (right, with_strangers(wrong.map(<[_]>::to_vec).to_vec()))
}

fn root_only() -> (Vec<Vec<&'static str>>, Vec<Vec<&'static str>>) {
    let wrong =
        [["xg root 1"].as_slice(), &["xg admin"], &["xg root 2", "xg admin"], &["xg root 2", "xg root 3"]];
    (vec![ROOT.to_vec()], with_strangers(wrong.map(<[_]>::to_vec).to_vec()))
}

fn custodian() -> (Vec<Vec<&'static str>>, Vec<Vec<&'static str>>) {
    let right = vec![vec!["custodian 1"], vec!["custodian 2"], vec!["custodian 1", "custodian 2"]];
    let wrong =
        vec![vec!["xg root 1", "xg root 2"], vec!["custodian 1", "xg admin"], vec!["org:custodian admin"]];
    (right, with_strangers(wrong))
}

fn with_strangers(mut wrong: Vec<Vec<&'static str>>) -> Vec<Vec<&'static str>> {
    wrong.extend(["stranger", "log", "relay transport", "xa/operations/1 signing 1"].map(|one| vec![one]));
    wrong
}

fn row(
    kind: &'static str,
    subject: &'static str,
    body: Body,
    (right, wrong): (Vec<Vec<&'static str>>, Vec<Vec<&'static str>>),
) -> Row {
    let elsewhere = if subject == "network" { "xa" } else { "network" };
    Row { kind, subject, body, brings: Vec::new(), right, wrong, elsewhere, breaks: Vec::new() }
}

impl Row {
    fn brings(mut self, keys: &[&'static str]) -> Self {
        self.brings = keys.to_vec();
        self
    }

    fn breaks(mut self, bodies: impl IntoIterator<Item = Body>) -> Self {
        self.breaks.extend(bodies);
        self
    }
}

#[expect(clippy::too_many_lines, reason = "one table")]
fn rows(scene: &Scene) -> Vec<Row> {
    let world = &scene.world;
    let (now, ends) = (world.now, world.now + LIFE_S);
    let spoilt = |change: &dyn Fn(&mut liaison_keys::directory::body::Settings)| {
        let mut settings = settings();
        change(&mut settings);
        Body::Settings(settings)
    };
    let relay = |addresses: Vec<String>| operate(|operate| operate.relays[0].addresses = addresses);
    let by_device = |(mut right, wrong): (Vec<Vec<&'static str>>, Vec<Vec<&'static str>>),
                     devices: &[&'static str]| {
        right.extend(devices.iter().map(|device| vec![*device]));
        (right, wrong)
    };
    let (d1, d2) = ("xg/operations/1 signing 1", "xg/operations/1 signing 2");
    let record = |change: &dyn Fn(&mut liaison_keys::directory::OfficeRecord)| {
        let mut record = record(OFFICE);
        change(&mut record);
        Body::Update(record)
    };
    let mut attested = root_only();
    attested.0 = vec![vec!["xa root 1"]];
    attested.1 = with_strangers(vec![vec!["xa admin"], vec!["xb root 1"], vec!["xg root 1", "xg root 2"]]);
    vec![
        row("operate", "network", relay(vec!["elsewhere.example:4433".to_owned()]), custodian()).breaks([
            operate(|_| ()),
            operate(|operate| operate.threshold = 3),
            operate(|operate| operate.cosignatures = 1),
            relay(Vec::new()),
        ]),
        row("settings", "network", Body::Settings(settings()), custodian()).breaks([
            spoilt(&|settings| settings.check_months = 0),
            spoilt(&|settings| settings.reminder_months = 25),
            spoilt(&|settings| settings.notice_days = 0),
            spoilt(&|settings| settings.notice_days = 366),
            spoilt(&|settings| settings.offices_wanted = 0),
            spoilt(&|settings| settings.kinds_off = vec![name("b"), name("a")]),
        ]),
        row("enrol", "xh", enrol("xh"), custodian())
            .brings(&["xh root 1"])
            .breaks([enrol_with(&["xh root 1"], 2)]),
        row("root-change", "xg", root_change(&["xg root 1", "xg root 4"], 2), root_only())
            .brings(&["xg root 4"])
            .breaks([
                root_change(&["xg root 1", "xg root 2", "xg root 3"], 2),
                root_change(&["xg root 4"], 2),
            ]),
        row(
            "re-root",
            "xg",
            re_root(&["xg root 5"], 1, &["xa", "xb"]),
            (
                vec![
                    vec!["custodian 1", "xa root 1", "xb root 1"],
                    vec!["custodian 2", "xa root 1", "xb root 1"],
                ],
                with_strangers(vec![
                    vec!["custodian 1", "xa root 1"],
                    vec!["xa root 1", "xb root 1"],
                    vec!["custodian 1", "xa root 1", "xb admin"],
                    vec!["custodian 1", "xa root 1", "xb root 1", "xc root 1"],
                ]),
            ),
        )
        .brings(&["xg root 5"])
        .breaks([
            re_root(&["xg root 5"], 1, &[]),
            re_root(&["xg root 5"], 1, &["xg"]),
            re_root(&["xg root 5"], 1, &["xb", "xa"]),
            re_root(&["xg root 5"], 1, &["xz"]),
        ]),
        row("delegate", "xg", delegate_to(&["xg admin 3"], ends), root_only())
            .brings(&["xg admin 3"])
            .breaks([delegate_to(&["xg admin 3"], now)]),
        row("undelegate", "xg", undelegate(&["xg admin"], Some(3)), root_only())
            .breaks([undelegate(&["xg admin 9"], None), undelegate(&[], None)]),
        row("participation", "xg", participation(Taking::Paused), root_or_admin())
            .breaks([participation(Taking::Participating)]),
        row("policy", "xg", policy(), root_or_admin()),
        row("nominate", "xg/technical/1", nominate("xg/technical/1"), root_or_admin())
            .breaks([nominate("xg/diplomatic/1")]),
        row("update", OFFICE, record(&|record| record.unit = "Another desk".to_owned()), root_or_admin())
            .breaks([
                record(&|record| record.categories.clear()),
                record(&|record| record.backup_of = Some(name("xg/technical/1"))),
                record(&|record| {
                    record.rank = liaison_keys::directory::Rank::Backup;
                    record.backup_of = Some(name("xa/operations/1"));
                }),
                record(&|record| record.wants = Some(Vec::new())),
                record(&|record| record.card_for = Some(vec![name("group:b"), name("group:a")])),
                record(&|record| record.organisation = Some("two\nlines".to_owned())),
            ]),
        row("withdraw", OFFICE, withdraw(), root_or_admin()),
        row("certify", OFFICE, certify(OFFICE, 3, ends), root_or_admin())
            .brings(&["xg/operations/1 signing 3", "xg/operations/1 transport 3"])
            .breaks([certify(OFFICE, 3, now)]),
        row("revoke", OFFICE, revoke(OFFICE, 1, None), by_device(root_or_admin(), &[d1])).breaks([revoke(
            "xa/operations/1",
            1,
            None,
        )]),
        row("suspend", OFFICE, suspend(OFFICE, 1, now + 3600), by_device(root_or_admin(), &[d2]))
            .breaks([suspend("xa/operations/1", 1, now + 3600)]),
        row("define-group", "group:new", define_group(Some("org:xr-north")), custodian())
            .breaks([define_group(Some("xa")), define_group(Some("org:nobody"))]),
        row(
            "group-member",
            NORTH,
            group_member("xd", MemberStatus::Member),
            (
                vec![vec!["org:xr-north root 1"], vec!["org:xr-north admin"]],
                with_strangers(vec![vec!["custodian 1"]]),
            ),
        )
        .breaks([group_member("xz", MemberStatus::Member)]),
        row("join", "xg", join("group:xr-south"), root_or_admin()).breaks([join("group:none")]),
        row("leave", "xg", leave(NORTH), root_or_admin()).breaks([leave("group:xr-south")]),
        row("confirm", OFFICE, confirm(None), by_device(root_or_admin(), &[d1, d2]))
            .breaks([confirm(Some(Digest::of(b"another card")))]),
        row("permit-supply", "xg", permit_supply("org:xr-north", true), root_or_admin()).breaks([
            permit_supply("org:xr-north", false),
            permit_supply("xa", true),
            permit_supply("org:no", true),
        ]),
        row("attest", "xg", world.attest("xa", "xg"), attested).breaks([
            world.attest("xg", "xg"),
            world.attest("xa", "xb"),
            world.attest("xz", "xg"),
        ]),
        row(
            "contest",
            "xg",
            contest(&scene.delegation),
            (
                vec![vec!["xg root 1"], vec!["xg root 2"], vec!["xg root 3"]],
                with_strangers(vec![
                    vec!["xg admin"],
                    vec!["xg root 1", "xg root 2"],
                    vec![d1],
                    vec!["custodian 1"],
                ]),
            ),
        ),
        row(
            "contest",
            "xg",
            contest(&scene.freeze),
            (
                vec![vec!["xg admin"], vec!["xg root 1", "xg root 2"], vec!["xg root 2", "xg root 3"]],
                with_strangers(vec![vec!["xg root 3"], vec![d1], vec!["custodian 1"]]),
            ),
        ),
        row("note", "xg", freeze("xg admin"), custodian()).breaks([
            freeze("xg root 3"),
            freeze("xa admin"),
            display(NoteEffect::Restore),
        ]),
        row("note", OFFICE, display(NoteEffect::Suspend), custodian()).breaks([freeze("xg admin")]),
        row("note", NORTH, display(NoteEffect::Suspend), custodian()).breaks([freeze("custodian 1")]),
    ]
}

/// What the log would answer now to these claims, signed by all that they name.
fn judged(
    world: &World,
    row: &Row,
    body: &Body,
    authority: &[&str],
    spoil: &dyn Fn(&mut Spoilt),
) -> Result<(), Void> {
    let signers: Vec<&str> = row.brings.iter().chain(authority).copied().collect();
    let claims = world.claims(row.subject, body, &signers);
    let mut spoilt = Spoilt { claims, signers: signers.iter().map(|&signer| signer.to_owned()).collect() };
    spoil(&mut spoilt);
    world.directory().would_take(world.now, &sign(spoilt.claims, &spoilt.signers))
}

struct Spoilt {
    claims: liaison_keys::directory::Claims,
    signers: Vec<String>,
}

#[test]
fn each_kind_is_right_or_void_for_its_own_reason() {
    let scene = scene();
    let (world, rows) = (&scene.world, rows(&scene));
    for row in &rows {
        let kind = row.kind;
        let right = row.right.first().unwrap();
        let by = |body: &Body, authority: &[&str]| judged(world, row, body, authority, &|_| ());
        let spoilt = |spoil: &dyn Fn(&mut Spoilt)| judged(world, row, &row.body, right, spoil);
        assert_eq!(Body::decode(row.body.kind(), &row.body.encode()), Ok(Some(row.body.clone())), "{kind}");
        for right in &row.right {
            assert_eq!(by(&row.body, right), Ok(()), "{kind} by {right:?}");
        }
        for wrong in &row.wrong {
            assert_eq!(by(&row.body, wrong), Err(Void::Authority), "{kind} by {wrong:?}");
        }
        for body in &row.breaks {
            assert_eq!(by(body, right), Err(Void::Rule), "{kind}: {body:?}");
        }
        assert_eq!(spoilt(&|s| s.claims.network = NetworkId::new([7; 32])), Err(Void::Network), "{kind}");
        assert_eq!(spoilt(&|s| s.claims.version += 1), Err(Void::Chain), "{kind}");
        assert_eq!(spoilt(&|s| s.claims.previous = Digest::of(b"never said")), Err(Void::Chain), "{kind}");
        assert_eq!(spoilt(&|s| s.claims.made = world.now + 601), Err(Void::Made), "{kind}");
        let late = spoilt(&|s| s.claims.made = world.now - 7 * 86_400 - 1);
        let lapses = if row.body.only_takes() { Ok(()) } else { Err(Void::Made) };
        assert_eq!(late, lapses, "{kind}");
        assert_eq!(spoilt(&|s| drop(s.signers.pop())), Err(Void::Signers), "{kind}");
        let elsewhere = spoilt(&|s| {
            s.claims = world.claims(row.elsewhere, &row.body, &s.signers);
        });
        assert_eq!(elsewhere, Err(Void::Subject), "{kind} on {}", row.elsewhere);
        for brought in &row.brings {
            let without: Vec<&str> = row.brings.iter().filter(|key| *key != brought).copied().collect();
            let signers = [without, right.clone()].concat();
            let claims = world.claims(row.subject, &row.body, &signers);
            let judged = world.directory().would_take(world.now, &sign(claims, &signers));
            assert_eq!(judged, Err(Void::NoPossession), "{kind} without {brought}");
        }
        let mut bytes = sign(
            world.claims(row.subject, &row.body, &[row.brings.clone(), right.clone()].concat()),
            &[row.brings.clone(), right.clone()].concat(),
        )
        .to_bytes();
        *bytes.last_mut().unwrap() ^= 1;
        let damaged = Statement::from_bytes(&bytes).unwrap();
        assert_eq!(world.directory().would_take(world.now, &damaged), Err(Void::Signature), "{kind}");
    }
    let kinds: std::collections::BTreeSet<u16> = rows.iter().map(|row| row.body.kind()).collect();
    assert_eq!(kinds, (2..=25).collect(), "every kind but the genesis is in the table");
}

#[test]
fn each_kind_with_another_subjects_key_is_void() {
    let world = scene().world;
    let taken = |subject: &str, body: &Body, signers: &[&str]| {
        world.directory().would_take(world.now, &world.statement(subject, body, signers))
    };
    let ends = world.now + LIFE_S;
    for (subject, body, signers) in [
        ("xh", enrol_with(&["xa admin"], 1), vec!["custodian 1", "xa admin"]),
        ("xg", root_change(&["xa root 1"], 1), vec!["xg root 1", "xg root 2", "xa root 1"]),
        ("xg", root_change(&["xg admin"], 1), vec!["xg root 1", "xg root 2", "xg admin"]),
        ("xg", re_root(&["custodian 1"], 1, &["xa"]), vec!["custodian 1", "xa root 1"]),
        ("xg", delegate_to(&["xb admin"], ends), vec!["xg root 1", "xg root 2", "xb admin"]),
        ("xg/operations/1", certify_keys("xa admin", "new", ends), vec!["xg admin", "xa admin", "new"]),
    ] {
        assert_eq!(taken(subject, &body, &signers), Err(Void::KeyTaken), "{subject}: {body:?}");
    }
    let relay_of_a_device =
        operate(|operate| operate.relays[0].transport = public("xa/operations/1 transport 1"));
    assert_eq!(taken("network", &relay_of_a_device, &["custodian 1"]), Err(Void::KeyTaken));
}

#[test]
fn a_statement_beside_the_chain_counts_once() {
    let Scene { mut world, .. } = scene();
    for (subject, body, signer) in [
        (OFFICE, suspend(OFFICE, 1, world.now + 60), "xg admin"),
        (OFFICE, display(NoteEffect::Suspend), "custodian 1"),
        (OFFICE, revoke(OFFICE, 2, None), "xg admin"),
        (OFFICE, withdraw(), "xg admin"),
    ] {
        let statement = world.statement(subject, &body, &[signer]);
        let before = world.directory().next(&name(subject));
        assert_eq!(world.log(&statement), Ok(()));
        assert_eq!(world.log(&statement), Err(Void::Chain), "the same payload again");
        assert_eq!(world.directory().next(&name(subject)), before, "it does not advance the chain");
    }
    assert!(Entry::from_bytes(world.entries().last().unwrap()).is_ok());
}
