//! What becomes of a message whose prekey is gone? The recipient's station asks, the sender's seals the message's key to a
//! prekey that lives, by itself or when a person says so (`docs/protocol.md` §5.8). It must never know how requests travel.
//!
//! ```text
//! recipient: set aside, no secret ─▶ reseal [hh, device, bundle] ────────────▶ sender: by itself? a person? never?
//! recipient: opened with the new wrap, like any other ◀── rewrap [hh, wrap] ◀──┘
//! ```
//!
//! Whoever stole a device's signing key could ask for the past with it. So a station answers by itself only what an honest
//! device could have to ask: once, of a message under 30 days old, that this device never said it had opened.

use getrandom::SysRng;
use liaison_keys::body::ContentKey;
use liaison_keys::cbor;
use liaison_keys::names::{DeviceId, HeaderHash, OfficeId};
use liaison_keys::prekey::Bundle;
use liaison_keys::sealing;
use liaison_proto::envelope::{Reason, Sealed};
use liaison_proto::limits;
use liaison_proto::reseal::Reseal;
use minicbor::bytes::ByteVec;
use rand_core::UnwrapErr;
use thiserror::Error;

use crate::outbox::{OutboxItem, Request};
use crate::receive::Arrival;
use crate::record::{Record, SentRecord};
use crate::station::{Station, StationError};

/// Why a person has to say whether a message is sealed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByHand {
    /// The device said before that it had opened it.
    Confirmed,
    /// The device asked before.
    Again,
    /// The message is over 30 days old.
    Old,
}

impl ByHand {
    /// A stable short name, for scripts.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Again => "again",
            Self::Old => "old",
        }
    }
}

/// Why a message is not sealed again, whoever says so.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NotResealed {
    /// No device asked for it.
    #[error("no device asks to have this message sealed again")]
    NotAsked,
    /// The message has ended.
    #[error("the message has ended")]
    Ended,
    /// The device is not live, or speaks for another office than when the message was sealed.
    #[error("the device that asks does not speak for that office now")]
    NotLive,
    /// The directory is over a day old: the device may have been revoked since.
    #[error("the directory is over a day old")]
    OldDirectory,
    /// None of the device's prekeys lives.
    #[error("the device that asks has no live key")]
    NoLiveKey,
    /// The station cannot.
    #[error(transparent)]
    Station(#[from] StationError),
}

/// A request for a message of ours that was not answered yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenRequest {
    /// The message.
    pub hh: HeaderHash,
    /// The device that asks.
    pub device: DeviceId,
    /// The office that it was sealed to.
    pub office: OfficeId,
    /// When it asked, Unix milliseconds by our clock.
    pub at_ms: u64,
    /// Why a person has to decide; none where the station answers by itself.
    pub by_hand: Option<ByHand>,
}

impl Station {
    /// Messages that cannot be opened here and of which no sender was asked yet.
    pub(crate) fn reseals_to_ask(&self) -> Vec<HeaderHash> {
        let (now, inbox) = (self.clock().now_s(), &self.memory().inbox);
        let lives = inbox.unopened().filter(|one| now < one.expires);
        lives.filter_map(|one| one.hh).filter(|hh| !inbox.is_asked(*hh)).collect()
    }

    /// The signed request for one of them.
    ///
    /// # Errors
    /// [`StationError`].
    pub(crate) fn reseal_request(&self, hh: HeaderHash) -> Result<Vec<u8>, StationError> {
        let (device, network) = (self.device()?, self.network()?);
        let bundle = self.prekeys().current_bundle(device);
        let bundle = bundle.ok_or(StationError::NotCertified)?.sign(self.signing_key()?, network);
        Ok(Reseal { hh, device, bundle: bundle.into() }.sign(self.signing_key()?, network))
    }

