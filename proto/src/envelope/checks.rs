//! Does what was signed hold under the directory? The steps of opening that need no key, in the order of
//! `docs/protocol.md` §5, up to a message that may be shown. It must never know keys, or where things are kept.

use std::collections::BTreeSet;

use liaison_keys::directory::body::Settings;
use liaison_keys::directory::query::Ended;
use liaison_keys::directory::replica::Fit;
use liaison_keys::directory::{At, Contact, Directory, Note, Replica};
use liaison_keys::names::{DeviceId, EnvelopeId, HeaderHash, OfficeId};
use liaison_keys::sealing::PrekeySecret;

use super::claims::{Attachment, Claims, LeftOut};
use super::header::WrapsMark;
use super::open::{Addressed, Authentic, Signed};
use super::reason::{Reason, WaitFor};
use crate::lane::Lane;
use crate::limits;
use crate::message::{CaseId, Content, Status};
use crate::profile;
use crate::receipt::{self, DeviceReceipt};
use crate::recipients::recipients;
use crate::rights::{self, NotEntitled, SenderRole};
use crate::scope::Scope;
use crate::template::TemplateName;

/// What a station knows while it opens an envelope.
#[derive(Clone, Copy)]
pub struct Opening<'a> {
    /// Its copy of the directory.
    pub replica: &'a Replica,
    /// The device that opens.
    pub device: DeviceId,
    /// Its clock, Unix seconds.
    pub now: u64,
    /// Time of the newest signed head that it holds, Unix seconds.
    pub head_time: u64,
    /// Whether a message with this header hash was verified before.
    pub seen: &'a dyn Fn(HeaderHash) -> bool,
}

/// What became of an envelope that could be read so far.
#[derive(Debug)]
pub enum Judgement {
    /// It may be shown.
    Verified(Box<VerifiedMessage>),
    /// It waits, stored and acknowledged, unseen.
    Waits(WaitFor),
}

/// A message that passed every step.
#[derive(Clone, Debug, PartialEq)]
pub struct VerifiedMessage {
    /// Hash of the header: its name everywhere.
    pub hh: HeaderHash,
    /// Its name for people.
    pub id: EnvelopeId,
    /// The lane that it came in.
    pub lane: Lane,
    /// When it was made, Unix milliseconds, by the sender's clock.
    pub created_ms: u64,
    /// When it ends, Unix seconds.
    pub expires: u64,
    /// The device that signed it.
    pub device: DeviceId,
    /// The office that it comes from.
    pub office: OfficeId,
    /// To whom it is addressed.
    pub scope: Scope,
    /// Whether it is meant.
    pub status: Status,
    /// What it says.
    pub payload: Payload,
    /// The message that it answers.
    pub in_reply_to: Option<HeaderHash>,
    /// The case that it belongs to.
    pub case: Option<CaseId>,
    /// Attachments that it names.
    pub attachments: Vec<Attachment>,
    /// Devices that it is sealed to, ourselves among them.
    pub devices: BTreeSet<DeviceId>,
    /// Devices that it was not sealed to, with the reason.
    pub left_out: Vec<LeftOut>,
    /// Size of the directory's log under which it was sealed.
    pub directory_size: u64,
    /// Seconds by which that directory was older than the message.
    pub directory_age_s: u64,
    /// What has become of the sender's key since.
    pub standing: Standing,
    /// What a reader must be told beside it.
    pub remarks: Vec<Remark>,
    /// The sender's running number for this device.
    pub counter: u64,
    /// The header's bytes and the COSE_Sign1 in which the sender said it: the proof, kept with the message.
    pub proof: (Vec<u8>, Vec<u8>),
}

/// What a message says: to a person, or to the station.
#[derive(Clone, Debug, PartialEq)]
pub enum Payload {
    /// For people.
    Content(Box<Content>),
    /// Receipts, for the station.
    Receipts(Vec<DeviceReceipt>),
}

/// What has become of the sender's key since the message was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It counts.
    Live,
    /// Its certificate has run out since.
    Expired,
    /// It was retired since.
    Retired,
    /// It was set aside or frozen when it signed, or is so now: who is right is not decided.
    Disputed,
    /// It was reported stolen: the message proves nothing.
    Unproven {
        /// Since when the key may have been in other hands, Unix seconds.
        since: u64,
    },
}

/// What a reader must be told beside a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remark {
    /// The sender's clock is ahead of ours by so many seconds.
    Ahead {
        /// Seconds.
        seconds: u64,
    },
    /// It had ended when it came.
    Expired,
}

