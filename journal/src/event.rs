//! What is it that a log keeps?
//! Never knows what an event means, nor where it is kept.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// One thing to be kept: opaque bytes under a name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Event {
    /// The name under which the event is the same event: a second append with this id writes nothing.
    pub id: EventId,
    /// SHA-256 of whatever must be equal for two events with one id to be *the same event*. The caller
    /// decides what that is; it need not be the whole of `bytes`.
    pub digest: Digest,
    /// What is kept and given back, unread.
    pub bytes: Vec<u8>,
}

/// The name of an event, chosen by the caller (for a post: its header's hash).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(pub [u8; 32]);

/// The SHA-256 by which two events with one id are compared.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// SHA-256 (FIPS 180-4) of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

/// The place of an event in the order of its log: the first event has 1, and no number is left out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Sequence(pub u64);

impl Sequence {
    /// Before the first event; the head of an empty log, and of a chain that nothing has joined.
    pub const NONE: Self = Self(0);

    /// The number after this one. It saturates: 2^64 events outlast every disk.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The number before this one, [`Sequence::NONE`] before the first.
    #[must_use]
    pub const fn previous(self) -> Self {
        Self(self.0.saturating_sub(1))
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        short(f, "EventId", &self.0)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        short(f, "Digest", &self.0)
    }
}

/// Four bytes tell two ids apart in a log line; all 32 would bury the line.
fn short(f: &mut fmt::Formatter<'_>, name: &str, bytes: &[u8; 32]) -> fmt::Result {
    write!(f, "{name}(")?;
    for byte in bytes.iter().take(4) {
        write!(f, "{byte:02x}")?;
    }
    f.write_str("..)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digest_is_sha256() {
        // FIPS 180-4 example: the empty string.
        assert_eq!(Digest::of(b"").0[..4], [0xe3, 0xb0, 0xc4, 0x42]);
    }

    #[test]
    fn debug_is_short_and_numbers_saturate() {
        assert_eq!(format!("{:?}", EventId([0xab; 32])), "EventId(abababab..)");
        assert_eq!(format!("{:?}", Digest([1; 32])), "Digest(01010101..)");
        assert_eq!(Sequence(u64::MAX).next(), Sequence(u64::MAX));
        assert_eq!(Sequence::NONE.previous(), Sequence::NONE);
    }
}
