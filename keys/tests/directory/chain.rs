//! Is this the next word on its subject, signed by exactly whom it names? Versions, hashes, replays, signatures.
//! It must never know who is entitled to sign.

use liaison_keys::cbor;
use liaison_keys::directory::{Body, Claims, Entry, Statement, Void};
use liaison_keys::names::{Digest, NetworkId};
use minicbor::Encoder;
use minicbor::data::Tag;

use super::judge;
use super::world::*;

const SUBJECT: &str = "xa/technical/1";
const BY: [&str; 1] = ["xa admin"];

/// Spoils good claims and has them signed.
fn spoilt(world: &World, spoil: impl FnOnce(&mut Claims)) -> Result<(), Void> {
    let mut claims = world.claims(SUBJECT, &nominate(SUBJECT), &BY);
    spoil(&mut claims);
    world.directory().would_take(world.now, &sign(claims, &BY))
}

#[test]
fn a_statement_names_its_place() {
    let mut world = World::six_states();
    assert_eq!(spoilt(&world, |_| ()), Ok(()));
    for version in [0, 2, u64::MAX] {
        assert_eq!(spoilt(&world, |claims| claims.version = version), Err(Void::Chain), "{version}");
    }
    assert_eq!(spoilt(&world, |claims| claims.previous = Digest::of(b"other")), Err(Void::Chain));
    world.does(SUBJECT, &nominate(SUBJECT), &BY);
    let body = certify(SUBJECT, 1, world.now + LIFE_S);
    let signers = certifiers(SUBJECT, 1);
    let mut claims = world.claims(SUBJECT, &body, &signers);
    claims.previous = Digest::NONE;
    assert_eq!(world.directory().would_take(world.now, &sign(claims, &signers)), Err(Void::Chain));
}

#[test]
fn of_two_next_statements_the_first_stands() {
    let mut world = World::six_states();
    let [one, other] = ["org:xr-north", "org:xr-south"]
        .map(|org| world.statement("group:new", &define_group(Some(org)), &["custodian 1"]));
    assert_eq!(world.log(&one), Ok(()));
    assert_eq!(world.log(&other), Err(Void::Chain));
    assert_eq!(world.log(&one), Err(Void::Chain), "nor the same again");
    let at = world.directory().now(world.now);
    assert_eq!(at.group(&name("group:new")).map(|(_, org)| org.to_string()), Some("org:xr-north".to_owned()));
}

#[test]
fn a_void_statement_does_not_move_the_chain() {
    let mut world = World::six_states();
    let subject = name(SUBJECT);
    let before = world.directory().next(&subject);
    assert_eq!(world.say(SUBJECT, &nominate(SUBJECT), &["xb admin"]), Err(Void::Authority));
    assert_eq!(world.directory().next(&subject), before);
    assert_eq!(world.say(SUBJECT, &nominate(SUBJECT), &BY), Ok(()), "the same payload, rightly signed");
    assert_eq!(world.directory().voids(), [(world.size() - 2, Void::Authority)]);
}

#[test]
fn a_revocation_stands_beside_the_chain() {
    let mut world = World::six_states();
    let (office, body) = ("xa/operations/1", revoke("xa/operations/1", 1, None));
    let by = |world: &World, spoil: &dyn Fn(&mut Claims)| {
        let mut claims = world.claims(office, &body, &BY);
        spoil(&mut claims);
        world.directory().would_take(world.now, &sign(claims, &BY))
    };
    let subject = name(office);
    let before = world.directory().next(&subject);
    let first = Statement::from_bytes(&nomination_of(&world, office)).unwrap().payload_hash();
    assert_eq!(by(&world, &|_| ()), Ok(()));
    assert_eq!(by(&world, &|claims| claims.previous = first), Ok(()), "any earlier statement will do");
    assert_eq!(by(&world, &|claims| claims.previous = Digest::NONE), Err(Void::Chain));
    assert_eq!(by(&world, &|claims| claims.previous = Digest::of(b"other")), Err(Void::Chain));
    assert_eq!(by(&world, &|claims| claims.version = before.0), Err(Void::Chain));
    let statement = world.statement(office, &body, &BY);
    assert_eq!(world.log(&statement), Ok(()));
    assert_eq!(world.directory().next(&subject), before, "it does not move the chain");
    assert_eq!(world.log(&statement), Err(Void::Chain), "the same payload twice");
    let elsewhere = judge(&world, "xa/diplomatic/1", &revoke(office, 1, Some(1)), &BY);
    assert_eq!(elsewhere, Err(Void::Rule), "a device of another office");
    assert_eq!(judge(&world, office, &revoke(office, 9, None), &BY), Err(Void::Rule), "nobody's device");
}

/// The first statement on a subject.
fn nomination_of(world: &World, office: &str) -> Vec<u8> {
    let statements = world.entries().iter().map(|entry| Entry::from_bytes(entry).unwrap().statement);
    let mut of_office =
        statements.filter(|bytes| Statement::from_bytes(bytes).unwrap().claims().subject == name(office));
    of_office.next().unwrap().to_vec()
}

