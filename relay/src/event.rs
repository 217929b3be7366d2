//! What do the journal's events mean? Their encoding, and the names under which an event is the same event.
//! It must never know where an event is kept, nor what follows from it.
//!
//! ```text
//! event = CBOR [tag, fields …]          a tag is never reused; a post's bytes come last, so that parts of it can be read
//! id    = the header's hash of a post; SHA-256 of what it is about of a statement and of what is passed; SHA-256(event) of
//!         all others
//! ```
//!
//! An id names one event among all kinds: a header is a CBOR map and an event an array, so no header that anybody posts
//! has another event's hash.

use liaison_journal as journal;
use liaison_keys::cbor::{self, CborError};
use liaison_keys::names::{DeviceId, Digest, HeaderHash, Kid, Owner};
use liaison_proto::Lane;
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
    /// A request to seal a message again, or the answer to one, waits for one device.
    #[n(8)]
    Passed(#[n(0)] Passed),
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

/// What one device has passed to another about a message.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Passed {
    /// Who passed it.
    #[n(0)]
    pub(crate) device: DeviceId,
    /// Whose quota it counts in.
    #[n(1)]
    pub(crate) owner: Owner,
    /// When, Unix seconds.
    #[n(2)]
    pub(crate) time: u64,
    /// For whom it waits.
    #[n(3)]
    pub(crate) to: DeviceId,
    /// The message.
    #[n(4)]
    pub(crate) hh: HeaderHash,
    /// The message's lane.
    #[n(5)]
    pub(crate) lane: Lane,
    /// When the message ends, Unix seconds.
    #[n(6)]
    pub(crate) expires: u64,
    /// What it is.
    #[n(7)]
    pub(crate) about: About,
}

/// What is passed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(flat)]
pub(crate) enum About {
    /// A signed request for a new wrap.
    #[n(0)]
    Reseal(#[n(0)] ByteVec),
    /// The new wrap.
    #[n(1)]
    Rewrap(#[n(0)] ByteVec),
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

impl Passed {
    /// The event of a request: one for each message, device and bundle, whatever else its bytes say.
    pub(crate) fn reseal(self, number: u64) -> journal::Event {
        let name = cbor::encode(&("reseal", self.hh, self.device, number));
        let digest = journal::Digest::of(&name);
        self.named(&name, digest)
    }

    /// The event of an answer: one for each message and prekey; another wrap for the same prekey is a conflict.
    pub(crate) fn rewrap(self, kid: Kid, wrap: &[u8]) -> journal::Event {
        let name = cbor::encode(&("rewrap", self.hh, self.to, kid));
        self.named(&name, journal::Digest::of(wrap))
    }

    fn named(self, name: &[u8], digest: journal::Digest) -> journal::Event {
        let id = journal::EventId(journal::Digest::of(name).0);
        journal::Event { id, digest, bytes: cbor::encode(&Event::Passed(self)) }
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
            Event::Passed(passed(About::Reseal(vec![3].into()))),
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

    fn passed(about: About) -> Passed {
        Passed {
            device: DeviceId::new([1; 16]),
            owner: "xa".parse().unwrap(),
            time: 1,
            to: DeviceId::new([2; 16]),
            hh: HeaderHash::new([2; 32]),
            lane: Lane::Flash,
            expires: 9,
            about,
        }
    }

    #[test]
    fn one_request_for_each_bundle_and_one_answer_for_each_prekey() {
        let reseal = |bytes: u8, number| passed(About::Reseal(vec![bytes].into())).reseal(number);
        assert_eq!((reseal(1, 7).id, reseal(1, 7).digest), (reseal(2, 7).id, reseal(2, 7).digest));
        assert_ne!(reseal(1, 7).id, reseal(1, 8).id);
        let rewrap =
            |bytes: u8, kid| passed(About::Rewrap(vec![bytes].into())).rewrap(Kid::new([kid; 16]), &[bytes]);
        assert_eq!(rewrap(1, 7).id, rewrap(2, 7).id);
        assert_ne!(rewrap(1, 7).digest, rewrap(2, 7).digest);
        assert_ne!(rewrap(1, 7).id, rewrap(1, 8).id);
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
