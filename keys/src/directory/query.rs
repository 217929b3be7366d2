//! Who was what, when the log had this size? The directory at a size and a time: the only door to a verified
//! contact (`docs/protocol.md` §4, "Devices live at (n, t)"). It must never know why somebody asks.

use super::fact::Moment;
use super::group::MemberStatus;
use super::office::OfficeRecord;
use super::replay::{DeviceFacts, Directory, OwnerFacts, Root};
use crate::fingerprint::Fingerprint;
use crate::names::{DeviceId, GroupId, OfficeId, Owner, StateCode, Subject};
use crate::signing::{Authority, Device, PublicKey, Transport};

/// The directory as it stood when its log had `size` entries, at a time.
#[derive(Clone, Copy, Debug)]
pub struct At<'d> {
    directory: &'d Directory,
    size: u64,
    now: u64,
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

    pub(super) fn root(&self, owner: &Owner, now: u64) -> Option<&Root> {
        self.owners.get(owner)?.root.at(self.size, now)
    }

    pub(super) fn live_admins(
        &self,
        owner: &Owner,
        now: u64,
    ) -> impl Iterator<Item = PublicKey<Authority>> + '_ {
        self.live_admins_at(owner, (self.size, now))
    }

    fn live_admins_at(
        &self,
        owner: &Owner,
        (size, now): (u64, u64),
    ) -> impl Iterator<Item = PublicKey<Authority>> + '_ {
        let delegations = self.owners.get(owner).map(|facts| facts.admins.as_slice()).unwrap_or_default();
        let live = move |(from, delegate): &&(Moment, super::body::Delegate)| {
            from.has_come(size, now) && now < delegate.expires
        };
        delegations.iter().filter(live).flat_map(|(_, delegate)| delegate.admins.iter().copied())
    }

    pub(super) fn live_device_key(&self, device: DeviceId, now: u64) -> Option<PublicKey<Device>> {
        let facts = self.devices.get(&device)?;
        facts.is_live(self.size, now).then_some(facts.signing)
    }

    pub(super) fn coordinator_now(&self, group: &GroupId) -> Option<Owner> {
        self.groups.get(group)?.definition.at(self.size, self.logged())?.coordinator.clone()
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
        let facts = self.directory.owners.get(owner)?;
        let counts =
            facts.enrolled.has_come(self.size, self.now) && !self.is_newer(&Subject::Owner(owner.clone()));
        counts.then_some(facts)
    }

    /// The root keys in force.
    #[must_use]
    pub fn root(&self, owner: &Owner) -> Option<&'d Root> {
        self.directory.owners.get(owner)?.root.at(self.size, self.now)
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
        self.directory.live_admins_at(owner, (self.size, self.now)).collect()
    }

    /// A released office of an owner that participates.
    #[must_use]
    pub fn office(&self, office: &OfficeId) -> Option<&'d OfficeRecord> {
        self.owner(&office.owner)?;
        let record = self.directory.offices.get(office)?.record.at(self.size, self.now)?;
        (!self.is_newer(&Subject::Office(office.clone()))).then_some(record)
    }

    /// Since when an office is released, Unix seconds.
    #[must_use]
    pub fn office_since(&self, office: &OfficeId) -> Option<u64> {
        let (from, _) = self.directory.offices.get(office)?.record.since(self.size, self.now)?;
        Some(from.time)
    }

    /// Released offices, in the order of their names.
    pub fn offices(&self) -> impl Iterator<Item = (&'d OfficeId, &'d OfficeRecord)> + use<'d> {
        let this = *self;
        this.directory
            .offices
            .keys()
            .filter_map(move |office| this.office(office).map(|record| (office, record)))
    }

    /// A live device of a released office.
    #[must_use]
    pub fn contact(&self, device: DeviceId) -> Option<Contact> {
        let facts = self.directory.devices.get(&device)?;
        self.office(&facts.office)?;
        let (certified, expires) = facts.expires.since(self.size, self.now)?;
        facts.is_live(self.size, self.now).then(|| Contact {
            device,
            office: facts.office.clone(),
            signing: facts.signing,
            transport: facts.transport,
            certified,
            expires: *expires,
        })
    }

    /// When the certificate of a device ran out, if it did by then: of a released office, and not revoked. A relay lets
    /// such a device fetch what waited for it (§7).
    #[must_use]
    pub fn lapsed(&self, device: DeviceId) -> Option<u64> {
        let facts = self.directory.devices.get(&device)?;
        self.office(&facts.office)?;
        let ended = *facts.expires.at(self.size, self.now)?;
        (ended <= self.now && self.revocation(device).is_none()).then_some(ended)
    }

    /// When and why a device was revoked, if it was by then: Unix seconds of the first entry that says so, and, as
    /// the newest one says, since when its key may have been in other hands.
    #[must_use]
    pub fn revocation(&self, device: DeviceId) -> Option<(u64, Option<u64>)> {
        let said = &self.directory.devices.get(&device)?.revoked;
        let mut come = said.iter().filter(|(from, _)| from.has_come(self.size, self.now));
        let (from, first) = come.next()?;
        let newest = come.next_back().map_or(first, |(_, newest)| newest);
        Some((from.time, newest.compromised_since))
    }

    /// All live devices, in the order of their ids.
    pub fn contacts(&self) -> impl Iterator<Item = Contact> + use<'d> {
        let this = *self;
        this.directory.devices.keys().filter_map(move |device| this.contact(*device))
    }

    /// Live devices of one office.
    pub fn contacts_of(&self, office: &OfficeId) -> impl Iterator<Item = Contact> + use<'d> {
        let (this, office) = (*self, office.clone());
        let devices = this.directory.owners.get(&office.owner).into_iter().flat_map(|facts| &facts.devices);
        devices
            .filter_map(move |device| this.contact(*device))
            .filter(move |contact| contact.office == office)
    }

    /// The live device that has this transport key.
    #[must_use]
    pub fn contact_by_transport(&self, key: &PublicKey<Transport>) -> Option<Contact> {
        self.contact(self.directory.device_by_transport(key)?)
    }

    /// A group's name and coordinator, if it has one.
    #[must_use]
    pub fn group(&self, group: &GroupId) -> Option<(&'d str, &'d Owner)> {
        let definition = self.directory.groups.get(group)?.definition.at(self.size, self.now)?;
        let counts = !self.is_newer(&Subject::Group(group.clone()));
        definition.coordinator.as_ref().filter(|_| counts).map(|owner| (definition.name.as_str(), owner))
    }

    /// Groups whose membership an organization keeps, in the order of their names.
    #[must_use]
    pub fn groups_coordinated_by(&self, owner: &Owner) -> Vec<GroupId> {
        let coordinates =
            |group: &&GroupId| self.group(group).is_some_and(|(_, coordinator)| coordinator == owner);
        self.directory.groups().filter(coordinates).cloned().collect()
    }

    /// A State's status in a group as the coordinator says, and whether the State itself wishes it.
    #[must_use]
    pub fn membership(&self, group: &GroupId, state: StateCode) -> (Option<MemberStatus>, bool) {
        let Some(facts) = self.directory.groups.get(group) else { return (None, false) };
        let status = facts.members.get(&state).and_then(|line| line.at(self.size, self.now)).copied();
        let joined = facts.joined.get(&state).is_some_and(|from| from.has_come(self.size, self.now));
        (status, joined)
    }

    /// States named by the coordinator or wishing to be in a group, in the order of their codes.
    pub fn states_of(&self, group: &GroupId) -> impl Iterator<Item = StateCode> + use<'d> {
        let facts = self.directory.groups.get(group);
        let ever =
            facts.into_iter().flat_map(|facts| facts.members.keys().chain(facts.joined.keys()).copied());
        let by_now = |state: &StateCode| self.membership(group, *state) != (None, false);
        let named: std::collections::BTreeSet<StateCode> = ever.filter(by_now).collect();
        named.into_iter()
    }

    /// States that get the group's messages: status *member*, and the State's own wish.
    pub fn members(&self, group: &GroupId) -> impl Iterator<Item = StateCode> + use<'d> {
        let (this, named) = (*self, self.states_of(group));
        let (ended, group) = (self.group(group).is_none(), group.clone());
        let full =
            move |state: &StateCode| this.membership(&group, *state) == (Some(MemberStatus::Member), true);
        named.filter(move |state| !ended && full(state))
    }

    /// Whether a subject has a statement of a kind that this version does not know.
    fn is_newer(&self, subject: &Subject) -> bool {
        self.directory.newer(subject).is_some_and(|from| from.has_come(self.size, self.now))
    }
}
