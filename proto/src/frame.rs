//! What do station and relay say to each other? Frames: one registry of tags, one layout (`docs/protocol.md` §7).
//! It must never know how frames cross the network, nor in which order they may come: that is `session`.
//!
//! ```text
//! frame = CBOR [tag, fields …]     the request id, where there is one, comes first among the fields
//! ```

use liaison_keys::cbor::{self, CborError};
use liaison_keys::names::{DeviceId, HeaderHash, NetworkId, OfficeId};
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

use crate::lane::Lane;
use crate::limits;

/// The protocol's versions that this program speaks, best first.
pub const VERSIONS: &[u8] = &[1];

/// Everything that crosses between station and relay. A tag is never reused; an unknown one is refused.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(flat)]
pub enum Frame {
    /// Station: who it is beyond its transport key. The first frame.
    #[n(0)]
    Hello(#[n(0)] Hello),
    /// Relay: the session stands.
    #[n(1)]
    Welcome(#[n(0)] Welcome),
    /// Either: the connection ends for this reason; the other side may come back if the code says so.
    #[n(2)]
    GoAway {
        /// Why.
        #[n(0)]
        code: Code,
    },
    /// Either: are you there?
    #[n(3)]
    Ping {
        /// Request id.
        #[n(0)]
        id: u64,
    },
    /// Either: yes.
    #[n(4)]
    Pong {
        /// The ping's request id.
        #[n(0)]
        id: u64,
    },
    /// Relay: a request is refused; nothing of it was done.
    #[n(5)]
    Refused {
        /// The request's id.
        #[n(0)]
        id: u64,
        /// Why.
        #[n(1)]
        code: Code,
    },
    /// Station (custodian): a key that may come in before it is in the directory.
    #[n(6)]
    Invite {
        /// Request id.
        #[n(0)]
        id: u64,
        /// The signed invitation.
        #[n(1)]
        invitation: ByteVec,
    },
    /// Relay: the invitation stands, on disk.
    #[n(7)]
    Invited {
        /// The request's id.
        #[n(0)]
        id: u64,
    },
    /// Station: a sealed message.
    #[n(8)]
    Post {
        /// Request id.
        #[n(0)]
        id: u64,
        /// The lane, so that the frame itself moves as its message should.
        #[n(1)]
        lane: Lane,
        /// The post.
        #[n(2)]
        post: ByteVec,
    },
    /// Relay: the post is on disk.
    #[n(9)]
    Accepted {
        /// The request's id.
        #[n(0)]
        id: u64,
        /// The signed receipt.
        #[n(1)]
        receipt: ByteVec,
    },
    /// Station: send me what waits, from now on.
    #[n(10)]
    Pull {
        /// Request id.
        #[n(0)]
        id: u64,
    },
    /// Relay: so many wait now; deliveries follow.
    #[n(11)]
    Pulled {
        /// The request's id.
        #[n(0)]
        id: u64,
        /// How many posts wait for this device at this moment.
        #[n(1)]
        waiting: u64,
    },
    /// Relay: a sealed message.
    #[n(12)]
    Delivery {
        /// Its number in this relay, to acknowledge it by.
        #[n(0)]
        sequence: u64,
        /// Its lane.
        #[n(1)]
        lane: Lane,
        /// Header, body and this device's wrap.
        #[n(2)]
        delivery: ByteVec,
    },
    /// Station: these are stored here; the relay may forget them for this device.
    #[n(13)]
    Ack {
        /// Their numbers.
        #[n(0)]
        sequences: Vec<u64>,
    },
    /// Station: a message came that cannot be opened any more; have its key sealed again. Relay, to who posted it: the
    /// same.
    #[n(14)]
    Reseal {
        /// Request id; from the relay, its number in the mailbox, to acknowledge it by.
        #[n(0)]
        id: u64,
        /// The signed request.
        #[n(1)]
        reseal: ByteVec,
    },
    /// Station: a message's key, sealed again. Relay, to who asked for it: the same.
    #[n(15)]
    Rewrap {
        /// Request id; from the relay, its number in the mailbox, to acknowledge it by.
        #[n(0)]
        id: u64,
        /// The message.
        #[n(1)]
        hh: HeaderHash,
        /// The new wrap.
        #[n(2)]
        wrap: ByteVec,
    },
    /// Either: the directory's log from this entry on.
    #[n(16)]
    LogFrom {
        /// Request id.
        #[n(0)]
        id: u64,
        /// Index of the first entry wanted.
        #[n(1)]
        from: u64,
    },
    /// Either: entries of the log.
    #[n(17)]
    Entries {
        /// The request's id.
        #[n(0)]
        id: u64,
        /// Index of the first.
        #[n(1)]
        from: u64,
        /// The entries.
        #[n(2)]
        entries: Vec<ByteVec>,
    },
    /// Station: a statement for the log.
    #[n(18)]
    Submit {
        /// Request id.
        #[n(0)]
        id: u64,
        /// The statement.
        #[n(1)]
        statement: ByteVec,
    },
    /// Relay: the statement is in the log, on disk.
    #[n(19)]
    Logged {
        /// The request's id.
        #[n(0)]
        id: u64,
        /// Its index.
        #[n(1)]
        index: u64,
    },
    /// Station: the newest checkpoint.
    #[n(20)]
    CheckpointGet {
        /// Request id.
        #[n(0)]
        id: u64,
    },
    /// Relay: the newest checkpoint. With id 0 it is news: the log has grown.
    #[n(21)]
    Checkpoint {
        /// The request's id, or 0.
        #[n(0)]
        id: u64,
        /// The signed note.
        #[n(1)]
        note: ByteVec,
        /// The signed head.
        #[n(2)]
        head: ByteVec,
        /// Notes with witnesses' cosignatures, ascending by size: the newest that has enough of them, and those by which
        /// one set of witnesses hands over to another. Empty in a network without witnesses.
        #[n(3)]
        cosigned: Vec<ByteVec>,
    },
    /// Station: one's own prekeys.
    #[n(22)]
    PrekeysPut {
        /// Request id.
        #[n(0)]
        id: u64,
        /// The signed bundle.
        #[n(1)]
        bundle: ByteVec,
    },
    /// Relay: the bundle is on disk.
    #[n(23)]
    PrekeysStored {
        /// The request's id.
        #[n(0)]
        id: u64,
    },
    /// Station: the prekeys of these devices.
    #[n(24)]
    PrekeysGet {
        /// Request id.
        #[n(0)]
        id: u64,
        /// The devices.
        #[n(1)]
        devices: Vec<DeviceId>,
    },
    /// Relay: the bundles that it has, of those asked for.
    #[n(25)]
    Prekeys {
        /// The request's id.
        #[n(0)]
        id: u64,
        /// Signed bundles.
        #[n(1)]
        bundles: Vec<ByteVec>,
    },
    // 26–28 blob put, get and answer: to come, refused as unknown.
    /// Station: an office's contact card, before or after the statement that names its hash.
    #[n(29)]
    CardPut {
        /// Request id.
        #[n(0)]
        id: u64,
        /// The office.
        #[n(1)]
        office: OfficeId,
        /// The card with its salt.
        #[n(2)]
        card: ByteVec,
    },
    /// Station: the cards of these offices.
    #[n(30)]
    CardsGet {
        /// Request id.
        #[n(0)]
        id: u64,
        /// The offices.
        #[n(1)]
        offices: Vec<OfficeId>,
    },
    /// Relay: the cards that it has of those asked for, and that this station may read.
    #[n(31)]
    Cards {
        /// The request's id.
        #[n(0)]
        id: u64,
        /// Offices and their cards with salts.
        #[n(1)]
        cards: Vec<(OfficeId, ByteVec)>,
    },
    /// Station: a witness saw the log at this size.
    #[n(32)]
    Cosign {
        /// Request id.
        #[n(0)]
        id: u64,
        /// The signed note that it saw.
        #[n(1)]
        note: ByteVec,
        /// The witness's line for below it.
        #[n(2)]
        line: String,
    },
    /// Relay: the card is on disk.
    #[n(33)]
    CardStored {
        /// The request's id.
        #[n(0)]
        id: u64,
    },
    /// Station: who read the cards of one's own offices.
    #[n(34)]
    CardReadsGet {
        /// Request id.
        #[n(0)]
        id: u64,
    },
    /// Relay: who read them, newest last.
    #[n(35)]
    CardReads {
        /// The request's id.
        #[n(0)]
        id: u64,
        /// Day (Unix seconds of its beginning, UTC), the office whose card was read, the office that read it.
        #[n(1)]
        reads: Vec<(u64, OfficeId, OfficeId)>,
    },
    /// Relay: the cosignature is on disk.
    #[n(36)]
    Cosigned {
        /// The request's id.
        #[n(0)]
        id: u64,
    },
    /// Relay: the reseal or rewrap is on disk, and waits for the station that it is for.
    #[n(37)]
    Passed {
        /// The request's id.
        #[n(0)]
        id: u64,
    },
}

/// What a station says first.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Hello {
    /// Versions that it speaks, best first.
    #[n(0)]
    pub versions: Vec<u8>,
    /// The network that it belongs to.
    #[n(1)]
    pub network: NetworkId,
    /// Its vault's generation: Unix seconds when the vault was made or restored.
    #[n(2)]
    pub generation: u32,
    /// How many events its vault holds.
    #[n(3)]
    pub events: u64,
    /// Size of the newest checkpoint that it holds.
    #[n(4)]
    pub note_size: u64,
}

impl Hello {
    /// A hello in this network, from a vault of this generation with so many events, holding a checkpoint of this
    /// size.
    #[must_use]
    pub fn new(network: NetworkId, (generation, events): (u32, u64), note_size: u64) -> Self {
        Self { versions: VERSIONS.to_vec(), network, generation, events, note_size }
    }
}

/// What a relay answers.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Welcome {
    /// The version that both speak.
    #[n(0)]
    pub version: u8,
    /// Longest frame that it takes, bytes.
    #[n(1)]
    pub frame_bytes_max: u64,
    /// The newest checkpoint: signed note.
    #[n(2)]
    pub note: ByteVec,
    /// The newest checkpoint with the time: signed head.
    #[n(3)]
    pub head: ByteVec,
    /// The highest vault generation that it saw from this device.
    #[n(4)]
    pub generation: u32,
    /// The most events that it saw in that generation.
    #[n(5)]
    pub events: u64,
    /// The relay's clock, Unix seconds: a station whose own is far off says so.
    #[n(6)]
    pub time: u64,
}

