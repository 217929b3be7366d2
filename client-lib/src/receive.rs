//! What is done with an envelope that came in? Opened, judged, kept with its verdict, and answered
//! (`docs/protocol.md` §5, §6). It must never know how it came: only what it says.

use liaison_keys::names::{Digest, HeaderHash, OfficeId};
use liaison_proto::envelope::{
    CheckpointProof, Judgement, Opening, Payload, Reason, Sealed, Standing, VerifiedMessage, WaitFor,
};
use liaison_proto::lane::Lane;
use liaison_proto::lifecycle::{Progress, State};
use liaison_proto::limits;
use liaison_proto::message::Status;
use liaison_proto::receipt::{self, DeviceReceipt, DeviceState};
use liaison_proto::scope::Scope;

use crate::compose::{ComposeError, Letter};
use crate::inbox::header_hash;
use crate::record::{ReceivedRecord, Record};
use crate::station::{Station, StationError};

/// What became of an envelope.
#[derive(Clone, Debug)]
pub enum Arrival {
    /// A message to show.
    Message(Box<VerifiedMessage>),
    /// Receipts for these messages of ours, from this office.
    Receipts(OfficeId, Vec<HeaderHash>),
    /// Set aside, with the reason.
    Quarantined(Option<HeaderHash>, Reason),
    /// Waits for a longer directory.
    Waits(WaitFor),
    /// It had been received before.
    Repeated,
}

impl Station {
    /// Opens an envelope, keeps it with its verdict, and says what became of it. When this returns it is on disk, and
    /// the relay may forget it. A bad envelope is set aside with its reason and never an error here.
    ///
    /// # Errors
    /// [`StationError`] when the station itself cannot go on.
    pub fn receive(&mut self, delivery: &[u8]) -> Result<Arrival, StationError> {
        let (arrival, records) = self.settle(delivery, self.clock().now_ms());
        self.keep(records)?;
        Ok(arrival)
    }

    /// What an envelope is, and what is to be kept of it.
    pub(crate) fn settle(&self, delivery: &[u8], at_ms: u64) -> (Arrival, Vec<Record>) {
        let (judgement, checkpoint) = self.judge(delivery);
        let (arrival, mut records) = match judgement {
            Ok(Judgement::Waits(wait)) => self.lay_by(delivery, wait, checkpoint.as_ref(), at_ms),
            Ok(Judgement::Verified(message)) => self.accept_message(*message, at_ms),
            Err(Reason::Replay) => (Arrival::Repeated, Vec::new()),
            Err(reason) => self.set_aside(delivery, reason, at_ms),
        };
        if matches!(arrival, Arrival::Quarantined(_, Reason::SplitView)) {
            records.extend(checkpoint.and_then(|proof| self.split_view(proof)));
        }
        (arrival, records)
    }

    /// Judges again what waited for a longer directory.
    ///
    /// # Errors
    /// [`StationError`].
    pub fn receive_waiting(&mut self) -> Result<Vec<Arrival>, StationError> {
        let mut arrivals = Vec::new();
        for (digest, waiting) in self.memory().inbox.waiting.clone() {
            let Record::Waiting { delivery, .. } = self.read(waiting.place)? else { continue };
            let arrival = self.receive(&delivery)?;
            if !matches!(arrival, Arrival::Waits(_)) {
                self.keep(vec![Record::Judged { hh: waiting.hh, delivery: Some(digest) }])?;
                arrivals.push(arrival);
            }
        }
        Ok(arrivals)
    }

    /// Sets aside what has waited for a longer directory for too long. The note that it waited for stays: proof that
    /// there is a directory which no relay showed.
    ///
    /// # Errors
    /// [`StationError`].
    pub fn give_up_waiting(&mut self) -> Result<Vec<Arrival>, StationError> {
        let now_ms = self.clock().now_ms();
        let mut arrivals = Vec::new();
        for (digest, waiting) in self.memory().inbox.waiting.clone() {
            if now_ms < waiting.at_ms.saturating_add(limits::WAITING_S_MAX * 1000) {
                continue;
            }
            let Record::Waiting { delivery, .. } = self.read(waiting.place)? else { continue };
            let (arrival, mut records) = self.set_aside(&delivery, Reason::Withheld, now_ms);
            if !waiting.note.is_empty() && !self.memory().withheld.contains(&waiting.note) {
                records.push(Record::Withheld { note: waiting.note.into() });
            }
            records.push(Record::Judged { hh: waiting.hh, delivery: Some(digest) });
            self.keep(records)?;
            arrivals.push(arrival);
        }
        Ok(arrivals)
    }

