//! Is every envelope with one defect refused for exactly that defect, and every right one shown? One test for each
//! step of opening, in the order of `docs/protocol.md` §5. It must never know how opening is written.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects"
)]

#[path = "../forge/mod.rs"]
mod forge;
#[path = "../../../keys/tests/world/mod.rs"]
mod world;

mod addressees;
mod checkpoint;
mod content;
mod form;
mod good;
mod order;
mod parts;
mod post;
mod properties;
mod sealing;
mod signer;
mod time;
