//! Which first entries found nothing? It must never know what comes after them.

use liaison_keys::directory::body::Genesis;
use liaison_keys::directory::{Body, Claims, Entry};
use liaison_keys::names::{Digest, NetworkId};
use liaison_keys::signing::Authority;

use super::kit::{Bad, Base};
use super::raw;
use crate::samples::Sample;
use crate::world::{START, enrol, genesis, genesis_entry, name, public, sign};

const BY: [&str; 2] = ["custodian 1", "custodian 2"];

pub(super) fn files(_: &[Sample]) -> Vec<Bad> {
    let mut files = bodies();
    files.extend(claims());
    files
}

fn base(genesis: &Genesis) -> Base {
    Base::own("3.3", "genesis", genesis_entry(genesis))
}

fn bodies() -> Vec<Bad> {
    let good = genesis(1);
    let with = |base_of: &Genesis,
                name: &str,
                error: &str,
                about: &str,
                changed: &str,
                spoil: &dyn Fn(&mut Genesis)| {
        let mut genesis = base_of.clone();
        spoil(&mut genesis);
        let bad = base(base_of).bad(&format!("genesis-{name}"), error, about, genesis_entry(&genesis));
        bad.changed(&format!("{changed}; signed again."))
    };
    let bad = |name: &str, error: &str, about: &str, changed: &str, spoil: &dyn Fn(&mut Genesis)| {
        with(&good, name, error, about, changed, spoil)
    };
    let witnessed = Genesis {
        witnesses: vec![("witness.example/1".to_owned(), public("witness"))],
        cosignatures: 1,
        ..good.clone()
    };
    let earnest = Genesis { fictional: false, reroot_states: 5, attest_states: 3, ..good.clone() };
    vec![
        bad("m-zero", "rule", "No custodian key has to sign.", "m", &|genesis| genesis.threshold = 0),
        bad("m-above-n", "rule", "More custodian keys must sign than there are.", "m", &|genesis| {
            genesis.threshold = 3
        }),
        bad(
            "custodians-unsorted",
            "rule",
            "Custodian keys in descending order.",
            "The keys' order",
            &|genesis| genesis.custodian.reverse(),
        ),
        bad("without-relay", "rule", "No relay.", "The relays", &|genesis| genesis.relays.clear()),
        bad("17-relays", "rule", "More than 16 relays.", "The relays", &|genesis| {
            let relay = genesis.relays[0].clone();
            genesis.relays = (1..=17).map(|n| relay_of(&relay, n)).collect();
        }),
        bad("relay-without-address", "rule", "A relay without an address.", "The addresses", &|genesis| {
            genesis.relays[0].addresses.clear()
        }),
        bad("relay-of-9-addresses", "rule", "More than 8 addresses.", "The addresses", &|genesis| {
            genesis.relays[0].addresses = (1..=9).map(|n| format!("relay-{n}.example:4433")).collect();
        }),
        bad("address-of-two-lines", "rule", "An address of two lines.", "The address", &|genesis| {
            genesis.relays[0].addresses[0].push_str("\nx")
        }),
        bad(
            "k-without-witnesses",
            "rule",
            "A cosignature is asked for, and there is no witness.",
            "k",
            &|genesis| genesis.cosignatures = 1,
        ),
        with(
            &witnessed,
            "witness-name-with-blank",
            "rule",
            "A witness' name that cannot stand in a note.",
            "The name",
            &|genesis| genesis.witnesses[0].0 = "two words".to_owned(),
        ),
        with(
            &witnessed,
            "witness-name-with-plus",
            "rule",
            "A witness' name with a plus sign.",
            "The name",
            &|genesis| genesis.witnesses[0].0 = "a+b".to_owned(),
        ),
        with(&earnest, "r-too-low", "rule", "In earnest a re-root needs five States.", "r", &|genesis| {
            genesis.reroot_states = 4
        }),
        with(
            &earnest,
            "a-too-low",
            "rule",
            "In earnest an attestation needs three States.",
            "a",
            &|genesis| genesis.attest_states = 2,
        ),
        bad(
            "log-is-custodian",
            "key-taken",
            "The log's key is a custodian's.",
            "The log's key",
            &|genesis| genesis.log = public("custodian 1"),
        ),
        bad(
            "relay-keys-are-one",
            "key-taken",
            "One key for the relay's transport and its receipts.",
            "The transport key",
            &|genesis| genesis.relays[0].transport = public("relay receipt"),
        ),
        bad(
            "signed-by-one-more",
            "authority",
            "A signer who is none of its custodians.",
            "One custodian key is taken out",
            &|genesis| genesis.custodian = vec![public("custodian 1")],
        ),
        in_earnest(&earnest),
    ]
}

