//! Who was what, when the log had this size? The directory at a size and a time: the only door to a verified
//! contact (`docs/protocol.md` §4, "Devices live at (n, t)"). It must never know why somebody asks.

mod groups;
mod offices;

use super::body::{NoteEffect, Operate, Policy, Settings, Taking};
use super::device::DeviceFacts;
use super::fact::{Moment, View};
use super::owner::OwnerFacts;
use super::replay::Directory;
use super::root::Root;
use super::rules::FREEZE_S;
use super::witness::Quorum;
use crate::fingerprint::Fingerprint;
use crate::names::{DeviceId, GroupId, Kid, OfficeId, Owner, Slug, StateCode, Subject};
use crate::signing::{Authority, Device, Log, PublicKey, Transport};

/// The directory as it stood when its log had `size` entries, at a time.
#[derive(Clone, Copy, Debug)]
pub struct At<'d> {
    pub(super) directory: &'d Directory,
    pub(super) size: u64,
    pub(super) now: u64,
}

/// A device that counts, under its office. Everything that is sealed or believed goes through one of these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// The device.
    pub device: DeviceId,
    /// Its office.
    pub office: OfficeId,
    /// Its message-signing key.
    pub signing: PublicKey<Device>,
    /// Its transport key.
    pub transport: PublicKey<Transport>,
    /// When it was certified.
    pub certified: Moment,
    /// When its certificate ends, Unix seconds.
    pub expires: u64,
}

/// Since when a device does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Unix seconds.
    pub since: u64,
    /// Since when its key may have been in other hands, if that is why.
    pub compromised_since: Option<u64>,
    /// Whether its State only pauses or left, and can bring it back.
    pub only_pauses: bool,
}