#[test]
fn a_statement_belongs_to_one_network() {
    let world = World::six_states();
    let twin = NetworkId::new([7; 32]);
    assert_eq!(spoilt(&world, |claims| claims.network = twin), Err(Void::Network));
    assert_eq!(spoilt(&world, |claims| claims.network = NetworkId::UNFOUNDED), Err(Void::Network));
    // The right network in the claims does not help when the keys signed for another one.
    let mut claims = world.claims(SUBJECT, &nominate(SUBJECT), &BY);
    let network = std::mem::replace(&mut claims.network, twin);
    let elsewhere = parts(&sign(claims.clone(), &BY));
    claims.network = network;
    let lifted = statement(&cbor::encode(&claims), &elsewhere.1);
    assert_eq!(world.directory().would_take(world.now, &lifted), Err(Void::Signature));
}

#[test]
fn exactly_the_named_keys_sign() {
    let mut world = World::six_states();
    let body = certify("xa/operations/1", 2, world.now + LIFE_S);
    let signers = certifiers("xa/operations/1", 2);
    let good = world.statement("xa/operations/1", &body, &signers);
    let (payload, signatures) = parts(&good);
    let take =
        |signatures: &[Signature]| world.directory().would_take(world.now, &statement(&payload, signatures));
    assert_eq!(take(&signatures), Ok(()));
    for n in 0..signatures.len() {
        let missing = [&signatures[..n], &signatures[n + 1..]].concat();
        assert_eq!(take(&missing), Err(Void::Signers), "without the {n}-th");
        let mut bad = signatures.clone();
        bad[n].1[40] ^= 1;
        assert_eq!(take(&bad), Err(Void::Signature), "the {n}-th is bad");
        let twice = [&signatures[..=n], &signatures[n..]].concat();
        assert_eq!(take(&twice), Err(Void::Signers), "the {n}-th twice");
    }
    assert_eq!(take(&[]), Err(Void::Signers));
    let mut backwards = signatures.clone();
    backwards.reverse();
    assert_eq!(take(&backwards), Err(Void::Signers));
    let swapped = [(signatures[0].0, signatures[1].1), (signatures[1].0, signatures[0].1), signatures[2]];
    assert_eq!(take(&swapped), Err(Void::Signature), "each under the other's name");
    let (_, stranger) = parts(&world.statement("xa/operations/1", &body, &["stranger"]));
    let mut surplus = [signatures.as_slice(), &stranger].concat();
    surplus.sort_unstable();
    assert_eq!(take(&surplus), Err(Void::Signers), "one that the claims do not name");
    assert_eq!(world.log(&good), Ok(()));
}

#[test]
fn signers_are_named_in_one_order() {
    let world = World::six_states();
    let signers = certifiers("xa/operations/1", 2);
    let body = certify("xa/operations/1", 2, world.now + LIFE_S);
    let take = |spoil: &dyn Fn(&mut Claims)| {
        let mut claims = world.claims("xa/operations/1", &body, &signers);
        spoil(&mut claims);
        world.directory().would_take(world.now, &sign(claims, &signers))
    };
    assert_eq!(take(&|_| ()), Ok(()));
    assert_eq!(take(&|claims| claims.signers.reverse()), Err(Void::Signers));
    assert_eq!(take(&|claims| claims.signers.clear()), Err(Void::Signers));
    assert_eq!(take(&|claims| claims.signers.insert(0, claims.signers[0])), Err(Void::Signers));
    // Nor does it help when the signatures follow the wrong order, or one stands twice like its name.
    let mut claims = world.claims("xa/operations/1", &body, &signers);
    claims.signers.reverse();
    let (payload, mut signatures) = parts(&sign(claims, &signers));
    signatures.reverse();
    let backwards = statement(&payload, &signatures);
    assert_eq!(world.directory().would_take(world.now, &backwards), Err(Void::Signers));
    let mut claims = world.claims("xa/operations/1", &body, &signers);
    claims.signers.insert(0, claims.signers[0]);
    let (payload, mut signatures) = parts(&sign(claims, &signers));
    signatures.insert(0, signatures[0]);
    let twice = statement(&payload, &signatures);
    assert_eq!(world.directory().would_take(world.now, &twice), Err(Void::Signers));
}