fn relay_of(relay: &liaison_keys::directory::body::Relay, n: u32) -> liaison_keys::directory::body::Relay {
    let mut relay = relay.clone();
    relay.name = name(&format!("relay-{n}"));
    relay.transport = public(&format!("relay {n} transport"));
    relay.receipt = public(&format!("relay {n} receipt"));
    relay
}

/// Not a genesis: what may not follow one.
fn in_earnest(earnest: &Genesis) -> Bad {
    let world = crate::world::World::with(earnest.clone());
    let entry = |owner: &str| {
        let statement = world.statement(owner, &enrol(owner), &["custodian 1", &format!("{owner} root 1")]);
        Entry::new(world.now, statement.to_bytes()).to_bytes()
    };
    let base = Base::own("1", "entry", entry("org:aid")).with("genesis", hex::encode(&world.entries()[0]));
    base.bad("enrol-fiction-in-earnest", "rule", "A fictional State in a network that is not.", entry("xa"))
        .changed("The owner: xa instead of org:aid; signed again.")
}

fn claims() -> Vec<Bad> {
    let body = Body::Genesis(Box::new(genesis(1)));
    let kids = BY.map(|signer| public::<Authority>(signer).kid()).to_vec();
    let first = Claims::new(NetworkId::UNFOUNDED, name("network"), (1, Digest::NONE), &body, START, kids);
    let good = base(&genesis(1));
    let signed =
        |claims: Claims, signers: &[&str]| Entry::new(START, sign(claims, signers).to_bytes()).to_bytes();
    assert_eq!(signed(first.clone(), &BY), good.bytes);
    let bad = |name: &str, error: &str, about: &str, changed: &str, spoil: &dyn Fn(&mut Claims)| {
        let mut claims = first.clone();
        spoil(&mut claims);
        good.bad(&format!("genesis-{name}"), error, about, signed(claims, &BY)).changed(changed)
    };
    let only_one = |claims: &mut Claims| claims.signers = vec![public::<Authority>(BY[0]).kid()];
    vec![
        bad(
            "of-a-network",
            "network",
            "A network before there is one.",
            "Claim 1; signed again for it.",
            &|claims| claims.network = NetworkId::new([7; 32]),
        ),
        bad("version-two", "chain", "Not the first version.", "The version; signed again.", &|claims| {
            claims.version = 2
        }),
        bad("with-previous", "chain", "Names a statement before it.", "Claim 4; signed again.", &|claims| {
            claims.previous = Digest::new([7; 32])
        }),
        bad(
            "made-ahead",
            "made",
            "Dated 601 seconds after it was logged.",
            "The time; signed again.",
            &|claims| claims.made = START + 601,
        ),
        bad("about-a-state", "subject", "About a State.", "The subject; signed again.", &|claims| {
            claims.subject = name("xa")
        }),
        bad(
            "of-another-kind",
            "malformed",
            "An enrolment's number over a genesis.",
            "The kind; signed again.",
            &|claims| claims.kind = 4,
        ),
        bad(
            "signed-by-one-custodian",
            "no-possession",
            "One of its custodian keys did not sign, although m is 1.",
            "The signers.",
            &only_one,
        ),
        good.bad(
            "genesis-signature-missing",
            "signers",
            "One of the named signers has not signed.",
            signed(first.clone(), &BY[..1]),
        )
        .changed("The second signature is missing."),
        good.bad(
            "genesis-signature-changed",
            "signature",
            "One bit of a signature.",
            raw::flipped(&good.bytes, good.bytes.len() - 1),
        ),
    ]
}
