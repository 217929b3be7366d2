//! What does the log say? Six States, a custodian and two regions, and every way to be void.
//! It must never know how replay is written: it speaks through statements and queries alone.

mod world;
use world::*;

#[test]
fn six_states_and_two_regions_stand() {
    let world = World::six_states();
    let at = world.directory().now(world.now);
    assert_eq!(world.directory().voids(), []);
    assert_eq!(at.contacts().count(), 12 + 1 + 2);
}
