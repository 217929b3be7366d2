//! What does the station know? The fold over its records: the same at opening and while it runs.
//! It must never know the disk or the network; bodies stay in the vault.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use liaison_keys::cose::Sign1;
use liaison_keys::directory::{Checkpoint, Note, Replica};
use liaison_keys::names::{DeviceId, Digest, Kid, NetworkId, OfficeId, Owner};
use liaison_keys::prekey::Bundle;
use liaison_keys::signing::{Authority, Device, PublicKey, SecretKey, Transport, Witness};
use liaison_proto::envelope::{Claims, Header};
use liaison_proto::limits;
use liaison_proto::receipt::Accepted;

use crate::inbox::{Inbox, InboxItem, Quarantined, Waiting};
use crate::outbox::{Outbox, OutboxItem, Request};
use crate::record::{KnownRelay, ReceivedRecord, Record, SecretRole};
use crate::vault::Place;

/// Everything that a station knows, without bodies.
#[derive(Debug, Default)]
pub struct Memory {
    /// The vault's generation, Unix seconds.
    pub generation: u32,
    /// The network.
    pub network: Option<NetworkId>,
    /// Relays to try before the directory is known.
    pub relays: Vec<KnownRelay>,
    /// Secret keys.
    pub secrets: Secrets,
    /// Its copy of the directory.
    pub replica: Option<Replica>,
    /// The log key's newest word that fits it.
    pub word: Option<KnownCheckpoint>,
    /// The newest checkpoint up to which it counts: without witnesses that word, else one that enough of them cosigned.
    pub checkpoint: Option<KnownCheckpoint>,
    /// Which witnesses said that they saw what counts, by name, and when (Unix seconds).
    pub heard: Vec<(String, u64)>,
    /// Notes by which one set of witnesses handed over to the next.
    pub handovers: Vec<Vec<u8>>,
    /// What it does as a witness.
    pub witness: WitnessMemory,
    /// Signed notes that do not fit our own log: proofs that the host shows different logs to different people.
    pub split_views: Vec<Vec<u8>>,
    /// Proof of a history that is longer than our own and another one.
    pub proof: Option<Vec<u8>>,
    /// Signed heads, the earlier over more entries than the later: proofs that the log became shorter.
    pub rollbacks: Vec<(Vec<u8>, Vec<u8>)>,
    /// Signed notes whose entries no relay showed in time: proofs that a directory is withheld.
    pub withheld: Vec<Vec<u8>>,
    /// The newest bundles of other devices.
    pub bundles: BTreeMap<DeviceId, KnownBundle>,
    /// What it sent.
    pub outbox: Outbox,
    /// What it received.
    pub inbox: Inbox,
}

/// A checkpoint of which signature and fit were checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownCheckpoint {
    /// The signed note, with the cosignatures that its size asks for where it counts.
    pub note: Vec<u8>,
    /// The signed head; empty where witnesses give the time.
    pub head: Vec<u8>,
    /// Log size.
    pub size: u64,
    /// The head's time, or since when enough witnesses had seen it, Unix seconds.
    pub time: u64,
}

/// What a station knows as a witness of the log.
#[derive(Debug, Default)]
pub struct WitnessMemory {
    /// Its name in notes and its key.
    pub key: Option<(String, SecretKey<Witness>)>,
    /// What it cosigned last, and when (Unix seconds).
    pub last: Option<(Checkpoint, u64)>,
    /// Entries that a person took though a witness would not have.
    pub taken: BTreeSet<u64>,
}

/// A device's signed bundle, which was verified before it was kept.
#[derive(Debug)]
pub struct KnownBundle {
    /// Its number.
    pub number: u64,
    /// As it was signed.
    pub bytes: Vec<u8>,
    read: OnceLock<Bundle>,
}

impl KnownBundle {
    /// The bundle, verified again when it is first needed and not at each message: that costs as much as a wrap. What
    /// was verified stays true, because the device's id names its signing key.
    #[must_use]
    pub fn verified(&self, device: &PublicKey<Device>, network: NetworkId) -> Option<&Bundle> {
        if self.read.get().is_none() {
            let bundle = Bundle::verify(&self.bytes, device, network).ok()?;
            // Another thread may have been faster, with the same.
            let _ = self.read.set(bundle);
        }
        self.read.get()
    }
}

/// The secret keys of a station.
#[derive(Debug, Default)]
pub struct Secrets {
    /// Keys that sign statements.
    pub authority: Vec<(SecretRole, Option<Owner>, SecretKey<Authority>)>,
    /// The device's message-signing key.
    pub signing: Option<SecretKey<Device>>,
    /// The device's transport key.
    pub transport: Option<SecretKey<Transport>>,
    /// An invitation's key, with whom it is for.
    pub invitation: Option<(Option<Owner>, SecretKey<Transport>)>,
}

