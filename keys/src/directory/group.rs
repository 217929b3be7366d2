//! Which States belong together? Groups, their members' status, and a State's own wish (`docs/protocol.md` §3).
//! It must never know which groups exist in the world: membership is political, and edited by people.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};

use super::fact::Timeline;
use crate::names::{GroupId, Owner, StateCode};

crate::named! {
    /// A State's status in a group, as its coordinator says. Only members get the group's messages.
    MemberStatus {
        /// Gets the group's messages, if the State wishes it too.
        Member = 0 "member",
        /// Named, without messages for now.
        Suspended = 1 "suspended",
        /// Named as observer.
        Observer = 2 "observer",
        /// No longer named.
        Removed = 3 "removed",
    }
}

/// A group and who keeps its membership. Signed by the custodian.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DefineGroup {
    /// Name, as shown.
    #[n(1)]
    pub name: String,
    /// The organization that edits the members; none ends the group: its scopes match nobody.
    #[n(2)]
    pub coordinator: Option<Owner>,
}

/// One State's status in a group. Signed by the coordinating organization's root or admin.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct GroupMember {
    /// The State.
    #[n(1)]
    pub state: StateCode,
    /// Its status from here on.
    #[n(2)]
    pub status: MemberStatus,
}

/// A State's wish to be in a group. Signed by the State's root or admin.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Join {
    /// The group.
    #[n(1)]
    pub group: GroupId,
}

/// A State no longer wishes to be in a group. Signed by root or admin.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Leave {
    /// The group.
    #[n(1)]
    pub group: GroupId,
}

/// What is known of a group.
#[derive(Clone, Debug, Default)]
pub struct GroupFacts {
    pub(super) definition: Timeline<DefineGroup>,
    pub(super) members: BTreeMap<StateCode, Timeline<MemberStatus>>,
    /// Each State's own wish.
    pub(super) joined: BTreeMap<StateCode, Timeline<bool>>,
}
