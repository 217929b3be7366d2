//! What may nobody say of what stands already? One rule of each kind that changes or ends something (`docs/protocol.md` §3.2).
//! It must never know who has to sign, beyond signing as it must be.

use liaison_keys::directory::body::{NoteEffect, Settings, Taking};
use liaison_keys::directory::{Body, OfficeRecord, Rank};
use liaison_keys::names::Digest;

use super::kit::Bad;
use super::said::{Said, words};
use crate::samples::Sample;
use crate::world::{
    confirm, contest, delegate_to, display, freeze, leave, name, operate, participation, permit_supply,
    policy, re_root, record, root_change, settings, suspend, undelegate, update, withdraw,
};

const DESK: &str = "xa/operations/1";
const NORTH: &str = "group:xr-north";
const ROOT: [&str; 1] = ["xa root 1"];
const ADMIN: [&str; 1] = ["xa admin"];
const CUSTODIAN: [&str; 1] = ["custodian 1"];

pub(super) fn files(_: &[Sample]) -> Vec<Bad> {
    let mut files = of_the_network();
    files.extend(of_owners());
    files.extend(of_offices());
    files.extend(contests());
    files
}

fn rule(said: &Said, name: &str, about: &str, changed: &str, good: Words, bad: Words) -> Bad {
    words(said, name, "rule", about, changed, good, bad)
}

type Words = (&'static str, Body, Vec<&'static str>);

fn of_the_network() -> Vec<Bad> {
    let said = Said::new();
    let set = |spoil: &dyn Fn(&mut Settings)| {
        let mut settings = settings();
        spoil(&mut settings);
        ("network", Body::Settings(settings), CUSTODIAN.to_vec())
    };
    let run = |threshold| ("network", operate(|operate| operate.threshold = threshold), CUSTODIAN.to_vec());
    let many = set(&|settings| settings.check_months = 25);
    let unsorted = set(&|settings| settings.kinds_off = vec![name("general"), name("ab")]);
    vec![
        rule(&said, "operate-as-it-stands", "Nothing that changes.", "m", run(2), run(1)),
        rule(&said, "operate-m-above-n", "More must sign than there are.", "m", run(2), run(3)),
        rule(&said, "settings-25-months", "Checks more than two years apart.", "Key 2", set(&|_| ()), many),
        rule(&said, "settings-kinds-unsorted", "Kinds out of order.", "Key 7", set(&|_| ()), unsorted),
    ]
}

