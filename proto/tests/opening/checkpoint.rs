//! Did the sender see the same directory as we? Checkpoint, split view, freshness, and what must wait.
//! It must never know who is addressed.

use liaison_keys::directory::witness::cosign;
use liaison_keys::directory::{Checkpoint, Head, Origin};
use liaison_keys::names::{Digest, NetworkId};
use liaison_keys::signing::{Log, Witness};
use liaison_proto::envelope::{Claims, Reason, WaitFor};
use liaison_proto::limits::DIRECTORY_STALE_S;

use crate::forge::{Press, Reader, to};
use crate::world::{World, genesis, join, key};

fn press(world: &World) -> Press {
    Press::new(world, to(&["xb/operations/1"]))
}

/// Why the reader refuses the message with its checkpoint spoilt.
fn refused(world: &World, spoil: impl FnOnce(&mut Claims)) -> Reason {
    let mut press = press(world);
    spoil(&mut press.claims);
    Reader::new(world).refused(&press.delivery())
}

/// The head of this world's log, with any part changed.
fn head(world: &World, change: impl FnOnce(&mut Head)) -> Head {
    let Checkpoint { size, root } = world.replica.checkpoint();
    let mut head = Head { size, root, time: world.now };
    change(&mut head);
    head
}

fn signed(world: &World, head: Head) -> Option<minicbor::bytes::ByteVec> {
    Some(head.sign(world.network(), &key::<Log>("log")).into())
}

#[test]
fn step_15_a_note_of_this_log() {
    let world = World::six_states();
    let checkpoint = world.replica.checkpoint();
    let note = world.note();
    let by_another_key = checkpoint.sign(&world.replica.origin(), &key::<Log>("a stranger"));
    let elsewhere = Origin::new(&world.directory().genesis().id, NetworkId::new([9; 32]));
    for bad in [
        by_another_key,
        checkpoint.sign(&elsewhere, &key("log")),
        note[..note.len() - 1].to_vec(),
        [note.as_slice(), "\u{2014} witness AAAA\n".as_bytes()].concat(),
        vec![],
        vec![0xff],
    ] {
        assert_eq!(refused(&world, |claims| claims.checkpoint.note = bad.into()), Reason::Checkpoint);
    }
}

#[test]
fn step_17_a_head_of_the_same_size() {
    let world = World::six_states();
    let with =
        |head: Option<minicbor::bytes::ByteVec>| refused(&world, |claims| claims.checkpoint.head = head);
    assert_eq!(with(None), Reason::Checkpoint, "missing");
    assert_eq!(with(signed(&world, head(&world, |head| head.size -= 1))), Reason::Checkpoint);
    assert_eq!(with(signed(&world, head(&world, |head| head.root = Digest::NONE))), Reason::Checkpoint);
    let by_another_key = head(&world, |_| ()).sign(world.network(), &key::<Log>("a stranger"));
    assert_eq!(with(Some(by_another_key.into())), Reason::Checkpoint);
    let elsewhere = head(&world, |_| ()).sign(NetworkId::new([9; 32]), &key::<Log>("log"));
    assert_eq!(with(Some(elsewhere.into())), Reason::Checkpoint);
    assert_eq!(with(Some(vec![0xf6].into())), Reason::Checkpoint);
}

#[test]
fn step_15_split_view() {
    let world = World::six_states();
    let other = Checkpoint { root: Digest::new([7; 32]), ..world.replica.checkpoint() };
    let note = other.sign(&world.replica.origin(), &key("log"));
    let reason = refused(&world, |claims| {
        claims.checkpoint.note = note.into();
        claims.checkpoint.head = signed(&world, head(&world, |head| head.root = other.root));
    });
    assert_eq!(reason, Reason::SplitView);
}

/// A host that raises a second log under the same key: another statement at the same place.
#[test]
fn step_15_split_view_of_two_real_logs() {
    let (mut ours, mut theirs) = (World::six_states(), World::six_states());
    ours.does("xa", &join("group:xr-south"), &["xa admin"]);
    theirs.does("xb", &join("group:xr-south"), &["xb admin"]);
    let from_there = press(&theirs).delivery();
    assert_eq!(Reader::new(&ours).refused(&from_there), Reason::SplitView);
    assert_eq!(Reader::new(&theirs).verified(&from_there).directory_size, theirs.size());
}

#[test]
fn waits_for_a_longer_log() {
    let behind = World::six_states();
    let mut ahead = World::six_states();
    ahead.advance(60).device("xa/operations/1", 2);
    let size = ahead.size();
    assert!(size > behind.size());
    // Whoever signed it may be in the part that is missing.
    for n in [1, 2] {
        let delivery = Press::by(&ahead, ("xa/operations/1", n), to(&["xb/operations/1"])).delivery();
        assert_eq!(Reader::new(&behind).waits(&delivery), WaitFor::Directory { size });
        Reader::new(&ahead).verified(&delivery);
    }
}

