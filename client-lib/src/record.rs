//! What does a station remember? The records of its vault (`docs/protocol.md` §2, "At rest").
//! It must never know how records are sealed or stored.

use liaison_keys::names::{DeviceId, Digest, HeaderHash, NetworkId, OfficeId, Owner};
use liaison_proto::lifecycle::State;
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

/// One record. A tag is never reused; what a station knows is a fold over all of them, in order.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(flat)]
pub enum Record {
    /// A generation of the vault begins: it was made, or found to be older than the relay knew.
    #[n(0)]
    Generation {
        /// Unix seconds.
        #[n(0)]
        generation: u32,
    },
    /// The network that this station belongs to, and where its relays are.
    #[n(1)]
    Network {
        /// The network.
        #[n(0)]
        network: NetworkId,
        /// Relays to try before the directory is known: address and transport key.
        #[n(1)]
        relays: Vec<KnownRelay>,
    },
    /// A secret key that this station holds.
    #[n(2)]
    Secret {
        /// What it is for.
        #[n(0)]
        role: SecretRole,
        /// Whose it is, when it is not the device's own.
        #[n(1)]
        owner: Option<Owner>,
        /// Its 32-byte seed.
        #[n(2)]
        seed: ByteVec,
    },
    /// An entry of the directory's log, in order.
    #[n(3)]
    Entry {
        /// Its index.
        #[n(0)]
        index: u64,
        /// The entry's bytes.
        #[n(1)]
        bytes: ByteVec,
    },
    /// The log key's newest word that fits one's own log. Without witnesses, the directory counts up to there.
    #[n(4)]
    Checkpoint {
        /// The signed note.
        #[n(0)]
        note: ByteVec,
        /// The signed head.
        #[n(1)]
        head: ByteVec,
    },
    /// A prekey bundle of another device.
    #[n(5)]
    Bundle {
        /// The signed bundle.
        #[n(0)]
        bytes: ByteVec,
    },
    /// A message of one's own, sealed, before it was first sent.
    #[n(6)]
    Sent(#[n(0)] SentRecord),
    /// A relay's receipt for a message of one's own.
    #[n(7)]
    Accepted {
        /// The message.
        #[n(0)]
        hh: HeaderHash,
        /// The signed receipt.
        #[n(1)]
        receipt: ByteVec,
        /// When it came, Unix milliseconds by our clock.
        #[n(2)]
        at_ms: u64,
    },
    /// A relay will never take this message.
    #[n(8)]
    Rejected {
        /// The message.
        #[n(0)]
        hh: HeaderHash,
        /// The relay's code.
        #[n(1)]
        code: u8,
    },
    /// How far a message of one's own has come at an office.
    #[n(9)]
    Progress {
        /// The message.
        #[n(0)]
        hh: HeaderHash,
        /// The office.
        #[n(1)]
        office: OfficeId,
        /// The device that said it.
        #[n(2)]
        device: DeviceId,
        /// What it said.
        #[n(3)]
        state: State,
        /// When it reached us, Unix milliseconds by our clock.
        #[n(4)]
        at_ms: u64,
    },
    /// A verified message from another office.
    #[n(10)]
    Received(#[n(0)] ReceivedRecord),
    /// A verified message for the station itself: remembered against replays.
    #[n(11)]
    Seen {
        /// The message.
        #[n(0)]
        hh: HeaderHash,
        /// When it ends, Unix seconds.
        #[n(1)]
        expires: u64,
    },
    /// An envelope that was not shown, with the reason.
    #[n(12)]
    Quarantined {
        /// The delivery as it came.
        #[n(0)]
        delivery: ByteVec,
        /// The reason's short name.
        #[n(1)]
        code: String,
        /// The reason in words.
        #[n(2)]
        reason: String,
        /// When it came, Unix milliseconds.
        #[n(3)]
        at_ms: u64,
    },
    /// An envelope that waits for a longer directory.
    #[n(13)]
    Waiting {
        /// The delivery as it came.
        #[n(0)]
        delivery: ByteVec,
        /// When it came, Unix milliseconds.
        #[n(1)]
        at_ms: u64,
        /// The signed note of the directory that it waits for: proof that there is one.
        #[n(2)]
        note: Option<ByteVec>,
    },
    /// An envelope that waited has been judged.
    #[n(14)]
    Judged {
        /// The message.
        #[n(0)]
        hh: HeaderHash,
        /// SHA-256 of the delivery: somebody may have made another one under the same header.
        #[n(1)]
        delivery: Option<Digest>,
    },
    /// A person has seen a message.
    #[n(15)]
    Opened {
        /// The message.
        #[n(0)]
        hh: HeaderHash,
    },
    /// Proof of a split view: a checkpoint under the log's key that does not fit one's own log.
    #[n(17)]
    SplitView {
        /// The signed note.
        #[n(0)]
        note: ByteVec,
        /// The signed head.
        #[n(1)]
        head: ByteVec,
    },
    /// Proof that the log became shorter: a head signed earlier over more entries than one signed later.
    #[n(20)]
    Rollback {
        /// The head signed earlier.
        #[n(0)]
        earlier: ByteVec,
        /// The head signed later.
        #[n(1)]
        later: ByteVec,
    },
    /// Proof of a split view with all that shows it: a file for others.
    #[n(21)]
    Proof {
        /// The file.
        #[n(0)]
        evidence: ByteVec,
    },
    /// The newest note with as many witnesses' cosignatures as the network asks for, or more: the directory counts up to
    /// there.
    #[n(22)]
    Cosigned {
        /// The note with its cosignatures.
        #[n(0)]
        note: ByteVec,
    },
    /// A note by which one set of witnesses vouched for the entry that named the next: for stations that come later.
    #[n(23)]
    HandedOver {
        /// The note with its cosignatures.
        #[n(0)]
        note: ByteVec,
    },
    /// How far this station, as a witness, has seen the log: kept before it says so.
    #[n(24)]
    Witnessed {
        /// How many entries.
        #[n(0)]
        size: u64,
        /// The root over them.
        #[n(1)]
        root: Digest,
        /// When it said so, Unix seconds.
        #[n(2)]
        time: u64,
    },
    /// This station witnesses the log under a name and with a key of its own.
    #[n(25)]
    Witness {
        /// Its name in notes.
        #[n(0)]
        name: String,
        /// Its key's 32-byte seed.
        #[n(1)]
        seed: ByteVec,
    },
    /// A person has looked at an entry that a witness did not want to cosign, and takes it.
    #[n(26)]
    EntryTaken {
        /// The entry.
        #[n(0)]
        index: u64,
    },
    /// Proof that a directory is withheld: a note under the log's key whose entries no relay showed in time.
    #[n(18)]
    Withheld {
        /// The signed note.
        #[n(0)]
        note: ByteVec,
    },
    /// A person was told that a message of one's own has ended without having reached everybody.
    #[n(19)]
    Told {
        /// The message.
        #[n(0)]
        hh: HeaderHash,
    },
    /// The sender of a message that cannot be opened here was asked to seal it again: a relay has the request, or will
    /// never take it.
    #[n(27)]
    ResealAsked {
        /// The message.
        #[n(0)]
        hh: HeaderHash,
    },
    /// A device asks to have a message of one's own sealed to it again.
    #[n(28)]
    ResealCame {
        /// The message.
        #[n(0)]
        hh: HeaderHash,
        /// The device that asks.
        #[n(1)]
        device: DeviceId,
        /// Number of the bundle that it asks with.
        #[n(2)]
        number: u64,
        /// The signed request.
        #[n(3)]
        reseal: ByteVec,
        /// When it came, Unix milliseconds.
        #[n(4)]
        at_ms: u64,
    },
    /// A message of one's own, sealed to a device again, before that was first sent.
    #[n(29)]
    Rewrapped {
        /// The message.
        #[n(0)]
        hh: HeaderHash,
        /// The device.
        #[n(1)]
        device: DeviceId,
        /// The new wrap, only ever sent as it is.
        #[n(2)]
        wrap: ByteVec,
    },
    /// A relay has what was sealed again, or will never take it.
    #[n(30)]
    RewrapPassed {
        /// The message.
        #[n(0)]
        hh: HeaderHash,
        /// The device.
        #[n(1)]
        device: DeviceId,
    },
    /// An envelope that could not be opened was opened with a new wrap, in the same breath: it is set aside no longer.
    #[n(31)]
    Reopened {
        /// The message.
        #[n(0)]
        hh: HeaderHash,
    },
    /// The `delivered` receipts for these messages are sealed, in the same breath.
    #[n(16)]
    ReceiptSent {
        /// The messages that it was for.
        #[n(0)]
        messages: Vec<HeaderHash>,
    },
}

/// What a secret key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum SecretRole {
    /// One of the custodian's keys.
    #[n(0)]
    Custodian,
    /// One of an owner's root keys.
    #[n(1)]
    Root,
    /// One of an owner's admin keys.
    #[n(2)]
    Admin,
    /// The device's message-signing key.
    #[n(3)]
    DeviceSigning,
    /// The device's transport key.
    #[n(4)]
    DeviceTransport,
    /// An invitation's transport key.
    #[n(5)]
    Invitation,
}

/// A relay, as an invitation names it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct KnownRelay {
    /// `host:port`.
    #[n(0)]
    pub address: String,
    /// The key that it must show.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub key: [u8; 32],
}

