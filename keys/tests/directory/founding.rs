//! What begins a network? The genesis, and what makes it one.
//! It must never know what comes after it, except enrolments.

use liaison_keys::directory::body::Genesis;
use liaison_keys::directory::{Body, Claims, Directory, Entry, Void};
use liaison_keys::directory::{NoGenesis, replay};
use liaison_keys::names::{Digest, NetworkId};

use super::judge;
use super::world::*;

const BY: [&str; 2] = ["custodian 1", "custodian 2"];

fn founded(spoil: impl FnOnce(&mut Genesis)) -> Result<(), Void> {
    let mut genesis = genesis(1);
    spoil(&mut genesis);
    Directory::found(&genesis_entry(&genesis)).map(|_| ()).map_err(|NoGenesis(void)| void)
}

fn claimed(spoil: impl FnOnce(&mut Claims), signers: &[&str]) -> Result<(), Void> {
    let kids = BY.map(|signer| public::<liaison_keys::signing::Authority>(signer).kid()).to_vec();
    let body = Body::Genesis(Box::new(genesis(1)));
    let mut claims =
        Claims::new(NetworkId::UNFOUNDED, name("network"), (1, Digest::NONE), &body, START, kids);
    spoil(&mut claims);
    let entry = Entry::new(START, sign(claims, signers).to_bytes()).to_bytes();
    Directory::found(&entry).map(|_| ()).map_err(|NoGenesis(void)| void)
}

#[test]
fn a_genesis_names_what_it_must() {
    assert_eq!(founded(|_| ()), Ok(()));
    for threshold in [0, 3, 255] {
        assert_eq!(founded(|genesis| genesis.threshold = threshold), Err(Void::Rule), "m {threshold}");
    }
    assert_eq!(founded(|genesis| genesis.custodian.reverse()), Err(Void::Rule));
    assert_eq!(founded(|genesis| genesis.relays.clear()), Err(Void::Rule));
    assert_eq!(founded(|genesis| genesis.relays[0].addresses.clear()), Err(Void::Rule));
    assert_eq!(founded(|genesis| genesis.relays[0].addresses = vec!["a\nb".to_owned()]), Err(Void::Rule));
    assert_eq!(founded(|genesis| genesis.cosignatures = 1), Err(Void::Rule), "k without witnesses");
    assert_eq!(founded(|genesis| genesis.log = public("custodian 1")), Err(Void::KeyTaken));
    assert_eq!(founded(|genesis| genesis.log = public("relay receipt")), Err(Void::KeyTaken));
    assert_eq!(founded(|genesis| genesis.relays[0].transport = public("custodian 2")), Err(Void::KeyTaken));
    assert_eq!(founded(|genesis| genesis.custodian = vec![public("custodian 1")]), Err(Void::Authority));
}

#[test]
fn regression_a_witness_has_a_name_that_fits_a_note() {
    let witnessed = |name: &str| {
        founded(|genesis| {
            genesis.witnesses = vec![(name.to_owned(), public("witness"))];
            genesis.cosignatures = 1;
        })
    };
    assert_eq!(witnessed("witness.example/1"), Ok(()));
    assert_eq!(witnessed(&"a".repeat(64)), Ok(()));
    for bad in ["", "two words", "a+b", "a\n\u{2014} b", &"a".repeat(65)] {
        assert_eq!(witnessed(bad), Err(Void::Rule), "{bad:?}");
    }
    let many = |count: usize| {
        founded(|genesis| {
            let names = (0..count).map(|n| format!("witness-{n}"));
            genesis.witnesses = names.map(|name| (name.clone(), public(&name))).collect();
        })
    };
    assert_eq!((many(16), many(17)), (Ok(()), Err(Void::Rule)));
    let same = founded(|genesis| {
        genesis.witnesses = vec![("a".to_owned(), public("witness")), ("b".to_owned(), public("witness"))];
    });
    assert_eq!(same, Err(Void::KeyTaken));
}

#[test]
fn in_earnest_a_re_root_and_an_attestation_need_states() {
    let earnest = |reroot, attest| {
        founded(|genesis| {
            (genesis.fictional, genesis.reroot_states, genesis.attest_states) = (false, reroot, attest);
        })
    };
    assert_eq!(earnest(5, 3), Ok(()));
    assert_eq!(earnest(4, 3), Err(Void::Rule));
    assert_eq!(earnest(5, 2), Err(Void::Rule));
}