#[test]
fn nobody_makes_us_wait_without_the_logs_key() {
    let world = World::six_states();
    let far = Checkpoint { size: world.size() + 1, root: Digest::NONE };
    let note = far.sign(&world.replica.origin(), &key::<Log>("a stranger"));
    assert_eq!(refused(&world, |claims| claims.checkpoint.note = note.into()), Reason::Checkpoint);
}

#[test]
fn step_15_an_older_checkpoint_of_our_log_is_ours() {
    let mut world = World::six_states();
    let delivery = press(&world).delivery();
    let size = world.size();
    world.advance(60).device("xc/operations/1", 2);
    assert_eq!(Reader::new(&world).verified(&delivery).directory_size, size);
}

#[test]
fn step_17_stale_directory() {
    let world = World::six_states();
    let aged = |age: u64| {
        let mut press = press(&world);
        press.claims.checkpoint.head = signed(&world, head(&world, |head| head.time -= age));
        press.delivery()
    };
    let reader = Reader::new(&world);
    assert_eq!(reader.verified(&aged(0)).directory_age_s, 0);
    assert_eq!(reader.verified(&aged(DIRECTORY_STALE_S)).directory_age_s, DIRECTORY_STALE_S);
    assert_eq!(reader.refused(&aged(DIRECTORY_STALE_S + 1)), Reason::StaleDirectory);
}

#[test]
fn a_head_newer_than_the_message_has_no_age() {
    let world = World::six_states();
    let mut press = press(&world);
    press.claims.checkpoint.head = signed(&world, head(&world, |head| head.time += 30));
    assert_eq!(Reader::new(&world).verified(&press.delivery()).directory_age_s, 0);
}

/// A network that asks for two of three witnesses.
fn witnessed() -> World {
    let mut genesis = genesis(1);
    genesis.witnesses = ["a", "b", "c"].map(|name| (name.to_owned(), key::<Witness>(name).public())).to_vec();
    genesis.cosignatures = 2;
    let mut world = World::with(genesis);
    world.owner("xa").office("xa/operations/1").owner("xb").office("xb/operations/1");
    world
}

/// A message whose note these witnesses cosigned, so many seconds before it was made; without a head.
fn cosigned(world: &World, words: &[(&str, u64)]) -> Vec<u8> {
    let (checkpoint, origin) = (world.replica.checkpoint(), world.replica.origin());
    let line = |(name, ago): &(&str, u64)| {
        format!("{}\n", cosign(&checkpoint, &origin, (name, &key(name)), world.now - ago))
    };
    let lines: String = words.iter().map(line).collect();
    let mut press = press(world);
    press.claims.checkpoint.note = [world.note(), lines.into_bytes()].concat().into();
    press.claims.checkpoint.head = None;
    press.delivery()
}

#[test]
fn where_cosignatures_are_asked_for_the_log_keys_head_is_not_enough() {
    let world = witnessed();
    assert_eq!(Reader::new(&world).refused(&press(&world).delivery()), Reason::Checkpoint);
}

#[test]
fn exactly_so_many_witnesses_say_so_and_the_older_word_gives_the_age() {
    let world = witnessed();
    let reader = Reader::new(&world);
    let verified = reader.verified(&cosigned(&world, &[("a", 100), ("c", 30)]));
    assert_eq!(verified.directory_age_s, 100);
    let refused = |words: &[(&str, u64)]| reader.refused(&cosigned(&world, words));
    for words in [
        [].as_slice(),
        &[("a", 1)],
        &[("a", 1), ("a", 1)],
        &[("c", 1), ("a", 1)],
        &[("a", 1), ("b", 1), ("c", 1)],
        &[("a", 1), ("a stranger", 1)],
    ] {
        assert_eq!(refused(words), Reason::Checkpoint, "{words:?}");
    }
    assert_eq!(refused(&[("a", DIRECTORY_STALE_S + 1), ("b", 1)]), Reason::StaleDirectory);
}

#[test]
fn a_head_beside_cosignatures_is_one_too_many() {
    let world = witnessed();
    let (checkpoint, origin) = (world.replica.checkpoint(), world.replica.origin());
    let line = |name: &str| format!("{}\n", cosign(&checkpoint, &origin, (name, &key(name)), world.now));
    let note = [world.note(), line("a").into_bytes(), line("b").into_bytes()].concat();
    assert_eq!(refused(&world, |claims| claims.checkpoint.note = note.into()), Reason::Checkpoint);
}
