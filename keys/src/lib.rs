//! Whose key is this, and who says so?
//! This crate must never know sockets, the clock, files, frames or message bodies.

pub mod body;
pub mod card;
pub mod cbor;
pub mod cose;
pub mod directory;
pub mod fingerprint;
pub mod keyfile;
pub mod label;
mod named;
pub mod names;
pub mod prekey;
pub mod sealing;
pub mod signing;
pub mod vault;
