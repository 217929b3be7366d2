//! Is the past a query? Replaying a part of the log and asking the whole about that part give the same answers,
//! whatever stands in the log. It must never know which statements are right.

use std::collections::BTreeSet;

use liaison_keys::directory::body::{Attest, NoteEffect, Taking};
use liaison_keys::directory::replay::replay;
use liaison_keys::directory::replica::Fit;
use liaison_keys::directory::{At, Body, Directory, Entry, MemberStatus, Replica, Statement};
use liaison_keys::names::{DeviceId, OfficeId, Owner};
use proptest::prelude::*;

use super::world::*;

/// One thing that somebody tries to say; most of it is void.
#[derive(Clone, Debug)]
struct Attempt {
    kind: u8,
    owner: usize,
    office: usize,
    n: u32,
    signers: u8,
    seconds: u64,
    spoilt: u8,
}

fn attempt() -> impl Strategy<Value = Attempt> {
    let seconds = prop_oneof![Just(0), 1..120_u64, 80_000..90_000_u64, 300_000..700_000_u64];
    (0..26_u8, 0..OWNERS.len(), 0..ROLES.len(), 0..3_u32, 0..8_u8, seconds, 0..24_u8).prop_map(
        |(kind, owner, office, n, signers, seconds, spoilt)| Attempt {
            kind,
            owner,
            office,
            n,
            signers,
            seconds,
            spoilt,
        },
    )
}

impl Attempt {
    /// The subject, the body and the right signers.
    fn says(&self, world: &World) -> (String, Body, Vec<String>) {
        let now = world.now;
        let owner = OWNERS[self.owner];
        let office = format!("{owner}/{}/1", ROLES[self.office]);
        let (admin, root) = (format!("{owner} admin"), format!("{owner} root 1"));
        let life = now + [LIFE_S, 100_000, 1_000_000][self.n as usize];
        let status = MemberStatus::ALL[self.signers as usize % 4];
        match self.kind {
            0 => (owner.to_owned(), enrol(owner), vec!["custodian 1".to_owned(), root]),
            1 => (owner.to_owned(), delegate(owner, life), vec![root, admin]),
            2 | 3 => (office.clone(), nominate(&office), vec![admin]),
            4..=6 => (office.clone(), certify(&office, self.n, life), certifiers(&office, self.n).to_vec()),
            7 => (office.clone(), revoke(&office, self.n, Some(now)), vec![admin]),
            8 => (GROUP.to_owned(), define_group(Some("org:aid")), vec!["custodian 1".to_owned()]),
            9 => (GROUP.to_owned(), group_member("xa", status), vec!["org:aid admin".to_owned()]),
            10 => (owner.to_owned(), join(GROUP), vec![admin]),
            11 => (office, define_group(None), vec![admin]),
            _ => self.says_of_changes(owner, office, (admin, root), world),
        }
    }

    /// The same for what changes or ends something that stands.
    fn says_of_changes(
        &self,
        owner: &str,
        office: String,
        (admin, root): (String, String),
        world: &World,
    ) -> (String, Body, Vec<String>) {
        let (now, n) = (world.now, self.n as usize);
        let subject = owner.to_owned();
        let signing = format!("{office} signing {}", (self.n + 1) % 3);
        let custodian = "custodian 1".to_owned();
        let taking = Taking::ALL[n];
        let last = world.entries().iter().rev().nth(n).and_then(|entry| Entry::from_bytes(entry).ok());
        let last = last.and_then(|entry| Statement::from_bytes(&entry.statement).ok());
        match self.kind {
            12 => {
                let new = format!("{owner} root {}", n + 1);
                (subject, root_change(&[&new], 1), vec![root, new])
            }
            13 => {
                let new = format!("{owner} root 9");
                let signers = vec![custodian, new.clone(), "xa root 1".to_owned()];
                (subject, re_root(&[&new], 1, &["xa"]), signers)
            }
            14 => {
                let since = [None, Some(2), Some(now % 30)][n];
                (subject, undelegate(&[&admin], since), vec![root])
            }
            15 => (subject, participation(taking), vec![admin]),
            16 => {
                let mut changed = record(&office);
                changed.unit = format!("Unit {n}");
                (office, update(changed), vec![admin])
            }
            17 => (office, withdraw(), vec![admin]),
            18 => {
                let by = if self.signers.is_multiple_of(2) { admin } else { signing };
                (office.clone(), suspend(&office, self.n, now + 100_000), vec![by])
            }
            19 => (subject, leave(GROUP), vec![admin]),
            20 => (office, confirm(None), vec![signing]),
            21 => (subject, permit_supply("org:aid", n == 0), vec![admin]),
            22 => (owner.to_owned(), attest_any(world, owner), vec!["xb root 1".to_owned()]),
            23 | 24 => match last {
                Some(last) => (last.claims().subject.to_string(), contest(&last), vec![root]),
                None => (subject, leave(GROUP), vec![admin]),
            },
            _ => match n {
                0 => (subject, freeze(&admin), vec![custodian]),
                1 => ("network".to_owned(), operate(|operate| operate.attest_states = 2), vec![custodian]),
                _ => (office, display(NoteEffect::Suspend), vec![custodian]),
            },
        }
    }

