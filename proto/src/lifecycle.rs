//! How far has a message come on its way to one recipient? What the relay, the device and a person have proven.
//! It must never know the proofs themselves, nor the clock.
//!
//! ```text
//! accepted < delivered < received < in-hand | redirected | cannot-handle
//! relay      device      a person
//! ```
//! Proofs arrive in any order, twice, or over several relays, so [`advance`] is a join: commutative, associative,
//! idempotent. A proven state never rolls back (`docs/protocol.md` §6).

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// What has been proven.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(index_only)]
#[serde(rename_all = "kebab-case")]
pub enum Progress {
    /// On a relay's disk.
    #[n(0)]
    Accepted,
    /// Opened, verified and stored by the recipient's device.
    #[n(1)]
    Delivered,
    /// A person says: we have it. Never agreement.
    #[n(2)]
    Received,
    /// Somebody works on it.
    #[n(3)]
    InHand,
    /// Another office was named.
    #[n(4)]
    Redirected,
    /// It cannot be dealt with there; no reason is needed.
    #[n(5)]
    CannotHandle,
}

impl Progress {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 6] =
        [Self::Accepted, Self::Delivered, Self::Received, Self::InHand, Self::Redirected, Self::CannotHandle];
    /// The levels of an acknowledgement: what a person says.
    pub const BY_PERSON: &'static [&'static str] = &["received", "in-hand", "redirected", "cannot-handle"];

    /// The name as people and scripts write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Delivered => "delivered",
            Self::Received => "received",
            Self::InHand => "in-hand",
            Self::Redirected => "redirected",
            Self::CannotHandle => "cannot-handle",
        }
    }

    /// The state of this name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// Whether a person said it.
    #[must_use]
    pub const fn is_by_person(self) -> bool {
        self.step() >= Self::Received.step()
    }

    /// The three ways of dealing with a message are one step: the latest of them counts.
    const fn step(self) -> u8 {
        match self {
            Self::Accepted => 0,
            Self::Delivered => 1,
            Self::Received => 2,
            Self::InHand | Self::Redirected | Self::CannotHandle => 3,
        }
    }
}

/// A proven state, and when it came about by the clock of who proved it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
pub struct State {
    /// What.
    #[n(0)]
    pub progress: Progress,
    /// When, Unix milliseconds.
    #[n(1)]
    pub at_ms: u64,
}

/// What is known after one more proof. A further step counts; of two proofs of one early step the first, since it
/// says when the message was there; of two human decisions the later, since people change their minds.
#[must_use]
pub fn advance(current: State, new: State) -> State {
    let (mine, other) = (current.progress.step(), new.progress.step());
    let replaces = if mine != other {
        other > mine
    } else if mine < Progress::InHand.step() {
        new.at_ms < current.at_ms
    } else {
        // At the same millisecond the number decides, so that the order of arrival does not.
        (new.at_ms, new.progress) > (current.at_ms, current.progress)
    };
    if replaces { new } else { current }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<State> {
        let at = |at_ms| Progress::ALL.map(|progress| State { progress, at_ms });
        [at(1), at(2), at(3)].concat()
    }

    #[test]
    fn a_proven_state_never_rolls_back() {
        for current in all() {
            for new in all() {
                let next = advance(current, new);
                assert!(next == current || next == new);
                assert!(next.progress.step() >= current.progress.step());
                assert!(next.progress.step() >= new.progress.step());
            }
        }
    }

    #[test]
    fn the_order_of_arrival_does_not_matter() {
        for a in all() {
            assert_eq!(advance(a, a), a);
            for b in all() {
                assert_eq!(advance(a, b), advance(b, a));
                for c in all() {
                    assert_eq!(advance(advance(a, b), c), advance(a, advance(b, c)));
                }
            }
        }
    }

    #[test]
    fn people_may_change_their_minds_and_received_is_not_a_step_back() {
        let state = |progress, at_ms| State { progress, at_ms };
        let in_hand = state(Progress::InHand, 5);
        assert_eq!(advance(in_hand, state(Progress::Redirected, 6)).progress, Progress::Redirected);
        assert_eq!(advance(in_hand, state(Progress::Redirected, 4)), in_hand);
        assert_eq!(advance(in_hand, state(Progress::Received, 9)), in_hand);
        assert_eq!(advance(state(Progress::Delivered, 5), state(Progress::Delivered, 3)).at_ms, 3);
    }

    #[test]
    fn names_and_numbers_agree() {
        for (number, progress) in Progress::ALL.into_iter().enumerate() {
            assert_eq!(liaison_keys::cbor::encode(&progress), [number as u8]);
            assert_eq!(Progress::from_name(progress.name()), Some(progress));
            assert_eq!(Progress::BY_PERSON.contains(&progress.name()), progress.is_by_person());
        }
        assert_eq!(Progress::from_name("agreed"), None);
    }
}
