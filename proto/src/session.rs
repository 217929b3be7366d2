//! In which order may frames come? Two state machines without socket or clock, one for each side
//! (`docs/protocol.md` §7). It must never know how frames travel or what is stored.

pub mod auth;
pub mod client;
pub mod relay;

pub use auth::{Ask, Party};
