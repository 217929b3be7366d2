//! Which States belong together, as the world's lists say? A file of groups that custodian and coordinators edit, and the
//! regions of the United Nations' statistics for States in no group. It must never know the directory.

use std::sync::LazyLock;

use liaison_keys::directory::MemberStatus;
use liaison_keys::names::{GroupId, StateCode};
use serde::{Deserialize, Serialize};

/// The file: as shipped, or edited by whoever keeps a network's groups.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Regions {
    /// `regions/1`.
    pub(crate) format: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) built: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) by: String,
    pub(crate) groups: Vec<Group>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) m49_regions: Vec<Region>,
}

/// A group of States.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Group {
    /// Short name, as in `group:<id>`; its coordinator is `org:<id>`, if nothing else is said.
    pub(crate) id: String,
    pub(crate) name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) coordinator: Option<String>,
    /// Codes of States in ISO 3166.
    pub(crate) members: Vec<String>,
    /// What is special about a member, by its code: `suspended` counts, other words are for people.
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub(crate) member_status: std::collections::BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) observers: Vec<String>,
}

/// A region of the M49 standard.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Region {
    /// Three digits.
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) members: Vec<String>,
}

impl Regions {
    /// Reads a file.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let regions: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if regions.format == FORMAT {
            Ok(regions)
        } else {
            Err(format!("format {:?}, not {FORMAT:?}", regions.format))
        }
    }

    /// States of the M49 region with this code or name; none if there is no such region.
    pub(crate) fn region(&self, wanted: &str) -> Option<Vec<StateCode>> {
        let is = |region: &&Region| region.code == wanted || region.name.eq_ignore_ascii_case(wanted);
        let region = self.m49_regions.iter().find(is)?;
        Some(region.members.iter().filter_map(|code| code.to_lowercase().parse().ok()).collect())
    }
}

impl Group {
    /// The group's name in the directory.
    pub(crate) fn group(&self) -> Option<GroupId> {
        Some(GroupId::new(self.id.parse().ok()?))
    }

    /// Each State that it names, with its status; codes that are none are left out.
    pub(crate) fn statuses(&self) -> Vec<(StateCode, MemberStatus)> {
        let code = |text: &String| text.to_lowercase().parse::<StateCode>().ok();
        let suspended = |text: &String| {
            self.member_status
                .get(text)
                .is_some_and(|status| status.starts_with(MemberStatus::Suspended.name()))
        };
        let member = |text: &String| {
            let status = if suspended(text) { MemberStatus::Suspended } else { MemberStatus::Member };
            code(text).map(|code| (code, status))
        };
        let observers = self.observers.iter().filter_map(|text| Some((code(text)?, MemberStatus::Observer)));
        let mut all: Vec<_> = self.members.iter().filter_map(member).chain(observers).collect();
        all.sort_unstable();
        all.dedup_by_key(|(state, _)| *state);
        all
    }
}

/// The lists that come with this version: where somebody begins who keeps a network's groups.
pub(crate) static SHIPPED: LazyLock<Regions> = LazyLock::new(|| Regions::read(TEXT).unwrap_or_default());

/// The shipped file itself.
pub(crate) const TEXT: &str = include_str!("../data/regions.json");
/// The mark of the format.
pub(crate) const FORMAT: &str = "regions/1";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_lists_are_whole() {
        let shipped = Regions::read(TEXT).unwrap();
        let group = |id: &str| shipped.groups.iter().find(|group| group.id == id).unwrap();
        assert_eq!(group("un").members.len(), 193);
        assert_eq!(group("osce").members.len(), 57);
        assert!(shipped.groups.iter().all(|group| group.group().is_some()));
        let statuses = shipped.groups.iter().map(|group| (group, group.statuses()));
        for (group, statuses) in statuses {
            assert_eq!(statuses.len(), group.members.len() + group.observers.len(), "{}", group.id);
        }
        let suspended = group("au").statuses();
        assert!(suspended.contains(&("ml".parse().unwrap(), MemberStatus::Suspended)));
        assert_eq!(shipped.region("150"), shipped.region("europe"));
        assert!(shipped.region("Oceania").unwrap().contains(&"fj".parse().unwrap()));
        assert_eq!(shipped.region("Atlantis"), None);
        assert!(Regions::read(r#"{"format": "regions/2", "groups": []}"#).is_err());
    }
}