/// Why a relay does not do something. Codes say what to do, not what it knows. As `u8`, a code is its number on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
#[repr(u8)]
#[non_exhaustive]
pub enum Code {
    /// Not a frame, or not one that may come now.
    #[n(1)]
    Protocol = 1,
    /// No version in common.
    #[n(2)]
    Version = 2,
    /// Another network.
    #[n(3)]
    Network = 3,
    /// This key is not in the directory, or no longer.
    #[n(4)]
    NotAdmitted = 4,
    /// This key may not do this.
    #[n(5)]
    NotAllowed = 5,
    /// Larger than the limit.
    #[n(6)]
    TooLarge = 6,
    /// More than the quota; later it may be done.
    #[n(7)]
    Quota = 7,
    /// The relay is full or stopping; another one, or a later time.
    #[n(8)]
    Busy = 8,
    /// The form is wrong: it will never be taken.
    #[n(9)]
    Malformed = 9,
    /// Dated too far ahead.
    #[n(10)]
    Ahead = 10,
    /// It has ended.
    #[n(11)]
    Expired = 11,
    /// The same name with other bytes.
    #[n(12)]
    Conflict = 12,
    /// The statement would be void: its signers are not entitled to it, or it breaks a rule.
    #[n(13)]
    Void = 13,
    /// The statement is not the next on its subject: fetch the log, and make it again.
    #[n(14)]
    Chain = 14,
    /// Defined, and not done by this version.
    #[n(15)]
    NotYet = 15,
    /// A bundle with a lower number than one seen before.
    #[n(16)]
    Older = 16,
    /// The same station connected again, and this connection is the older one.
    #[n(17)]
    Replaced = 17,
}