impl Secrets {
    /// Whether a key with this id is held, that statements can be signed with.
    #[must_use]
    pub fn holds(&self, kid: Kid) -> bool {
        self.authority.iter().any(|(_, _, key)| key.public().kid() == kid)
            || self.signing.as_ref().is_some_and(|key| key.public().kid() == kid)
            || self.transport.as_ref().is_some_and(|key| key.public().kid() == kid)
    }

    /// The device's id, once its keys were made.
    #[must_use]
    pub fn device(&self) -> Option<DeviceId> {
        self.signing.as_ref().map(|key| key.public().device())
    }

    fn take(&mut self, role: SecretRole, owner: Option<Owner>, seed: &[u8; 32]) {
        match role {
            SecretRole::Custodian | SecretRole::Root | SecretRole::Admin => {
                self.authority.push((role, owner, SecretKey::from_seed(seed)));
            }
            SecretRole::DeviceSigning => self.signing = Some(SecretKey::from_seed(seed)),
            SecretRole::DeviceTransport => self.transport = Some(SecretKey::from_seed(seed)),
            SecretRole::Invitation => self.invitation = Some((owner, SecretKey::from_seed(seed))),
        }
    }
}

impl Memory {
    /// Takes a record. Records were checked before they were kept; one that a newer version wrote differently is
    /// passed over, never a reason to stop.
    pub fn take(&mut self, place: Place, record: Record) {
        match record {
            Record::Generation { generation } => {
                self.generation = generation;
                self.outbox.begin_generation();
            }
            Record::Network { network, relays } => (self.network, self.relays) = (Some(network), relays),
            Record::Secret { role, owner, seed } => {
                if let Ok(seed) = seed.as_slice().try_into() {
                    self.secrets.take(role, owner, seed);
                }
            }
            Record::Entry { index, bytes } => self.entry(index, bytes.into()),
            Record::Checkpoint { note, head } => self.word(note.into(), head.into()),
            Record::Cosigned { note } => self.cosigned(note.into()),
            Record::HandedOver { note } => self.handovers.push(note.into()),
            Record::Witnessed { size, root, time } => {
                self.witness.last = Some((Checkpoint { size, root }, time));
            }
            Record::Witness { name, seed } => {
                if let Ok(seed) = seed.as_slice().try_into() {
                    self.witness.key = Some((name, SecretKey::from_seed(seed)));
                }
            }
            Record::EntryTaken { index } => {
                self.witness.taken.insert(index);
            }
            Record::Bundle { bytes } => self.bundle(bytes.into()),
            Record::Sent(sent) => {
                if let Some(item) = OutboxItem::read(place, sent) {
                    self.outbox.sent(item);
                }
            }
            Record::Accepted { hh, at_ms, receipt } => {
                self.outbox.accepted(hh, at_ms, Accepted::claimed(&receipt).map(|said| said.count));
            }
            Record::Rejected { hh, code } => self.outbox.rejected(hh, code),
            Record::Progress { hh, office, device, state, at_ms } => {
                self.outbox.progress(hh, (office, device), state, at_ms);
            }
            Record::Received(received) => self.received(place, &received),
            Record::Seen { hh, expires } => self.inbox.saw(hh, expires),
            Record::Quarantined { delivery, code, reason, at_ms } => {
                let header = crate::inbox::header(&delivery);
                let (hh, expires) = (header.map(|(hh, _)| hh), header.map_or(0, |(_, expires)| expires));
                self.inbox.set_aside.extend(hh.map(|hh| (hh, code.clone())));
                self.inbox.quarantine.push(Quarantined { place, hh, code, reason, at_ms, expires });
            }
            Record::Waiting { delivery, at_ms, note } => {
                if let Some(hh) = crate::inbox::header_hash(&delivery) {
                    let note = note.map(Vec::from).unwrap_or_default();
                    self.inbox.waiting.insert(Digest::of(&delivery), Waiting { hh, place, at_ms, note });
                }
            }
            Record::Judged { hh, delivery } => {
                let judged = |digest: &Digest, waiting: &Waiting| match delivery {
                    Some(delivery) => *digest == delivery,
                    None => waiting.hh == hh,
                };
                self.inbox.waiting.retain(|digest, waiting| !judged(digest, waiting));
            }
            Record::Opened { hh } => self.inbox.opened(hh),
            Record::Proof { evidence } => self.proof = Some(evidence.into()),
            Record::Rollback { earlier, later } => self.rollbacks.push((earlier.into(), later.into())),
            Record::SplitView { note, head: _ } => self.split_views.push(note.into()),
            Record::Withheld { note } => self.withheld.push(note.into()),
            Record::Told { hh } => self.outbox.told(hh),
            Record::ResealAsked { hh } => self.inbox.asked(hh),
            Record::ResealCame { hh, device, number, reseal: _, at_ms } => {
                self.outbox.asked(hh, Request { device, number, place, at_ms, answered: false });
            }
            Record::Rewrapped { hh, device, wrap: _ } => self.outbox.rewrapped(hh, device, place),
            Record::RewrapPassed { hh, device } => self.outbox.rewrap_passed(hh, device),
            Record::Reopened { hh } => self.inbox.reopened(hh),
            Record::ReceiptSent { messages } => {
                for hh in messages {
                    self.inbox.receipts_owed.remove(&hh);
                }
            }
        }
    }

