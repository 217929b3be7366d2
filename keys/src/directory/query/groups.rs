//! Which States were together, when the log had this size? Groups, what their coordinators say, and each State's own wish
//! (`docs/protocol.md` §4). It must never know why somebody asks.

use std::collections::BTreeSet;

use super::At;
use crate::directory::group::MemberStatus;
use crate::names::{GroupId, Owner, StateCode, Subject};

impl<'d> At<'d> {
    /// A group's name and coordinator, if it has one.
    #[must_use]
    pub fn group(&self, group: &GroupId) -> Option<(&'d str, &'d Owner)> {
        let definition = self.directory.groups.get(group)?.definition.at(self.view())?;
        let counts = !self.is_newer(&Subject::Group(group.clone()));
        definition.coordinator.as_ref().filter(|_| counts).map(|owner| (definition.name.as_str(), owner))
    }

    /// Groups whose membership an organization keeps, in the order of their names.
    #[must_use]
    pub fn groups_coordinated_by(&self, owner: &Owner) -> Vec<GroupId> {
        let coordinates =
            |group: &&GroupId| self.group(group).is_some_and(|(_, coordinator)| coordinator == owner);
        self.directory.groups().filter(coordinates).cloned().collect()
    }

    /// A State's status in a group as the coordinator says, and whether the State itself wishes it.
    #[must_use]
    pub fn membership(&self, group: &GroupId, state: StateCode) -> (Option<MemberStatus>, bool) {
        let Some(facts) = self.directory.groups.get(group) else { return (None, false) };
        let status = facts.members.get(&state).and_then(|line| line.at(self.view())).copied();
        let joined = facts.joined.get(&state).and_then(|line| line.at(self.view())) == Some(&true);
        (status, joined)
    }

    /// States named by the coordinator or wishing to be in a group, in the order of their codes.
    pub fn states_of(&self, group: &GroupId) -> impl Iterator<Item = StateCode> + use<'d> {
        let facts = self.directory.groups.get(group);
        let ever =
            facts.into_iter().flat_map(|facts| facts.members.keys().chain(facts.joined.keys()).copied());
        let by_now = |state: &StateCode| self.membership(group, *state) != (None, false);
        let named: BTreeSet<StateCode> = ever.filter(by_now).collect();
        named.into_iter()
    }

    /// States that get the group's messages: status *member*, and the State's own wish.
    pub fn members(&self, group: &GroupId) -> impl Iterator<Item = StateCode> + use<'d> {
        let (this, named) = (*self, self.states_of(group));
        let (ended, group) = (self.group(group).is_none(), group.clone());
        let full =
            move |state: &StateCode| this.membership(&group, *state) == (Some(MemberStatus::Member), true);
        named.filter(move |state| !ended && full(state))
    }
}
