//! Who may send this kind to this scope? The `full` profile: assistance, incidents and crises are between States
//! (paper U on what the Secretariat does not do; paper I on assistance), checks belong to who keeps the directory.
//! It must never know who the sender is, only which role the directory gives it.

use liaison_keys::names::GroupId;
use thiserror::Error;

use crate::scope::Scope;
use crate::template::{self, TemplateName};

/// What the directory says of a sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SenderRole<'a> {
    /// An office of a State.
    State,
    /// An office of the directory's custodian.
    Custodian,
    /// An office of the organization that coordinates these groups.
    Coordinator {
        /// The groups.
        groups: &'a [GroupId],
    },
    /// An office of any other organization.
    Organization,
}

/// How far a role's messages of one kind may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Nowhere.
    Nowhere,
    /// To offices by name.
    Bilateral,
    /// Also to the groups that the sender coordinates.
    OwnGroups,
    /// To any scope.
    Anywhere,
}

/// Who may send a kind of message, and how far. Part of each template's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rights {
    /// A State.
    pub state: Reach,
    /// The custodian.
    pub custodian: Reach,
    /// A coordinator.
    pub coordinator: Reach,
    /// Another organization.
    pub organization: Reach,
}

/// The directory does not entitle this sender to this message.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotEntitled {
    /// Not to this kind at all.
    #[error("this sender may not send this kind of message")]
    Kind,
    /// To this kind, but not so widely.
    #[error("this sender may send this kind of message, but not to this scope")]
    Scope,
    /// The network's profile does not use this kind.
    #[error("this network's profile does not use this kind of message")]
    Off,
    /// The network's profile does not use one of these categories.
    #[error("this network's profile does not use one of these categories")]
    Category,
    /// Assistance is between States: the custodian neither sends nor receives it (paper U, What ¶2).
    #[error("assistance is between States: the custodian does not receive it")]
    Custodian,
    /// To groups, but not to one of these.
    #[error("this sender may send this kind of message to its own groups only")]
    Group,
}

impl Rights {
    /// States only, to any scope.
    pub const STATES: Self = Self::states(Reach::Anywhere);
    /// States only, to offices by name.
    pub const STATES_BILATERAL: Self = Self::states(Reach::Bilateral);
    /// Everyone, to any scope.
    pub const EVERYONE: Self = Self::everyone(Reach::Anywhere);
    /// Everyone, to offices by name.
    pub const EVERYONE_BILATERAL: Self = Self::everyone(Reach::Bilateral);

    const fn states(reach: Reach) -> Self {
        Self { state: reach, ..Self::everyone(Reach::Nowhere) }
    }

    const fn everyone(reach: Reach) -> Self {
        Self { state: reach, custodian: reach, coordinator: reach, organization: reach }
    }

    const fn of(&self, sender: SenderRole<'_>) -> Reach {
        match sender {
            SenderRole::State => self.state,
            SenderRole::Custodian => self.custodian,
            SenderRole::Coordinator { .. } => self.coordinator,
            SenderRole::Organization => self.organization,
        }
    }
}

/// Whether a sender in this role may send this kind of message to this scope. The sending station asks before it
/// seals, each receiving station when it has opened.
///
/// Another version of a kind that this program knows has the rights of that kind. A kind that it does not know at
/// all may be sent by States, to any scope: a State loses nothing by sending `general` instead, and a station that
/// is behind must not refuse a State's warning; while for anyone else it may be a kind that is closed to them.
///
/// # Errors
/// [`NotEntitled`], with what is beyond the sender's rights.
pub fn may_send(sender: SenderRole<'_>, template: &TemplateName, scope: &Scope) -> Result<(), NotEntitled> {
    let name = template.slug().as_str();
    let unknown = if template::MACHINE.contains(&name) { Rights::EVERYONE_BILATERAL } else { Rights::STATES };
    let to_custodian = |scope: &Scope| match scope {
        Scope::Bilateral { offices } => offices.iter().any(|office| office.owner.is_custodian()),
        Scope::Regional { .. } | Scope::Global { .. } => false,
    };
    if ASSISTANCE.contains(&name) && to_custodian(scope) {
        return Err(NotEntitled::Custodian);
    }
    let rights = template::by_name(name).map_or(unknown, |template| template.rights);
    match (rights.of(sender), scope) {
        (Reach::Nowhere, _) => Err(NotEntitled::Kind),
        (Reach::Anywhere, _) | (_, Scope::Bilateral { .. }) => Ok(()),
        (Reach::OwnGroups, Scope::Regional { groups, .. }) => {
            let own = if let SenderRole::Coordinator { groups } = sender { groups } else { &[] };
            if groups.iter().all(|group| own.contains(group)) { Ok(()) } else { Err(NotEntitled::Group) }
        }
        (Reach::OwnGroups, Scope::Global { .. }) | (Reach::Bilateral, _) => Err(NotEntitled::Scope),
    }
}

