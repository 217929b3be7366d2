//! What may a statement of each kind say? The rules besides who signs it, and the caps (`docs/protocol.md` §3).
//! It must never know what a statement changes.

use super::body::{Body, Genesis, Operate, Relay, Settings};
use super::group::DefineGroup;
use super::office::is_plain_line;
use super::owner::ChangeKind;
use super::replay::Directory;
use super::statement::Claims;
use super::void::Void;
use super::witness::{WITNESSES_MAX, is_name};
use crate::cbor;
use crate::names::{Owner, Slug, Subject};
use crate::signing::{PublicKey, Role};

mod office;
mod owner;

/// What a contest stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Contested {
    /// A change that waits, said in this entry.
    Change(ChangeKind, u64),
    /// The freeze of a key, said in this entry.
    Freeze(u64),
}

impl Contested {
    pub(super) const fn entry(self) -> u64 {
        match self {
            Self::Change(_, entry) | Self::Freeze(entry) => entry,
        }
    }
}

impl Directory {
    /// The rules of each kind, besides who signs it.
    pub(super) fn judge_rule(&self, logged: u64, claims: &Claims, body: &Body) -> Result<(), Void> {
        match &claims.subject {
            Subject::Network => or_rule(self.may_say_of_network(logged, body)),
            Subject::Owner(owner) => self.judge_of_owner(logged, owner, body),
            Subject::Office(office) => self.judge_of_office(logged, claims, office, body),
            Subject::Group(_) => or_rule(match body {
                Body::DefineGroup(group) => self.may_define(group),
                Body::GroupMember(member) => self.owners.contains_key(&Owner::State(member.state)),
                Body::Note(note) => self.may_note(logged, &claims.subject, note),
                _ => false,
            }),
        }
    }

    fn may_say_of_network(&self, logged: u64, body: &Body) -> bool {
        match body {
            Body::Genesis(genesis) => self.size == 0 && is_founded_well(genesis),
            Body::Operate(operate) => {
                let changes = self.operation_at(self.view(logged)) != operate.as_ref();
                changes && is_run_well(operate, self.genesis.fictional)
            }
            Body::Settings(settings) => are_settings_well(settings),
            _ => false,
        }
    }

    fn may_define(&self, group: &DefineGroup) -> bool {
        let coordinated = group
            .coordinator
            .as_ref()
            .is_none_or(|owner| owner.state().is_none() && self.owners.contains_key(owner));
        coordinated && is_plain_line(&group.name, NAME_CHARS_MAX)
    }
}

/// Logged at most 7 days after and 10 minutes before it was made; what only takes away may lie longer (else a host lets
/// it lapse by holding it back, and who has stolen an admin key outruns an offline root).
pub(super) fn judge_made(logged: u64, claims: &Claims, body: Option<&Body>) -> Result<(), Void> {
    let lapses = !body.is_some_and(Body::only_takes);
    let late = lapses && logged > claims.made.saturating_add(MADE_BEFORE_S_MAX);
    let early = claims.made > logged.saturating_add(MADE_AFTER_S_MAX);
    if late || early { Err(Void::Made) } else { Ok(()) }
}

fn or_rule(holds: bool) -> Result<(), Void> {
    if holds { Ok(()) } else { Err(Void::Rule) }
}

fn is_founded_well(genesis: &Genesis) -> bool {
    is_run_well(&genesis.operation(), genesis.fictional)
}

fn is_run_well(operate: &Operate, fictional: bool) -> bool {
    let threshold = (1..=operate.custodian.len()).contains(&usize::from(operate.threshold));
    let witnesses = usize::from(operate.cosignatures) <= operate.witnesses.len()
        && operate.witnesses.len() <= WITNESSES_MAX
        && operate.witnesses.iter().all(|(name, _)| is_name(name));
    let floors = fictional
        || (operate.reroot_states >= REROOT_STATES_MIN && operate.attest_states >= ATTEST_STATES_MIN);
    let addresses = |relay: &Relay| {
        (1..=ADDRESSES_MAX).contains(&relay.addresses.len())
            && relay.addresses.iter().all(|address| is_plain_line(address, NAME_CHARS_MAX))
    };
    let relays = (1..=RELAYS_MAX).contains(&operate.relays.len()) && operate.relays.iter().all(addresses);
    threshold && witnesses && floors && relays && is_key_set(&operate.custodian)
}