    /// What an envelope is, and the sender's checkpoint once it could be read.
    fn judge(&self, delivery: &[u8]) -> (Result<Judgement, Reason>, Option<CheckpointProof>) {
        let mut checkpoint = None;
        let mut judge = || {
            let device = self.device().map_err(|_| Reason::NotForUs)?;
            let addressed = Sealed::from_bytes(delivery)?.addressed_to(device)?;
            let secret = self.prekeys().secret(addressed.kid()).ok_or(Reason::NoSecret)?;
            let replica = self.replica().map_err(|_| Reason::UnknownSender)?;
            let seen = |hh: HeaderHash| self.memory().inbox.has_seen(hh);
            let head_time = self.memory().head_time();
            let opening = Opening { replica, device, now: self.clock().now_s(), head_time, seen: &seen };
            let signed = opening.unseal(addressed, secret)?;
            checkpoint = Some(signed.unverified_claims().checkpoint.clone());
            opening.judge(signed)
        };
        let judgement = judge();
        (judgement, checkpoint)
    }

    /// Keeps an envelope until the directory is longer, if not too many wait already.
    fn lay_by(
        &self,
        delivery: &[u8],
        wait: WaitFor,
        checkpoint: Option<&CheckpointProof>,
        at_ms: u64,
    ) -> (Arrival, Vec<Record>) {
        let waiting = &self.memory().inbox.waiting;
        if waiting.contains_key(&Digest::of(delivery)) {
            return (Arrival::Waits(wait), Vec::new());
        }
        if waiting.len() >= limits::WAITING_ITEMS_MAX {
            return self.set_aside(delivery, Reason::Withheld, at_ms);
        }
        let note = checkpoint.map(|proof| proof.note.clone());
        (Arrival::Waits(wait), vec![Record::Waiting { delivery: delivery.to_vec().into(), at_ms, note }])
    }

    /// The sender's note is proof by itself: the log's key signed it, and it does not fit our log.
    fn split_view(&self, proof: CheckpointProof) -> Option<Record> {
        let known = self.memory().split_views.iter().any(|note| *note == *proof.note);
        let head = proof.head.unwrap_or_else(|| Vec::new().into());
        (!known).then_some(Record::SplitView { note: proof.note, head })
    }

    fn accept_message(&self, message: VerifiedMessage, at_ms: u64) -> (Arrival, Vec<Record>) {
        // What a stolen or disputed key says proves nothing about our messages.
        let proves = !matches!(message.standing, Standing::Unproven { .. } | Standing::Disputed);
        if let Payload::Receipts(receipts) = &message.payload {
            let ours = |receipt: &&DeviceReceipt| self.is_addressed(receipt.hh, &message.office);
            let ours: Vec<&DeviceReceipt> = receipts.iter().filter(|_| proves).filter(ours).collect();
            let mut records: Vec<Record> =
                ours.iter().map(|receipt| delivered(receipt, &message, at_ms)).collect();
            records.push(Record::Seen { hh: message.hh, expires: message.expires });
            let hashes = ours.iter().map(|receipt| receipt.hh).collect();
            return (Arrival::Receipts(message.office, hashes), records);
        }
        let mut records = vec![Record::Received(received(&message, at_ms))];
        records.extend(self.persons_word(&message, at_ms).filter(|_| proves));
        (Arrival::Message(Box::new(message)), records)
    }

    /// A person's acknowledgement of a message of ours, by an office that it was addressed to.
    fn persons_word(&self, message: &VerifiedMessage, at_ms: u64) -> Option<Record> {
        let Payload::Content(content) = &message.payload else { return None };
        let hh = message.in_reply_to.filter(|hh| self.is_addressed(*hh, &message.office))?;
        let progress = match content.template().slug().as_str() {
            "acknowledgement" => Progress::from_name(content.own().text("level")?)?,
            "comm-check-ack" => Progress::Delivered,
            _ => return None,
        };
        let state = State { progress, at_ms: message.created_ms };
        let office = message.office.clone();
        Some(Record::Progress { hh, office, device: message.device, state, at_ms })
    }

    fn is_addressed(&self, hh: HeaderHash, office: &OfficeId) -> bool {
        let item = self.memory().outbox.item(hh);
        item.is_some_and(|item| item.recipients.iter().any(|(_, addressed)| addressed == office))
    }

