//! What does each lane have of its own?
//! It must never know what is kept, nor what a lane stands for.

use liaison_proto::Lane;

/// One `T` for each lane, reached by name: total, so there is no index to get wrong.
#[derive(Debug, Default)]
pub(crate) struct PerLane<T> {
    flash: T,
    immediate: T,
    priority: T,
    routine: T,
}

impl<T> PerLane<T> {
    pub(crate) fn from_fn(make: impl FnMut(Lane) -> T) -> Self {
        Self::from_array(Lane::URGENT_FIRST.map(make))
    }

    /// From one `T` each, the most urgent first.
    pub(crate) fn from_array([flash, immediate, priority, routine]: [T; 4]) -> Self {
        Self { flash, immediate, priority, routine }
    }

    pub(crate) fn of(&self, lane: Lane) -> &T {
        match lane {
            Lane::Flash => &self.flash,
            Lane::Immediate => &self.immediate,
            Lane::Priority => &self.priority,
            Lane::Routine => &self.routine,
        }
    }

    pub(crate) fn of_mut(&mut self, lane: Lane) -> &mut T {
        match lane {
            Lane::Flash => &mut self.flash,
            Lane::Immediate => &mut self.immediate,
            Lane::Priority => &mut self.priority,
            Lane::Routine => &mut self.routine,
        }
    }

    /// All four, the most urgent first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        Lane::URGENT_FIRST.into_iter().map(|lane| self.of(lane))
    }

    /// Gives the four away, the most urgent first.
    pub(crate) fn into_array(self) -> [T; 4] {
        [self.flash, self.immediate, self.priority, self.routine]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_lane_has_its_own_place() {
        let mut lanes = PerLane::from_fn(Lane::number);
        for lane in Lane::URGENT_FIRST {
            assert_eq!(*lanes.of(lane), lane.number());
            *lanes.of_mut(lane) += 10;
        }
        assert_eq!(lanes.iter().copied().collect::<Vec<_>>(), [13, 12, 11, 10]);
        assert_eq!(lanes.into_array(), [13, 12, 11, 10]);
    }
}