fn are_settings_well(settings: &Settings) -> bool {
    (1..=MONTHS_MAX).contains(&settings.check_months)
        && (1..=MONTHS_MAX).contains(&settings.reminder_months)
        && (1..=NOTICE_DAYS_MAX).contains(&settings.notice_days)
        && (1..=OFFICES_WANTED_MAX).contains(&settings.offices_wanted)
        && is_slug_set(&settings.kinds_off)
        && is_slug_set(&settings.kinds_bilateral)
        && settings.categories_off.is_sorted_by(|a, b| a < b)
}

/// Ascending and distinct, of a bearable length; may be empty.
fn is_slug_set(slugs: &[Slug]) -> bool {
    slugs.len() <= SLUGS_MAX && cbor::is_set(slugs)
}

fn is_key_set<R: Role>(keys: &[PublicKey<R>]) -> bool {
    (1..=KEYS_MAX).contains(&keys.len()) && keys.is_sorted_by(|a, b| a < b)
}

fn lives_long_enough(expires: u64, logged: u64) -> bool {
    expires > logged && expires - logged <= CERTIFICATE_LIVES_S_MAX
}

/// 13 months.
pub const CERTIFICATE_LIVES_S_MAX: u64 = 34_214_400;
/// How long a delegation after the first one waits.
pub const DELEGATE_DELAY_S: u64 = 86_400;
/// How long a change of the network's operation waits that not all custodian keys signed.
pub const OPERATE_DELAY_S: u64 = 7 * 86_400;
/// How long a change of root waits that not all old keys signed.
pub const ROOT_CHANGE_DELAY_S: u64 = 72 * 3600;
/// How long a change of root or admins waits when the one before it was contested.
pub const CONTESTED_DELAY_S: u64 = 7 * 86_400;
/// How long a re-root waits.
pub const RE_ROOT_DELAY_S: u64 = 14 * 86_400;
/// For how long a device may suspend another one of its office.
pub const SUSPEND_S_MAX: u64 = 72 * 3600;
/// For how long the custodian's note freezes a key.
pub const FREEZE_S: u64 = 86_400;
/// How often a key may be frozen, and a device suspended by the same other one: once in so long.
pub const AGAIN_S: u64 = 30 * 86_400;
/// A statement lapses when it is logged later than this after it was made.
pub const MADE_BEFORE_S_MAX: u64 = 7 * 86_400;
/// A statement may be dated this much ahead of the log.
pub const MADE_AFTER_S_MAX: u64 = 600;
/// Words on one device's end; from half of them on only the root's.
pub const REVOCATIONS_MAX: usize = 16;
/// Live devices of one State.
pub const STATE_DEVICES_MAX: usize = 32;
/// Live devices of one organization.
pub const ORGANIZATION_DEVICES_MAX: usize = 16;
/// Organizations in a network.
pub const ORGANIZATIONS_MAX: usize = 100;
const REROOT_STATES_MIN: u8 = 5;
const ATTEST_STATES_MIN: u8 = 3;
/// From so many regional groups must the States come that sign a re-root.
const REROOT_GROUPS_MIN: usize = 3;
const MONTHS_MAX: u8 = 24;
const NOTICE_DAYS_MAX: u16 = 365;
const OFFICES_WANTED_MAX: u8 = 16;
const SLUGS_MAX: usize = 64;
const KEYS_MAX: usize = 16;
const RELAYS_MAX: usize = 16;
const ADDRESSES_MAX: usize = 8;
const NAME_CHARS_MAX: usize = 200;
