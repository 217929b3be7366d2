//! What kinds of statement are there? Their numbers and bodies (`docs/protocol.md` §3).
//! It must never know who may make them: that is `authority`.

mod device;
mod network;
mod owner;

pub use device::{Certify, Confirm, Revoke, Suspend, Withdraw};
pub use network::{Genesis, Operate, Relay, Settings};
pub use owner::{
    Attest, Contest, Delegate, Enrol, Note, NoteEffect, Participation, PermitSupply, Policy, ReRoot,
    RootChange, Taking, Undelegate,
};

use super::group::{DefineGroup, GroupMember, Join, Leave};
use super::office::OfficeRecord;
use crate::cbor::{self, CborError};

macro_rules! bodies {
    ($($(#[$doc:meta])* $variant:ident($body:ty) = $kind:literal),+ $(,)?) => {
        /// The body of a statement of a kind that this version knows.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Body {
            $($(#[$doc])* $variant($body)),+
        }

        impl Body {
            /// The kind's number; a number is never reused.
            #[must_use]
            pub const fn kind(&self) -> u16 {
                match self { $(Self::$variant(_) => $kind),+ }
            }

            /// The body's encoding.
            #[must_use]
            pub fn encode(&self) -> Vec<u8> {
                match self { $(Self::$variant(body) => cbor::encode(body)),+ }
            }

            /// Reads the body of a kind; `None` for a kind that this version does not know.
            ///
            /// # Errors
            /// [`CborError`].
            pub fn decode(kind: u16, bytes: &[u8]) -> Result<Option<Self>, CborError> {
                match kind {
                    $($kind => cbor::decode(bytes).map(Self::$variant).map(Some),)+
                    _ => Ok(None),
                }
            }
        }

        /// The name of a statement kind, known to this version or not.
        #[must_use]
        pub fn kind_name(kind: u16) -> &'static str {
            match kind { $($kind => stringify!($variant),)+ _ => "newer" }
        }
    };
}

bodies! {
    /// Founds the network.
    Genesis(Box<Genesis>) = 1,
    /// Says how the network is run.
    Operate(Box<Operate>) = 2,
    /// Says what the network's profile sets.
    Settings(Settings) = 3,
    /// Takes in a State or an organization.
    Enrol(Enrol) = 4,
    /// Gives an owner another root.
    RootChange(RootChange) = 5,
    /// Gives an owner that lost its root another one.
    ReRoot(ReRoot) = 6,
    /// Names admin keys.
    Delegate(Delegate) = 7,
    /// Ends admin keys.
    Undelegate(Undelegate) = 8,
    /// Says whether a State takes part.
    Participation(Participation) = 9,
    /// Says how a State's own stations are to act.
    Policy(Policy) = 10,
    /// Names an office; from here on it is released.
    Nominate(OfficeRecord) = 11,
    /// Changes an office's record.
    Update(OfficeRecord) = 12,
    /// Ends an office.
    Withdraw(Withdraw) = 13,
    /// Names a device.
    Certify(Certify) = 14,
    /// Ends a device.
    Revoke(Revoke) = 15,
    /// Sets a device aside for a time.
    Suspend(Suspend) = 16,
    /// Names a group and its coordinator.
    DefineGroup(DefineGroup) = 17,
    /// Sets a State's status in a group.
    GroupMember(GroupMember) = 18,
    /// A State's wish to be in a group.
    Join(Join) = 19,
    /// A State's wish to be in a group no longer.
    Leave(Leave) = 20,
    /// Says that an office's entry still holds.
    Confirm(Confirm) = 21,
    /// Lets an organization draft a State's entries.
    PermitSupply(PermitSupply) = 22,
    /// Vouches for another State's root.
    Attest(Attest) = 23,
    /// Stops a change before it counts.
    Contest(Contest) = 24,
    /// The custodian's note.
    Note(Note) = 25,
}

impl Body {
    /// Whether statements of this kind stand beside the chain: version 0, and they do not advance it.
    #[must_use]
    pub const fn is_beside_chain(&self) -> bool {
        matches!(
            self,
            Self::Undelegate(_)
                | Self::Withdraw(_)
                | Self::Revoke(_)
                | Self::Suspend(_)
                | Self::Attest(_)
                | Self::Contest(_)
                | Self::Note(_)
        )
    }

    /// Whether it only takes away: such a statement never lapses, else a host that holds it back undoes it; and
    /// ended is ended, whoever signed it.
    #[must_use]
    pub const fn only_takes(&self) -> bool {
        matches!(self, Self::Undelegate(_) | Self::Withdraw(_) | Self::Revoke(_))
    }
}