    fn entry(&mut self, index: u64, bytes: Vec<u8>) {
        match &mut self.replica {
            None if index == 0 => self.replica = Replica::found(bytes).ok(),
            Some(replica) if replica.log().size() == index => {
                // A void entry is remembered in the directory itself.
                let _ = replica.push(bytes);
            }
            _ => {}
        }
    }

    fn word(&mut self, note: Vec<u8>, head: Vec<u8>) {
        let Some(replica) = &self.replica else { return };
        let Ok(read) = replica.read_head(&head) else { return };
        let word = KnownCheckpoint { note, head, size: read.size, time: read.time };
        // Where no witnesses are asked for, neither up to now nor by what is new, the log key's word is enough.
        let counted = self.checkpoint.as_ref().map_or(1, |checkpoint| checkpoint.size);
        let asked = |size: u64| replica.directory().quorum(size).needed();
        if asked(counted) == 0 && asked(word.size) == 0 {
            self.checkpoint = Some(word.clone());
        }
        self.word = Some(word);
    }

    fn cosigned(&mut self, note: Vec<u8>) {
        let Some(replica) = &self.replica else { return };
        let Ok(read) = replica.read_note(&note) else { return };
        let size = read.checkpoint.size;
        let quorum = replica.directory().quorum(size);
        let words = read.words(&replica.origin(), quorum);
        let name = |place: usize| quorum.witnesses().get(place).map(|(name, _)| name.clone());
        self.heard = words.iter().filter_map(|word| Some((name(word.witness)?, word.time))).collect();
        let Some(chosen) = quorum.choose(words) else { return };
        self.checkpoint = match quorum.settle(&chosen) {
            Ok(Some(time)) => {
                let note = Note::with(&note, &chosen);
                Some(KnownCheckpoint { note, head: Vec::new(), size, time })
            }
            _ => self.word.clone().filter(|word| word.size == size),
        };
    }

    fn bundle(&mut self, bytes: Vec<u8>) {
        if let (Ok(device), Ok(number)) = (Bundle::claimed_device(&bytes), Bundle::claimed_number(&bytes))
            && self.bundles.get(&device).is_none_or(|known| number > known.number)
        {
            self.bundles.insert(device, KnownBundle { number, bytes, read: OnceLock::new() });
        }
    }

    fn received(&mut self, place: Place, received: &ReceivedRecord) {
        let Some((header, claims)) = read_received(received) else { return };
        self.inbox.saw(received.hh, header.expires);
        // A sibling's copy of what our own office sent is no delivery to anybody.
        if self.office().as_ref() != Some(&claims.signer.1) {
            self.inbox.receipts_owed.insert(received.hh, (claims.signer.1.clone(), received.at_ms));
        }
        self.inbox.items.push(InboxItem::read(place, received, &header, claims));
    }

    /// The newest verified time: the head's, or none.
    #[must_use]
    pub fn head_time(&self) -> u64 {
        self.word.as_ref().map_or(0, |checkpoint| checkpoint.time)
    }

    /// The office that this station's device was certified for, whether it still counts or not.
    #[must_use]
    pub fn office(&self) -> Option<OfficeId> {
        let device = self.secrets.device()?;
        self.replica.as_ref()?.directory().device(device).map(|facts| facts.office.clone())
    }
}

/// Header and claims of a message that was verified when it came.
#[must_use]
pub fn read_received(received: &ReceivedRecord) -> Option<(Header, Claims)> {
    let header = Header::from_bytes(&received.header).ok()?;
    let signed = Sign1::from_bytes(&received.signed).ok()?;
    let claims = Claims::from_bytes(signed.unverified_payload()).ok()?;
    Some((header, claims))
}

/// How long after its expiry a message is remembered against replays.
#[must_use]
pub const fn remembered_until(expires: u64) -> u64 {
    expires.saturating_add(limits::REPLAY_KEPT_S)
}
