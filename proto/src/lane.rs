//! How soon must it move? The four lanes, which are all that a relay knows of a message's precedence.
//! It must never know what a message says, nor what a person called urgent.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// A lane of the wire and of a mailbox; higher lanes leave first (`docs/protocol.md` §5, header 4).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum Lane {
    /// The rest: inbox only.
    #[n(0)]
    #[default]
    Routine,
    /// Needed today.
    #[n(1)]
    Priority,
    /// A serious incident in progress.
    #[n(2)]
    Immediate,
    /// Risk of conflict or to human life now.
    #[n(3)]
    Flash,
}

impl Lane {
    /// All lanes, the most urgent first: the order in which a relay empties a mailbox.
    pub const URGENT_FIRST: [Self; 4] = [Self::Flash, Self::Immediate, Self::Priority, Self::Routine];

    /// The lane's number on the wire, 0 (routine) to 3 (flash).
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The lane with this number, if there is one.
    #[must_use]
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::Routine),
            1 => Some(Self::Priority),
            2 => Some(Self::Immediate),
            3 => Some(Self::Flash),
            _ => None,
        }
    }

    /// The precedence's name as people and scripts write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Routine => "routine",
            Self::Priority => "priority",
            Self::Immediate => "immediate",
            Self::Flash => "flash",
        }
    }
}