impl Directory {
    /// The directory at a log size and a time.
    #[must_use]
    pub const fn at(&self, size: u64, now: u64) -> At<'_> {
        At { directory: self, size, now }
    }

    /// The directory that a message created at this time under a checkpoint of this size speaks of: at
    /// t = max(`created`, `logged` of the checkpoint's last entry), so that both ends read the same (§4).
    #[must_use]
    pub fn at_checkpoint(&self, size: u64, created: u64) -> At<'_> {
        let last = usize::try_from(size).ok().and_then(|size| self.times.get(size));
        self.at(size, created.max(last.copied().unwrap_or(0)))
    }

    /// The directory with all its entries, at a time, but never before its last entry: with a slow clock, a device
    /// that was revoked must not come back.
    #[must_use]
    pub fn now(&self, now: u64) -> At<'_> {
        self.at(self.size, now.max(self.logged()))
    }

    /// What was ever said about a device, whether it counts or not: for who asks about the past.
    #[must_use]
    pub fn device(&self, device: DeviceId) -> Option<&DeviceFacts> {
        self.devices.get(&device)
    }

    /// The device that ever had this transport key.
    #[must_use]
    pub fn device_by_transport(&self, key: &PublicKey<Transport>) -> Option<DeviceId> {
        self.transports.get(key).copied()
    }

    /// States and organizations, ever enrolled, in the order of their names.
    pub fn owners(&self) -> impl Iterator<Item = (&Owner, &OwnerFacts)> {
        self.owners.iter()
    }

    /// Groups ever defined.
    pub fn groups(&self) -> impl Iterator<Item = &GroupId> {
        self.groups.keys()
    }

    /// The point of a query: the log as it was, and a time.
    const fn view_at(&self, size: u64, now: u64) -> View<'_> {
        View { size, now, struck: &self.struck }
    }

    /// How the network is run: as it was founded, until something else is said.
    pub(super) fn operation_at(&self, view: View<'_>) -> &Operate {
        self.operation.at(view).unwrap_or(&self.founded)
    }

    /// The witnesses that a checkpoint of this size needs: as the network was run when its last entry was logged.
    #[must_use]
    pub fn quorum(&self, size: u64) -> Quorum<'_> {
        let last = usize::try_from(size).ok().and_then(|size| self.times.get(size)).copied().unwrap_or(0);
        Quorum::of(self.operation_at(self.view_at(size, last)))
    }

    /// Entries that named other witnesses, or another number of them, than were in force: with those that were, who must
    /// have seen the entry.
    #[must_use]
    pub fn handovers(&self) -> Vec<(u64, Quorum<'_>)> {
        let changes = self.operation.moments().filter_map(|(from, operate)| {
            let logged = usize::try_from(from.entry).ok().and_then(|size| self.times.get(size + 1)).copied();
            let before = Quorum::of(self.operation_at(self.view_at(from.entry, logged.unwrap_or(from.time))));
            (Quorum::of(operate) != before).then_some((from.entry, before))
        });
        changes.collect()
    }

    /// Every key that ever was the log's, the founding's first.
    pub(super) fn log_keys(&self) -> Vec<PublicKey<Log>> {
        let mut keys = vec![self.founded.log];
        for operation in self.operation.all() {
            if !keys.contains(&operation.log) {
                keys.push(operation.log);
            }
        }
        keys
    }

    /// Whether a key speaks for the log at a size: in force when its last entry was logged, or named by then and counting
    /// later, since the holder may sign the same size again when its time has come.
    pub(super) fn is_log_key(&self, key: &PublicKey<Log>, size: u64) -> bool {
        let size = size.min(self.size);
        let last = usize::try_from(size).ok().and_then(|size| self.times.get(size)).copied().unwrap_or(0);
        [last, u64::MAX].into_iter().any(|now| self.operation_at(self.view_at(size, now)).log == *key)
    }

    /// Whether a key's signatures do not count: frozen by the custodian within the last day.
    pub(super) fn is_frozen(&self, kid: Kid, view: View<'_>) -> bool {
        let frozen = self.freezes.get(&kid).map(Vec::as_slice).unwrap_or_default();
        frozen
            .iter()
            .any(|freeze| view.sees(freeze.from) && view.now < freeze.from.time.saturating_add(FREEZE_S))
    }

    pub(super) fn root(&self, owner: &Owner, now: u64) -> Option<&Root> {
        self.owners.get(owner)?.roots.at(self.view(now))
    }

    /// Live admin keys, but for frozen ones.
    pub(super) fn live_admins(&self, owner: &Owner, now: u64) -> impl Iterator<Item = PublicKey<Authority>> {
        let view = self.view(now);
        let admins = self.owners.get(owner).into_iter().flat_map(move |facts| facts.live_admins(view));
        admins.filter(move |key| !self.is_frozen(key.kid(), view))
    }

    /// A device that counts, whether or not it is suspended.
    pub(super) fn live_device(&self, device: DeviceId, view: View<'_>) -> Option<&DeviceFacts> {
        let facts = self.devices.get(&device)?;
        let rerooted = self.owners.get(&facts.office.owner).and_then(|owner| owner.roots.rerooted(view));
        facts.is_live(view, rerooted).then_some(facts)
    }

    /// Live devices of an office, suspended or not.
    pub(super) fn live_devices_of<'a>(
        &'a self,
        office: &'a OfficeId,
        view: View<'a>,
    ) -> impl Iterator<Item = (DeviceId, &'a DeviceFacts)> + use<'a> {
        let devices = self.owners.get(&office.owner).into_iter().flat_map(|facts| &facts.devices);
        let live = devices.filter_map(move |id| self.live_device(*id, view).map(|facts| (*id, facts)));
        live.filter(move |(_, facts)| facts.office == *office)
    }

    pub(super) fn coordinator_now(&self, group: &GroupId) -> Option<Owner> {
        self.groups.get(group)?.definition.at(self.view(self.logged()))?.coordinator.clone()
    }
}

impl<'d> At<'d> {
    /// The time that this speaks of, Unix seconds.
    #[must_use]
    pub const fn time(&self) -> u64 {
        self.now
    }

