//! What does this office send, receive and trust?
//! This crate must never know HTML, the terminal, flags or prompts.

pub mod authority;
pub mod cards;
pub mod check;
pub mod clock;
pub mod compose;
pub mod home;
pub mod inbox;
pub mod invitation;
pub mod memory;
pub mod online;
pub mod outbox;
pub mod prekeys;
pub mod read;
pub mod receive;
pub mod record;
pub mod replicate;
pub mod reseal;
mod spread;
pub mod station;
pub mod vault;
pub mod witness;
pub mod witnessed;

pub use clock::Clock;
pub use compose::{ComposeError, Letter, Preview};
pub use online::{Happening, Incoming, KeysFault, Online, OnlineError, ReceiptFault};
pub use receive::Arrival;
pub use reseal::{ByHand, NotResealed};
pub use station::{Station, StationError};
pub use witness::{NotCosigned, WitnessError};

pub use liaison_link::{DialOptions, Transport, Transports};
