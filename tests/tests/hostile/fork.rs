//! Which log does the host show? One that it makes of the relay's own, signed with the log's key as the real one is.
//! It must never know a State's keys: what it adds is what anybody could add.

use liaison_keys::directory::log::root_of;
use liaison_keys::directory::{Body, Checkpoint, Claims, Entry, Head, Origin, Replica, Statement};
use liaison_keys::names::{NetworkId, Subject};
use liaison_keys::signing::{Log, SecretKey};
use liaison_proto::frame::Frame;
use liaison_proto::limits;
use liaison_tests::hostile::{Behaviour, Heard};

use crate::scene::{Scene, Time, VICTIM};

/// A log under the host's hands.
pub struct Fork {
    /// Its entries.
    pub entries: Vec<Vec<u8>>,
    /// The key that signs it.
    pub key: SecretKey<Log>,
    origin: Origin,
    network: NetworkId,
    time: Time,
}

impl Fork {
    /// The log that the victim holds.
    pub fn of(scene: &Scene) -> Self {
        let replica = scene.stations[VICTIM].replica().unwrap();
        let key = SecretKey::from_seed(&scene.keys.log.expose_seed());
        Self::from(replica, key, scene)
    }

    /// A replica's log, signed with this key.
    pub fn from(replica: &Replica, key: SecretKey<Log>, scene: &Scene) -> Self {
        Self {
            entries: replica.log().entries(0, usize::MAX).to_vec(),
            key,
            origin: replica.origin(),
            network: replica.directory().network(),
            time: scene.time.clone(),
        }
    }

    /// The same without its last entries.
    pub fn shorter(mut self, by: usize) -> Self {
        self.entries.truncate(self.entries.len() - by);
        self
    }

    /// The same with another last entry.
    pub fn altered(mut self) -> Self {
        let last = self.entries.last_mut().unwrap();
        let middle = last.len() / 2;
        last[middle] ^= 1;
        self
    }

    /// The same with one more entry, logged so many seconds from now.
    pub fn and(mut self, statement: Vec<u8>, in_s: u64) -> Self {
        let logged = self.time.now_ms() / 1000 + in_s;
        self.entries.push(Entry::new(logged, statement).to_bytes());
        self
    }

    /// The same with a statement that was in the log already, said again.
    pub fn and_again(self) -> Self {
        let statement = Entry::from_bytes(self.entries.last().unwrap()).unwrap().statement;
        self.and(statement.into(), 0)
    }

    /// The same, signed with a key that is not the log's.
    pub fn forged(self) -> Self {
        Self { key: SecretKey::from_seed(&[7; 32]), ..self }
    }

    /// The signed note of this size.
    pub fn note(&self, size: usize) -> Vec<u8> {
        self.checkpoint(size).sign(&self.origin, &self.key)
    }

    /// The signed head of this size, so many seconds ahead.
    pub fn head(&self, size: usize, ahead_s: u64) -> Vec<u8> {
        let Checkpoint { size, root } = self.checkpoint(size);
        Head { size, root, time: self.time.now_ms() / 1000 + ahead_s }.sign(self.network, &self.key)
    }

    /// Note and head of all of it, as of now.
    pub fn newest(&self) -> (Vec<u8>, Vec<u8>) {
        (self.note(self.entries.len()), self.head(self.entries.len(), 0))
    }

    fn checkpoint(&self, size: usize) -> Checkpoint {
        Checkpoint { size: size as u64, root: root_of(&self.entries[..size]) }
    }
}

/// These stations are shown this log instead of the relay's.
pub fn shows(fork: Fork, to: &'static [&'static str]) -> Behaviour {
    Box::new(move |heard, wire| {
        let (note, head) = fork.newest();
        match heard {
            heard if !to.contains(&wire.station()) => wire.pass(heard),
            Heard::Station(Frame::CheckpointGet { id }) => {
                wire.to_station(Frame::Checkpoint {
                    id,
                    note: note.into(),
                    head: head.into(),
                    cosigned: vec![],
                });
            }
            Heard::Relay(Frame::Checkpoint { id: 0, .. }) => {}
            Heard::Station(Frame::LogFrom { id, from }) => {
                let entries = fork.entries.iter().skip(usize::try_from(from).unwrap());
                let entries = entries.take(limits::LOG_ENTRIES_PER_FRAME_MAX).cloned().map(Into::into);
                wire.to_station(Frame::Entries { id, from, entries: entries.collect() });
            }
            heard => wire.pass(heard),
        }
    })
}

/// Every checkpoint that this station asks for or hears of in its first session is this one.
pub fn says(note: Vec<u8>, head: Vec<u8>) -> Behaviour {
    Box::new(move |heard, wire| match heard {
        Heard::Relay(Frame::Checkpoint { id, .. }) if wire.station() == VICTIM && wire.session() == 1 => {
            wire.to_station(Frame::Checkpoint {
                id,
                note: note.clone().into(),
                head: head.clone().into(),
                cosigned: vec![],
            });
        }
        heard => wire.pass(heard),
    })
}

/// The victim gets this only in its first session.
pub fn once(mut behaviour: Behaviour) -> Behaviour {
    Box::new(move |heard, wire| {
        if wire.station() == VICTIM && wire.session() == 1 {
            behaviour(heard, wire)
        } else {
            wire.pass(heard)
        }
    })
}

/// A statement that nobody signed who may: the revocation of a device.
pub fn unsigned(scene: &Scene, subject: Subject, body: &Body) -> Vec<u8> {
    let directory = scene.stations[VICTIM].replica().unwrap().directory();
    let place =
        if body.is_beside_chain() { (0, directory.next(&subject).1) } else { directory.next(&subject) };
    let claims = Claims::new(directory.network(), subject, place, body, scene.time.now_ms() / 1000, vec![]);
    Statement::unsigned(claims).to_bytes()
}