impl Opening<'_> {
    /// Opens the parts that need our key.
    ///
    /// # Errors
    /// [`Reason`], from decapsulation to claims.
    pub fn unseal(&self, addressed: Addressed, secret: &PrekeySecret) -> Result<Signed, Reason> {
        addressed.decapsulate(secret, self.replica.directory().network())?.unseal()?.unpad()
    }

    /// Judges what was signed: signature, signer, checkpoint, recipients, replay, times, rights, template.
    ///
    /// # Errors
    /// [`Reason`]; an envelope that could be judged only with a longer log is [`Judgement::Waits`] instead.
    pub fn judge(&self, signed: Signed) -> Result<Judgement, Reason> {
        let checkpoint = &signed.unverified_claims().checkpoint;
        let note = self.replica.read_note(&checkpoint.note);
        let fit = note.map(|note| (self.replica.compare(note.checkpoint), note));
        if let Ok((Fit::Ahead, note)) = &fit {
            return Ok(Judgement::Waits(WaitFor::Directory { size: note.checkpoint.size }));
        }
        let authentic = self.signature(signed)?;
        let created = authentic.claims.created_ms / 1000;
        if created != authentic.envelope.header.created {
            return Err(Reason::Times);
        }
        let (fit, note) = fit.map_err(|_| Reason::Checkpoint)?;
        if fit == Fit::Split {
            return Err(Reason::SplitView);
        }
        let size = note.checkpoint.size;
        let at = self.directory().at_checkpoint(size, created);
        let standing = self.signer(at, &authentic.claims, created)?;
        let directory_age_s = self.freshness(&authentic.claims, &note, created)?;
        let devices = self.recipients(at, &authentic)?;
        if (self.seen)(authentic.envelope.hh) {
            return Err(Reason::Replay);
        }
        let remarks = self.times(&authentic)?;
        let claims = &authentic.claims;
        let right = entitled(at, &claims.signer.1, &claims.template, &claims.scope);
        right.map_err(Reason::NotEntitled)?;
        let payload = payload(claims)?;
        let directory = (size, directory_age_s);
        Ok(Judgement::Verified(Box::new(shown(authentic, payload, devices, directory, standing, remarks))))
    }

    fn directory(&self) -> &Directory {
        self.replica.directory()
    }

    fn signature(&self, signed: Signed) -> Result<Authentic, Reason> {
        let (device, _) = signed.unverified_claims().signer;
        let known = self.directory().device(device).ok_or(Reason::UnknownSender)?;
        signed.verify(&known.signing, self.directory().network())
    }

    /// The device belongs to the office, counted at the checkpoint, and was not revoked before it signed. Later
    /// statements are read from the newest directory: taking does not wait.
    fn signer(&self, at: At<'_>, claims: &Claims, created: u64) -> Result<Standing, Reason> {
        let (device, office) = &claims.signer;
        let contact =
            at.speaker(*device).filter(|contact| contact.office == *office).ok_or(Reason::Signer)?;
        let latest = self.directory().now(self.now);
        match latest.ended(*device) {
            Some(Ended { compromised_since: Some(since), .. }) => Ok(Standing::Unproven { since }),
            Some(Ended { since, .. }) if since <= created => Err(Reason::Revoked),
            Some(_) => Ok(Standing::Retired),
            None if [at, latest].iter().any(|at| disputes(*at, &contact)) => Ok(Standing::Disputed),
            None if self.now >= contact.expires && latest.contact(*device).is_none() => Ok(Standing::Expired),
            None => Ok(Standing::Live),
        }
    }

    /// Seconds by which the sender's directory was older than the message: by the witnesses' time, or where the network
    /// asks for none by that of the signed head.
    fn freshness(&self, claims: &Claims, note: &Note, created: u64) -> Result<u64, Reason> {
        let seen = self.replica.settle(note).map_err(|_| Reason::Checkpoint)?;
        let time = match (seen, &claims.checkpoint.head) {
            (Some(time), None) => time,
            (None, Some(head)) => {
                let head = self.replica.read_head(head).ok();
                head.filter(|head| head.checkpoint() == note.checkpoint).ok_or(Reason::Checkpoint)?.time
            }
            _ => return Err(Reason::Checkpoint),
        };
        let age = created.saturating_sub(time);
        if age > limits::DIRECTORY_STALE_S { Err(Reason::StaleDirectory) } else { Ok(age) }
    }

    /// Wrapped ∪ left out = what the scope means at the checkpoint, and the two are disjoint.
    fn recipients(&self, at: At<'_>, authentic: &Authentic) -> Result<BTreeSet<DeviceId>, Reason> {
        let claims = &authentic.claims;
        let mut devices = recipients(at, &claims.scope, claims.signer.0).map_err(Reason::Unresolved)?;
        for left_out in claims.left_out() {
            if !devices.remove(&left_out.device) {
                return Err(Reason::Recipients);
            }
        }
        let named =
            WrapsMark::of(&devices) == authentic.envelope.header.wraps && devices.contains(&self.device);
        if named { Ok(devices) } else { Err(Reason::Recipients) }
    }

    /// A verified message is never dropped for its time, except when replays of its day are no longer remembered.
    fn times(&self, authentic: &Authentic) -> Result<Vec<Remark>, Reason> {
        let header = &authentic.envelope.header;
        let latest = self.now.max(self.head_time);
        if latest > header.expires.saturating_add(limits::REPLAY_KEPT_S) {
            return Err(Reason::TooOld);
        }
        let seconds = header.created.saturating_sub(self.now);
        let ahead = (seconds > limits::CREATED_AHEAD_S_MAX).then_some(Remark::Ahead { seconds });
        let expired = (self.now >= header.expires).then_some(Remark::Expired);
        Ok(ahead.into_iter().chain(expired).collect())
    }
}