    /// Takes a new wrap for a message that could not be opened. One that changes nothing is passed over: the envelope
    /// stays set aside, as whoever made the wrap may not have been its sender.
    ///
    /// # Errors
    /// [`StationError`].
    pub(crate) fn receive_rewrap(
        &mut self,
        hh: HeaderHash,
        wrap: &[u8],
    ) -> Result<Option<Arrival>, StationError> {
        let unopened = self.memory().inbox.unopened().find(|one| one.hh == Some(hh));
        let Some(place) = unopened.map(|one| one.place) else { return Ok(None) };
        let Record::Quarantined { delivery, .. } = self.read(place)? else { return Ok(None) };
        let Ok(delivery) = Sealed::rewrapped(&delivery, wrap) else { return Ok(None) };
        let (arrival, mut records) = self.settle(&delivery, self.clock().now_ms());
        if matches!(&arrival, Arrival::Quarantined(_, reason) if is_still_shut(reason)) {
            tracing::warn!(%hh, "a new wrap does not open its message");
            return Ok(None);
        }
        records.push(Record::Reopened { hh });
        self.keep(records)?;
        Ok(Some(arrival))
    }

    /// Takes another device's request, if it is one that could be granted at all: signed by a device of the directory that
    /// a message of ours was sealed to, and newer than its last.
    ///
    /// # Errors
    /// [`StationError`].
    pub(crate) fn receive_reseal(&mut self, reseal: &[u8]) -> Result<Option<OpenRequest>, StationError> {
        let Some((request, number)) = self.read_reseal(reseal) else { return Ok(None) };
        let Reseal { hh, device, .. } = request;
        let at_ms = self.clock().now_ms();
        self.keep(vec![Record::ResealCame { hh, device, number, reseal: reseal.to_vec().into(), at_ms }])?;
        Ok(self.open_requests().into_iter().find(|open| (open.hh, open.device) == (hh, device)))
    }

    fn read_reseal(&self, bytes: &[u8]) -> Option<(Reseal, u64)> {
        let directory = self.memory().replica.as_ref()?.directory();
        let claimed = Reseal::claimed(bytes).ok()?;
        let signing = &directory.device(claimed.device)?.signing;
        let (request, bundle) = Reseal::verify(bytes, signing, directory.network()).ok()?;
        let item = self.memory().outbox.item(request.hh)?;
        item.office_of(request.device)?;
        let known = item.requests.iter().filter(|known| known.device == request.device);
        let newer = known.clone().all(|known| known.number < bundle.number);
        (newer && known.count() < limits::RESEALS_REMEMBERED_MAX).then_some((request, bundle.number))
    }

    /// Requests that were not answered yet, of messages that have not ended.
    #[must_use]
    pub fn open_requests(&self) -> Vec<OpenRequest> {
        let now = self.clock().now_s();
        let items = self.memory().outbox.items().filter(|item| now < item.expires);
        items.flat_map(|item| item.open_requests(now)).collect()
    }

    /// Seals a message of ours to a device again that asked for it, and keeps the wrap until a relay has it.
    ///
    /// # Errors
    /// [`NotResealed`].
    pub fn reseal(&mut self, hh: HeaderHash, device: DeviceId) -> Result<(), NotResealed> {
        let now = self.clock().now_s();
        let item = self.memory().outbox.item(hh).ok_or(NotResealed::NotAsked)?;
        let request = item.requests.iter().rfind(|request| request.device == device && !request.answered);
        let (request, place) = (*request.ok_or(NotResealed::NotAsked)?, item.place);
        if now >= item.expires {
            return Err(NotResealed::Ended);
        }
        if now.saturating_sub(self.checkpoint()?.time) > limits::DIRECTORY_FRESH_S {
            return Err(NotResealed::OldDirectory);
        }
        let contact = self.directory()?.contact(device).ok_or(NotResealed::NotLive)?;
        if item.office_of(device) != Some(&contact.office) {
            return Err(NotResealed::NotLive);
        }
        let (bundle, bytes) = self.bundle_of(&request, device)?;
        let prekey = &bundle.pick(now).ok_or(NotResealed::NoLiveKey)?.public;
        let Record::Sent(SentRecord { content_key, recipients, .. }) = self.read(place)? else {
            return Err(NotResealed::NotAsked);
        };
        let counter = recipients.iter().find(|(to, ..)| *to == device).map(|(_, _, counter)| *counter);
        let (Ok(content_key), Some(counter)) = (content_key.as_slice().try_into(), counter) else {
            return Err(NotResealed::NotAsked);
        };
        let (content_key, network) = (ContentKey::new(content_key), self.network()?);
        let content = (&content_key, counter);
        let wrap = sealing::seal((device, prekey), (network, hh), content, &mut UnwrapErr(SysRng));
        let wrap = cbor::encode(&wrap).into();
        let newer = bytes.map(|bytes| Record::Bundle { bytes });
        let records = newer.into_iter().chain([Record::Rewrapped { hh, device, wrap }]);
        Ok(self.keep(records.collect())?)
    }

