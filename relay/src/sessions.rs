//! Who is connected? One line for each session, to wake it, and to end the oldest when a device has too many.
//! It must never know what a session does.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use liaison_keys::names::DeviceId;
use liaison_proto::limits;
use tokio::sync::Notify;

/// All sessions.
#[derive(Debug, Default)]
pub(crate) struct Sessions(Mutex<Table>);

#[derive(Debug, Default)]
struct Table {
    next: u64,
    all: BTreeMap<u64, Arc<Session>>,
    /// Numbers grow, so the first of a device's is its oldest.
    by_device: HashMap<DeviceId, BTreeSet<u64>>,
}

/// One session, as the rest of the house sees it.
#[derive(Debug)]
pub(crate) struct Session {
    device: Option<DeviceId>,
    /// Something may have changed for it.
    pub(crate) wake: Notify,
    replaced: AtomicBool,
    until: AtomicU64,
}

/// A session's place; it leaves when this is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    sessions: Arc<Sessions>,
    number: u64,
    session: Arc<Session>,
}

impl Sessions {
    /// Takes a session in, whose right stands until this time. The oldest of too many of one device is told to go.
    pub(crate) fn enter(self: &Arc<Self>, device: Option<DeviceId>, until: u64) -> Place {
        let session = Arc::new(Session {
            device,
            wake: Notify::new(),
            replaced: AtomicBool::new(false),
            until: AtomicU64::new(until),
        });
        let mut table = self.table();
        let number = table.next;
        table.next = table.next.saturating_add(1);
        table.all.insert(number, Arc::clone(&session));
        if let Some(device) = device {
            table.replace_oldest(device, number);
        }
        Place { sessions: Arc::clone(self), number, session }
    }

    /// Wakes the sessions of these devices.
    pub(crate) fn wake(&self, devices: &BTreeSet<DeviceId>) {
        let table = self.table();
        for number in devices.iter().filter_map(|device| table.by_device.get(device)).flatten() {
            table.wake(*number);
        }
    }

    /// Wakes the sessions whose right has ended by now.
    pub(crate) fn wake_due(&self, now: u64) {
        let table = self.table();
        let due = |session: &&Arc<Session>| session.until.load(Ordering::Relaxed) <= now;
        table.all.values().filter(due).for_each(|session| session.wake.notify_one());
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.table().all.len()
    }

    /// The table is whole even if a thread panicked: each change is one insertion or removal.
    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn replace_oldest(&mut self, device: DeviceId, number: u64) {
        let numbers = self.by_device.entry(device).or_default();
        numbers.insert(number);
        let surplus = numbers.len().saturating_sub(limits::CONNECTIONS_PER_DEVICE_MAX);
        let oldest: Vec<u64> = numbers.iter().copied().take(surplus).collect();
        for number in oldest {
            if let Some(session) = self.all.get(&number) {
                session.replaced.store(true, Ordering::Relaxed);
                session.wake.notify_one();
            }
        }
    }

    fn wake(&self, number: u64) {
        if let Some(session) = self.all.get(&number) {
            session.wake.notify_one();
        }
    }
}

impl Session {
    /// Whether newer connections of the same device have taken its place.
    pub(crate) fn is_replaced(&self) -> bool {
        self.replaced.load(Ordering::Relaxed)
    }

    /// Says until when its right stands now.
    pub(crate) fn stands_until(&self, until: u64) {
        self.until.store(until, Ordering::Relaxed);
    }
}

impl std::ops::Deref for Place {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut table = self.sessions.table();
        table.all.remove(&self.number);
        let Some(device) = self.session.device else { return };
        let empty = table.by_device.get_mut(&device).is_some_and(|numbers| {
            numbers.remove(&self.number);
            numbers.is_empty()
        });
        if empty {
            table.by_device.remove(&device);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_with_too_many_connections_loses_its_oldest() {
        let sessions = Arc::new(Sessions::default());
        let device = DeviceId::new([1; 16]);
        let other = sessions.enter(Some(DeviceId::new([2; 16])), 9);
        let mut places: Vec<Place> =
            (0..limits::CONNECTIONS_PER_DEVICE_MAX).map(|_| sessions.enter(Some(device), 9)).collect();
        assert!(places.iter().all(|place| !place.is_replaced()));
        places.push(sessions.enter(Some(device), 9));
        let replaced: Vec<bool> = places.iter().map(|place| place.is_replaced()).collect();
        assert_eq!(replaced.iter().position(|replaced| *replaced), Some(0));
        assert_eq!(replaced.iter().filter(|replaced| **replaced).count(), 1);
        assert!(!other.is_replaced());
        drop(places);
        assert_eq!((sessions.count(), sessions.table().by_device.len()), (1, 1));
    }

    #[tokio::test]
    async fn the_right_ones_are_woken() {
        let sessions = Arc::new(Sessions::default());
        let device = DeviceId::new([1; 16]);
        let (due, later) = (sessions.enter(None, 5), sessions.enter(Some(device), 6));
        sessions.wake_due(5);
        due.wake.notified().await;
        sessions.wake(&BTreeSet::from([device]));
        later.wake.notified().await;
        later.stands_until(1);
        sessions.wake_due(2);
        later.wake.notified().await;
    }
}