impl Frame {
    /// The encoding.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        cbor::encode(self)
    }

    /// Reads a frame.
    ///
    /// # Errors
    /// [`CborError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CborError> {
        let frame: Self = cbor::decode(bytes)?;
        if frame.is_within_limits() { Ok(frame) } else { Err(CborError::Structure) }
    }

    /// The lane that the frame travels in: messages in their own, answers that somebody waits for before all else,
    /// bulk behind.
    #[must_use]
    pub const fn lane(&self) -> Lane {
        match self {
            Self::Post { lane, .. } | Self::Delivery { lane, .. } => *lane,
            Self::Entries { .. } | Self::Prekeys { .. } | Self::PrekeysPut { .. } | Self::Submit { .. } => {
                Lane::Immediate
            }
            Self::CardPut { .. } | Self::Cards { .. } | Self::CardReads { .. } => Lane::Immediate,
            _ => Lane::Flash,
        }
    }

    fn is_within_limits(&self) -> bool {
        let short = |bytes: &ByteVec, max: usize| bytes.len() <= max;
        match self {
            Self::Hello(hello) => hello.versions.len() <= VERSIONS_MAX,
            Self::Entries { entries, .. } => {
                entries.len() <= limits::LOG_ENTRIES_PER_FRAME_MAX
                    && entries.iter().all(|entry| short(entry, limits::ENTRY_BYTES_MAX))
            }
            Self::Submit { statement, .. } => short(statement, limits::STATEMENT_BYTES_MAX),
            Self::PrekeysPut { bundle, .. } => short(bundle, limits::BUNDLE_BYTES_MAX),
            Self::PrekeysGet { devices, .. } => devices.len() <= limits::BUNDLES_PER_FRAME_MAX,
            Self::Prekeys { bundles, .. } => {
                bundles.len() <= limits::BUNDLES_PER_FRAME_MAX
                    && bundles.iter().all(|bundle| short(bundle, limits::BUNDLE_BYTES_MAX))
            }
            Self::CardPut { card, .. } => short(card, limits::CARD_BYTES_MAX),
            Self::CardsGet { offices, .. } => offices.len() <= limits::CARDS_PER_FRAME_MAX,
            Self::Cards { cards, .. } => {
                cards.len() <= limits::CARDS_PER_FRAME_MAX
                    && cards.iter().all(|(_, card)| short(card, limits::CARD_BYTES_MAX))
            }
            Self::CardReads { reads, .. } => reads.len() <= limits::CARD_READS_PER_FRAME_MAX,
            Self::Ack { sequences } => sequences.len() <= limits::DELIVERIES_IN_FLIGHT_MAX,
            Self::Checkpoint { note, head, cosigned, .. } => {
                let notes = [note, head].into_iter().chain(cosigned);
                cosigned.len() <= limits::COSIGNED_NOTES_MAX
                    && notes.into_iter().all(|note| short(note, limits::NOTE_BYTES_MAX))
            }
            Self::Cosign { note, line, .. } => {
                short(note, limits::NOTE_BYTES_MAX) && line.len() <= limits::COSIGNATURE_BYTES_MAX
            }
            Self::Invite { invitation, .. } => short(invitation, limits::STATEMENT_BYTES_MAX),
            Self::Reseal { reseal, .. } => short(reseal, limits::RESEAL_BYTES_MAX),
            Self::Rewrap { wrap, .. } => short(wrap, limits::WRAP_BYTES_MAX),
            _ => true,
        }
    }
}

