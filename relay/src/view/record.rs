//! How does one line of the view stand in its tree? Fixed-width numbers, big-endian.
//! It must never know what a line is for, nor hold more than 100 bytes.

use liaison_keys::names::{DeviceId, HeaderHash};
use liaison_proto::Lane;

/// A value with one width.
pub(crate) trait Fixed: Sized {
    /// The bytes.
    fn bytes(&self) -> Vec<u8>;
    /// The value with these bytes; none if they are not its width.
    fn read(bytes: &[u8]) -> Option<Self>;
}

/// What is known of a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PostRecord {
    /// Its name.
    pub(crate) hh: HeaderHash,
    /// Who posted it.
    pub(crate) device: DeviceId,
    /// Its lane.
    pub(crate) lane: Lane,
    /// How many devices it still waits for.
    pub(crate) left: u16,
    /// How many it waited for at first.
    pub(crate) count: u16,
    /// How long it is; 0 once its bytes were released.
    pub(crate) bytes: u32,
    /// When it ends, Unix seconds.
    pub(crate) expires: u64,
    /// When it was accepted, Unix seconds.
    pub(crate) time: u64,
    /// The log's size then.
    pub(crate) log_size: u64,
}

/// Where a device's parts of a post are within its event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WaitingRecord {
    /// Where the post begins.
    pub(crate) from: u32,
    /// How many bytes header and body have, from there.
    pub(crate) prefix: u32,
    /// Where this device's wrap begins.
    pub(crate) wrap: u32,
    /// How long a wrap is; 0 where one device passes something to another, which has none.
    pub(crate) wrap_bytes: u16,
    /// When the post ends, Unix seconds.
    pub(crate) expires: u64,
}

/// Where a device's prekeys are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BundleRecord {
    /// The bundle's number.
    pub(crate) number: u64,
    /// The event that holds it.
    pub(crate) event: u64,
}

/// What a device's vault was at its best.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct VaultRecord {
    /// When it was made or restored, Unix seconds.
    pub(crate) generation: u32,
    /// How many events it held.
    pub(crate) events: u64,
    /// The event that says so.
    pub(crate) event: u64,
}

impl Fixed for () {
    fn bytes(&self) -> Vec<u8> {
        Vec::new()
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        bytes.is_empty().then_some(())
    }
}

impl Fixed for u16 {
    fn bytes(&self) -> Vec<u8> {
        self.to_be_bytes().to_vec()
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::from_be_bytes)
    }
}

impl Fixed for u64 {
    fn bytes(&self) -> Vec<u8> {
        self.to_be_bytes().to_vec()
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::from_be_bytes)
    }
}

impl Fixed for PostRecord {
    fn bytes(&self) -> Vec<u8> {
        let Self { hh, device, lane, left, count, bytes, expires, time, log_size } = self;
        let mut out = Vec::with_capacity(POST_BYTES);
        out.extend_from_slice(hh.as_bytes());
        out.extend_from_slice(device.as_bytes());
        out.push(lane.number());
        out.extend_from_slice(&left.to_be_bytes());
        out.extend_from_slice(&count.to_be_bytes());
        out.extend_from_slice(&bytes.to_be_bytes());
        out.extend_from_slice(&expires.to_be_bytes());
        out.extend_from_slice(&time.to_be_bytes());
        out.extend_from_slice(&log_size.to_be_bytes());
        out
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let mut cut = Cut(bytes);
        let record = Self {
            hh: HeaderHash::new(cut.take()?),
            device: DeviceId::new(cut.take()?),
            lane: Lane::from_number(u8::from_be_bytes(cut.take()?))?,
            left: u16::from_be_bytes(cut.take()?),
            count: u16::from_be_bytes(cut.take()?),
            bytes: u32::from_be_bytes(cut.take()?),
            expires: u64::from_be_bytes(cut.take()?),
            time: u64::from_be_bytes(cut.take()?),
            log_size: u64::from_be_bytes(cut.take()?),
        };
        cut.end(record)
    }
}

impl Fixed for WaitingRecord {
    fn bytes(&self) -> Vec<u8> {
        let Self { from, prefix, wrap, wrap_bytes, expires } = self;
        let places = [from.to_be_bytes(), prefix.to_be_bytes(), wrap.to_be_bytes()].concat();
        [places.as_slice(), &wrap_bytes.to_be_bytes(), &expires.to_be_bytes()].concat()
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let mut cut = Cut(bytes);
        let record = Self {
            from: u32::from_be_bytes(cut.take()?),
            prefix: u32::from_be_bytes(cut.take()?),
            wrap: u32::from_be_bytes(cut.take()?),
            wrap_bytes: u16::from_be_bytes(cut.take()?),
            expires: u64::from_be_bytes(cut.take()?),
        };
        cut.end(record)
    }
}

impl Fixed for BundleRecord {
    fn bytes(&self) -> Vec<u8> {
        [self.number.to_be_bytes(), self.event.to_be_bytes()].concat()
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let mut cut = Cut(bytes);
        let record = Self { number: u64::from_be_bytes(cut.take()?), event: u64::from_be_bytes(cut.take()?) };
        cut.end(record)
    }
}

impl Fixed for VaultRecord {
    fn bytes(&self) -> Vec<u8> {
        let counts = [self.events.to_be_bytes(), self.event.to_be_bytes()].concat();
        [self.generation.to_be_bytes().as_slice(), &counts].concat()
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let mut cut = Cut(bytes);
        let record = Self {
            generation: u32::from_be_bytes(cut.take()?),
            events: u64::from_be_bytes(cut.take()?),
            event: u64::from_be_bytes(cut.take()?),
        };
        cut.end(record)
    }
}

/// Bytes from which numbers are cut off at the front.
pub(super) struct Cut<'b>(pub(super) &'b [u8]);

impl Cut<'_> {
    pub(super) fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*first)
    }

    pub(super) fn end<T>(self, value: T) -> Option<T> {
        self.0.is_empty().then_some(value)
    }
}

const POST_BYTES: usize = 81;
// sled puts larger values into files of their own, which it never syncs and never deletes.
const _: () = assert!(POST_BYTES <= 100);

#[cfg(test)]
mod tests {
    use super::*;

    fn goes_round<V: Fixed + PartialEq + std::fmt::Debug>(value: V) {
        let bytes = value.bytes();
        assert!(bytes.len() <= POST_BYTES);
        assert_eq!(V::read(&bytes), Some(value));
        assert_eq!(V::read(&[bytes.as_slice(), &[0]].concat()), None);
        assert!((0..bytes.len()).all(|end| V::read(&bytes[..end]).is_none()));
    }

    #[test]
    fn every_line_goes_round_and_has_one_width() {
        goes_round(());
        goes_round(7_u16);
        goes_round(7_u64);
        goes_round(WaitingRecord { from: 1, prefix: 2, wrap: 3, wrap_bytes: 4, expires: 5 });
        goes_round(BundleRecord { number: 1, event: 2 });
        goes_round(VaultRecord { generation: 1, events: 2, event: 3 });
        goes_round(PostRecord {
            hh: HeaderHash::new([1; 32]),
            device: DeviceId::new([2; 16]),
            lane: Lane::Flash,
            left: 1,
            count: 2,
            bytes: 3,
            expires: 4,
            time: 5,
            log_size: 6,
        });
    }
}
