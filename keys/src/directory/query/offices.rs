//! Which offices and devices were what, when the log had this size? Records, cards, live devices and ended ones
//! (`docs/protocol.md` §4). It must never know why somebody asks.

use std::collections::BTreeSet;

use super::{At, Contact, Ended};
use crate::directory::body::Taking;
use crate::directory::device::DeviceFacts;
use crate::directory::office::OfficeRecord;
use crate::names::{DeviceId, Digest, OfficeId, Owner, Subject};
use crate::signing::{PublicKey, Transport};

impl<'d> At<'d> {
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
    pub fn cards(&self) -> BTreeSet<Digest> {
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
}
