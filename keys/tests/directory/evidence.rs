//! Is a third party convinced by what shows a lie, and by nothing else? Each finding, and each way to make it up.
//! It must never know how evidence is found.

use liaison_keys::directory::Void;
use liaison_keys::directory::checkpoint::{Checkpoint, Head};
use liaison_keys::directory::evidence::{Evidence, Finding, NotShown};
use liaison_keys::names::NetworkId;
use liaison_keys::signing::Log;

use super::world::*;

fn note_by(world: &World, signer: &str, checkpoint: Checkpoint) -> Vec<u8> {
    checkpoint.sign(&world.replica.origin(), &key::<Log>(signer))
}

fn head_by(world: &World, signer: &str, size: u64, time: u64) -> Vec<u8> {
    let root = world.replica.log().root(size).unwrap();
    Head { size, root, time }.sign(world.network(), &key::<Log>(signer))
}

#[test]
fn two_histories_under_one_key() {
    let (mut ours, mut theirs) = (World::six_states(), World::six_states());
    ours.revoke("xa/operations/1", 1, None);
    theirs.revoke("xa/operations/1", 1, Some(START));
    let size = ours.size();
    ours.advance(60).revoke("xb/operations/1", 1, None);
    let evidence = Evidence::split_view(ours.entries(), ours.note(), theirs.note());
    let judge = |evidence: &Evidence| Evidence::judge(&evidence.to_bytes(), ours.network());
    assert_eq!(judge(&evidence), Ok(Finding::SplitView { size }));
    let same = Evidence::split_view(ours.entries(), ours.note(), ours.note());
    assert_eq!(judge(&same), Err(NotShown::Fits));
    let forged = note_by(&theirs, "a stranger", theirs.replica.checkpoint());
    assert_eq!(judge(&Evidence::split_view(ours.entries(), ours.note(), forged)), Err(NotShown::Unsigned));
    let made_up = Evidence::split_view(&theirs.entries()[..20], ours.note(), theirs.note());
    assert_eq!(judge(&made_up), Err(NotShown::Fits), "the entries are not those of one's own note");
    let elsewhere = Evidence::judge(&evidence.to_bytes(), NetworkId::new([1; 32]));
    assert_eq!(elsewhere, Err(NotShown::OtherNetwork));
    let mut bytes = evidence.to_bytes();
    bytes.truncate(bytes.len() - 1);
    assert_eq!(Evidence::judge(&bytes, ours.network()), Err(NotShown::Malformed));
}

#[test]
fn a_log_that_became_shorter() {
    let world = World::six_states();
    let (size, now) = (world.size(), world.now);
    let judge = |earlier: Vec<u8>, later: Vec<u8>| {
        let evidence = Evidence::rollback(&world.entries()[..1], earlier, later);
        Evidence::judge(&evidence.to_bytes(), world.network())
    };
    let head = |size, time| head_by(&world, "log", size, time);
    assert_eq!(judge(head(size, now), head(9, now + 60)), Ok(Finding::Rollback { from: size, to: 9 }));
    assert_eq!(judge(head(9, now), head(size, now + 60)), Err(NotShown::Fits));
    assert_eq!(judge(head(size, now + 60), head(9, now)), Err(NotShown::Fits));
    let forged = head_by(&world, "a stranger", 9, now + 60);
    assert_eq!(judge(head(size, now), forged), Err(NotShown::Unsigned));
}

#[test]
fn a_void_entry_under_the_logs_key() {
    let mut world = World::six_states();
    let statement = world.statement("xa/policy/1", &nominate("xa/policy/1"), &["xb admin"]);
    world.log(&statement).unwrap_err();
    let evidence = Evidence::void_entry(world.entries(), world.note());
    let index = world.size() - 1;
    let judge = |evidence: &Evidence| Evidence::judge(&evidence.to_bytes(), world.network());
    assert_eq!(judge(&evidence), Ok(Finding::VoidEntry { index, void: Void::Authority }));
    let before = Evidence::void_entry(&world.entries()[..20], world.note());
    assert_eq!(judge(&before), Err(NotShown::Fits));
}

#[test]
fn a_new_log_key_speaks_from_its_time_on_and_the_old_one_no_longer() {
    let mut world = World::six_states();
    let old = world.note();
    let change = operate(|operate| operate.log = public("new log"));
    world.does("network", &change, &["custodian 1", "custodian 2"]);
    let by = |world: &World, signer| {
        let note = note_by(world, signer, world.replica.checkpoint());
        world.replica.read_note(&note).is_ok()
    };
    assert!(world.replica.read_note(&old).is_ok(), "what the old key signed before stays");
    assert!(by(&world, "new log") && !by(&world, "log"));
    let head = head_by(&world, "log", world.size(), world.now);
    assert!(world.replica.read_head(&head).is_err());
}
