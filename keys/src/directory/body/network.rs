//! What does the custodian say about the network? Founding, operation, settings (`docs/protocol.md` §3).
//! It must never know what stations do with it.

use minicbor::{Decode, Encode};

use crate::directory::office::Category;
use crate::names::Slug;
use crate::signing::{Authority, Log, PublicKey, Receipt, Transport, Witness};

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
    pub witnesses: Vec<(String, PublicKey<Witness>)>,
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

/// How the network is run: everything of the genesis but its name, whether it is fictional, and its profile. Each
/// statement says all of it anew. Signed by the custodian, and by every custodian key that it brings in.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Operate {
    /// As in [`Genesis::custodian`].
    #[n(3)]
    pub custodian: Vec<PublicKey<Authority>>,
    /// As in [`Genesis::threshold`].
    #[n(4)]
    pub threshold: u8,
    /// As in [`Genesis::log`].
    #[n(5)]
    pub log: PublicKey<Log>,
    /// As in [`Genesis::relays`].
    #[n(6)]
    pub relays: Vec<Relay>,
    /// As in [`Genesis::witnesses`].
    #[n(7)]
    pub witnesses: Vec<(String, PublicKey<Witness>)>,
    /// As in [`Genesis::cosignatures`].
    #[n(8)]
    pub cosignatures: u8,
    /// As in [`Genesis::reroot_states`].
    #[n(9)]
    pub reroot_states: u8,
    /// As in [`Genesis::attest_states`].
    #[n(10)]
    pub attest_states: u8,
}

impl Genesis {
    /// How the network is run from its founding on.
    #[must_use]
    pub fn operation(&self) -> Operate {
        Operate {
            custodian: self.custodian.clone(),
            threshold: self.threshold,
            log: self.log,
            relays: self.relays.clone(),
            witnesses: self.witnesses.clone(),
            cosignatures: self.cosignatures,
            reroot_states: self.reroot_states,
            attest_states: self.attest_states,
        }
    }
}

/// What the network's profile sets: intervals, thresholds, and what is left out. Each statement says all of it anew.
/// Signed by the custodian; keys and numbers of signers are never among it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Settings {
    /// Name of the profile.
    #[n(1)]
    pub profile: Slug,
    /// Months between communication checks, 1 to 24. Default 6 (paper X §2, J ¶4 "bi-annual"; F B7 "bi-annual or
    /// annual").
    #[n(2)]
    pub check_months: u8,
    /// Months between reminders to confirm one's entries, 1 to 24. Default 6 (paper I ¶21; X §2 asks for 12).
    #[n(3)]
    pub reminder_months: u8,
    /// Days within which a change is to be notified, 1 to 365. Default 30 (paper F B7).
    #[n(4)]
    pub notice_days: u16,
    /// How many States must have a released PoC before the network is called operational. Default 50 (paper J ¶2,
    /// X §5).
    #[n(5)]
    pub operational_states: u16,
    /// How many PoCs a State should ideally have, 1 to 16; fewer is a hint. Default 2 (paper J ¶2).
    #[n(6)]
    pub offices_wanted: u8,
    /// Kinds of message that this network does not use, by template name without version: ascending, distinct.
    #[n(7)]
    pub kinds_off: Vec<Slug>,
    /// Kinds of message that go to offices by name only: ascending, distinct.
    #[n(8)]
    pub kinds_bilateral: Vec<Slug>,
    /// Categories that this network does not use: ascending, distinct.
    #[n(9)]
    pub categories_off: Vec<Category>,
}
