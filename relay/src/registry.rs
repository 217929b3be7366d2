//! What does the directory's log say? The replica that everybody's rights are read from, and who is invited beside it.
//! It must never know who asks, nor how an entry came to be logged.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use liaison_keys::directory::invitation::{Invitation, InvitationError};
use liaison_keys::directory::{Body, Directory, Entry, Replica, Statement};
use liaison_keys::names::{DeviceId, Digest, NetworkId, Owner, Subject};
use liaison_proto::limits;
use thiserror::Error;

use crate::invitations::{Invitations, has_live_device};

/// A directory that cannot be read on: the journal has lost one of its entries.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("entry {index} of the directory's log is missing")]
pub(crate) struct Gap {
    /// The first entry that is missing.
    pub(crate) index: u64,
}

/// The directory, for many readers and the one fold that writes.
#[derive(Debug, Default)]
pub(crate) struct Registry(RwLock<Option<Known>>);

/// What the log says so far.
#[derive(Debug)]
pub(crate) struct Known {
    /// The log and its directory.
    pub(crate) replica: Replica,
    /// Who may come in without being in it.
    pub(crate) invitations: Invitations,
    /// Where each statement stands, by the hash of its bytes.
    statements: BTreeMap<Digest, u64>,
}

/// For readers: the log has a genesis. [`crate::Relay::start`] makes sure of it before anybody reads.
pub(crate) struct Reading<'r>(RwLockReadGuard<'r, Option<Known>>);

impl Registry {
    /// Reads. None while the log is empty.
    pub(crate) fn read(&self) -> Option<Reading<'_>> {
        let guard = self.0.read().unwrap_or_else(PoisonError::into_inner);
        guard.is_some().then_some(Reading(guard))
    }

    /// Begins with entry 0.
    pub(crate) fn found(&self, entry: Vec<u8>) -> Result<(), Gap> {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.is_some() {
            return Ok(());
        }
        let statement = statement_hash(&entry);
        let replica = Replica::found(entry).map_err(|_| Gap { index: 0 })?;
        let statements = statement.into_iter().map(|hash| (hash, 0)).collect();
        *known = Some(Known { replica, invitations: Invitations::default(), statements });
        Ok(())
    }

    /// Takes the next entry. Says in whose quota it counts, and which events of invitations are no longer needed.
    pub(crate) fn push(&self, index: u64, entry: Vec<u8>) -> Result<(Option<Owner>, Vec<u64>), Gap> {
        let mut guard = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let Some(known) = guard.as_mut() else { return Err(Gap { index: 0 }) };
        let size = known.replica.log().size();
        if index != size {
            return Err(Gap { index: size });
        }
        Ok(known.push(index, entry))
    }

    /// Takes an invitation that counted when it came. Says which event is no longer needed by it.
    pub(crate) fn invite(&self, signed: &[u8], time: u64, event: u64) -> Option<u64> {
        let mut guard = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let known = guard.as_mut()?;
        match known.verify_invitation(signed, time) {
            Ok(invitation) => known.invitations.take(invitation, event),
            Err(_) => Some(event),
        }
    }

    /// Forgets invitations that have ended. Says which events are no longer needed.
    pub(crate) fn forget_ended(&self, now: u64) -> Vec<u64> {
        let mut guard = self.0.write().unwrap_or_else(PoisonError::into_inner);
        guard.as_mut().map(|known| known.invitations.forget_ended(now)).unwrap_or_default()
    }

    /// Whose device this is, or was.
    pub(crate) fn owner_of(&self, device: DeviceId) -> Option<Owner> {
        let known = self.read()?;
        known.directory().device(device).map(|facts| facts.office.owner.clone())
    }
}

impl std::ops::Deref for Reading<'_> {
    type Target = Known;

    fn deref(&self) -> &Known {
        match &*self.0 {
            Some(known) => known,
            None => unreachable!("a reading is made of a log that has a genesis"),
        }
    }
}

impl Known {
    /// What the log says.
    pub(crate) const fn directory(&self) -> &Directory {
        self.replica.directory()
    }

    /// The network.
    pub(crate) const fn network(&self) -> NetworkId {
        self.directory().network()
    }

    /// Where a statement stands, if these very bytes were logged.
    pub(crate) fn index_of(&self, statement: &[u8]) -> Option<u64> {
        self.statements.get(&Digest::of(statement)).copied()
    }

    /// Reads an invitation that counts at this time.
    pub(crate) fn verify_invitation(&self, signed: &[u8], time: u64) -> Result<Invitation, InvitationError> {
        let operation = self.directory().now(time).operation();
        Invitation::verify(signed, self.network(), (&operation.custodian, operation.threshold), time)
    }

