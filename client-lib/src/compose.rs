//! How does a draft become a sealed message? Resolved, shown to the person, sealed, kept, and only then sent
//! (`docs/protocol.md` §4, §5). It must never know the terminal, or how posts travel.

use std::collections::{BTreeMap, BTreeSet};

use getrandom::SysRng;
use liaison_keys::directory::{At, Contact};
use liaison_keys::names::{DeviceId, EnvelopeId, HeaderHash, OfficeId};
use liaison_keys::prekey::{Bundle, CURRENT_LIVES_S, Slot};
use liaison_keys::sealing::PrekeyPublic;
use liaison_proto::envelope::{
    CheckpointProof, Claims, LeftOut, LeftOutReason, Outgoing, Post, Posted, Recipient, SealError, Sealing,
    entitled,
};
use liaison_proto::lane::Lane;
use liaison_proto::limits;
use liaison_proto::message::{CaseId, ContentError, Draft, FictionError, MessageRef, Status, check_fiction};
use liaison_proto::recipients::{self, ScopeUnresolved, recipients};
use liaison_proto::rights::NotEntitled;
use liaison_proto::scope::Scope;
use liaison_proto::template::TemplateName;
use rand_core::UnwrapErr;
use thiserror::Error;

use crate::record::{Record, SentRecord};
use crate::spread::spread;
use crate::station::{Station, StationError};