#[test]
fn what_cannot_be_read_is_malformed_and_replay_goes_on() {
    let mut world = World::six_states();
    let garbage = [vec![], vec![0xff; 40], Entry::new(world.now, vec![1, 2, 3]).to_bytes()];
    for bytes in &garbage {
        assert_eq!(world.log_bytes(bytes), Err(Void::Malformed));
    }
    let good = world.statement(SUBJECT, &nominate(SUBJECT), &BY);
    let mut trailing = Entry::new(world.now, good.to_bytes()).to_bytes();
    trailing.push(0);
    assert_eq!(world.log_bytes(&trailing), Err(Void::Malformed));
    let mut claims = world.claims(SUBJECT, &nominate(SUBJECT), &BY);
    claims.body = cbor::encode(&7_u8);
    assert_eq!(world.log(&sign(claims, &BY)), Err(Void::Malformed), "not a body of its kind");
    assert_eq!(world.log(&good), Ok(()));
    assert_eq!(world.directory().voids().len(), garbage.len() + 2);
}

#[test]
fn regression_a_statement_too_long_to_be_logged_is_not_promised() {
    let mut world = World::six_states();
    let mut claims = world.claims(SUBJECT, &nominate(SUBJECT), &BY);
    (claims.kind, claims.body) = (900, cbor::encode(&"x".repeat(8_192)));
    let long = sign(claims, &BY);
    assert_eq!(world.directory().would_take(world.now, &long), Err(Void::Malformed));
    assert_eq!(world.log(&long), Err(Void::Malformed));
}

#[test]
fn an_office_is_nominated_once_and_well() {
    let mut world = World::six_states();
    let judge_record = |world: &World, spoil: &dyn Fn(&mut liaison_keys::directory::OfficeRecord)| {
        let Body::Nominate(mut record) = nominate(SUBJECT) else { unreachable!() };
        spoil(&mut record);
        judge(world, SUBJECT, &Body::Nominate(record), &BY)
    };
    assert_eq!(judge_record(&world, &|_| ()), Ok(()));
    assert_eq!(judge_record(&world, &|record| record.categories.clear()), Err(Void::Rule));
    assert_eq!(judge_record(&world, &|record| record.unit = " desk".to_owned()), Err(Void::Rule));
    assert_eq!(judge_record(&world, &|record| record.languages = vec!["e".to_owned()]), Err(Void::Rule));
    let escape = |record: &mut liaison_keys::directory::OfficeRecord| {
        record.languages = vec!["en\u{1b}[2J".to_owned()];
    };
    assert_eq!(judge_record(&world, &escape), Err(Void::Rule), "regression: a tag is letters, digits and -");
    let many = |record: &mut liaison_keys::directory::OfficeRecord| {
        record.languages = vec!["en".to_owned(); 17];
    };
    assert_eq!(judge_record(&world, &many), Err(Void::Rule));
    let main_category = judge(&world, "xa/policy/1", &nominate(SUBJECT), &BY);
    assert_eq!(main_category, Err(Void::Rule), "it does not stand for its main category");
    assert_eq!(judge(&world, "xa/kitchen/1", &nominate("xa/kitchen/1"), &BY), Err(Void::Rule));
    assert_eq!(judge(&world, "xa/operations/1", &nominate("xa/operations/1"), &BY), Err(Void::Rule), "again");
    let of_organization = judge(&world, "org:xr-north/desk/1", &nominate(SUBJECT), &["org:xr-north admin"]);
    assert_eq!(of_organization, Err(Void::Rule), "categories are a State's");
    assert_eq!(
        world.say(SUBJECT, &certify(SUBJECT, 1, world.now + LIFE_S), &certifiers(SUBJECT, 1)),
        Err(Void::Rule)
    );
    world.does(SUBJECT, &nominate(SUBJECT), &BY).device(SUBJECT, 1);
}

type Signature = (liaison_keys::names::Kid, [u8; 64]);

/// A COSE_Sign taken apart.
fn parts(statement: &Statement) -> (Vec<u8>, Vec<Signature>) {
    let bytes = statement.to_bytes();
    let mut d = minicbor::Decoder::new(&bytes);
    d.tag().unwrap();
    d.array().unwrap();
    d.bytes().unwrap();
    d.map().unwrap();
    let payload = d.bytes().unwrap().to_vec();
    let count = d.array().unwrap().unwrap();
    let signature = |_| {
        d.array().unwrap();
        let kid = liaison_keys::names::Kid::from_slice(&d.bytes().unwrap()[5..]).unwrap();
        d.map().unwrap();
        (kid, d.bytes().unwrap().try_into().unwrap())
    };
    (payload, (0..count).map(signature).collect())
}

/// And put together again, as a liar would.
fn statement(payload: &[u8], signatures: &[Signature]) -> Statement {
    let mut e = Encoder::new(Vec::new());
    e.tag(Tag::new(98)).unwrap().array(4).unwrap().bytes(&[]).unwrap().map(0).unwrap();
    e.bytes(payload).unwrap().array(signatures.len() as u64).unwrap();
    for (kid, signature) in signatures {
        let protected = [[0xa2, 0x01, 0x27, 0x04, 0x50].as_slice(), kid.as_bytes()].concat();
        e.array(3).unwrap().bytes(&protected).unwrap().map(0).unwrap().bytes(signature).unwrap();
    }
    Statement::from_bytes(&e.into_writer()).unwrap()
}