/// Kinds that ask for, offer and answer help.
const ASSISTANCE: [&str; 3] = ["request-for-assistance", "response-to-assistance", "offer-of-assistance"];

#[cfg(test)]
mod tests {
    use NotEntitled::{Group, Kind, Scope as Wide};

    use super::*;

    type Row = [Result<(), NotEntitled>; 4];

    fn group(name: &str) -> GroupId {
        name.parse().unwrap()
    }

    /// What this role may do with this kind: bilateral, own group, another group too, global.
    fn row(sender: SenderRole<'_>, kind: &str) -> Row {
        let scopes = [
            Scope::bilateral(["xb/single/1".parse().unwrap()]).unwrap(),
            Scope::regional([group("group:xr-north")], [], false).unwrap(),
            Scope::regional([group("group:xr-north"), group("group:xr-south")], [], false).unwrap(),
            Scope::global([]),
        ];
        scopes.map(|scope| may_send(sender, &format!("{kind}/1").parse().unwrap(), &scope))
    }

    const ALL: Row = [Ok(()); 4];
    const NONE: Row = [Err(Kind); 4];
    const BILATERAL: Row = [Ok(()), Err(Wide), Err(Wide), Err(Wide)];
    const OWN_GROUP: Row = [Ok(()), Ok(()), Err(Group), Err(Wide)];

    #[test]
    fn the_whole_matrix() {
        let north = [group("group:xr-north")];
        let roles = [
            SenderRole::State,
            SenderRole::Custodian,
            SenderRole::Coordinator { groups: &north },
            SenderRole::Organization,
        ];
        for (kind, rows) in [
            ("incident-notification", [ALL, NONE, NONE, NONE]),
            ("request-for-assistance", [ALL, NONE, NONE, NONE]),
            ("crisis-message", [BILATERAL, NONE, NONE, NONE]),
            ("general", [ALL; 4]),
            ("comm-check", [BILATERAL, ALL, OWN_GROUP, NONE]),
            ("comm-check-ack", [BILATERAL; 4]),
            ("acknowledgement", [BILATERAL; 4]),
            ("receipt", [BILATERAL; 4]),
            ("early-warning", [ALL, NONE, NONE, NONE]),
        ] {
            assert_eq!(roles.map(|role| row(role, kind)), rows, "{kind}");
        }
    }

    #[test]
    fn the_custodian_receives_no_assistance() {
        let to_custodian = Scope::bilateral(["org:custodian/secretariat/1".parse().unwrap()]).unwrap();
        let send = |kind: &str| may_send(SenderRole::State, &kind.parse().unwrap(), &to_custodian);
        assert_eq!(send("request-for-assistance/1"), Err(NotEntitled::Custodian));
        assert_eq!(send("offer-of-assistance/1"), Err(NotEntitled::Custodian));
        assert_eq!(send("general/1"), Ok(()));
    }

    #[test]
    fn another_version_has_the_rights_of_its_kind() {
        let newer = "crisis-message/2".parse().unwrap();
        assert_eq!(may_send(SenderRole::State, &newer, &Scope::global([])), Err(Wide));
    }
}