const VERSIONS_MAX: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn samples() -> Vec<Frame> {
        let hello = Hello {
            versions: vec![1],
            network: NetworkId::new([1; 32]),
            generation: 2,
            events: 3,
            note_size: 4,
        };
        let bytes: ByteVec = vec![1, 2, 3].into();
        let office: OfficeId = "xa/operations/1".parse().unwrap();
        vec![
            Frame::Hello(hello),
            Frame::GoAway { code: Code::Busy },
            Frame::Ping { id: 1 },
            Frame::Post { id: 1, lane: Lane::Flash, post: bytes.clone() },
            Frame::Delivery { sequence: 9, lane: Lane::Routine, delivery: bytes.clone() },
            Frame::Ack { sequences: vec![1, 2] },
            Frame::Entries { id: 1, from: 0, entries: vec![bytes.clone()] },
            Frame::Checkpoint {
                id: 0,
                note: bytes.clone(),
                head: bytes.clone(),
                cosigned: vec![bytes.clone()],
            },
            Frame::Cosign { id: 1, note: bytes.clone(), line: "\u{2014} a AAAA".into() },
            Frame::CardPut { id: 1, office: office.clone(), card: bytes.clone() },
            Frame::CardsGet { id: 1, offices: vec![office.clone()] },
            Frame::Cards { id: 1, cards: vec![(office.clone(), bytes)] },
            Frame::CardReads { id: 1, reads: vec![(86_400, office.clone(), office)] },
            Frame::Reseal { id: 1, reseal: vec![1].into() },
            Frame::Rewrap { id: 1, hh: HeaderHash::new([1; 32]), wrap: vec![1].into() },
            Frame::Passed { id: 1 },
        ]
    }

    #[test]
    fn frames_go_round_and_any_cut_is_noticed() {
        for frame in samples() {
            let bytes = frame.to_bytes();
            assert_eq!(Frame::from_bytes(&bytes), Ok(frame));
            for end in 0..bytes.len() {
                assert!(Frame::from_bytes(&bytes[..end]).is_err());
            }
        }
    }

    #[test]
    fn the_layout_is_an_array_that_begins_with_the_tag() {
        assert_eq!(Frame::Ping { id: 7 }.to_bytes(), [0x82, 0x03, 0x07]);
        assert_eq!(Frame::GoAway { code: Code::Busy }.to_bytes(), [0x82, 0x02, 0x08]);
        assert_eq!(Frame::GoAway { code: Code::Conflict }.to_bytes(), [0x82, 0x02, Code::Conflict as u8]);
    }

    #[test]
    fn unknown_tags_and_overlong_lists_are_refused() {
        assert_eq!(Frame::from_bytes(&[0x82, 0x18, 0x1a, 0x07]), Err(CborError::Structure));
        let many = Frame::Ack { sequences: vec![1; limits::DELIVERIES_IN_FLIGHT_MAX + 1] };
        assert_eq!(Frame::from_bytes(&many.to_bytes()), Err(CborError::Structure));
    }
}
