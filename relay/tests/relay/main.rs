//! Does a relay keep its promises? Real links on loopback, virtual time, and stations that do as they are told.
//! It must never know how the relay is written: it speaks through frames, files and the public API alone.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in a test a broken promise is a panic"
)]

mod bench;
mod binary;
mod directory;
mod durable;
mod faults;
mod founding;
mod hostile;
mod mailbox;
mod passing;
mod rights;
mod shares;
mod verify;
