//! What does this device get next? One session's way through a mailbox: the most urgent lane first, then by age
//! (`docs/protocol.md` §7). It must never know what a message says.
//!
//! Posts join a lane in the order of their sequences, so in each lane one cursor says what this session was given. What it
//! does not acknowledge, the next session gets again: at least once, and the station knows what it has.

use std::collections::BTreeMap;
use std::ops::Range;

use liaison_keys::names::DeviceId;
use liaison_proto::Lane;
use liaison_proto::limits;
use liaison_proto::session::relay::Item;

use crate::event::{About, Event, Passed};
use crate::view::{View, ViewError, Waiting};

/// A session's place in a device's mailbox.
#[derive(Debug)]
pub(crate) struct Mailbox {
    device: DeviceId,
    lanes: [Cursor; 4],
    /// Sent, or being read to be sent, and not acknowledged: how long each is.
    in_flight: BTreeMap<u64, usize>,
    bytes: usize,
}

#[derive(Clone, Copy, Debug)]
struct Cursor {
    /// The last that was taken.
    last: u64,
    /// Whether there may be one behind it.
    more: bool,
}

/// One post on its way to this session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Next {
    pub(crate) lane: Lane,
    pub(crate) waiting: Waiting,
}

impl Mailbox {
    pub(crate) fn new(device: DeviceId) -> Self {
        Self { device, lanes: [Cursor { last: 0, more: true }; 4], in_flight: BTreeMap::new(), bytes: 0 }
    }

    /// Something new may be in it.
    pub(crate) fn look_again(&mut self) {
        self.lanes.iter_mut().for_each(|cursor| cursor.more = true);
    }

    /// The next post of a lane, if the session may have one more now; `open` says whether it pulls at all. Posts that
    /// have ended are passed over.
    pub(crate) fn next(
        &mut self,
        view: &View,
        lane: Lane,
        (open, now): (bool, u64),
    ) -> Result<Option<Next>, ViewError> {
        let Some(mut cursor) = self.cursor(lane).copied().filter(|cursor| open && cursor.more) else {
            return Ok(None);
        };
        let found = loop {
            match view.next(self.device, lane, cursor.last)? {
                Some(waiting) if waiting.record.expires <= now => cursor.last = waiting.sequence,
                found => break found,
            }
        };
        cursor.more = found.is_some();
        let next = found.filter(|waiting| self.has_room(lane, size(waiting)));
        if let Some(waiting) = next {
            cursor.last = waiting.sequence;
            self.in_flight.insert(waiting.sequence, size(&waiting));
            self.bytes = self.bytes.saturating_add(size(&waiting));
        }
        if let Some(place) = self.cursor(lane) {
            *place = cursor;
        }
        Ok(next.map(|waiting| Next { lane, waiting }))
    }

    /// The session has stored these, or will not get them: there is room again.
    pub(crate) fn settled(&mut self, sequences: &[u64]) {
        for bytes in sequences.iter().filter_map(|sequence| self.in_flight.remove(sequence)) {
            self.bytes = self.bytes.saturating_sub(bytes);
        }
    }

    /// A quarter of the window, in number and in bytes, is kept for what is urgent: a flash must not wait until a station
    /// has stored a pile of routine.
    fn has_room(&self, lane: Lane, bytes: usize) -> bool {
        let (mut posts_max, mut bytes_max) =
            (limits::DELIVERIES_IN_FLIGHT_MAX, limits::DELIVERY_BYTES_IN_FLIGHT_MAX);
        if lane < Lane::Immediate {
            (posts_max, bytes_max) = (posts_max / 4 * 3, bytes_max / 4 * 3);
        }
        let alone = self.in_flight.is_empty();
        alone || (self.in_flight.len() < posts_max && self.bytes.saturating_add(bytes) <= bytes_max)
    }

    fn cursor(&mut self, lane: Lane) -> Option<&mut Cursor> {
        self.lanes.get_mut(usize::from(lane.number()))
    }
}

impl Next {
    /// Where the delivery's two parts are in the post's event: header and body, and the device's wrap. Of what is passed,
    /// all of the event.
    pub(crate) fn parts(&self) -> Vec<Range<u64>> {
        let record = self.waiting.record;
        let range = |from: u32, bytes: u64| u64::from(from)..u64::from(from).saturating_add(bytes);
        let prefix = range(record.from, u64::from(record.prefix));
        let wrap = range(record.wrap, u64::from(record.wrap_bytes));
        if self.is_passed() { vec![prefix] } else { vec![prefix, wrap] }
    }

    /// Whether it is no post but what another device has passed on: there is no wrap in it.
    pub(crate) const fn is_passed(&self) -> bool {
        self.waiting.record.wrap_bytes == 0
    }