/// A message that cannot be sent as it is.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ComposeError {
    /// The station cannot.
    #[error(transparent)]
    Station(#[from] StationError),
    /// The addressees cannot be resolved.
    #[error(transparent)]
    Scope(#[from] ScopeUnresolved),
    /// This office may not send this.
    #[error(transparent)]
    NotEntitled(#[from] NotEntitled),
    /// It cannot be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// A fictional State in an actual message.
    #[error(transparent)]
    Fiction(#[from] FictionError),
    /// No device of the scope has a live prekey.
    #[error("no addressee has a live key")]
    NoLiveKey,
    /// The directory was not refreshed for a day; a person may say that it is to be used all the same.
    #[error("the directory is {hours} hours old")]
    OldDirectory {
        /// Its age.
        hours: u64,
    },
    /// The directory was not refreshed for a week.
    #[error("the directory is {days} days old; nothing is sealed under it")]
    StaleDirectory {
        /// Its age.
        days: u64,
    },
    /// The list of recipients was shown too long ago.
    #[error("the list of recipients was made over an hour ago")]
    OldPreview,
    /// Since the list of recipients was shown, the directory or somebody's keys have changed: sealed to that list, the
    /// message would be refused by all.
    #[error("the recipients have changed since they were shown")]
    OtherRecipients,
    /// No message by this name.
    #[error("there is no message {0} here")]
    NoMessage(MessageRef),
    /// Its fields cannot be.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// Several messages by this name.
    #[error("{0} names several messages; use the hash")]
    Ambiguous(MessageRef),
}

/// To whom a message would go: shown by name before anything is sealed.
#[derive(Clone, Debug)]
pub struct Preview {
    /// Offices, in the order of their names.
    pub offices: Vec<PreviewOffice>,
    /// Devices that it would be sealed to.
    pub devices: BTreeSet<DeviceId>,
    /// Devices of the scope that it would not be sealed to.
    pub left_out: Vec<LeftOut>,
    /// Age of the directory, seconds.
    pub directory_age_s: u64,
    made_s: u64,
}

/// One office of a preview.
#[derive(Clone, Debug)]
pub struct PreviewOffice {
    /// The office.
    pub office: OfficeId,
    /// Name of its owner.
    pub owner: String,
    /// Name of the unit.
    pub unit: String,
    /// How many of its devices it would be sealed to.
    pub devices: usize,
    /// Since when its newest certified device is, Unix seconds; none without a live device.
    pub key_since: Option<u64>,
    /// Whether one of its devices could be sealed to with its FALLBACK key only: weaker forward secrecy.
    pub fallback: bool,
}

/// What goes into an envelope besides recipients.
#[derive(Debug)]
pub struct Letter {
    /// Its template.
    pub template: TemplateName,
    /// The template's encoded body.
    pub body: Vec<u8>,
    /// Whether it is meant.
    pub status: Status,
    /// How soon it must move.
    pub lane: Lane,
    /// To whom.
    pub scope: Scope,
    /// When it ends, Unix seconds; none for the usual time.
    pub expires: Option<u64>,
    /// The message that it answers.
    pub in_reply_to: Option<HeaderHash>,
    /// The case that it belongs to.
    pub case: Option<CaseId>,
}

impl Station {
    /// Turns a draft into what can be sealed: references are looked up, and the rules that do not bend are checked.
    ///
    /// # Errors
    /// [`ComposeError`].
    pub fn letter(&self, draft: Draft) -> Result<Letter, ComposeError> {
        check_fiction(draft.status, &draft.content, &draft.scope, self.is_fictional())?;
        let in_reply_to = draft.in_reply_to.map(|reference| self.find(&reference)).transpose()?;
        let case = draft.case.or_else(|| in_reply_to.and_then(|hh| self.case_of(hh)));
        Ok(Letter {
            template: draft.content.template().clone(),
            body: draft.content.encode(),
            status: draft.status,
            lane: draft.lane,
            scope: draft.scope,
            expires: draft.expires_s,
            in_reply_to,
            case: Some(case.unwrap_or_else(|| CaseId::new(*uuid::Uuid::now_v7().as_bytes()))),
        })
    }

    /// The devices of a scope now: whose prekeys have to be known before sealing.
    ///
    /// # Errors
    /// [`ComposeError`].
    pub fn resolve(&self, scope: &Scope) -> Result<BTreeSet<DeviceId>, ComposeError> {
        match recipients(self.at_checkpoint()?, scope, self.device()?) {
            // Offices are meant, and none has a live device: they are to be named, with their telephone numbers.
            Err(ScopeUnresolved::Nobody) if !self.offices_of(scope)?.is_empty() => Ok(BTreeSet::new()),
            resolved => Ok(resolved?),
        }
    }

    /// The offices that a scope means, without our own.
    fn offices_of(&self, scope: &Scope) -> Result<Vec<OfficeId>, ComposeError> {
        Ok(recipients::offices(self.at_checkpoint()?, scope, &self.own_contact()?.office)?)
    }

    /// Devices among these whose bundle is not known, or has no CURRENT key any more.
    #[must_use]
    pub fn without_fresh_bundle(&self, devices: &BTreeSet<DeviceId>) -> Vec<DeviceId> {
        let now = self.clock().now_s();
        let fresh = |device: &DeviceId| {
            let bundle = self.bundle(*device);
            bundle.and_then(|bundle| bundle.pick(now).map(|key| key.slot)) == Some(Slot::Current)
        };
        let devices: Vec<DeviceId> = devices.iter().copied().collect();
        spread(&devices, |part| part.iter().copied().filter(|device| !fresh(device)).collect())
    }

    /// To whom a letter would go, by name.
    ///
    /// # Errors
    /// [`ComposeError`].
    pub fn preview(&self, letter: &Letter) -> Result<Preview, ComposeError> {
        let at = self.at_checkpoint()?;
        let own = self.own_contact()?;
        entitled(at, &own.office, &letter.template, &letter.scope)?;
        let resolved = self.resolve(&letter.scope)?;
        // Taking does not wait: what our own log says since the checkpoint counts against a device at once.
        let latest = self.directory()?;
        let (ended, standing): (BTreeSet<DeviceId>, BTreeSet<DeviceId>) =
            resolved.iter().partition(|device| latest.contact(**device).is_none());
        let keys = self.prekeys_of(&standing);
        let left_out = resolved.iter().filter(|device| !keys.contains_key(device)).map(|device| {
            let since = ended.contains(device);
            let reason = if since { LeftOutReason::EndedSince } else { LeftOutReason::NoPrekey };
            LeftOut { device: *device, reason }
        });
        let left_out: Vec<LeftOut> = left_out.collect();
        let offices = self
            .offices_of(&letter.scope)?
            .into_iter()
            .map(|office| preview_office(at, office, &keys))
            .collect();
        let now = self.clock().now_s();
        Ok(Preview {
            offices,
            devices: keys.into_keys().collect(),
            left_out,
            directory_age_s: now.saturating_sub(self.checkpoint()?.time),
            made_s: now,
        })
    }

    /// Seals a letter to whom the preview shows, and keeps it: from here on it is only ever re-sent as it is. With
    /// `old_directory` a person has said that a directory between a day and a week old is to be used.
    ///
    /// # Errors
    /// [`ComposeError`].
    pub fn seal(
        &mut self,
        letter: &Letter,
        preview: &Preview,
        old_directory: bool,
    ) -> Result<HeaderHash, ComposeError> {
        self.check_fresh(preview, old_directory)?;
        let now = self.preview(letter)?;
        if (&now.devices, &now.left_out) != (&preview.devices, &preview.left_out) {
            return Err(ComposeError::OtherRecipients);
        }
        let (sent, _) = self.sealed(letter, preview)?;
        let hh = sent.hh;
        self.keep(vec![Record::Sent(sent)])?;
        Ok(hh)
    }

    /// Seals, and gives the record to keep: for who has more to keep with it.
    pub(crate) fn sealed(
        &self,
        letter: &Letter,
        preview: &Preview,
    ) -> Result<(SentRecord, Post), ComposeError> {
        let own = self.own_contact()?;
        let keys = self.prekeys_of(&preview.devices);
        let generation = self.memory().generation;
        let outbox = &self.memory().outbox;
        let recipients: Vec<Recipient<'_>> = keys
            .iter()
            .map(|(device, (prekey, _))| Recipient {
                device: *device,
                prekey,
                counter: outbox.next_counter(generation, *device, letter.lane),
            })
            .collect();
        if recipients.is_empty() {
            return Err(ComposeError::NoLiveKey);
        }
        let claims = self.claims(letter, preview, &own)?;
        let id = EnvelopeId::new(*uuid::Uuid::now_v7().as_bytes());
        let created = claims.created_ms / 1000;
        let outgoing = Outgoing {
            network: self.network()?,
            key: self.signing_key()?,
            id,
            lane: letter.lane,
            expires: letter.expires.unwrap_or(created + LIVES_S),
            claims: &claims,
            recipients: &recipients,
        };
        let posted = seal(&outgoing)?;
        let counters = recipients.iter().map(|to| (to.device, to.counter)).collect();
        self.record(posted, &claims, counters)
    }

    fn record(
        &self,
        posted: Posted,
        claims: &Claims,
        counters: Vec<(DeviceId, u64)>,
    ) -> Result<(SentRecord, Post), ComposeError> {
        // What we made ourselves is read back as strictly as what a stranger made.
        let Ok(post) = Post::from_bytes(posted.bytes) else {
            return Err(SealError::Nobody.into());
        };
        let directory = self.replica()?.directory();
        let office = |device: DeviceId| directory.device(device).map(|facts| facts.office.clone());
        let recipients =
            counters.into_iter().filter_map(|(device, counter)| Some((device, office(device)?, counter)));
        let sent = SentRecord {
            hh: posted.hh,
            post: post.as_bytes().to_vec().into(),
            header: post.header_bytes().to_vec().into(),
            claims: liaison_keys::cbor::encode(claims).into(),
            content_key: posted.content_key.expose().to_vec().into(),
            recipients: recipients.collect(),
        };
        Ok((sent, post))
    }

    fn claims(&self, letter: &Letter, preview: &Preview, own: &Contact) -> Result<Claims, ComposeError> {
        let checkpoint = self.checkpoint()?;
        let proof = CheckpointProof {
            note: checkpoint.note.clone().into(),
            head: (!checkpoint.head.is_empty()).then(|| checkpoint.head.clone().into()),
        };
        Ok(Claims {
            signer: (own.device, own.office.clone()),
            template: letter.template.clone(),
            scope: letter.scope.clone(),
            status: letter.status,
            created_ms: self.clock().now_ms(),
            checkpoint: proof,
            body: letter.body.clone().into(),
            in_reply_to: letter.in_reply_to,
            case: letter.case,
            attachments: None,
            left_out: (!preview.left_out.is_empty()).then(|| preview.left_out.clone()),
        })
    }

    pub(crate) fn check_fresh(&self, preview: &Preview, old_directory: bool) -> Result<(), ComposeError> {
        let now = self.clock().now_s();
        if now.saturating_sub(preview.made_s) > limits::PREVIEW_S_MAX {
            return Err(ComposeError::OldPreview);
        }
        match now.saturating_sub(self.checkpoint()?.time) {
            age if age > limits::DIRECTORY_STALE_S => {
                Err(ComposeError::StaleDirectory { days: age / limits::DAY_S })
            }
            age if age > limits::DIRECTORY_FRESH_S && !old_directory => {
                Err(ComposeError::OldDirectory { hours: age / 3_600 })
            }
            _ => Ok(()),
        }
    }

    /// The directory that a message made now speaks of.
    fn at_checkpoint(&self) -> Result<At<'_>, StationError> {
        let size = self.checkpoint()?.size;
        Ok(self.replica()?.directory().at_checkpoint(size, self.clock().now_s()))
    }

    /// The living prekeys of these devices, with whether only FALLBACK lives.
    fn prekeys_of(&self, devices: &BTreeSet<DeviceId>) -> BTreeMap<DeviceId, (PrekeyPublic, bool)> {
        let now = self.clock().now_s();
        let key = |device: &DeviceId| {
            let bundle = self.bundle(*device)?;
            let key = bundle.pick(now)?;
            let fallback = key.slot == Slot::Fallback || now > bundle.made + CURRENT_LIVES_S;
            Some((*device, (key.public.clone(), fallback)))
        };
        // What is read for the first time is verified: as much work as a wrap.
        let devices: Vec<DeviceId> = devices.iter().copied().collect();
        spread(&devices, |part| part.iter().filter_map(key).collect()).into_iter().collect()
    }

    /// A device's newest bundle, verified.
    fn bundle(&self, device: DeviceId) -> Option<&Bundle> {
        let known = self.memory().bundles.get(&device)?;
        let directory = self.memory().replica.as_ref()?.directory();
        known.verified(&directory.device(device)?.signing, directory.network())
    }

    /// The message that a reference names, received or sent.
    ///
    /// # Errors
    /// [`ComposeError::NoMessage`], [`ComposeError::Ambiguous`].
    pub fn find(&self, reference: &MessageRef) -> Result<HeaderHash, ComposeError> {
        let received = self.memory().inbox.items.iter().map(|item| (item.hh, item.id));
        let sent = self.memory().outbox.items().map(|item| (item.hh, item.id));
        let named = |(hh, id): &(HeaderHash, EnvelopeId)| match reference {
            MessageRef::Header(hash) => hh == hash,
            MessageRef::Envelope(wanted) => id == wanted,
        };
        let mut found: Vec<HeaderHash> = received.chain(sent).filter(named).map(|(hh, _)| hh).collect();
        found.sort_unstable();
        found.dedup();
        match found.as_slice() {
            [hh] => Ok(*hh),
            [] => Err(ComposeError::NoMessage(*reference)),
            _ => Err(ComposeError::Ambiguous(*reference)),
        }
    }

    fn case_of(&self, hh: HeaderHash) -> Option<CaseId> {
        let received = self.memory().inbox.item(hh).and_then(|item| item.case);
        received.or_else(|| self.memory().outbox.item(hh).and_then(|item| item.case))
    }
}

/// Seals on all processors; each thread draws its own entropy from the operating system.
///
/// # Errors
/// [`SealError`].
pub fn seal(outgoing: &Outgoing<'_>) -> Result<Posted, SealError> {
    let sealing = Sealing::begin(outgoing, &mut UnwrapErr(SysRng))?;
    let wraps = spread(outgoing.recipients, |part| sealing.wrap(part, &mut UnwrapErr(SysRng)));
    sealing.finish(wraps)
}

fn preview_office(
    at: At<'_>,
    office: OfficeId,
    keys: &BTreeMap<DeviceId, (PrekeyPublic, bool)>,
) -> PreviewOffice {
    let contacts: Vec<Contact> = at.contacts_of(&office).collect();
    let sealed = contacts.iter().filter_map(|contact| keys.get(&contact.device));
    PreviewOffice {
        owner: at.owner(&office.owner).map(|facts| facts.name.clone()).unwrap_or_default(),
        unit: at.office(&office).map(|record| record.unit.clone()).unwrap_or_default(),
        devices: sealed.clone().count(),
        key_since: contacts.iter().map(|contact| contact.certified.time).max(),
        fallback: sealed.clone().any(|(_, fallback)| *fallback),
        office,
    }
}

/// How long a message lives when nobody says otherwise.
const LIVES_S: u64 = 30 * limits::DAY_S;
