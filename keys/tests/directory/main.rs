//! What does the log say? Every kind of statement by everybody who may make it and by many who may not.
//! It must never know how replay is written: it speaks through statements and queries alone.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests: a broken promise is a panic"
)]

mod authority;
mod caps;
mod chain;
mod changes;
mod evidence;
mod founding;
mod groups;
mod keys;
mod kinds;
mod newer;
mod replay;
mod time;
mod witnesses;
#[path = "../world/mod.rs"]
mod world;

use liaison_keys::directory::{Body, Void};
use world::World;

/// What the log would answer now; nothing is logged.
fn judge<S: AsRef<str>>(world: &World, subject: &str, body: &Body, signers: &[S]) -> Result<(), Void> {
    world.directory().would_take(world.now, &world.statement(subject, body, signers))
}

/// The same signers without one, or with one more: only one set is right.
fn without<'s>(signers: &[&'s str], left_out: &str) -> Vec<&'s str> {
    signers.iter().copied().filter(|signer| *signer != left_out).collect()
}

#[test]
fn six_states_and_two_regions_stand() {
    let world = World::six_states();
    let at = world.directory().now(world.now);
    assert_eq!(world.directory().voids(), []);
    assert_eq!(at.contacts().count(), 12 + 1 + 2);
    assert_eq!(at.offices().count(), 12 + 1 + 2);
    assert_eq!(world.directory().owners().count(), 6 + 1 + 2);
    assert_eq!(world.entries(), World::six_states().entries(), "a world is its names and nothing else");
}
