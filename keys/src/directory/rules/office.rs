//! What may be said of an office and its devices? (`docs/protocol.md` §3.)
//! It must never know who may say it.

use super::{
    AGAIN_S, ORGANIZATION_DEVICES_MAX, REVOCATIONS_MAX, STATE_DEVICES_MAX, SUSPEND_S_MAX, lives_long_enough,
    or_rule,
};
use crate::directory::body::{Body, Certify, Confirm, Revoke, Suspend};
use crate::directory::office::{Category, OfficeRecord};
use crate::directory::replay::Directory;
use crate::directory::statement::Claims;
use crate::directory::void::Void;
use crate::names::{OfficeId, Owner};

impl Directory {
    pub(super) fn judge_of_office(
        &self,
        logged: u64,
        claims: &Claims,
        office: &OfficeId,
        body: &Body,
    ) -> Result<(), Void> {
        or_rule(match body {
            Body::Nominate(record) => self.may_nominate(office, record),
            Body::Update(record) => self.stands(logged, office) && self.is_record(office, record),
            Body::Withdraw(_) => self.stands(logged, office),
            Body::Certify(certify) => return self.judge_certify(logged, office, certify),
            Body::Revoke(revoke) => self.may_revoke(logged, claims, office, revoke),
            Body::Suspend(suspend) => self.may_suspend(logged, claims, office, suspend),
            Body::Confirm(confirm) => self.may_confirm(logged, office, confirm),
            Body::Contest(contest) => self.may_contest(logged, &claims.subject, contest),
            Body::Note(note) => self.may_note(logged, &claims.subject, note),
            _ => false,
        })
    }

    /// Nominated, and not withdrawn.
    fn stands(&self, logged: u64, office: &OfficeId) -> bool {
        let facts = self.offices.get(office);
        facts.is_some_and(|facts| !facts.is_withdrawn(self.view(logged)))
    }

    fn may_nominate(&self, office: &OfficeId, record: &OfficeRecord) -> bool {
        let new = !self.offices.contains_key(office) && office.number > 0;
        new && self.owners.contains_key(&office.owner) && self.is_record(office, record)
    }

    /// A well-formed record for this office: the main category of a State's office is among its categories, and it
    /// stands in for another office of its own State only.
    fn is_record(&self, office: &OfficeId, record: &OfficeRecord) -> bool {
        let of_state = office.owner.state().is_some();
        let main = Category::from_name(office.role.as_str());
        let main_named = !of_state || main.is_some_and(|main| record.categories.contains(&main));
        let stands_in = record
            .backup_of
            .as_ref()
            .is_none_or(|primary| primary.owner == office.owner && primary != office);
        let supplied = record.networks.iter().flatten().filter_map(|network| network.supplied_by.as_ref());
        let supplied_well = supplied.into_iter().all(|owner: &Owner| owner.state().is_none());
        main_named && stands_in && supplied_well && record.is_well_formed(of_state)
    }

    fn judge_certify(&self, logged: u64, office: &OfficeId, certify: &Certify) -> Result<(), Void> {
        let id = certify.signing.device();
        // A transport key stays with its device: else a revoked one would come back under a new signing key.
        if self.transports.get(&certify.transport).is_some_and(|holder| *holder != id) {
            return Err(Void::KeyTaken);
        }
        let ended = self.devices.get(&id).is_some_and(|device| {
            let same = device.signing == certify.signing && device.transport == certify.transport;
            !device.revoked.is_empty() || !same || device.office != *office
        });
        if ended || !self.stands(logged, office) || !lives_long_enough(certify.expires, logged) {
            return Err(Void::Rule);
        }
        let of_owner = self.owners.get(&office.owner).into_iter().flat_map(|facts| &facts.devices);
        let others = of_owner.filter(|other| **other != id);
        let others = others.filter(|other| self.live_device(**other, self.view(logged)).is_some());
        let max = if office.owner.state().is_some() { STATE_DEVICES_MAX } else { ORGANIZATION_DEVICES_MAX };
        if others.count() >= max { Err(Void::Cap) } else { Ok(()) }
    }

    /// Again, if it says something else: or a thief who retires the device would keep its State from saying that the
    /// key was stolen. Of many words the last are the root's, since no quota counts them.
    fn may_revoke(&self, logged: u64, claims: &Claims, office: &OfficeId, revoke: &Revoke) -> bool {
        let device = self.devices.get(&revoke.device).filter(|device| device.office == *office);
        device.is_some_and(|device| {
            let other = device
                .revoked
                .last()
                .is_none_or(|(_, said)| said.compromised_since != revoke.compromised_since);
            let by_root = self.root(&office.owner, logged).is_some_and(|root| {
                claims.signers.iter().all(|kid| root.keys.iter().any(|key| key.kid() == *kid))
            });
            let max = if by_root { REVOCATIONS_MAX } else { REVOCATIONS_MAX / 2 };
            other && device.revoked.len() < max
        })
    }

    /// By another device of the office: into the future, for at most 72 hours, and once in 30 days, or two that accuse
    /// each other would never stop. By root or admin: any time.
    fn may_suspend(&self, logged: u64, claims: &Claims, office: &OfficeId, suspend: &Suspend) -> bool {
        let device = self.devices.get(&suspend.device).filter(|device| device.office == *office);
        let Some(device) = device.filter(|device| !device.is_revoked(self.view(logged))) else {
            return false;
        };
        let Some(by) = self.signing_device(claims) else { return true };
        let soon = suspend.until > logged && suspend.until - logged <= SUSPEND_S_MAX;
        let again = device
            .suspended
            .iter()
            .any(|word| word.by == Some(by) && logged < word.from.time.saturating_add(AGAIN_S));
        soon && !again
    }

    /// The one who looked at it saw the card that the record names.
    fn may_confirm(&self, logged: u64, office: &OfficeId, confirm: &Confirm) -> bool {
        let at = self.at(self.size, logged);
        at.office(office).is_some_and(|record| record.card == confirm.card)
    }
}
