//! Which lane moves next?
//! It must never know what moves: a chunk written, or bytes read.
//!
//! ```text
//! chunk   1 … 15   16        17 … 31   32          33 … 47   48        49 … 63   64
//! first   urgent   routine   urgent    priority    urgent    immediate urgent    flash
//! ```
//!
//! Fifteen turns go to the most urgent lane that has something; the sixteenth is offered first to one lane after the
//! other. So a flash is held up by at most one chunk of another lane in sixteen, and no lane waits for more than
//! 64 turns, whatever the others do.

use liaison_proto::{Lane, limits};

/// Counts the turns, and says in which order the lanes are asked for the next one.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    taken: u32,
}

impl Turns {
    /// The lanes in the order in which the next turn is offered; the favoured lane may be named twice.
    pub(crate) fn order(&self) -> impl Iterator<Item = Lane> + use<> {
        self.favoured().into_iter().chain(Lane::URGENT_FIRST)
    }

    /// A lane took its turn.
    pub(crate) fn took(&mut self) {
        // Wraps at 2³², a multiple of the 64 turns of one round, so the rule holds across the wrap.
        self.taken = self.taken.wrapping_add(1);
    }

    fn favoured(&self) -> Option<Lane> {
        let round = limits::URGENT_CHUNKS_IN_A_ROW_MAX + 1;
        let number = u8::try_from(self.taken / round % 4).ok()?;
        (self.taken % round == limits::URGENT_CHUNKS_IN_A_ROW_MAX).then(|| Lane::from_number(number))?
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn winners(turns: &mut Turns, waiting: &[Lane], count: usize) -> Vec<Lane> {
        let mut next = || {
            let lane = turns.order().find(|lane| waiting.contains(lane));
            turns.took();
            lane.unwrap()
        };
        (0..count).map(|_| next()).collect()
    }

    #[test]
    fn the_most_urgent_goes_first_fifteen_times() {
        let won = winners(&mut Turns::default(), &[Lane::Routine, Lane::Flash], 16);
        assert_eq!(won[..15], [Lane::Flash; 15]);
        assert_eq!(won[15], Lane::Routine);
    }

    #[test]
    fn nobody_waiting_costs_nothing() {
        assert_eq!(winners(&mut Turns::default(), &[Lane::Immediate], 200), [Lane::Immediate; 200]);
    }

    proptest! {
        #[test]
        fn every_waiting_lane_moves_within_64_turns(start: u32, set in 1_usize..16) {
            let waiting: Vec<Lane> = Lane::URGENT_FIRST.into_iter().filter(|l| set >> l.number() & 1 == 1).collect();
            let won = winners(&mut Turns { taken: start }, &waiting, 64);
            for lane in &waiting {
                prop_assert!(won.contains(lane));
            }
            let most_urgent = won.iter().filter(|lane| *lane == &waiting[0]).count();
            prop_assert!(most_urgent >= 60);
        }
    }
}
