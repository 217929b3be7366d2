//! Was it seen before, and when was it made? Replay and times. Steps 14, 19 and 20.
//! It must never know the sender.

use liaison_keys::names::HeaderHash;
use liaison_proto::envelope::{Reason, Remark};
use liaison_proto::limits::{CREATED_AHEAD_S_MAX, REPLAY_KEPT_S};

use crate::forge::{LIVES_S, Press, Reader, to};
use crate::world::World;

fn press(world: &World) -> Press {
    Press::new(world, to(&["xb/operations/1"]))
}

#[test]
fn step_19_replay() {
    let world = World::six_states();
    let press = press(&world);
    let mut reader = Reader::new(&world);
    let hh = reader.verified(&press.delivery()).hh;
    assert_eq!(hh, HeaderHash::of(&press.header_bytes()));
    reader.seen.insert(hh);
    assert_eq!(reader.refused(&press.delivery()), Reason::Replay);
}

#[test]
fn step_19_an_envelope_id_is_only_a_name() {
    let world = World::six_states();
    let mut press = press(&world);
    let mut reader = Reader::new(&world);
    let first = reader.verified(&press.delivery());
    reader.seen.insert(first.hh);
    press.header.expires += 1;
    let second = reader.verified(&press.delivery());
    assert_eq!(first.id, second.id);
    assert_ne!(first.hh, second.hh);
}

#[test]
fn step_14_header_and_claims_agree_on_when() {
    let world = World::six_states();
    for created_ms in [world.now * 1000 - 1, (world.now + 1) * 1000, 0, u64::MAX] {
        let mut press = press(&world);
        press.claims.created_ms = created_ms;
        assert_eq!(Reader::new(&world).refused(&press.delivery()), Reason::Times, "{created_ms}");
    }
    let mut press = press(&world);
    press.claims.created_ms = world.now * 1000 + 999;
    Reader::new(&world).verified(&press.delivery());
}

#[test]
fn step_20_too_old_by_either_clock() {
    let world = World::six_states();
    let delivery = press(&world).delivery();
    let last = world.now + LIVES_S + REPLAY_KEPT_S;
    assert_eq!(Reader::new(&world).at(last).verified(&delivery).remarks, [Remark::Expired]);
    assert_eq!(Reader::new(&world).at(last + 1).refused(&delivery), Reason::TooOld);
    let clock_set_back = Reader { head_time: last + 1, ..Reader::new(&world) };
    assert_eq!(clock_set_back.refused(&delivery), Reason::TooOld);
}

#[test]
fn step_20_expired_and_ahead_are_said_and_nothing_is_dropped() {
    let world = World::six_states();
    let delivery = press(&world).delivery();
    let remarks = |now: u64| Reader::new(&world).at(now).verified(&delivery).remarks;
    let (made, ends) = (world.now, world.now + LIVES_S);
    assert_eq!(remarks(made), []);
    assert_eq!(remarks(ends - 1), []);
    assert_eq!(remarks(ends), [Remark::Expired]);
    assert_eq!(remarks(made - CREATED_AHEAD_S_MAX), []);
    let seconds = CREATED_AHEAD_S_MAX + 1;
    assert_eq!(remarks(made - seconds), [Remark::Ahead { seconds }]);
}
