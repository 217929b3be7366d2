//! What does a decoder do with what nobody wrote? It refuses: no cut, no flipped bit, no garbage is ever taken
//! for the value, and nothing panics. It must never know what the values mean.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests: a broken promise is a panic"
)]

mod world;

use liaison_keys::cbor;
use liaison_keys::cose::{Sign, Sign1};
use liaison_keys::directory::invitation::Invitation;
use liaison_keys::directory::{Body, Claims, Entry, Head, Note, Quorum, Statement};
use liaison_keys::fingerprint::Fingerprint;
use liaison_keys::keyfile::{self, Cost};
use liaison_keys::label::Label;
use liaison_keys::names::{DeviceId, Digest, GroupId, NetworkId, OfficeId, Owner, Slug, StateCode, Subject};
use liaison_keys::prekey::Bundle;
use liaison_keys::sealing::{PrekeyPublic, Wrap};
use liaison_keys::signing::{Authority, Device, Log, PublicKey};
use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use world::*;

const OFFICE: &str = "xa/operations/1";

/// Every cut, every longer form and every flipped bit of a valid value must be refused.
fn refuses_all_damage(valid: &[u8], takes: impl Fn(&[u8]) -> bool) {
    assert!(takes(valid), "the value itself");
    for end in 0..valid.len() {
        assert!(!takes(&valid[..end]), "cut to {end} of {}", valid.len());
    }
    for extra in [0x00, 0x0a, 0xf6, 0xff] {
        assert!(!takes(&[valid, &[extra]].concat()), "{extra:02x} behind it");
    }
    for bit in 0..valid.len() * 8 {
        assert!(!takes(&flipped(valid, bit)), "bit {bit}");
    }
}

fn flipped(valid: &[u8], bit: usize) -> Vec<u8> {
    let mut bytes = valid.to_vec();
    bytes[bit / 8] ^= 1 << (bit % 8);
    bytes
}

fn network() -> NetworkId {
    NetworkId::new([7; 32])
}

/// A certification: three signatures.
fn certification() -> (World, Statement) {
    let mut world = World::found();
    world.owner("xa").does(OFFICE, &nominate(OFFICE), &["xa admin"]);
    let statement = world.statement(OFFICE, &certify(OFFICE, 1, START + 9), &certifiers(OFFICE, 1));
    (world, statement)
}

#[test]
fn statement() {
    let (world, statement) = certification();
    let takes = |bytes: &[u8]| {
        Statement::from_bytes(bytes).is_ok_and(|read| world.directory().would_take(START, &read).is_ok())
    };
    refuses_all_damage(&statement.to_bytes(), takes);
}

#[test]
fn entry() {
    let (_, statement) = certification();
    let entry = Entry::new(START, statement.to_bytes());
    assert_eq!(Entry::from_bytes(&entry.to_bytes()), Ok(entry.clone()));
    // A leaf's damage shows in the log's root; here only that no two spellings are one entry.
    refuses_all_damage(&entry.to_bytes(), |bytes| Entry::from_bytes(bytes).is_ok_and(|read| read == entry));
    let long = Entry::new(START, vec![0; 8_193]).to_bytes();
    assert!(Entry::from_bytes(&long).is_err());
    assert!(Entry::from_bytes(&Entry::new(START, vec![0; 8_192]).to_bytes()).is_ok());
}

#[test]
fn genesis() {
    let entry = genesis_entry(&world::genesis(2));
    let statement = Entry::from_bytes(&entry).unwrap().statement;
    let founds = |bytes: &[u8]| {
        let entry = Entry::new(START, bytes.to_vec()).to_bytes();
        liaison_keys::directory::Directory::found(&entry).is_ok()
    };
    refuses_all_damage(&statement, founds);
}

