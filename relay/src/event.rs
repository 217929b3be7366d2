//! What do the journal's events mean? Their encoding, and the names under which an event is the same event.
//! It must never know where an event is kept, nor what follows from it.
//!
//! ```text
//! event = CBOR [tag, fields …]          a tag is never reused; a post's bytes come last, so that parts of it can be read
//! id    = the header's hash of a post; SHA-256(event) of all others
//! ```
//!
//! An id names one event among all kinds: a header is a CBOR map and an event an array, so no header that anybody posts
//! has another event's hash.

use liaison_journal as journal;
use liaison_keys::cbor::{self, CborError};
use liaison_keys::names::{DeviceId, Digest, HeaderHash, Owner};
use liaison_proto::envelope::Post;
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

/// Everything that a relay remembers is a fold over these.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(flat)]
pub(crate) enum Event {
    /// A post was accepted.
    #[n(0)]
    Posted(#[n(0)] Posted),
    /// A device has stored these posts.
    #[n(1)]
    Acknowledged {
        /// The device.
        #[n(0)]
        device: DeviceId,
        /// The posts, by their places.
        #[n(1)]
        sequences: Vec<u64>,
    },
    /// Every recipient has stored these posts: their bytes go, what a repeated post must be answered with stays.
    #[n(2)]
    Released {
        /// The posts.
        #[n(0)]
        posts: Vec<Remembered>,
    },
    /// A key may come in before it is in the directory.
    #[n(3)]
    Invited {
        /// The signed invitation.
        #[n(0)]
        invitation: ByteVec,
        /// When it came, Unix seconds: it counted then.
        #[n(1)]
        time: u64,
    },
    /// A statement joined the directory's log. These alone are the journal's chain.
    #[n(4)]
    Logged {
        /// Its index in the log: a gap says that the disk has lost one.
        #[n(0)]
        index: u64,
        /// The entry.
        #[n(1)]
        entry: ByteVec,
    },
    /// A device's prekeys.
    #[n(5)]
    Prekeys {
        /// The device.
        #[n(0)]
        device: DeviceId,
        /// The bundle's number.
        #[n(1)]
        number: u64,
        /// The signed bundle.
        #[n(2)]
        bundle: ByteVec,
    },
    /// The network's founding, always the journal's first event: genesis and first invitation are one event, so that no
    /// crash leaves a network into which nobody is invited.
    #[n(7)]
    Founded {
        /// Entry 0.
        #[n(0)]
        entry: ByteVec,
        /// The custodian's signed invitation.
        #[n(1)]
        invitation: ByteVec,
        /// When, Unix seconds.
        #[n(2)]
        time: u64,
    },
    /// A device's vault, as its hello said.
    #[n(6)]
    Vault {
        /// The device.
        #[n(0)]
        device: DeviceId,
        /// When the vault was made or restored, Unix seconds.
        #[n(1)]
        generation: u32,
        /// How many events it holds.
        #[n(2)]
        events: u64,
    },
}

/// A post, with what its receipt says.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Posted {
    /// Who posted it.
    #[n(0)]
    pub(crate) device: DeviceId,
    /// Whose quota it counts in.
    #[n(1)]
    pub(crate) owner: Owner,
    /// When it was accepted, Unix seconds.
    #[n(2)]
    pub(crate) time: u64,
    /// Size of the directory's log at that time.
    #[n(3)]
    pub(crate) log_size: u64,
    /// Indexes of recipients for whom it does not wait: never certified, or with a full mailbox. Kept here, because a
    /// rebuilt view must come to the same receipt.
    #[n(4)]
    pub(crate) left_out: Vec<u16>,
    /// The post.
    #[n(5)]
    pub(crate) post: ByteVec,
}