    /// Logs it, spoilt in one of many ways or not at all, and checks that it does what was foretold.
    fn happens(&self, world: &mut World) {
        world.advance(self.seconds);
        let (subject, body, mut signers) = self.says(world);
        match self.signers {
            0 => signers = vec!["stranger".to_owned()],
            1 => drop(signers.pop()),
            _ => (),
        }
        let mut claims = world.claims(&subject, &body, &signers);
        match self.spoilt {
            0 => claims.version += 1,
            1 => claims.made = world.now.saturating_sub(8 * 86_400),
            2 => claims.kind = 77,
            _ if self.kind == 11 => claims.kind = 77,
            _ => (),
        }
        let statement = sign(claims, &signers);
        let logged = if self.spoilt == 3 { world.now - 1 } else { world.now };
        let mut entry = Entry::new(logged, statement.to_bytes()).to_bytes();
        if self.spoilt == 4 {
            entry.truncate(entry.len() / 2);
        }
        let foretold = world.directory().would_take(world.now, &statement);
        let effect = world.log_bytes(&entry);
        if !(3..=4).contains(&self.spoilt) {
            assert_eq!(effect, foretold, "{self:?}");
        }
    }
}

/// Everything that a query can answer, as text.
fn all_answers(at: At<'_>, named: &Named) -> String {
    let owners = named.owners.iter().map(|owner| {
        let facts = at.owner(owner).map(|facts| (facts.enrolled, facts.name.clone()));
        let said = (at.taking(owner), at.policy(owner), at.permitted(owner), at.attested_by(owner));
        (
            facts,
            at.root(owner),
            at.fingerprint(owner),
            at.admins(owner),
            at.groups_coordinated_by(owner),
            said,
        )
    });
    let offices = named.offices.iter().map(|office| {
        let contacts: Vec<_> = at.contacts_of(office).collect();
        let shown =
            at.display_suspended(&liaison_keys::names::Subject::Office(office.clone())).map(str::to_owned);
        (at.office(office), at.office_since(office), at.confirmed(office), contacts, shown)
    });
    let devices = named
        .devices
        .iter()
        .map(|device| (at.contact(*device), at.revocation(*device), at.suspended(*device)));
    let group = name(GROUP);
    let states: Vec<_> = at.states_of(&group).map(|state| at.membership(&group, state)).collect();
    let members: Vec<_> = at.members(&group).collect();
    let (owners, offices): (Vec<_>, Vec<_>) = (owners.collect(), offices.collect());
    let (listed, contacts): (Vec<_>, Vec<_>) = (at.offices().collect(), at.contacts().collect());
    let devices: Vec<_> = devices.collect();
    format!(
        "{owners:?} {offices:?} {devices:?} {listed:?} {contacts:?} {:?} {states:?} {members:?} {:?} {:?}",
        at.group(&group),
        at.operation(),
        at.settings(),
    )
}

/// All names that could be asked about.
struct Named {
    owners: Vec<Owner>,
    offices: BTreeSet<OfficeId>,
    devices: Vec<DeviceId>,
}

