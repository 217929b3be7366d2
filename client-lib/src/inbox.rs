//! What came in? Verified messages, what waits, what was set aside, and what was seen before.
//! It must never know how anything came, or who looks at it.

use std::collections::{BTreeMap, BTreeSet};

use liaison_keys::names::{DeviceId, Digest, EnvelopeId, HeaderHash, OfficeId};
use liaison_proto::envelope::{Claims, Header, Reason, Sealed};
use liaison_proto::lane::Lane;
use liaison_proto::message::{CaseId, Content, Status};
use liaison_proto::scope::Scope;
use liaison_proto::template::TemplateName;

use crate::memory::remembered_until;
use crate::record::ReceivedRecord;
use crate::vault::Place;

/// What came in, without bodies.
#[derive(Debug, Default)]
pub struct Inbox {
    /// Verified messages, in the order of their arrival.
    pub items: Vec<InboxItem>,
    /// Envelopes set aside.
    pub quarantine: Vec<Quarantined>,
    /// Envelopes that wait for a longer directory, by the SHA-256 of their deliveries.
    pub waiting: BTreeMap<Digest, Waiting>,
    /// Messages whose `delivered` is owed: the sender's office, and when they came.
    pub receipts_owed: BTreeMap<HeaderHash, (OfficeId, u64)>,
    pub(crate) set_aside: BTreeSet<(HeaderHash, String)>,
    asked: BTreeSet<HeaderHash>,
    seen: BTreeMap<HeaderHash, u64>,
    opened: BTreeSet<HeaderHash>,
}

/// A verified message, without its body.
#[derive(Clone, Debug)]
pub struct InboxItem {
    /// Where its record stands.
    pub place: Place,
    /// Its name everywhere.
    pub hh: HeaderHash,
    /// Its name for people.
    pub id: EnvelopeId,
    /// How soon it had to move.
    pub lane: Lane,
    /// When it was made, Unix milliseconds by the sender's clock.
    pub created_ms: u64,
    /// When it ends, Unix seconds.
    pub expires: u64,
    /// When it came, Unix milliseconds by our clock.
    pub at_ms: u64,
    /// The device that signed it.
    pub device: DeviceId,
    /// From whom.
    pub office: OfficeId,
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
    /// Since when the sender's key may have been in other hands, if that was known when it came.
    pub unproven_since: Option<u64>,
    /// Whether the sender's device was set aside or frozen when it came.
    pub disputed: bool,
    /// Whether it is a check that asks for a person's answer.
    pub asks_person: bool,
}

/// An envelope that waits for a longer directory.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// Its header's hash.
    pub hh: HeaderHash,
    /// Where its record stands.
    pub place: Place,
    /// When it came, Unix milliseconds.
    pub at_ms: u64,
    /// The signed note of the directory that it waits for.
    pub note: Vec<u8>,
}

/// An envelope that was set aside.
#[derive(Clone, Debug)]
pub struct Quarantined {
    /// Where its record stands.
    pub place: Place,
    /// Its header's hash, if it had one.
    pub hh: Option<HeaderHash>,
    /// The reason's short name.
    pub code: String,
    /// The reason in words.
    pub reason: String,
    /// When it came, Unix milliseconds.
    pub at_ms: u64,
    /// When it ends, Unix seconds; 0 if it had no header.
    pub expires: u64,
}

impl Inbox {
    /// Whether a message with this hash was verified before.
    #[must_use]
    pub fn has_seen(&self, hh: HeaderHash) -> bool {
        self.seen.contains_key(&hh)
    }

    /// Whether a person has looked at it.
    #[must_use]
    pub fn is_opened(&self, hh: HeaderHash) -> bool {
        self.opened.contains(&hh)
    }

    /// Whether an envelope with this hash was set aside for this reason before, so that it is not set aside twice.
    #[must_use]
    pub fn is_quarantined(&self, hh: HeaderHash, code: &str) -> bool {
        self.set_aside.contains(&(hh, code.to_owned()))
    }

    /// The message with this hash.
    #[must_use]
    pub fn item(&self, hh: HeaderHash) -> Option<&InboxItem> {
        self.items.iter().find(|item| item.hh == hh)
    }

    /// Whether its sender was asked to seal it again.
    #[must_use]
    pub fn is_asked(&self, hh: HeaderHash) -> bool {
        self.asked.contains(&hh)
    }

    /// Envelopes that were sealed to a key which is not here any more.
    pub fn unopened(&self) -> impl Iterator<Item = &Quarantined> {
        self.quarantine.iter().filter(|one| one.code == Reason::NoSecret.code())
    }

    /// Forgets what no replay can use any more. Unix seconds.
    pub fn forget(&mut self, now: u64) {
        self.seen.retain(|_, expires| remembered_until(*expires) >= now);
    }

    pub(crate) fn saw(&mut self, hh: HeaderHash, expires: u64) {
        self.seen.insert(hh, expires);
    }

    pub(crate) fn opened(&mut self, hh: HeaderHash) {
        self.opened.insert(hh);
    }

    pub(crate) fn asked(&mut self, hh: HeaderHash) {
        self.asked.insert(hh);
    }

    pub(crate) fn reopened(&mut self, hh: HeaderHash) {
        let code = Reason::NoSecret.code();
        self.quarantine.retain(|one| one.hh != Some(hh) || one.code != code);
        self.set_aside.remove(&(hh, code.to_owned()));
    }
}

impl InboxItem {
    pub(crate) fn read(place: Place, received: &ReceivedRecord, header: &Header, claims: Claims) -> Self {
        let (subject, asks_person) = (subject(&claims), asks_person(&claims));
        let (device, office) = claims.signer;
        Self {
            place,
            hh: received.hh,
            id: header.id,
            lane: header.lane,
            created_ms: claims.created_ms,
            expires: header.expires,
            at_ms: received.at_ms,
            device,
            office,
            scope: claims.scope,
            template: claims.template,
            status: claims.status,
            subject,
            in_reply_to: claims.in_reply_to,
            case: claims.case,
            unproven_since: received.unproven_since,
            disputed: received.disputed == Some(true),
            asks_person,
        }
    }
}

fn asks_person(claims: &Claims) -> bool {
    let check = claims.template.slug().as_str() == "comm-check";
    let content = if check { Content::decode(claims.template.clone(), &claims.body).ok() } else { None };
    content.is_some_and(|content| content.own().text("answer") == Some("human"))
}

/// Subject, or the beginning of the first text: one line for lists.
pub(crate) fn subject(claims: &Claims) -> String {
    let content = Content::decode(claims.template.clone(), &claims.body).ok();
    let text =
        content.as_ref().and_then(|content| content.common().subject().or_else(|| content.first_text()));
    let line = text.unwrap_or_default().lines().next().unwrap_or_default();
    line.chars().take(SUBJECT_CHARS).collect()
}

/// The header hash of a delivery, if it has a header at all.
pub(crate) fn header_hash(delivery: &[u8]) -> Option<HeaderHash> {
    header(delivery).map(|(hh, _)| hh)
}

/// The same with when it ends, Unix seconds.
pub(crate) fn header(delivery: &[u8]) -> Option<(HeaderHash, u64)> {
    let sealed = Sealed::from_bytes(delivery).ok()?;
    Some((sealed.envelope().hh, sealed.envelope().header.expires))
}

const SUBJECT_CHARS: usize = 72;