#[test]
fn sign_and_sign1() {
    let context = Label::Receipt.context(network());
    let (a, b) = (key::<Authority>("a"), key::<Authority>("b"));
    let one = Sign1::sign(&a, &context, b"payload".to_vec()).to_bytes();
    refuses_all_damage(&one, |bytes| {
        Sign1::from_bytes(bytes).is_ok_and(|read| read.verify(&a.public(), &context).is_ok())
    });
    let mut both = Sign::unsigned(b"payload".to_vec());
    both.add(&a, &context);
    both.add(&b, &context);
    refuses_all_damage(&both.to_bytes(), |bytes| {
        let signed = |read: &Sign, key: &PublicKey<_>| read.verify_one(key, &context).is_ok();
        Sign::from_bytes(bytes).is_ok_and(|read| signed(&read, &a.public()) && signed(&read, &b.public()))
    });
}

#[test]
fn note_and_head() {
    let world = World::found();
    refuses_all_damage(&world.note(), |bytes| {
        world.replica.read_note(bytes).is_ok_and(|note| world.replica.settle(&note).is_ok())
    });
    refuses_all_damage(&world.head(), |bytes| world.replica.read_head(bytes).is_ok());
}

#[test]
fn invitation() {
    let (a, b) = (key::<Authority>("custodian 1"), key::<Authority>("custodian 2"));
    let invitation = Invitation { key: public("invited"), owner: name("org:xr-north"), ends: START + 100 };
    let bytes = invitation.sign(network(), &[&a, &b]);
    let custodian = [a.public(), b.public()];
    let verify = |bytes: &[u8], m| Invitation::verify(bytes, network(), (&custodian, m), START);
    assert_eq!(verify(&bytes, 2), Ok(invitation.clone()));
    refuses_all_damage(&bytes, |bytes| verify(bytes, 2).is_ok());
}

#[test]
fn regression_nobodys_invitation_is_none() {
    let invitation = Invitation { key: public("invited"), owner: name("org:xr-north"), ends: START + 100 };
    let unsigned = invitation.sign(network(), &[]);
    assert!(Invitation::verify(&unsigned, network(), (&[public("custodian 1")], 0), START).is_err());
}

#[test]
fn bundle() {
    let world = World::found();
    let (_, bytes) = world.prekeys(OFFICE, 1);
    let device = public::<Device>("xa/operations/1 signing 1");
    let takes = |bytes: &[u8]| Bundle::verify(bytes, &device, world.network()).is_ok();
    let read = Bundle::verify(&bytes, &device, world.network()).unwrap();
    assert_eq!(read.sign(&key("xa/operations/1 signing 1"), world.network()), bytes);
    // Two X-Wing keys: 20,000 bits, of which every 37th, all of the frame and all cuts are tried.
    for end in 0..bytes.len() {
        assert!(!takes(&bytes[..end]));
    }
    let frame = 8 * 64;
    let bits = (0..frame)
        .chain((frame..bytes.len() * 8 - frame).step_by(37))
        .chain(bytes.len() * 8 - frame..bytes.len() * 8);
    for bit in bits {
        assert!(!takes(&flipped(&bytes, bit)), "bit {bit}");
    }
}

#[test]
fn key_file() {
    let mut entropy = ChaCha20Rng::from_seed([3; 32]);
    let file = keyfile::lock("words", Cost::MINIMUM, b"secret", &mut entropy).unwrap();
    refuses_all_damage(&file, |bytes| keyfile::unlock("words", bytes).is_ok());
}

#[test]
fn nesting_does_not_exhaust_the_stack() {
    for byte in [0x81, 0x9f, 0xa1, 0xbf, 0xc1, 0xd8] {
        let deep = vec![byte; 8_000];
        assert!(Statement::from_bytes(&deep).is_err());
        let (_, statement) = certification();
        let mut claims = statement.claims().clone();
        (claims.kind, claims.body) = (900, [vec![byte; 7_000], vec![0x00]].concat());
        let bytes = Statement::unsigned(claims).to_bytes();
        // Nested arrays are one value, which an unknown kind may have; the others are not even that.
        let _ = Statement::from_bytes(&bytes);
    }
}

