//! Who was what, when the log had this size? The directory at a size and a time: the only door to a verified
//! contact (`docs/protocol.md` §4, "Devices live at (n, t)"). It must never know why somebody asks.

use super::body::{NoteEffect, Operate, Policy, Settings, Taking};
use super::device::DeviceFacts;
use super::fact::{Moment, View};
use super::group::MemberStatus;
use super::office::OfficeRecord;
use super::owner::OwnerFacts;
use super::replay::Directory;
use super::root::Root;
use super::rules::FREEZE_S;
use crate::fingerprint::Fingerprint;
use crate::names::{DeviceId, Digest, GroupId, Kid, OfficeId, Owner, Slug, StateCode, Subject};
use crate::signing::{Authority, Device, Log, PublicKey, Transport};

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

    const fn view(&self) -> View<'d> {
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

    /// A released office of an owner that participates.
    #[must_use]
    pub fn office(&self, office: &OfficeId) -> Option<&'d OfficeRecord> {
        self.owner(&office.owner)?;
        let facts = self.directory.offices.get(office).filter(|facts| !facts.is_withdrawn(self.view()))?;
        let record = facts.record.at(self.view())?;
        (!self.is_newer(&Subject::Office(office.clone()))).then_some(record)
    }

    /// Hashes of the cards that stand: of offices that were not withdrawn, whose owner did not leave. Every other card is to
    /// be erased.
    #[must_use]
    pub fn cards(&self) -> std::collections::BTreeSet<Digest> {
        let offices = self.directory.offices.iter().filter(|(office, facts)| {
            !facts.is_withdrawn(self.view())
                && self.taking(&office.owner).is_some_and(|taking| taking != Taking::Left)
        });
        offices.filter_map(|(_, facts)| facts.record.at(self.view())?.card).collect()
    }

    /// Whether stations of this owner may read an office's card: all that take part, or where the office says so only
    /// members of its groups, with those that coordinate them.
    #[must_use]
    pub fn may_read_card(&self, reader: &Owner, office: &OfficeId) -> bool {
        let Some(record) = self.office(office) else { return false };
        let Some(groups) = record.card_for.as_ref().filter(|_| *reader != office.owner) else {
            return self.owner(reader).is_some();
        };
        groups.iter().any(|group| {
            let member = reader.state().is_some_and(|state| self.members(group).any(|one| one == state));
            member || self.group(group).is_some_and(|(_, coordinator)| coordinator == reader)
        })
    }

    /// Since when an office's record stands as it does, Unix seconds.
    #[must_use]
    pub fn office_since(&self, office: &OfficeId) -> Option<u64> {
        let (from, _) = self.directory.offices.get(office)?.record.since(self.view())?;
        Some(from.time)
    }

    /// When somebody last found an office's entry right, Unix seconds: by saying so, or by changing it.
    #[must_use]
    pub fn confirmed(&self, office: &OfficeId) -> Option<u64> {
        let facts = self.directory.offices.get(office)?;
        let said = facts.confirmed.since(self.view()).map(|(from, ())| from.time);
        said.max(self.office_since(office))
    }

    /// Released offices, in the order of their names.
    pub fn offices(&self) -> impl Iterator<Item = (&'d OfficeId, &'d OfficeRecord)> + use<'d> {
        let this = *self;
        this.directory
            .offices
            .keys()
            .filter_map(move |office| this.office(office).map(|record| (office, record)))
    }

    /// A live device of a released office that is not set aside: one that is sealed to.
    #[must_use]
    pub fn contact(&self, device: DeviceId) -> Option<Contact> {
        self.speaker(device).filter(|_| self.suspended(device).is_none())
    }

    /// A live device of a released office, set aside or not: one that may have signed.
    #[must_use]
    pub fn speaker(&self, device: DeviceId) -> Option<Contact> {
        let facts = self.directory.devices.get(&device)?;
        self.office(&facts.office)?;
        let (certified, expires) = facts.expires.since(self.view())?;
        self.directory.live_device(device, self.view()).map(|_| Contact {
            device,
            office: facts.office.clone(),
            signing: facts.signing,
            transport: facts.transport,
            certified,
            expires: *expires,
        })
    }

    /// When the certificate of a device ran out, if it did by then: of an office that stands, and not revoked. A relay
    /// lets such a device fetch what waited for it (§7).
    #[must_use]
    pub fn lapsed(&self, device: DeviceId) -> Option<u64> {
        let facts = self.standing(device)?;
        let ended = *facts.expires.at(self.view())?;
        (ended <= self.now).then_some(ended)
    }

    /// Until when a live device is not sealed to, because it is set aside or its State pauses or left, Unix seconds: the
    /// end of that or of its certificate. It may still fetch what waited for it, and say what brings it back (§7).
    #[must_use]
    pub fn resting(&self, device: DeviceId) -> Option<u64> {
        let facts = self.standing(device)?;
        let live = self.directory.live_device(device, self.view()).is_some();
        let expires = *facts.expires.at(self.view()).filter(|_| live)?;
        let suspended = self.suspended(device).map(|until| until.min(expires));
        suspended.or_else(|| self.owner(&facts.office.owner).is_none().then_some(expires))
    }

    /// A device that nobody ended, of an office that was not withdrawn, whether or not its owner takes part.
    fn standing(&self, device: DeviceId) -> Option<&'d DeviceFacts> {
        let facts = self.directory.devices.get(&device)?;
        let office = self.directory.offices.get(&facts.office)?;
        let stands = office.record.at(self.view()).is_some() && !office.is_withdrawn(self.view());
        (stands && self.ended(device).is_none_or(|ended| ended.only_pauses)).then_some(facts)
    }

    /// When what a device says stopped to count, and why, if it did by then.
    #[must_use]
    pub fn ended(&self, device: DeviceId) -> Option<Ended> {
        let facts = self.directory.devices.get(&device)?;
        if let Some((since, compromised_since)) = self.revocation(device) {
            return Some(Ended { since, compromised_since, only_pauses: false });
        }
        let ended = |since| Ended { since, compromised_since: None, only_pauses: false };
        let withdrawn = self.directory.offices.get(&facts.office)?.withdrawn;
        if let Some(from) = withdrawn.filter(|from| self.view().sees(*from)) {
            return Some(ended(from.time));
        }
        let owner = self.enrolled(&facts.office.owner)?;
        let rerooted = owner.roots.rerooted(self.view());
        let certified = facts.expires.since(self.view()).map_or(0, |(from, _)| from.time);
        if let Some(since) = rerooted.filter(|since| certified < *since) {
            return Some(ended(since));
        }
        let (from, taking) = owner.taking.since(self.view())?;
        let rests = *taking != Taking::Participating;
        rests.then_some(Ended { only_pauses: true, ..ended(from.time) })
    }

    /// Until when a device is set aside, Unix seconds, if it is: it is not sealed to, and what it signs is disputed.
    #[must_use]
    pub fn suspended(&self, device: DeviceId) -> Option<u64> {
        self.directory.devices.get(&device)?.suspended(self.view())
    }

    /// When and why a device was revoked, if it was by then: Unix seconds of the first entry that says so, and, as
    /// the newest one says, since when its key may have been in other hands.
    #[must_use]
    pub fn revocation(&self, device: DeviceId) -> Option<(u64, Option<u64>)> {
        let said = &self.directory.devices.get(&device)?.revoked;
        let mut come = said.iter().filter(|(from, _)| self.view().sees(*from));
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
        let definition = self.directory.groups.get(group)?.definition.at(self.view())?;
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
        let status = facts.members.get(&state).and_then(|line| line.at(self.view())).copied();
        let joined = facts.joined.get(&state).and_then(|line| line.at(self.view())) == Some(&true);
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
        self.directory.is_newer(subject, self.view())
    }
}
