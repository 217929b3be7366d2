//! What kinds of statement are there? Their numbers and bodies (`docs/protocol.md` §3).
//! It must never know who may make them: that is `authority`.

use minicbor::{Decode, Encode};

use super::group::{DefineGroup, GroupMember, Join};
use super::office::OfficeRecord;
use crate::cbor::{self, CborError};
use crate::names::{DeviceId, Slug};
use crate::signing::{Authority, Device, Log, PublicKey, Receipt, Transport};

/// The network's founding: its custodian, its log key, its relays. Signed by all custodian keys.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Genesis {
    /// Text id, like `un-global`.
    #[n(1)]
    pub id: Slug,
    /// Whether this is a training network: only then may fictional States enrol, and every screen says so.
    #[n(2)]
    pub fictional: bool,
    /// The custodian's keys, sorted, distinct.
    #[n(3)]
    pub custodian: Vec<PublicKey<Authority>>,
    /// How many of them must sign.
    #[n(4)]
    pub threshold: u8,
    /// The key of the directory's log.
    #[n(5)]
    pub log: PublicKey<Log>,
    /// The network's relays, in the order in which stations try them.
    #[n(6)]
    pub relays: Vec<Relay>,
    /// Witnesses of the log: name and Ed25519 key.
    #[n(7)]
    pub witnesses: Vec<(String, PublicKey<Log>)>,
    /// k: how many of them must have cosigned a checkpoint.
    #[n(8)]
    pub cosignatures: u8,
    /// r: how many States must sign a re-root.
    #[n(9)]
    pub reroot_states: u8,
    /// a: how many States' attestations stand for a compared fingerprint.
    #[n(10)]
    pub attest_states: u8,
    /// Name of the deployment profile.
    #[n(11)]
    pub profile: Slug,
}

/// A relay, as the custodian names it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Relay {
    /// Short name, shown to people.
    #[n(1)]
    pub name: Slug,
    /// `host:port`, each for QUIC and TCP.
    #[n(2)]
    pub addresses: Vec<String>,
    /// Its key in TLS.
    #[n(3)]
    pub transport: PublicKey<Transport>,
    /// The key of its receipts.
    #[n(4)]
    pub receipt: PublicKey<Receipt>,
}

/// A State or an organization joins, with its root. Signed by the custodian and all root keys.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Enrol {
    /// Root keys, sorted, distinct.
    #[n(1)]
    pub roots: Vec<PublicKey<Authority>>,
    /// How many of them must sign.
    #[n(2)]
    pub threshold: u8,
    /// Name, as shown to others.
    #[n(3)]
    pub name: String,
    /// The State's regional group at the United Nations, as text.
    #[n(4)]
    pub regional_group: Option<String>,
    /// Reference of the note verbale that carried the fingerprint.
    #[n(5)]
    pub note_verbale: Option<String>,
}

/// Admin keys that a root lets act for it. Signed by the root and all new admin keys.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Delegate {
    /// Admin keys, sorted, distinct.
    #[n(1)]
    pub admins: Vec<PublicKey<Authority>>,
    /// When they end, Unix seconds; at most 396 days after the entry was logged.
    #[n(2)]
    pub expires: u64,
}

/// A device of an office. Signed by root or admin and by both keys.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Certify {
    /// Its message-signing key.
    #[n(1)]
    pub signing: PublicKey<Device>,
    /// Its transport key.
    #[n(2)]
    pub transport: PublicKey<Transport>,
    /// When the certificate ends, Unix seconds; at most 396 days after the entry was logged.
    #[n(3)]
    pub expires: u64,
}

/// A device's end, beside the chain. Signed by root or admin, or by the device itself.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Revoke {
    /// The device.
    #[n(1)]
    pub device: DeviceId,
    /// Unix seconds since when its key may have been in other hands; absent when it was only retired.
    #[n(2)]
    pub compromised_since: Option<u64>,
}

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

// 2 operate, 3 settings, 5 root-change, 6 re-root, 8 undelegate, 9 participation, 10 policy, 12 update, 13 withdraw,
// 16 suspend, 20 leave, 21 confirm, 22 permit-supply, 23 attest, 24 contest, 25 note: numbered, not yet known.
bodies! {
    /// Founds the network.
    Genesis(Box<Genesis>) = 1,
    /// Takes in a State or an organization.
    Enrol(Enrol) = 4,
    /// Names admin keys.
    Delegate(Delegate) = 7,
    /// Names an office; from here on it is released.
    Nominate(OfficeRecord) = 11,
    /// Names a device.
    Certify(Certify) = 14,
    /// Ends a device.
    Revoke(Revoke) = 15,
    /// Names a group and its coordinator.
    DefineGroup(DefineGroup) = 17,
    /// Sets a State's status in a group.
    GroupMember(GroupMember) = 18,
    /// A State's wish to be in a group.
    Join(Join) = 19,
}

impl Body {
    /// Whether statements of this kind stand beside the chain: version 0, and they do not advance it.
    #[must_use]
    pub const fn is_beside_chain(&self) -> bool {
        matches!(self, Self::Revoke(_))
    }
}