/// Feeds bytes to every decoder.
fn decode_all(bytes: &[u8]) -> usize {
    let context = Label::Statement.context(network());
    let (device, log) = (public::<Device>("d"), public::<Log>("log"));
    let origin = liaison_keys::directory::Origin::new(&name("exercise"), network());
    let custodian = [public::<Authority>("custodian 1")];
    let bodies = (0..30).filter(|kind| matches!(Body::decode(*kind, bytes), Ok(Some(_)))).count();
    let taken = [
        Statement::from_bytes(bytes).is_ok_and(|statement| statement.has_exactly_its_signers()),
        Sign::from_bytes(bytes).is_ok_and(|read| read.verify_one(&device, &context).is_ok()),
        Sign1::from_bytes(bytes).is_ok_and(|read| read.verify(&device, &context).is_ok()),
        Bundle::verify(bytes, &device, network()).is_ok(),
        Bundle::claimed_device(bytes).is_ok(),
        Note::read(bytes, &origin, &log).is_ok_and(|note| note.settle(&origin, Quorum::NONE).is_ok()),
        Head::verify(bytes, network(), &log).is_ok(),
        Invitation::verify(bytes, network(), (&custodian, 1), START).is_ok(),
        PrekeyPublic::from_bytes(bytes).is_ok(),
        cbor::decode::<Wrap>(bytes).is_ok(),
    ];
    let _ = (Entry::from_bytes(bytes), cbor::decode::<Claims>(bytes), keyfile::unlock("words", bytes));
    bodies + taken.into_iter().filter(|taken| *taken).count()
}

/// The one body of several kinds: of those of which no field has to be there. The claims beside it say which is meant.
const EMPTY_MAP: [u8; 1] = [0xa0];

#[test]
fn the_empty_body_is_that_of_kinds_without_a_required_field_and_nothing_else() {
    let kinds: Vec<u16> =
        (0..30).filter(|kind| matches!(Body::decode(*kind, &EMPTY_MAP), Ok(Some(_)))).collect();
    // Withdraw, and a confirmation of an entry without a card.
    assert_eq!(kinds, [13, 21]);
    assert_eq!(decode_all(&EMPTY_MAP), kinds.len());
}