/// What stays of a post until it expires.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Remembered {
    /// Its place.
    #[n(0)]
    pub(crate) sequence: u64,
    /// Its name.
    #[n(1)]
    pub(crate) hh: HeaderHash,
    /// Who posted it.
    #[n(2)]
    pub(crate) device: DeviceId,
    /// How many devices it waited for.
    #[n(3)]
    pub(crate) count: u16,
    /// When it was accepted, Unix seconds.
    #[n(4)]
    pub(crate) time: u64,
    /// Size of the directory's log at that time.
    #[n(5)]
    pub(crate) log_size: u64,
    /// When it ends, Unix seconds.
    #[n(6)]
    pub(crate) expires: u64,
}

impl Event {
    /// Reads an event of the journal.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, CborError> {
        minicbor::decode(bytes).map_err(|_| CborError::Structure)
    }

    /// The event as the journal takes it, named by its own hash: a repetition changes nothing and is not written.
    pub(crate) fn record(&self) -> journal::Event {
        let bytes = cbor::encode(self);
        let digest = journal::Digest::of(&bytes);
        journal::Event { id: journal::EventId(digest.0), digest, bytes }
    }

    /// A statement's event. It is named by the statement and not by its time and place, so that one statement is logged
    /// once, whoever tries it twice.
    pub(crate) fn logged(index: u64, entry: Vec<u8>, statement: &[u8]) -> journal::Event {
        let digest = journal::Digest::of(statement);
        let name: (&str, &minicbor::bytes::ByteSlice) = ("statement", statement.into());
        let id = journal::EventId(*Digest::of(&cbor::encode(&name)).as_bytes());
        journal::Event { id, digest, bytes: cbor::encode(&Self::Logged { index, entry: entry.into() }) }
    }
}

impl Posted {
    /// The event of a post: named by the header's hash, equal by the post's bytes.
    pub(crate) fn record(self, post: &Post) -> journal::Event {
        let digest = journal::Digest(*post.digest().as_bytes());
        let id = journal::EventId(*post.hh().as_bytes());
        journal::Event { id, digest, bytes: cbor::encode(&Event::Posted(self)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples() -> Vec<Event> {
        let device = DeviceId::new([1; 16]);
        let posted = Posted {
            device,
            owner: "xa".parse().unwrap(),
            time: 1,
            log_size: 2,
            left_out: vec![3],
            post: vec![7; 40].into(),
        };
        let remembered = Remembered {
            sequence: 1,
            hh: HeaderHash::new([2; 32]),
            device,
            count: 3,
            time: 4,
            log_size: 5,
            expires: 6,
        };
        vec![
            Event::Posted(posted),
            Event::Acknowledged { device, sequences: vec![1, 2] },
            Event::Released { posts: vec![remembered] },
            Event::Invited { invitation: vec![1].into(), time: 2 },
            Event::Logged { index: 1, entry: vec![2].into() },
            Event::Prekeys { device, number: 1, bundle: vec![2].into() },
            Event::Vault { device, generation: 1, events: 2 },
            Event::Founded { entry: vec![1].into(), invitation: vec![2].into(), time: 3 },
        ]
    }

    #[test]
    fn events_go_round_under_their_frozen_tags() {
        for (event, tag) in samples().into_iter().zip(0_u8..) {
            let record = event.record();
            assert_eq!(record.bytes[1], tag);
            assert_eq!(Event::from_bytes(&record.bytes), Ok(event));
            for end in 0..record.bytes.len() {
                assert!(Event::from_bytes(&record.bytes[..end]).is_err());
            }
        }
    }

    #[test]
    fn a_post_stands_at_the_end_of_its_event() {
        let event = samples().remove(0);
        assert!(cbor::encode(&event).ends_with(&[7; 40]));
    }

    #[test]
    fn a_statement_is_one_event_wherever_it_would_stand() {
        let (first, again) = (Event::logged(1, vec![1], b"s"), Event::logged(2, vec![2], b"s"));
        assert_eq!((first.id, first.digest), (again.id, again.digest));
        assert_ne!(first.id, Event::logged(1, vec![1], b"t").id);
    }
}
