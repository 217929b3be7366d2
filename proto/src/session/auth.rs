//! Who may ask a relay for what? By what the directory says of the transport key (`docs/protocol.md` §7).
//! It must never know how the key was proved.

use liaison_keys::names::{DeviceId, Owner};

/// What a transport key stands for at this moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Party {
    /// A live device.
    Live {
        /// The device.
        device: DeviceId,
        /// Whose it is.
        owner: Owner,
    },
    /// A device whose certificate ran out less than 400 days ago, without having been revoked: it may fetch what
    /// waited, and renew itself.
    Lapsed {
        /// The device.
        device: DeviceId,
        /// Whose it is.
        owner: Owner,
    },
    /// An invitation.
    Invited {
        /// For whom.
        owner: Owner,
    },
}

/// What can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// The log, the newest checkpoint.
    ReadLog,
    /// Log a statement.
    Submit,
    /// Fetch and acknowledge what waits.
    Pull,
    /// Send messages, give and get prekeys.
    Send,
    /// Admit an invitation.
    Invite,
}

impl Party {
    /// Whether this party may ask for this.
    #[must_use]
    pub fn may(&self, ask: Ask) -> bool {
        match (self, ask) {
            (_, Ask::ReadLog | Ask::Submit) | (Self::Live { .. } | Self::Lapsed { .. }, Ask::Pull) => true,
            (Self::Live { .. }, Ask::Send) => true,
            (Self::Live { owner, .. } | Self::Invited { owner }, Ask::Invite) => owner.is_custodian(),
            _ => false,
        }
    }

    /// The device, if it is one.
    #[must_use]
    pub const fn device(&self) -> Option<DeviceId> {
        match self {
            Self::Live { device, .. } | Self::Lapsed { device, .. } => Some(*device),
            Self::Invited { .. } => None,
        }
    }

    /// Whose key it is.
    #[must_use]
    pub const fn owner(&self) -> &Owner {
        match self {
            Self::Live { owner, .. } | Self::Lapsed { owner, .. } | Self::Invited { owner } => owner,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_table() {
        let device = DeviceId::new([1; 16]);
        let (state, custodian): (Owner, Owner) = ("xa".parse().unwrap(), Owner::custodian());
        let asks = [Ask::ReadLog, Ask::Submit, Ask::Pull, Ask::Send, Ask::Invite];
        let row = |party: &Party| asks.map(|ask| party.may(ask));
        let live = Party::Live { device, owner: state.clone() };
        assert_eq!(row(&live), [true, true, true, true, false]);
        let lapsed = Party::Lapsed { device, owner: state.clone() };
        assert_eq!(row(&lapsed), [true, true, true, false, false]);
        assert_eq!(row(&Party::Invited { owner: state }), [true, true, false, false, false]);
        let of_custodian = Party::Live { device, owner: custodian.clone() };
        assert_eq!(row(&of_custodian), [true; 5]);
        assert_eq!(row(&Party::Invited { owner: custodian }), [true, true, false, false, true]);
        assert_eq!(live.device(), Some(device));
    }
}