/// Bytes that look like CBOR more often than chance would have it.
fn nearly_cbor() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        any::<u8>().prop_map(|byte| vec![byte]),
        Just(vec![0xd2, 0x84, 0x43, 0xa1, 0x01, 0x27, 0xa0]),
        Just(vec![0xd8, 0x62, 0x84, 0x40, 0xa0]),
        (0x80..0xa8_u8).prop_map(|head| vec![head]),
        Just([vec![0x58, 0x20], vec![7; 32]].concat()),
        Just([vec![0x50], vec![7; 16]].concat()),
        Just([vec![0x58, 0x40], vec![7; 64]].concat()),
        Just(vec![0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        Just(b"\x67network".to_vec()),
        Just(b"\x62xa".to_vec()),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn claims() -> impl Strategy<Value = Claims> {
    let subjects = ["network", "xa", "org:custodian", OFFICE, "group:xr-north"];
    let bodies = prop_oneof![
        Just(enrol("xa")),
        any::<u64>().prop_map(|expires| delegate("xa", expires)),
        Just(nominate(OFFICE)),
        any::<u64>().prop_map(|expires| certify(OFFICE, 1, expires)),
        any::<Option<u64>>().prop_map(|since| revoke(OFFICE, 1, since)),
        any::<bool>().prop_map(|ended| define_group((!ended).then_some("org:xr-north"))),
        (0..4_usize).prop_map(|n| group_member("xa", liaison_keys::directory::MemberStatus::ALL[n])),
        Just(join("group:xr-north")),
    ];
    let numbers = (any::<u64>(), any::<u64>(), any::<[u8; 32]>(), any::<[u8; 32]>());
    (0..subjects.len(), bodies, numbers, 0..4_usize).prop_map(move |(subject, body, numbers, signers)| {
        let (version, made, network, previous) = numbers;
        let kids = (0..signers).map(|n| public::<Authority>(&format!("signer {n}")).kid()).collect();
        let place = (version, Digest::new(previous));
        Claims::new(NetworkId::new(network), name(subjects[subject]), place, &body, made, kids)
    })
}

proptest! {
    #[test]
    fn garbage_is_refused_by_all(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        // A short body may be made by chance, such as the empty array or one text; nothing signed ever is.
        prop_assert!(decode_all(&bytes) <= 1);
    }

    #[test]
    fn near_misses_are_refused_by_all(bytes in nearly_cbor()) {
        prop_assert!(decode_all(&bytes) <= 1 || bytes == EMPTY_MAP);
    }

    #[test]
    fn statements_go_round(claims in claims(), signed in 0..4_usize) {
        let signers: Vec<String> = (0..signed).map(|n| format!("signer {n}")).collect();
        let statement = sign(claims.clone(), &signers);
        let bytes = statement.to_bytes();
        let read = Statement::from_bytes(&bytes).unwrap();
        prop_assert_eq!(&read, &statement);
        prop_assert_eq!(read.claims(), &claims);
        prop_assert_eq!(read.to_bytes(), bytes);
        prop_assert_eq!(read.payload_hash(), statement.payload_hash());
        let body = claims.body().unwrap().unwrap();
        prop_assert_eq!(body.encode(), claims.body.clone());
        prop_assert_eq!(Body::decode(claims.kind, &claims.body), Ok(Some(body)));
        prop_assert_eq!(read.missing().is_empty() && !claims.signers.is_empty(), read.has_exactly_its_signers());
    }

    #[test]
    fn what_decodes_encodes_to_the_same_bytes(claims in claims(), bit in any::<prop::sample::Index>()) {
        let bytes = sign(claims, &["signer 0", "signer 1"]).to_bytes();
        let damaged = flipped(&bytes, bit.index(bytes.len() * 8));
        if let Ok(read) = Statement::from_bytes(&damaged) {
            prop_assert_eq!(read.to_bytes(), damaged);
        }
    }

    #[test]
    fn names_read_as_written_or_not_at_all(text in "[a-zA-Z0-9:/ +.-]{0,24}|(org:|group:)?[a-z0-9-]{1,33}(/[a-z-]{0,9}/[0-9+]{0,6})?|.{0,12}") {
        fn once<T: std::str::FromStr + ToString>(text: &str) -> bool {
            text.parse::<T>().is_ok_and(|name| name.to_string() != text)
        }
        let twice = [
            once::<StateCode>(&text),
            once::<Slug>(&text),
            once::<Owner>(&text),
            once::<OfficeId>(&text),
            once::<GroupId>(&text),
            once::<Subject>(&text),
        ];
        prop_assert_eq!(twice, [false; 6]);
        let _ = (text.parse::<DeviceId>(), text.parse::<Digest>());
    }

    #[test]
    fn names_go_round_in_cbor(bytes in any::<[u8; 32]>(), state in "[a-z]{2}", slug in "[a-z0-9-]{1,32}", number in 1..u16::MAX) {
        let digest = Digest::new(bytes);
        prop_assert_eq!(cbor::decode::<Digest>(&cbor::encode(&digest)), Ok(digest));
        prop_assert_eq!(digest.to_string().parse::<Digest>(), Ok(digest));
        for text in [format!("{state}/{slug}/{number}"), format!("org:{slug}/{slug}/{number}"), format!("group:{slug}"), state] {
            let subject: Subject = text.parse().unwrap();
            prop_assert_eq!(cbor::decode::<Subject>(&cbor::encode(&subject)), Ok(subject));
        }
    }

    #[test]
    fn fingerprints_are_sixty_digits(seed in any::<[u8; 32]>(), threshold in any::<u8>()) {
        let keys = [PublicKey::from_bytes(seed)];
        let text = Fingerprint::of_root(network(), &name("xa"), threshold, &keys).to_string();
        prop_assert_eq!((text.len(), text.split(' ').filter(|group| group.len() == 5).count()), (71, 12));
    }
}