/// A message of one's own.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SentRecord {
    /// Its hash.
    #[n(0)]
    pub hh: HeaderHash,
    /// The post, only ever sent as it is.
    #[n(1)]
    pub post: ByteVec,
    /// The header's bytes.
    #[n(2)]
    pub header: ByteVec,
    /// The claims' bytes.
    #[n(3)]
    pub claims: ByteVec,
    /// The content key, for answers to reseal.
    #[n(4)]
    pub content_key: ByteVec,
    /// Devices that it is sealed to, with their office and the counter that each got.
    #[n(5)]
    pub recipients: Vec<(DeviceId, OfficeId, u64)>,
}

/// A message from another office, as it was verified.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ReceivedRecord {
    /// Its hash.
    #[n(0)]
    pub hh: HeaderHash,
    /// The header's bytes.
    #[n(1)]
    pub header: ByteVec,
    /// The COSE_Sign1: the proof of who said it.
    #[n(2)]
    pub signed: ByteVec,
    /// How many devices it was sealed to.
    #[n(3)]
    pub recipients: u64,
    /// Seconds by which the sender's directory was older than the message.
    #[n(4)]
    pub directory_age_s: u64,
    /// When it came, Unix milliseconds by our clock.
    #[n(5)]
    pub at_ms: u64,
    /// The sender's running number for this device.
    #[n(6)]
    pub counter: u64,
    /// Since when the sender's key may have been in other hands, if it was reported stolen by then.
    #[n(7)]
    pub unproven_since: Option<u64>,
    /// True when the sender's device was set aside or frozen; absent otherwise.
    #[n(8)]
    pub disputed: Option<bool>,
}