fn all_names() -> Named {
    let text: Vec<String> =
        OWNERS.iter().flat_map(|owner| ROLES.iter().map(move |role| format!("{owner}/{role}/1"))).collect();
    Named {
        owners: OWNERS.iter().map(|owner| name(owner)).collect(),
        offices: text.iter().map(|office| name(office)).collect(),
        devices: text.iter().flat_map(|office| (0..3).map(move |n| device(office, n))).collect(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn the_past_is_a_query(attempts in prop::collection::vec(attempt(), 1..40)) {
        let mut world = World::found();
        world.owner("org:aid").owner("xa").office("xa/operations/1");
        for attempt in &attempts {
            attempt.happens(&mut world);
        }
        let (whole, entries, named) = (world.directory(), world.entries(), all_names());
        let mut part = Directory::found(&entries[0]).unwrap();
        for entry in &entries[1..] {
            let _ = part.apply(entry);
            let n = part.size();
            prop_assert_eq!(part.voids(), &whole.voids()[..part.voids().len()]);
            for now in [START, part.logged(), part.logged() + 86_400, world.now, world.now + LIFE_S] {
                prop_assert_eq!(all_answers(part.at(n, now), &named), all_answers(whole.at(n, now), &named));
            }
            prop_assert_eq!(part.at_checkpoint(n, 0).time(), whole.at_checkpoint(n, 0).time());
        }
    }

    #[test]
    fn no_bytes_make_it_panic(entries in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..8)) {
        let mut world = World::found();
        for entry in &entries {
            prop_assert!(world.log_bytes(entry).is_err());
        }
        prop_assert_eq!(world.directory().voids().len(), entries.len());
        prop_assert!(replay(entries.iter().map(Vec::as_slice)).is_err());
        world.owner("xa");
    }

    #[test]
    fn a_damaged_entry_never_counts(seed in any::<prop::sample::Index>(), bit in any::<prop::sample::Index>()) {
        let world = World::six_states();
        let at = 1 + seed.index(world.entries().len() - 1);
        let mut damaged: Vec<Vec<u8>> = world.entries().to_vec();
        let bit = bit.index(damaged[at].len() * 8);
        damaged[at][bit / 8] ^= 1 << (bit % 8);
        let directory = replay(damaged[..=at].iter().map(Vec::as_slice)).unwrap();
        let logged_only = Entry::from_bytes(&damaged[at]).is_ok_and(|entry| {
            entry.statement == Entry::from_bytes(&world.entries()[at]).unwrap().statement
        });
        prop_assert!(logged_only || directory.voids().len() == 1, "entry {} bit {}", at, bit);
    }
}

#[test]
fn replay_and_replica_read_the_same() {
    let world = World::six_states();
    let directory = replay(world.entries().iter().map(Vec::as_slice)).unwrap();
    assert_eq!(format!("{directory:?}"), format!("{:?}", world.directory()));
    let again: Directory = directory.clone();
    assert_eq!(again.size(), world.size());
}

#[test]
fn a_replica_knows_its_own_past_and_another_history() {
    let mut world = World::six_states();
    let old = world.replica.checkpoint();
    assert_eq!(world.replica.read_note(&world.note()).map(|note| note.checkpoint), Ok(old));
    assert_eq!(world.replica.read_head(&world.head()).map(|head| head.checkpoint()), Ok(old));
    let mut other = World::six_states();
    world.revoke("xa/operations/1", 1, None);
    other.revoke("xa/operations/1", 1, Some(START));
    let (ours, theirs) = (world.replica.checkpoint(), other.replica.checkpoint());
    assert_eq!([world.replica.compare(old), world.replica.compare(ours)], [Fit::Same, Fit::Same]);
    assert_eq!(world.replica.compare(theirs), Fit::Split);
    other.advance(1).revoke("xb/operations/1", 1, None);
    assert_eq!(world.replica.compare(other.replica.checkpoint()), Fit::Ahead);
    assert!(Replica::found(vec![]).is_err());
}

#[test]
fn every_logged_statement_reads_as_it_was_written() {
    for entry in World::six_states().entries() {
        let read = Entry::from_bytes(entry).unwrap();
        assert_eq!(read.to_bytes(), *entry);
        assert_eq!(Statement::from_bytes(&read.statement).unwrap().to_bytes(), read.statement.to_vec());
    }
}

/// What xb would attest of an owner; nothing that fits when it is not enrolled.
fn attest_any(world: &World, owner: &str) -> Body {
    let enrolled = world.directory().now(world.now).root(&name(owner)).is_some();
    if enrolled {
        world.attest("xb", owner)
    } else {
        Body::Attest(Attest { state: name("xb"), root: liaison_keys::names::Digest::NONE })
    }
}

/// How many sequences `the_same_directory_everywhere` tries: `LIAISON_SEQUENCES`, or a few.
fn sequences() -> u32 {
    std::env::var("LIAISON_SEQUENCES").ok().and_then(|text| text.parse().ok()).unwrap_or(200)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: sequences(), ..ProptestConfig::default() })]

    /// A relay takes one entry after the other, asking before each what it would do; a station takes them in pieces,
    /// from bytes, or a whole log at once.
    #[test]
    fn the_same_directory_everywhere(attempts in prop::collection::vec(attempt(), 1..16), piece in 1..16_usize) {
        let mut relay = World::found();
        relay.owner("org:aid").owner("xa").owner("xb").office("xa/operations/1");
        for attempt in &attempts {
            attempt.happens(&mut relay);
        }
        let entries = relay.entries();
        let mut station = Replica::found(entries[0].clone()).unwrap();
        for piece in entries[1..].chunks(piece) {
            for entry in piece {
                let _ = station.push(entry.clone());
            }
            prop_assert_eq!(relay.replica.compare(station.checkpoint()), Fit::Same);
        }
        let whole = replay(entries.iter().map(Vec::as_slice)).unwrap();
        let ours = format!("{:?}", relay.directory());
        prop_assert_eq!(&format!("{:?}", station.directory()), &ours);
        prop_assert_eq!(&format!("{whole:?}"), &ours);
    }
}

const OWNERS: [&str; 3] = ["xa", "xb", "org:aid"];
const ROLES: [&str; 2] = ["operations", "diplomatic"];
const GROUP: &str = "group:north";