    /// Entries from here on: as many as one frame may have, by number and by bytes, but one at least.
    pub(crate) fn entries(&self, from: u64) -> Vec<Vec<u8>> {
        let log = self.replica.log();
        log.page(from, limits::LOG_ENTRIES_PER_FRAME_MAX, limits::LOG_BYTES_PER_FRAME_MAX).to_vec()
    }

    /// In whose quota a statement counts: the subject's owner, or for a group the organization that keeps it; nobody's
    /// for the network.
    pub(crate) fn charged(&self, subject: &Subject, now: u64) -> Option<Owner> {
        match subject {
            Subject::Group(group) => self.directory().now(now).group(group).map(|(_, owner)| owner.clone()),
            Subject::Network | Subject::Owner(_) | Subject::Office(_) => subject.owner().cloned(),
        }
    }

    fn push(&mut self, index: u64, entry: Vec<u8>) -> (Option<Owner>, Vec<u64>) {
        let said = Entry::from_bytes(&entry).ok().and_then(|entry| {
            let statement = Statement::from_bytes(&entry.statement).ok()?;
            Some((entry.logged, Digest::of(&entry.statement), statement))
        });
        // A void entry stays in the log without effect; `submit` lets none in, an older version may have.
        let _ = self.replica.push(entry);
        let Some((logged, hash, statement)) = said else { return (None, Vec::new()) };
        self.statements.insert(hash, index);
        let certified = matches!(statement.claims().body(), Ok(Some(Body::Certify(_))));
        let owner = statement.claims().subject.owner().filter(|_| certified);
        // Whether somebody is invited is asked first, because the other question goes through all devices.
        let owner = owner.filter(|owner| self.invitations.is_invited(owner));
        let lives = owner.filter(|owner| has_live_device(self.directory().now(logged), owner));
        let ended = lives.map(|owner| self.invitations.end_of(owner)).unwrap_or_default();
        let exempt = is_exempt(&statement);
        (self.charged(&statement.claims().subject, logged).filter(|_| !exempt), ended)
    }
}

/// Whether a statement counts in nobody's quota: whoever lost a key must always be able to say so, and to stop what a thief
/// says with it.
pub(crate) fn is_exempt(statement: &Statement) -> bool {
    let body = statement.claims().body().ok().flatten();
    body.is_some_and(|body| body.only_takes() || matches!(body, Body::Contest(_)))
}

fn statement_hash(entry: &[u8]) -> Option<Digest> {
    Entry::from_bytes(entry).ok().map(|entry| Digest::of(&entry.statement))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::World;

    /// A registry with the world's log, and so many entries behind it that are void and as long as entries may be.
    fn registry(void: u64) -> Registry {
        let world = World::six_states();
        let registry = Registry::default();
        let mut entries = (0..).zip(world.entries().iter().cloned());
        registry.found(entries.next().unwrap().1).unwrap();
        for (index, entry) in entries {
            registry.push(index, entry).unwrap();
        }
        for index in world.size()..world.size() + void {
            registry.push(index, vec![0; limits::ENTRY_BYTES_MAX]).unwrap();
        }
        registry
    }

    #[test]
    fn a_page_is_bounded_by_number_and_by_bytes_and_never_empty_before_the_end() {
        let registry = registry(600);
        let known = registry.read().unwrap();
        let (mut from, mut pages) = (0, 0);
        loop {
            let page = known.entries(from);
            assert!(page.len() <= limits::LOG_ENTRIES_PER_FRAME_MAX);
            assert!(page.iter().map(Vec::len).sum::<usize>() <= limits::LOG_BYTES_PER_FRAME_MAX);
            assert_eq!(page, known.replica.log().entries(from, page.len()));
            if page.is_empty() {
                break;
            }
            (from, pages) = (from + page.len() as u64, pages + 1);
        }
        assert_eq!(from, known.directory().size());
        assert!(pages > 10);
    }

    #[test]
    fn an_entry_that_is_missing_is_named() {
        let registry = registry(0);
        let size = registry.read().unwrap().directory().size();
        assert_eq!(registry.push(size + 1, vec![0]).unwrap_err(), Gap { index: size });
        assert_eq!(Registry::default().push(0, vec![0]).unwrap_err(), Gap { index: 0 });
        assert_eq!(Registry::default().found(vec![0]), Err(Gap { index: 0 }));
        assert!(Registry::default().read().is_none());
    }

    #[test]
    fn groups_are_charged_to_who_keeps_them_and_the_network_to_nobody() {
        let registry = registry(0);
        let known = registry.read().unwrap();
        let charged = |subject: &str| {
            let owner = known.charged(&subject.parse().unwrap(), u64::MAX);
            owner.map(|owner| owner.to_string())
        };
        assert_eq!(charged("group:xr-north").as_deref(), Some("org:xr-north"));
        assert_eq!(charged("xa/operations/1").as_deref(), Some("xa"));
        assert_eq!((charged("network"), charged("group:nowhere")), (None, None));
    }
}
