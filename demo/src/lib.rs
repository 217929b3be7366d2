//! What does a whole network look like on one machine? The parts of `cargo demo`, which tests of the whole use too.
//! This crate must never know anything that production code needs.

pub mod desk;
mod print;
mod search;
pub mod story;
pub mod world;