    /// What was read, as it is handed out; nothing if it is not what it should be.
    pub(crate) fn item(&self, bytes: Vec<u8>) -> Option<Item> {
        if !self.is_passed() {
            return Some(Item::Delivery { lane: self.lane, delivery: bytes });
        }
        match Event::from_bytes(&bytes) {
            Ok(Event::Passed(Passed { hh, about, .. })) => Some(match about {
                About::Reseal(reseal) => Item::Reseal(reseal.into()),
                About::Rewrap(wrap) => Item::Rewrap { hh, wrap: wrap.into() },
            }),
            _ => None,
        }
    }
}

fn size(waiting: &Waiting) -> usize {
    let bytes = u64::from(waiting.record.prefix).saturating_add(u64::from(waiting.record.wrap_bytes));
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::{Mark, WAITING, WaitingRecord, waiting_key};

    const DEVICE: DeviceId = DeviceId::new([1; 16]);

    fn filled(posts: &[(Lane, u64, u32)]) -> (tempfile::TempDir, View) {
        let dir = tempfile::tempdir().unwrap();
        let view = View::fresh(&dir.path().join("view")).unwrap();
        let mut changes = view.changes(Mark::default());
        for (lane, sequence, prefix) in posts {
            let record =
                WaitingRecord { from: 9, prefix: *prefix, wrap: 5_000, wrap_bytes: 16, expires: 100 };
            changes.put(WAITING, &waiting_key(DEVICE, *lane, *sequence), record);
        }
        changes.commit().unwrap();
        (dir, view)
    }

    fn drain(mailbox: &mut Mailbox, view: &View, lane: Lane) -> Vec<u64> {
        let mut next = || mailbox.next(view, lane, (true, 0)).unwrap();
        std::iter::from_fn(|| next().map(|next| next.waiting.sequence)).collect()
    }

    #[test]
    fn a_session_is_given_each_post_once_and_urgent_ones_find_room() {
        let routine: Vec<_> = (1..=100).map(|sequence| (Lane::Routine, sequence, 10)).collect();
        let urgent: Vec<_> = (101..=200).map(|sequence| (Lane::Flash, sequence, 10)).collect();
        let (_dir, view) = filled(&[routine, urgent].concat());
        let mut mailbox = Mailbox::new(DEVICE);
        assert_eq!(mailbox.next(&view, Lane::Routine, (false, 0)), Ok(None), "not pulling");
        assert_eq!(drain(&mut mailbox, &view, Lane::Routine), (1..=24).collect::<Vec<u64>>());
        assert_eq!(drain(&mut mailbox, &view, Lane::Flash), (101..=108).collect::<Vec<u64>>());
        mailbox.settled(&(1..=20).collect::<Vec<u64>>());
        assert_eq!(drain(&mut mailbox, &view, Lane::Routine), (25..=36).collect::<Vec<u64>>());
    }

    #[test]
    fn bytes_are_bounded_and_a_large_post_travels_alone() {
        let large = limits::DELIVERY_BYTES_IN_FLIGHT_MAX as u32;
        let (_dir, view) =
            filled(&[(Lane::Routine, 1, large), (Lane::Routine, 2, 10), (Lane::Flash, 3, large)]);
        let mut mailbox = Mailbox::new(DEVICE);
        assert_eq!(drain(&mut mailbox, &view, Lane::Routine), [1]);
        assert_eq!(drain(&mut mailbox, &view, Lane::Flash), [] as [u64; 0]);
        mailbox.settled(&[1]);
        assert_eq!(drain(&mut mailbox, &view, Lane::Flash), [3]);
        mailbox.settled(&[3]);
        assert_eq!(drain(&mut mailbox, &view, Lane::Routine), [2]);
    }

    #[test]
    fn what_has_ended_is_passed_over_and_what_is_new_is_seen() {
        let (_dir, view) = filled(&[(Lane::Routine, 1, 10)]);
        let mut mailbox = Mailbox::new(DEVICE);
        assert_eq!(mailbox.next(&view, Lane::Routine, (true, 100)), Ok(None));
        let mut changes = view.changes(Mark::default());
        let record = WaitingRecord { from: 9, prefix: 10, wrap: 50, wrap_bytes: 16, expires: 101 };
        changes.put(WAITING, &waiting_key(DEVICE, Lane::Routine, 2), record);
        changes.commit().unwrap();
        assert_eq!(mailbox.next(&view, Lane::Routine, (true, 100)), Ok(None), "nobody said so");
        mailbox.look_again();
        let next = mailbox.next(&view, Lane::Routine, (true, 100)).unwrap().unwrap();
        assert_eq!((next.waiting.sequence, next.parts()), (2, vec![9..19, 50..66]));
    }
}
