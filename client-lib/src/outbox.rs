//! What became of what we sent? Sealed posts that wait for a relay, and how far each message has come at each office
//! (`docs/protocol.md` §6). It must never know how posts are sent.

use std::collections::{BTreeMap, BTreeSet};

use liaison_keys::names::{DeviceId, Digest, EnvelopeId, HeaderHash, OfficeId};
use liaison_proto::envelope::{Claims, Header, LeftOut};
use liaison_proto::lane::Lane;
use liaison_proto::lifecycle::{State, advance};
use liaison_proto::message::{CaseId, Status};
use liaison_proto::scope::Scope;
use liaison_proto::template::TemplateName;

use crate::record::SentRecord;
use crate::vault::Place;

/// What was sent, without bodies.
#[derive(Debug, Default)]
pub struct Outbox {
    items: BTreeMap<HeaderHash, OutboxItem>,
    order: Vec<HeaderHash>,
    /// The last running number for each device and lane, low half only.
    counters: BTreeMap<(DeviceId, Lane), u32>,
    /// What was sealed again and no relay has yet.
    rewraps: BTreeMap<(HeaderHash, DeviceId), Place>,
}

/// A device's request to have a message of ours sealed to it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// The device.
    pub device: DeviceId,
    /// Number of the bundle that it asks with.
    pub number: u64,
    /// Where its record stands.
    pub place: Place,
    /// When it came, Unix milliseconds.
    pub at_ms: u64,
    /// Whether the message was sealed again since.
    pub answered: bool,
}

/// A message of one's own.
#[derive(Clone, Debug)]
pub struct OutboxItem {
    /// Where its record stands.
    pub place: Place,
    /// Its name everywhere.
    pub hh: HeaderHash,
    /// Its name for people.
    pub id: EnvelopeId,
    /// How soon it must move.
    pub lane: Lane,
    /// When it was made, Unix milliseconds.
    pub created_ms: u64,
    /// When it ends, Unix seconds.
    pub expires: u64,
    /// To whom.
    pub scope: Scope,
    /// Its template.
    pub template: TemplateName,
    /// Whether it is meant.
    pub status: Status,
    /// Its subject, or the beginning of its first text.
    pub subject: String,
    /// The message that it answers.
    pub in_reply_to: Option<HeaderHash>,
    /// Its case.
    pub case: Option<CaseId>,
    /// SHA-256 of the post, which a receipt must name.
    pub post: Digest,
    /// What the relay said.
    pub relay: AtRelay,
    /// Devices for which the relay did not take it, as its receipt says: full mailboxes, or unknown there.
    pub not_taken: u64,
    /// Devices that it was sealed to, with their offices.
    pub recipients: Vec<(DeviceId, OfficeId)>,
    /// Devices of the scope that it was not sealed to.
    pub left_out: Vec<LeftOut>,
    /// How far it has come at each office that said so.
    pub offices: BTreeMap<OfficeId, AtOffice>,
    /// Whether a person was told that it has ended without having reached everybody.
    pub told: bool,
    /// Devices that proved that they opened it.
    pub confirmed: BTreeSet<DeviceId>,
    /// Requests to have it sealed again, in the order of their coming.
    pub requests: Vec<Request>,
    counters: Vec<(DeviceId, u64)>,
}

/// What the relay said of a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtRelay {
    /// Nothing yet: it waits here, safe.
    Waits,
    /// It is on the relay's disk; Unix milliseconds by our clock.
    Accepted(u64),
    /// It will never be taken; the relay's code.
    Rejected(u8),
}

/// How far a message has come at an office.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AtOffice {
    /// The furthest that was proved there.
    pub state: State,
    /// When its first proof reached us, Unix milliseconds by our clock.
    pub first_at_ms: u64,
    /// When a person's word reached us, Unix milliseconds by our clock.
    pub person_at_ms: Option<u64>,
}

impl Outbox {
    /// Messages in the order in which they were sealed.
    pub fn items(&self) -> impl DoubleEndedIterator<Item = &OutboxItem> {
        self.order.iter().filter_map(|hh| self.items.get(hh))
    }

    /// The message with this hash.
    #[must_use]
    pub fn item(&self, hh: HeaderHash) -> Option<&OutboxItem> {
        self.items.get(&hh)
    }

    /// Messages that no relay has taken yet and that have not ended, the most urgent lane first. Unix seconds.
    #[must_use]
    pub fn waiting(&self, now: u64) -> Vec<&OutboxItem> {
        let waits = |item: &&OutboxItem| item.relay == AtRelay::Waits && now < item.expires;
        let mut waiting: Vec<&OutboxItem> = self.items().filter(waits).collect();
        waiting.sort_by_key(|item| std::cmp::Reverse(item.lane));
        waiting
    }

    /// Messages for people that have ended without having been delivered to every office that they were sealed to, and of
    /// which nobody was told yet. Unix seconds.
    pub(crate) fn missed(&self, now: u64) -> impl Iterator<Item = &OutboxItem> {
        let ended = move |item: &&OutboxItem| now >= item.expires && !item.told;
        let for_people = |item: &&OutboxItem| !BY_STATIONS.contains(&item.template.slug().as_str());
        let refused = |item: &&OutboxItem| matches!(item.relay, AtRelay::Rejected(_));
        self.items().filter(ended).filter(for_people).filter(move |item| !refused(item))
    }