/// Whether the directory entitles an office to this kind and scope: checked before sealing, and again by every
/// recipient.
///
/// # Errors
/// [`NotEntitled`].
pub fn entitled(
    at: At<'_>,
    office: &OfficeId,
    template: &TemplateName,
    scope: &Scope,
) -> Result<(), NotEntitled> {
    if receipt::is_receipt(template) {
        return if matches!(scope, Scope::Bilateral { .. }) { Ok(()) } else { Err(NotEntitled::Scope) };
    }
    let settings = profile::settings(at);
    used(&settings, template, scope)?;
    let groups = at.groups_coordinated_by(&office.owner);
    let role = match office.owner.state() {
        Some(_) => SenderRole::State,
        None if office.owner.is_custodian() => SenderRole::Custodian,
        None if groups.is_empty() => SenderRole::Organization,
        None => SenderRole::Coordinator { groups: &groups },
    };
    rights::may_send(role, template, scope)
}

/// Whether the network uses this kind and these categories at all, and so widely.
fn used(settings: &Settings, template: &TemplateName, scope: &Scope) -> Result<(), NotEntitled> {
    if settings.kinds_off.contains(template.slug()) {
        return Err(NotEntitled::Off);
    }
    let categories = match scope {
        Scope::Bilateral { .. } => return Ok(()),
        Scope::Regional { categories, .. } | Scope::Global { categories } => categories,
    };
    if settings.kinds_bilateral.contains(template.slug()) {
        return Err(NotEntitled::Scope);
    }
    let off = categories.iter().any(|category| settings.categories_off.contains(category));
    if off { Err(NotEntitled::Category) } else { Ok(()) }
}

fn payload(claims: &Claims) -> Result<Payload, Reason> {
    if receipt::is_receipt(&claims.template) {
        return receipt::decode(&claims.body)
            .map(Payload::Receipts)
            .ok_or_else(|| Reason::Template("receipts".into()));
    }
    let content = Content::decode(claims.template.clone(), &claims.body);
    let content = content.map_err(|error| Reason::Template(error.to_string()))?;
    Ok(Payload::Content(Box::new(content)))
}

fn shown(
    authentic: Authentic,
    payload: Payload,
    devices: BTreeSet<DeviceId>,
    (directory_size, directory_age_s): (u64, u64),
    standing: Standing,
    remarks: Vec<Remark>,
) -> VerifiedMessage {
    let Authentic { envelope, claims, signed, counter } = authentic;
    let proof = (envelope.header_bytes().to_vec(), signed.to_bytes());
    let (device, office) = claims.signer;
    VerifiedMessage {
        hh: envelope.hh,
        id: envelope.header.id,
        lane: envelope.header.lane,
        created_ms: claims.created_ms,
        expires: envelope.header.expires,
        device,
        office,
        scope: claims.scope,
        status: claims.status,
        payload,
        in_reply_to: claims.in_reply_to,
        case: claims.case,
        attachments: claims.attachments.unwrap_or_default(),
        devices,
        left_out: claims.left_out.unwrap_or_default(),
        directory_size,
        directory_age_s,
        standing,
        remarks,
        counter,
        proof,
    }
}

/// Whether what a device signs is not to be believed for now.
fn disputes(at: At<'_>, contact: &Contact) -> bool {
    at.suspended(contact.device).is_some() || at.is_frozen(contact.signing.kid())
}
