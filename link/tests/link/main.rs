//! Does a link keep its promises, on every transport?
//! These tests never know how a transport works inside; they see what its users see.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects; clippy.toml allows this only inside #[test] functions"
)]

mod dialing;
mod ending;
mod faults;
mod handshake;
mod kit;
mod lanes;
mod strangers;