    /// The newer of the bundle that came with the request and the one that is held; with its bytes if it has to be kept.
    fn bundle_of(
        &self,
        request: &Request,
        device: DeviceId,
    ) -> Result<(Bundle, Option<ByteVec>), NotResealed> {
        let Record::ResealCame { reseal, .. } = self.read(request.place)? else {
            return Err(NotResealed::NotAsked);
        };
        let directory = self.replica()?.directory();
        let facts = directory.device(device).ok_or(NotResealed::NotLive)?;
        // It was verified when it came.
        let (asked, bundle) = Reseal::verify(&reseal, &facts.signing, directory.network())
            .map_err(|_| NotResealed::NotAsked)?;
        let held = self.memory().bundles.get(&device).filter(|held| held.number >= bundle.number);
        let held = held.and_then(|held| held.verified(&facts.signing, directory.network()));
        Ok(held.map_or((bundle, Some(asked.bundle)), |held| (held.clone(), None)))
    }

    /// What was sealed again and no relay has yet.
    ///
    /// # Errors
    /// [`StationError`].
    pub(crate) fn rewraps(&self) -> Result<Vec<(HeaderHash, DeviceId, Vec<u8>)>, StationError> {
        let mut rewraps = Vec::new();
        for (hh, device, place) in self.memory().outbox.rewraps() {
            if let Record::Rewrapped { wrap, .. } = self.read(place)? {
                rewraps.push((hh, device, wrap.into()));
            }
        }
        Ok(rewraps)
    }
}

impl OutboxItem {
    /// The office of a device that it was sealed to.
    #[must_use]
    pub fn office_of(&self, device: DeviceId) -> Option<&OfficeId> {
        self.recipients.iter().find(|(to, _)| *to == device).map(|(_, office)| office)
    }

    fn open_requests(&self, now: u64) -> Vec<OpenRequest> {
        let mut open: Vec<OpenRequest> = Vec::new();
        for (at, request) in self.requests.iter().enumerate().filter(|(_, request)| !request.answered) {
            let Some(office) = self.office_of(request.device).cloned() else { continue };
            let before = self.requests.iter().take(at).any(|earlier| earlier.device == request.device);
            let by_hand = if self.confirmed.contains(&request.device) {
                Some(ByHand::Confirmed)
            } else if before {
                Some(ByHand::Again)
            } else if now.saturating_sub(self.created_ms / 1000) > limits::RESEAL_AGE_S_MAX {
                Some(ByHand::Old)
            } else {
                None
            };
            let (hh, device, at_ms) = (self.hh, request.device, request.at_ms);
            // One answer serves all of a device's requests: the last stands for them.
            open.retain(|other| other.device != device);
            open.push(OpenRequest { hh, device, office, at_ms, by_hand });
        }
        open
    }
}

/// Whether an envelope is as shut as it was, so that nothing was learned of it.
const fn is_still_shut(reason: &Reason) -> bool {
    matches!(
        reason,
        Reason::NotForUs
            | Reason::NoSecret
            | Reason::Decapsulation
            | Reason::Commitment
            | Reason::Body
            | Reason::Malformed
            | Reason::TooLarge
    )
}
