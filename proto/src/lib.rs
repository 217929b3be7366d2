//! What was said, to whom, and is it well formed?
//! This crate must never know sockets, the clock, storage or the user interface.

pub mod envelope;
pub mod frame;
pub mod freshness;
pub mod lane;
pub mod lifecycle;
pub mod limits;
pub mod message;
pub mod profile;
pub mod receipt;
pub mod recipients;
pub mod reseal;
pub mod rights;
pub mod scope;
pub mod session;
pub mod template;
pub mod value;

pub use lane::Lane;