#[test]
fn a_genesis_is_signed_by_all_its_custodians() {
    assert_eq!(claimed(|_| (), &BY), Ok(()));
    assert_eq!(claimed(|_| (), &BY[..1]), Err(Void::Signers));
    let one =
        |claims: &mut Claims| claims.signers = vec![public::<liaison_keys::signing::Authority>(BY[0]).kid()];
    assert_eq!(claimed(one, &BY[..1]), Err(Void::NoPossession), "m is 1, and yet all sign");
}

#[test]
fn a_log_begins_with_its_genesis() {
    assert_eq!(claimed(|claims| claims.network = NetworkId::new([1; 32]), &BY), Err(Void::Network));
    assert_eq!(claimed(|claims| claims.version = 2, &BY), Err(Void::Chain));
    assert_eq!(claimed(|claims| claims.previous = Digest::of(b"before"), &BY), Err(Void::Chain));
    assert_eq!(claimed(|claims| claims.made = START + 601, &BY), Err(Void::Made));
    assert_eq!(claimed(|claims| claims.subject = name("xa"), &BY), Err(Void::Subject));
    assert_eq!(claimed(|claims| claims.kind = 4, &BY), Err(Void::Malformed));
    assert_eq!(claimed(|claims| claims.kind = 900, &BY), Err(Void::Malformed));
    assert_eq!(replay([]).unwrap_err(), NoGenesis(Void::Malformed));
    let world = World::six_states();
    let later = &world.entries()[1];
    assert_eq!(replay([later.as_slice()]).unwrap_err(), NoGenesis(Void::Malformed));
}

#[test]
fn a_network_is_founded_once() {
    let mut world = World::six_states();
    let network = world.network();
    let body = Body::Genesis(Box::new(genesis(1)));
    let mut claims = world.claims("network", &body, &BY);
    claims.network = NetworkId::UNFOUNDED;
    assert_eq!(world.log(&sign(claims, &BY)), Err(Void::Rule));
    assert_eq!(world.say("network", &body, &BY), Err(Void::Network));
    assert_eq!(world.log_bytes(&genesis_entry(&genesis(1))), Err(Void::Logged));
    assert_eq!(world.network(), network);
}

#[test]
fn fictional_states_stay_in_fictional_networks() {
    let mut earnest = genesis(1);
    (earnest.fictional, earnest.reroot_states, earnest.attest_states) = (false, 5, 3);
    let (earnest, exercise) = (World::with(earnest), World::found());
    let enrolled = |world: &World, owner: &str| {
        judge(world, owner, &enrol(owner), &["custodian 1", &format!("{owner} root 1")])
    };
    assert_eq!(enrolled(&earnest, "xa"), Err(Void::Rule));
    for real in ["fr", "xk", "org:xr-north"] {
        assert_eq!(enrolled(&earnest, real), Ok(()), "{real}");
    }
    for any in ["xa", "fr"] {
        assert_eq!(enrolled(&exercise, any), Ok(()), "{any}");
    }
}

#[test]
fn an_owner_enrols_once_under_a_plain_name() {
    let mut world = World::found();
    let enrolled = |world: &World, spoil: &dyn Fn(&mut liaison_keys::directory::body::Enrol)| {
        let Body::Enrol(mut body) = enrol("xa") else { unreachable!() };
        spoil(&mut body);
        judge(world, "xa", &Body::Enrol(body), &["custodian 1", "xa root 1"])
    };
    assert_eq!(enrolled(&world, &|_| ()), Ok(()));
    assert_eq!(enrolled(&world, &|body| body.name = "\u{202e}AX".to_owned()), Err(Void::Rule));
    assert_eq!(enrolled(&world, &|body| body.regional_group = Some(String::new())), Err(Void::Rule));
    assert_eq!(enrolled(&world, &|body| body.note_verbale = Some("x".repeat(201))), Err(Void::Rule));
    world.owner("xa");
    assert_eq!(enrolled(&world, &|_| ()), Err(Void::Rule), "once");
}
