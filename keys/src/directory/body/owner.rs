//! What does a State or an organization say about itself? Roots, admins, taking part (`docs/protocol.md` §3).
//! It must never know offices and devices.

use minicbor::{Decode, Encode};

use crate::names::{Digest, Kid, Owner, Slug, StateCode};
use crate::signing::{Authority, PublicKey};

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

/// Admin keys end, beside the chain. Signed by the root.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Undelegate {
    /// The keys that end, ascending, distinct. They never come back.
    #[n(1)]
    pub admins: Vec<PublicKey<Authority>>,
    /// What they signed in entries from this index on has no effect any longer, but for revocations and withdrawals;
    /// absent when all that they signed is kept.
    #[n(2)]
    pub void_since: Option<u64>,
}

/// New root keys, after 72 hours, or at once when all old ones signed. Signed by the old root and by every key that
/// is new in it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RootChange {
    /// Root keys, sorted, distinct.
    #[n(1)]
    pub roots: Vec<PublicKey<Authority>>,
    /// How many of them must sign.
    #[n(2)]
    pub threshold: u8,
}

/// A new root for an owner that lost its own, after 14 days; all its devices and admins end with it. Signed by the
/// custodian, the roots of r States, and all new keys.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ReRoot {
    /// Root keys, sorted, distinct.
    #[n(1)]
    pub roots: Vec<PublicKey<Authority>>,
    /// How many of them must sign.
    #[n(2)]
    pub threshold: u8,
    /// The States whose roots signed, ascending, distinct.
    #[n(3)]
    pub states: Vec<StateCode>,
}

crate::named! {
    /// Whether a State takes part (paper F B1, J 2: at its own discretion).
    Taking {
        /// It sends and receives.
        Participating = 0 "participating",
        /// It gets nothing for now.
        Paused = 1 "paused",
        /// It has left; its own word brings it back.
        Left = 2 "left",
    }
}

/// A State's word on whether it takes part. Signed by root or admin.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Participation {
    /// From here on.
    #[n(1)]
    pub taking: Taking,
}

/// How a State's own stations are to act. Signed by root or admin.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Policy {
    /// Whether a regional or global message needs a second officer's release.
    #[n(1)]
    pub release_broadcasts: bool,
    /// Kinds of message that need it in any scope, by template name without version: ascending, distinct.
    #[n(2)]
    pub release_kinds: Vec<Slug>,
    /// Whether its stations tell senders that a message was seen.
    #[n(3)]
    pub seen: bool,
    /// How many posts a day of all its devices a relay is to take, if fewer than it would.
    #[n(4)]
    pub posts_a_day: Option<u32>,
}

/// A State lets an organization draft its entries; no draft has effect without the State's own signature (paper U, Who
/// ¶2). Signed by root or admin.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PermitSupply {
    /// The organization.
    #[n(1)]
    pub organization: Owner,
    /// Whether it may from here on.
    #[n(2)]
    pub permitted: bool,
}

/// Another State compared the fingerprint of this one's root with what reached it otherwise, beside the chain. Signed
/// by the attesting State's root.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Attest {
    /// The State that attests.
    #[n(1)]
    pub state: StateCode,
    /// Its digest: SHA-256 of what the fingerprint is made of.
    #[n(2)]
    pub root: Digest,
}

/// Stops a change before it counts, or lifts a freeze, beside the chain. Signed by one key: against root-change and
/// delegate any root key, against re-root any live key of the owner, against a freeze the root or an admin.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Contest {
    /// SHA-256 of the payload of the statement that it stops.
    #[n(1)]
    pub statement: Digest,
}

crate::named! {
    /// What the custodian's note does.
    NoteEffect {
        /// Entries of the subject are shown with the reason, as suspended.
        Suspend = 0 "suspend",
        /// They are shown as before.
        Restore = 1 "restore",
        /// Nothing that this key signs counts for 24 hours, unless its State lifts it.
        Freeze = 2 "freeze",
    }
}

/// The custodian's note, beside the chain.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Note {
    /// What it does.
    #[n(1)]
    pub effect: NoteEffect,
    /// Why, in one line.
    #[n(2)]
    pub reason: String,
    /// The key that is frozen: its kid; absent otherwise.
    #[n(3)]
    pub key: Option<Kid>,
}
