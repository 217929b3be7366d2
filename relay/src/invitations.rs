//! Which keys are invited? Those that the custodian named, until they end or are no longer needed
//! (`docs/protocol.md` §7). It must never know an invitation's secret half.

use std::collections::BTreeMap;

use liaison_keys::directory::At;
use liaison_keys::directory::invitation::Invitation;
use liaison_keys::names::Owner;
use liaison_keys::signing::{PublicKey, Transport};

/// Invitations that stand, each with the event that says so.
#[derive(Debug, Default)]
pub(crate) struct Invitations(BTreeMap<PublicKey<Transport>, (Invitation, u64)>);

impl Invitations {
    /// Takes a verified invitation; the same key again stands under the newer one.
    ///
    /// Returns the event that is superseded by this, if there is one.
    pub(crate) fn take(&mut self, invitation: Invitation, event: u64) -> Option<u64> {
        self.0.insert(invitation.key, (invitation, event)).map(|(_, event)| event)
    }

    /// The invitation of a key that has not ended.
    pub(crate) fn of(&self, key: &PublicKey<Transport>, now: u64) -> Option<&Invitation> {
        self.0.get(key).map(|(invitation, _)| invitation).filter(|invitation| now < invitation.ends)
    }

    /// Whether anybody is invited for an owner.
    pub(crate) fn is_invited(&self, owner: &Owner) -> bool {
        self.0.values().any(|(invitation, _)| invitation.owner == *owner)
    }

    /// How many have not ended.
    pub(crate) fn alive(&self, now: u64) -> usize {
        self.0.values().filter(|(invitation, _)| now < invitation.ends).count()
    }

    /// Ends the invitations of an owner: it has a live device now, which can invite nobody but needs nobody's leave.
    ///
    /// Returns the events that are no longer needed.
    pub(crate) fn end_of(&mut self, owner: &Owner) -> Vec<u64> {
        self.drop_if(|invitation| invitation.owner == *owner)
    }

    /// Forgets those that have ended. Returns the events that are no longer needed.
    pub(crate) fn forget_ended(&mut self, now: u64) -> Vec<u64> {
        self.drop_if(|invitation| invitation.ends <= now)
    }

    fn drop_if(&mut self, ends: impl Fn(&Invitation) -> bool) -> Vec<u64> {
        let mut events = Vec::new();
        self.0.retain(|_, (invitation, event)| {
            let ended = ends(invitation);
            events.extend(ended.then_some(*event));
            !ended
        });
        events
    }
}

/// Whether an owner has a live device, so that it needs no invitation.
pub(crate) fn has_live_device(at: At<'_>, owner: &Owner) -> bool {
    at.contacts().any(|contact| contact.office.owner == *owner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invitation(key: u8, owner: &str, ends: u64) -> Invitation {
        Invitation { key: PublicKey::from_bytes([key; 32]), owner: owner.parse().unwrap(), ends }
    }

    #[test]
    fn an_invitation_lives_until_its_end_or_its_owners_first_device() {
        let mut invitations = Invitations::default();
        let key = |key: u8| PublicKey::from_bytes([key; 32]);
        assert_eq!(invitations.take(invitation(1, "xa", 10), 1), None);
        assert_eq!(invitations.take(invitation(1, "xa", 20), 2), Some(1));
        assert_eq!(invitations.take(invitation(2, "xb", 30), 3), None);
        assert!(invitations.of(&key(1), 19).is_some() && invitations.of(&key(1), 20).is_none());
        assert_eq!((invitations.alive(19), invitations.alive(20)), (2, 1));
        assert_eq!(invitations.forget_ended(20), [2]);
        let owner = |text: &str| text.parse::<Owner>().unwrap();
        assert!(invitations.is_invited(&owner("xb")) && !invitations.is_invited(&owner("xa")));
        assert_eq!(invitations.end_of(&"xb".parse().unwrap()), [3]);
        assert!(invitations.of(&key(2), 0).is_none());
    }
}
