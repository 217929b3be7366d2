//! What is known of a State or an organization? Its root, its admins, whether it takes part, and the changes that can
//! still be contested (`docs/protocol.md` §3). It must never know who signed what.

use std::collections::{BTreeMap, BTreeSet};

use super::body::{Attest, Delegate, Enrol, Policy, Taking};
use super::fact::{Moment, Timeline, View};
use super::root::{Root, Roots};
use crate::names::{DeviceId, Digest, Owner};
use crate::signing::{Authority, PublicKey};

/// What is known of a State or organization.
#[derive(Clone, Debug)]
pub struct OwnerFacts {
    /// Its enrolment.
    pub enrolled: Moment,
    /// Its name.
    pub name: String,
    /// The State's regional group at the United Nations, as text.
    pub regional_group: Option<String>,
    pub(super) roots: Roots,
    pub(super) admins: Vec<Delegation>,
    /// Admin keys that the root ended.
    pub(super) undelegated: BTreeMap<PublicKey<Authority>, Moment>,
    pub(super) changes: Vec<Change>,
    pub(super) taking: Timeline<Taking>,
    pub(super) policy: Timeline<Policy>,
    pub(super) permits: BTreeMap<Owner, Timeline<bool>>,
    pub(super) attested: Vec<(Moment, Attest)>,
    /// Every device that its offices ever had.
    pub(super) devices: BTreeSet<DeviceId>,
}

/// Admin keys, since when they were named, and from when on they count.
#[derive(Clone, Debug)]
pub(super) struct Delegation {
    pub(super) said: u64,
    pub(super) from: Moment,
    pub(super) body: Delegate,
}

/// A change that waits, and can be contested until it counts.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) statement: Digest,
    pub(super) from: Moment,
    pub(super) kind: ChangeKind,
}

/// What waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChangeKind {
    Root,
    Delegate,
    ReRoot,
}

impl OwnerFacts {
    pub(super) fn new(from: Moment, enrol: Enrol) -> Self {
        let root = Root { keys: enrol.roots, threshold: enrol.threshold };
        Self {
            enrolled: from,
            name: enrol.name,
            regional_group: enrol.regional_group,
            roots: Roots::new(from, root),
            admins: Vec::new(),
            undelegated: BTreeMap::new(),
            changes: Vec::new(),
            taking: Timeline::new(),
            policy: Timeline::new(),
            permits: BTreeMap::new(),
            attested: Vec::new(),
            devices: BTreeSet::new(),
        }
    }

    /// Whether it takes part: it does from its enrolment on, until it says otherwise.
    pub(super) fn taking(&self, view: View<'_>) -> Taking {
        self.taking.at(view).copied().unwrap_or(Taking::Participating)
    }

    /// Its live admin keys, frozen or not.
    pub(super) fn live_admins<'a>(
        &'a self,
        view: View<'a>,
    ) -> impl Iterator<Item = PublicKey<Authority>> + use<'a> {
        let rerooted = self.roots.rerooted(view).unwrap_or(0);
        let live = move |delegation: &&Delegation| {
            view.sees(delegation.from) && delegation.said >= rerooted && view.now < delegation.body.expires
        };
        let ended =
            move |key: &PublicKey<Authority>| self.undelegated.get(key).is_some_and(|from| view.sees(*from));
        let named = self.admins.iter().filter(live).flat_map(|delegation| delegation.body.admins.iter());
        named.copied().filter(move |key| !ended(key))
    }

    /// Whether nobody was delegated yet under the root in force: the first delegation counts at once.
    pub(super) fn has_delegated(&self, view: View<'_>) -> bool {
        let rerooted = self.roots.rerooted(view).unwrap_or(0);
        self.admins.iter().any(|delegation| delegation.said >= rerooted)
    }

    /// Whether the newest change of root or admins was contested: then the next one waits longer.
    pub(super) fn was_contested(&self, view: View<'_>) -> bool {
        let mut changes = self.changes.iter().rev().filter(|change| change.kind != ChangeKind::ReRoot);
        changes.next().is_some_and(|change| view.struck.has(change.from.entry, view.size))
    }

    /// The change that a contest names, if it still waits.
    pub(super) fn waiting(&self, statement: Digest, view: View<'_>) -> Option<&Change> {
        let waits = |change: &&Change| {
            change.statement == statement
                && view.now < change.from.time
                && !view.struck.has(change.from.entry, view.size)
        };
        self.changes.iter().find(waits)
    }

    /// Whether a re-root waits: one at a time, so that there is one thing to contest.
    pub(super) fn re_root_waits(&self, view: View<'_>) -> bool {
        let mut waiting = self.changes.iter().filter(|change| change.kind == ChangeKind::ReRoot);
        waiting.any(|change| view.now < change.from.time && !view.struck.has(change.from.entry, view.size))
    }
}