    /// The log size that this speaks of.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// A State or organization that is enrolled and participates.
    #[must_use]
    pub fn owner(&self, owner: &Owner) -> Option<&'d OwnerFacts> {
        let taking = self.taking(owner) == Some(Taking::Participating);
        let counts = taking && !self.is_newer(&Subject::Owner(owner.clone()));
        self.enrolled(owner).filter(|_| counts)
    }

    /// A State or organization that is enrolled, whether or not it takes part now.
    #[must_use]
    pub fn enrolled(&self, owner: &Owner) -> Option<&'d OwnerFacts> {
        self.directory.owners.get(owner).filter(|facts| self.view().sees(facts.enrolled))
    }

    /// Whether an owner takes part; `None` when it is not enrolled.
    #[must_use]
    pub fn taking(&self, owner: &Owner) -> Option<Taking> {
        self.enrolled(owner).map(|facts| facts.taking(self.view()))
    }

    /// How the owner's own stations are to act, if it said so.
    #[must_use]
    pub fn policy(&self, owner: &Owner) -> Option<&'d Policy> {
        self.enrolled(owner)?.policy.at(self.view())
    }

    /// Organizations that may draft this owner's entries, in the order of their names.
    #[must_use]
    pub fn permitted(&self, owner: &Owner) -> Vec<&'d Owner> {
        let permits = self.enrolled(owner).into_iter().flat_map(|facts| &facts.permits);
        let now = permits.filter(|(_, line)| line.at(self.view()) == Some(&true));
        now.map(|(organization, _)| organization).collect()
    }

    /// States, other than this owner, that take part and vouch for its root in force.
    #[must_use]
    pub fn attested_by(&self, owner: &Owner) -> Vec<StateCode> {
        let digest = self.root(owner).map(|root| root.digest(self.directory.network(), owner));
        let attested = self.enrolled(owner).map(|facts| facts.attested.as_slice()).unwrap_or_default();
        let counts = attested.iter().filter(|(from, attest)| {
            self.view().sees(*from)
                && Some(attest.root) == digest
                && self.owner(&attest.state.into()).is_some()
        });
        let states: std::collections::BTreeSet<StateCode> = counts.map(|(_, attest)| attest.state).collect();
        states.into_iter().collect()
    }

    /// Whether enough States vouch for an owner's root: that stands for a fingerprint that one compared oneself.
    #[must_use]
    pub fn is_attested(&self, owner: &Owner) -> bool {
        let enough = usize::from(self.operation().attest_states);
        self.attested_by(owner).len() >= enough.max(1)
    }

    /// How the network is run: custodian, relays, log key, witnesses.
    #[must_use]
    pub fn operation(&self) -> &'d Operate {
        self.directory.operation_at(self.view())
    }

    /// The profile that the founding names.
    #[must_use]
    pub const fn profile(&self) -> &'d Slug {
        &self.directory.genesis.profile
    }

    /// What the network's profile sets, if the custodian said so; the founding names a profile besides.
    #[must_use]
    pub fn settings(&self) -> Option<&'d Settings> {
        self.directory.settings.at(self.view())
    }

    /// Why the custodian has set aside what is shown of a subject, if it has.
    #[must_use]
    pub fn display_suspended(&self, subject: &Subject) -> Option<&'d str> {
        let (effect, reason) = self.directory.notes.get(subject)?.at(self.view())?;
        (*effect == NoteEffect::Suspend).then_some(reason.as_str())
    }

    /// Whether what a key signs does not count for now. A frozen device still receives.
    #[must_use]
    pub fn is_frozen(&self, kid: Kid) -> bool {
        self.directory.is_frozen(kid, self.view())
    }

    pub(super) const fn view(&self) -> View<'d> {
        self.directory.view_at(self.size, self.now)
    }

    /// The root keys in force.
    #[must_use]
    pub fn root(&self, owner: &Owner) -> Option<&'d Root> {
        self.directory.owners.get(owner)?.roots.at(self.view())
    }

    /// The fingerprint of the root in force, to compare with the note verbale.
    #[must_use]
    pub fn fingerprint(&self, owner: &Owner) -> Option<Fingerprint> {
        let root = self.root(owner)?;
        Some(Fingerprint::of_root(self.directory.network, owner, root.threshold, &root.keys))
    }

    /// Live admin keys.
    #[must_use]
    pub fn admins(&self, owner: &Owner) -> Vec<PublicKey<Authority>> {
        let facts = self.directory.owners.get(owner).into_iter();
        let live = facts.flat_map(|facts| facts.live_admins(self.view()));
        live.filter(|key| !self.is_frozen(key.kid())).collect()
    }

    /// Whether a subject has a statement of a kind that this version does not know.
    pub(super) fn is_newer(&self, subject: &Subject) -> bool {
        self.directory.is_newer(subject, self.view())
    }
}