fn of_owners() -> Vec<Bad> {
    let said = Said::new();
    let root = |keys: &[&'static str], m| ("xa", root_change(keys, m), [&ROOT, keys].concat());
    let reroot = |states: &[&str], others: &[&'static str]| {
        ("xb", re_root(&["xb root 9"], 1, states), [&["custodian 1", "xb root 9"], others].concat())
    };
    let ends = |key| ("xa", undelegate(&[key], None), ROOT.to_vec());
    let takes = |taking| ("xa", participation(taking), ADMIN.to_vec());
    let leaves = |group| ("xa", leave(group), ADMIN.to_vec());
    let permits = |permitted| ("xa", permit_supply("org:xr-north", permitted), ADMIN.to_vec());
    let attests = |owner: &'static str| (owner, said.world.attest("xb", owner), vec!["xb root 1"]);
    let another = {
        let (_, Body::Attest(mut attest), signers) = attests("xa") else { unreachable!() };
        attest.root = Digest::of(b"another root");
        ("xa", Body::Attest(attest), signers)
    };
    let mut none = policy();
    if let Body::Policy(policy) = &mut none {
        policy.posts_a_day = Some(0);
    }
    vec![
        rule(
            &said,
            "root-change-m-above-n",
            "More must sign than there are.",
            "m",
            root(&["new"], 1),
            root(&["new"], 2),
        ),
        rule(
            &said,
            "re-root-by-nobody",
            "No State.",
            "The States",
            reroot(&["xa"], &["xa root 1"]),
            reroot(&[], &[]),
        ),
        rule(
            &said,
            "re-root-by-itself",
            "The State that lost its root.",
            "The State",
            reroot(&["xa"], &["xa root 1"]),
            reroot(&["xb"], &["xb root 1"]),
        ),
        rule(
            &said,
            "undelegate-of-no-admin",
            "A key that was never named.",
            "The key",
            ends("xa admin"),
            ends("a stranger"),
        ),
        rule(
            &said,
            "participation-as-it-stands",
            "Nothing that changes.",
            "Key 1",
            takes(Taking::Paused),
            takes(Taking::Participating),
        ),
        rule(
            &said,
            "leave-what-was-not-joined",
            "A group that was not joined.",
            "The group",
            leaves(NORTH),
            leaves("group:no"),
        ),
        rule(
            &said,
            "permit-supply-as-it-stands",
            "Nothing that changes.",
            "Key 2",
            permits(true),
            permits(false),
        ),
        rule(&said, "attest-another-root", "A root that is not in force.", "Key 2", attests("xa"), another),
        rule(
            &said,
            "policy-no-posts",
            "No message a day.",
            "Key 4",
            ("xa", policy(), ADMIN.to_vec()),
            ("xa", none, ADMIN.to_vec()),
        ),
    ]
}

fn of_offices() -> Vec<Bad> {
    let said = Said::new();
    let updates = |spoil: &dyn Fn(&mut OfficeRecord)| {
        let mut record = record(DESK);
        spoil(&mut record);
        (DESK, update(record), ADMIN.to_vec())
    };
    let good = || updates(&|record| record.unit = "Another desk".to_owned());
    let aside = |office| (DESK, suspend(office, 1, said.world.now + 60), ADMIN.to_vec());
    let long = (DESK, suspend(DESK, 1, said.world.now + 72 * 3_600 + 1), vec!["xa/operations/1 signing 2"]);
    let short = (DESK, suspend(DESK, 1, said.world.now + 72 * 3_600), vec!["xa/operations/1 signing 2"]);
    let two = Said::after(|world| {
        world.device(DESK, 2);
    });
    let gone = Said::after(|world| {
        world.does("xa/diplomatic/1", &crate::world::nominate("xa/diplomatic/1"), &ADMIN);
        world.does(DESK, &withdraw(), &ADMIN);
    });
    let again = Body::Update(record("xa/diplomatic/1"));
    vec![
        rule(&said, "update-of-another-category", "Its main category is missing.", "Key 1", good(), {
            updates(&|record| record.categories = vec![liaison_keys::directory::Category::Policy])
        }),
        rule(&said, "update-primary-stands-in", "A primary that stands in for another.", "Key 8", good(), {
            updates(&|record| record.backup_of = Some(name("xa/operations/2")))
        }),
        rule(&said, "update-stands-in-for-another-state", "Another State's office.", "Key 8", good(), {
            updates(&|record| (record.rank, record.backup_of) = (Rank::Backup, Some(name("xb/operations/1"))))
        }),
        rule(&said, "update-wants-nothing", "An empty list.", "Key 9", good(), {
            updates(&|record| record.wants = Some(Vec::new()))
        }),
        rule(
            &said,
            "confirm-another-card",
            "A card that the record does not name.",
            "Key 1",
            (DESK, confirm(None), ADMIN.to_vec()),
            (DESK, confirm(Some(Digest::of(b"another"))), ADMIN.to_vec()),
        ),
        rule(
            &said,
            "suspend-of-another-office",
            "Another office's device.",
            "The device",
            aside(DESK),
            aside("xb/operations/1"),
        ),
        rule(&two, "suspend-73-hours-by-a-device", "Longer than a device may say.", "Key 2", short, long),
        rule(
            &gone,
            "update-of-a-withdrawn-office",
            "An office that has ended.",
            "The office",
            ("xa/diplomatic/1", again.clone(), ADMIN.to_vec()),
            (DESK, update(record(DESK)), ADMIN.to_vec()),
        ),
    ]
}

fn contests() -> Vec<Bad> {
    let mut said = Said::after(|_| ());
    let ends = said.world.now + crate::world::LIFE_S;
    let waits = delegate_to(&["xa admin 2"], ends);
    let waiting = said.world.statement("xa", &waits, &["xa root 1", "xa admin 2"]);
    said.world.log(&waiting).unwrap();
    let counts = said.world.statement("xa", &participation(Taking::Paused), &ADMIN);
    said.world.log(&counts).unwrap();
    let freezes = |key| ("xa", freeze(key), CUSTODIAN.to_vec());
    vec![
        rule(
            &said,
            "contest-of-what-counts",
            "A statement that does not wait.",
            "The statement",
            ("xa", contest(&waiting), ROOT.to_vec()),
            ("xa", contest(&counts), ROOT.to_vec()),
        ),
        rule(
            &said,
            "note-freeze-another-key",
            "Another State's key.",
            "Key 3",
            freezes("xa admin"),
            freezes("xb admin"),
        ),
        rule(
            &said,
            "note-restore-what-is-shown",
            "Nothing was suspended.",
            "Key 1",
            ("xa", display(NoteEffect::Suspend), CUSTODIAN.to_vec()),
            ("xa", display(NoteEffect::Restore), CUSTODIAN.to_vec()),
        ),
    ]
}