    /// The next running number for a device in a lane: the vault's generation in the high half.
    #[must_use]
    pub fn next_counter(&self, generation: u32, device: DeviceId, lane: Lane) -> u64 {
        let last = self.counters.get(&(device, lane)).copied().unwrap_or(0);
        (u64::from(generation) << 32) | u64::from(last.saturating_add(1))
    }

    /// Counters begin again with a new generation.
    pub(crate) fn begin_generation(&mut self) {
        self.counters.clear();
    }

    pub(crate) fn sent(&mut self, item: OutboxItem) {
        for (device, counter) in &item.counters {
            let low = u32::try_from(counter & u64::from(u32::MAX)).unwrap_or(0);
            let last = self.counters.entry((*device, item.lane)).or_default();
            *last = low.max(*last);
        }
        if self.items.contains_key(&item.hh) {
            return;
        }
        self.order.push(item.hh);
        self.items.insert(item.hh, item);
    }

    pub(crate) fn accepted(&mut self, hh: HeaderHash, at_ms: u64, count: Option<u64>) {
        if let Some(item) = self.items.get_mut(&hh)
            && !matches!(item.relay, AtRelay::Accepted(_))
        {
            item.relay = AtRelay::Accepted(at_ms);
            let sealed_to = item.recipients.len() as u64;
            item.not_taken = sealed_to.saturating_sub(count.unwrap_or(sealed_to));
        }
    }

    pub(crate) fn rejected(&mut self, hh: HeaderHash, code: u8) {
        if let Some(item) = self.items.get_mut(&hh)
            && item.relay == AtRelay::Waits
        {
            item.relay = AtRelay::Rejected(code);
        }
    }

    pub(crate) fn told(&mut self, hh: HeaderHash) {
        if let Some(item) = self.items.get_mut(&hh) {
            item.told = true;
        }
    }

    pub(crate) fn progress(
        &mut self,
        hh: HeaderHash,
        (office, device): (OfficeId, DeviceId),
        state: State,
        at_ms: u64,
    ) {
        let Some(item) = self.items.get_mut(&hh) else { return };
        item.confirmed.insert(device);
        let person_at_ms = state.progress.is_by_person().then_some(at_ms);
        item.offices
            .entry(office)
            .and_modify(|known| {
                known.state = advance(known.state, state);
                known.person_at_ms = known.person_at_ms.or(person_at_ms);
            })
            .or_insert(AtOffice { state, first_at_ms: at_ms, person_at_ms });
    }
}

impl Outbox {
    /// What was sealed again and no relay has yet.
    pub(crate) fn rewraps(&self) -> impl Iterator<Item = (HeaderHash, DeviceId, Place)> {
        self.rewraps.iter().map(|((hh, device), place)| (*hh, *device, *place))
    }

    pub(crate) fn asked(&mut self, hh: HeaderHash, request: Request) {
        if let Some(item) = self.items.get_mut(&hh) {
            item.requests.push(request);
        }
    }

    /// All requests of this device are answered with one wrap.
    pub(crate) fn rewrapped(&mut self, hh: HeaderHash, device: DeviceId, place: Place) {
        let requests = self.items.get_mut(&hh).into_iter().flat_map(|item| &mut item.requests);
        requests.filter(|request| request.device == device).for_each(|request| request.answered = true);
        self.rewraps.insert((hh, device), place);
    }

    pub(crate) fn rewrap_passed(&mut self, hh: HeaderHash, device: DeviceId) {
        self.rewraps.remove(&(hh, device));
    }
}

impl OutboxItem {
    pub(crate) fn read(place: Place, sent: SentRecord) -> Option<Self> {
        let header = Header::from_bytes(&sent.header).ok()?;
        let claims = Claims::from_bytes(&sent.claims).ok()?;
        let subject = crate::inbox::subject(&claims);
        Some(Self {
            place,
            hh: sent.hh,
            id: header.id,
            lane: header.lane,
            created_ms: claims.created_ms,
            expires: header.expires,
            scope: claims.scope,
            template: claims.template,
            status: claims.status,
            subject,
            in_reply_to: claims.in_reply_to,
            case: claims.case,
            post: Digest::of(&sent.post),
            relay: AtRelay::Waits,
            not_taken: 0,
            counters: sent.recipients.iter().map(|(device, _, counter)| (*device, *counter)).collect(),
            recipients: sent.recipients.into_iter().map(|(device, office, _)| (device, office)).collect(),
            left_out: claims.left_out.unwrap_or_default(),
            offices: BTreeMap::new(),
            told: false,
            confirmed: BTreeSet::new(),
            requests: Vec::new(),
        })
    }

    /// Offices that it was sealed to and that never said that they have it, but for one's own.
    #[must_use]
    pub fn missing(&self, own: Option<&OfficeId>) -> Vec<OfficeId> {
        let has = |office: &OfficeId| self.offices.contains_key(office) || Some(office) == own;
        self.addressed().into_iter().filter(|office| !has(office)).collect()
    }

    /// Offices that it was sealed to, each once, in the order of their names.
    #[must_use]
    pub fn addressed(&self) -> Vec<OfficeId> {
        let mut offices: Vec<OfficeId> = self.recipients.iter().map(|(_, office)| office.clone()).collect();
        offices.sort();
        offices.dedup();
        offices
    }
}

/// What stations send each other by themselves.
const BY_STATIONS: [&str; 2] = ["receipt", "comm-check-ack"];
