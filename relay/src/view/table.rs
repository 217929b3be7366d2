//! Where in the one tree does a line stand? A tag for each table, and keys that sort as they are read.
//! It must never know what a line says.

use std::marker::PhantomData;

use liaison_keys::names::DeviceId;
use liaison_proto::Lane;

use super::record::{BundleRecord, PostRecord, VaultRecord, WaitingRecord};

/// One table: lines with values of one kind.
#[derive(Debug)]
pub(crate) struct Table<V> {
    tag: u8,
    value: PhantomData<fn() -> V>,
}

pub(crate) const POSTS: Table<PostRecord> = Table::new(1);
pub(crate) const SEEN: Table<u64> = Table::new(2);
pub(crate) const WAITING: Table<WaitingRecord> = Table::new(3);
pub(crate) const EXPIRIES: Table<()> = Table::new(4);
pub(crate) const SPENT: Table<()> = Table::new(5);
pub(crate) const ABOUT: Table<()> = Table::new(6);
pub(crate) const MENTIONS: Table<u16> = Table::new(7);
pub(crate) const BUNDLES: Table<BundleRecord> = Table::new(8);
pub(crate) const VAULTS: Table<VaultRecord> = Table::new(9);
pub(crate) const CHAIN: Table<()> = Table::new(10);
pub(crate) const INVITED: Table<()> = Table::new(11);
pub(crate) const FREED: Table<()> = Table::new(12);
pub(crate) const FORGOTTEN: Table<()> = Table::new(13);
/// Behind all tables: what the view says of itself.
pub(crate) const MARK: u8 = 255;

impl<V> Table<V> {
    const fn new(tag: u8) -> Self {
        Self { tag, value: PhantomData }
    }

    /// The whole key of a line.
    pub(crate) fn key(self, key: &[u8]) -> Vec<u8> {
        [&[self.tag], key].concat()
    }

    /// The line's key in its table, if this is a whole key of this table.
    pub(crate) fn strip(self, key: &[u8]) -> Option<&[u8]> {
        key.strip_prefix(&[self.tag])
    }
}

// By hand, because a derive would ask the same of `V`.
impl<V> Clone for Table<V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V> Copy for Table<V> {}

/// A mailbox's key: the most urgent lane first, then by age.
pub(crate) fn waiting_key(device: DeviceId, lane: Lane, sequence: u64) -> [u8; 25] {
    let mut key = [0; 25];
    let (id, rest) = key.split_at_mut(16);
    let (urgency, place) = rest.split_at_mut(1);
    id.copy_from_slice(device.as_bytes());
    urgency.copy_from_slice(&[Lane::Flash.number() - lane.number()]);
    place.copy_from_slice(&sequence.to_be_bytes());
    key
}

/// The key of a post in the order of expiry, or of an event beside a post.
pub(crate) fn expiry_key(first: u64, second: u64) -> [u8; 16] {
    (u128::from(first) << 64 | u128::from(second)).to_be_bytes()
}
