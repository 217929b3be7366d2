//! What is known of an office and of its devices? Records, certificates, ends and suspensions
//! (`docs/protocol.md` §3). It must never know who signed what.

use super::body::Revoke;
use super::fact::{Moment, Timeline, View};
use super::office::OfficeRecord;
use crate::names::{DeviceId, OfficeId};
use crate::signing::{Device, PublicKey, Transport};

/// What is known of an office.
#[derive(Clone, Debug, Default)]
pub struct OfficeFacts {
    pub(super) record: Timeline<OfficeRecord>,
    pub(super) withdrawn: Option<Moment>,
    /// When somebody last looked at the entry and found it right.
    pub(super) confirmed: Timeline<()>,
}

/// What is known of a device.
#[derive(Clone, Debug)]
pub struct DeviceFacts {
    /// Its office.
    pub office: OfficeId,
    /// Its message-signing key.
    pub signing: PublicKey<Device>,
    /// Its transport key.
    pub transport: PublicKey<Transport>,
    pub(super) expires: Timeline<u64>,
    /// All that was said about its end; the first of it ends the device.
    pub(super) revoked: Vec<(Moment, Revoke)>,
    pub(super) suspended: Vec<Suspension>,
}

/// One word on a device's suspension.
#[derive(Clone, Copy, Debug)]
pub(super) struct Suspension {
    pub(super) from: Moment,
    pub(super) until: u64,
    /// The other device of the office that said it; none when root or admin did.
    pub(super) by: Option<DeviceId>,
}

impl OfficeFacts {
    pub(super) fn is_withdrawn(&self, view: View<'_>) -> bool {
        self.withdrawn.is_some_and(|from| view.sees(from))
    }
}

impl DeviceFacts {
    /// Certified, unexpired and not revoked, and not ended by a re-root of its owner, which came at `rerooted`.
    pub(super) fn is_live(&self, view: View<'_>, rerooted: Option<u64>) -> bool {
        let certified = self.expires.since(view).is_some_and(|(from, expires)| {
            view.now < *expires && rerooted.is_none_or(|rerooted| from.time >= rerooted)
        });
        certified && !self.is_revoked(view)
    }

    /// Whether anything said by then ends it.
    pub(super) fn is_revoked(&self, view: View<'_>) -> bool {
        self.revoked.iter().any(|(from, _)| view.sees(*from))
    }

    /// Until when it is set aside, if it is: the newest word of root or admin decides, and what other devices of the
    /// office said after it counts besides.
    pub(super) fn suspended(&self, view: View<'_>) -> Option<u64> {
        let mut until = None;
        for word in self.suspended.iter().filter(|word| view.sees(word.from)) {
            until = if word.by.is_none() { Some(word.until) } else { until.max(Some(word.until)) };
        }
        until.filter(|until| view.now < *until)
    }
}