    fn set_aside(&self, delivery: &[u8], reason: Reason, at_ms: u64) -> (Arrival, Vec<Record>) {
        let hh = header_hash(delivery);
        let inbox = &self.memory().inbox;
        let known = hh.is_some_and(|hh| inbox.is_quarantined(hh, reason.code()));
        let kept = inbox.quarantine.len();
        if known || kept >= limits::QUARANTINE_REASONS_MAX {
            return (Arrival::Quarantined(hh, reason), Vec::new());
        }
        let (code, text) = (reason.code().to_owned(), reason.to_string());
        let whole = kept < limits::QUARANTINE_ITEMS_MAX && !matches!(reason, Reason::TooLarge);
        let delivery = if whole { delivery.to_vec() } else { Vec::new() }.into();
        let record = Record::Quarantined { delivery, code, reason: text, at_ms };
        (Arrival::Quarantined(hh, reason), vec![record])
    }

    /// Offices to which `delivered` receipts are owed, with the messages; receipts of one office share an envelope.
    #[must_use]
    pub fn receipts_owed(&self) -> Vec<(OfficeId, Vec<DeviceReceipt>)> {
        let mut owed: Vec<(OfficeId, Vec<DeviceReceipt>)> = Vec::new();
        for (hh, (office, at_ms)) in &self.memory().inbox.receipts_owed {
            let receipt = DeviceReceipt { hh: *hh, state: DeviceState::Delivered, time_ms: *at_ms };
            match owed.iter_mut().find(|(other, all)| other == office && all.len() < limits::RECEIPTS_MAX) {
                Some((_, receipts)) => receipts.push(receipt),
                None => owed.push((office.clone(), vec![receipt])),
            }
        }
        owed
    }

    /// Seals receipts to an office: the messages are no longer owed any from here on.
    ///
    /// # Errors
    /// [`ComposeError`]; what cannot be sealed now stays owed.
    pub fn seal_receipts(
        &mut self,
        office: &OfficeId,
        receipts: Vec<DeviceReceipt>,
    ) -> Result<(), ComposeError> {
        let messages: Vec<HeaderHash> = receipts.iter().map(|receipt| receipt.hh).collect();
        let letter = Letter {
            template: receipt::template(),
            body: receipt::encode(receipts),
            status: Status::Actual,
            lane: self.lane_of(&messages),
            scope: Scope::bilateral([office.clone()]).map_err(|_| ComposeError::NoLiveKey)?,
            expires: None,
            in_reply_to: None,
            case: None,
        };
        let preview = self.preview(&letter)?;
        self.check_fresh(&preview, true)?;
        let (sent, _) = self.sealed(&letter, &preview)?;
        Ok(self.keep(vec![Record::Sent(sent), Record::ReceiptSent { messages }])?)
    }

    /// Nothing more is owed for these messages: their sender can no longer be reached.
    ///
    /// # Errors
    /// [`StationError`].
    pub fn waive_receipts(&mut self, messages: Vec<HeaderHash>) -> Result<(), StationError> {
        self.keep(vec![Record::ReceiptSent { messages }])
    }

    /// Whether all of these messages have ended.
    pub(crate) fn have_ended(&self, messages: &[HeaderHash]) -> bool {
        let (now, inbox) = (self.clock().now_s(), &self.memory().inbox);
        messages.iter().all(|hh| inbox.item(*hh).is_none_or(|item| item.expires <= now))
    }

    /// A receipt moves as fast as the fastest message that it is for.
    fn lane_of(&self, messages: &[HeaderHash]) -> Lane {
        let lanes = messages.iter().filter_map(|hh| self.memory().inbox.item(*hh)).map(|item| item.lane);
        lanes.max().unwrap_or_default()
    }

    /// Notes that a person has looked at a message.
    ///
    /// # Errors
    /// [`StationError`].
    pub fn mark_opened(&mut self, hh: HeaderHash) -> Result<(), StationError> {
        if self.memory().inbox.is_opened(hh) { Ok(()) } else { self.keep(vec![Record::Opened { hh }]) }
    }
}

fn delivered(receipt: &DeviceReceipt, message: &VerifiedMessage, at_ms: u64) -> Record {
    let state = State { progress: Progress::Delivered, at_ms: receipt.time_ms };
    let office = message.office.clone();
    Record::Progress { hh: receipt.hh, office, device: message.device, state, at_ms }
}

fn received(message: &VerifiedMessage, at_ms: u64) -> ReceivedRecord {
    let (header, signed) = message.proof.clone();
    let unproven_since = match message.standing {
        Standing::Unproven { since } => Some(since),
        Standing::Live | Standing::Expired | Standing::Retired | Standing::Disputed => None,
    };
    let disputed = (message.standing == Standing::Disputed).then_some(true);
    ReceivedRecord {
        hh: message.hh,
        header: header.into(),
        signed: signed.into(),
        recipients: message.devices.len() as u64,
        directory_age_s: message.directory_age_s,
        at_ms,
        counter: message.counter,
        unproven_since,
        disputed,
    }
}
