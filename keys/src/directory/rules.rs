//! What may a statement of each kind say? The rules besides who signs it, and the caps (`docs/protocol.md` §3).
//! It must never know what a statement changes.

use super::body::{Body, Certify, Enrol, Genesis};
use super::group::DefineGroup;
use super::office::{Category, OfficeRecord, is_plain_line};
use super::replay::Directory;
use super::statement::Claims;
use super::void::Void;
use crate::names::{OfficeId, Owner, StateCode, Subject};
use crate::signing::{PublicKey, Role};

impl Directory {
    /// The rules of each kind, besides who signs it.
    pub(super) fn judge_rule(&self, logged: u64, subject: &Subject, body: &Body) -> Result<(), Void> {
        let holds = match (body, subject) {
            (Body::Genesis(genesis), _) => self.size == 0 && is_founded_well(genesis),
            (Body::Enrol(enrol), Subject::Owner(owner)) => return self.judge_enrol(owner, enrol),
            (Body::Delegate(delegate), _) => {
                is_key_set(&delegate.admins) && lives_long_enough(delegate.expires, logged)
            }
            (Body::Nominate(record), Subject::Office(office)) => self.may_nominate(office, record),
            (Body::Certify(certify), Subject::Office(office)) => {
                return self.judge_certify(logged, office, certify);
            }
            // Again, if it says something else: or a thief who retires the device would keep its State from saying
            // that the key was stolen.
            (Body::Revoke(revoke), Subject::Office(office)) => {
                let device = self.devices.get(&revoke.device).filter(|device| device.office == *office);
                device.is_some_and(|device| {
                    let said = device.revoked.last();
                    said.is_none_or(|(_, said)| said.compromised_since != revoke.compromised_since)
                })
            }
            (Body::DefineGroup(group), _) => self.may_define(group),
            (Body::GroupMember(member), _) => self.owners.contains_key(&Owner::State(member.state)),
            (Body::Join(join), _) => self.coordinator_now(&join.group).is_some(),
            _ => false,
        };
        if holds { Ok(()) } else { Err(Void::Rule) }
    }

    fn judge_enrol(&self, owner: &Owner, enrol: &Enrol) -> Result<(), Void> {
        let fiction_in_earnest =
            !self.genesis.fictional && owner.state().is_some_and(StateCode::is_fictional);
        let named = is_plain_line(&enrol.name, NAME_CHARS_MAX)
            && [&enrol.regional_group, &enrol.note_verbale]
                .into_iter()
                .flatten()
                .all(|text| is_plain_line(text, NAME_CHARS_MAX));
        let threshold = (1..=enrol.roots.len()).contains(&usize::from(enrol.threshold));
        if fiction_in_earnest
            || !named
            || !threshold
            || !is_key_set(&enrol.roots)
            || self.owners.contains_key(owner)
        {
            return Err(Void::Rule);
        }
        let organizations = self.owners.keys().filter(|owner| owner.state().is_none()).count();
        let full = owner.state().is_none() && organizations >= ORGANIZATIONS_MAX;
        if full { Err(Void::Cap) } else { Ok(()) }
    }

    fn may_nominate(&self, office: &OfficeId, record: &OfficeRecord) -> bool {
        let of_state = office.owner.state().is_some();
        let main = Category::from_name(office.role.as_str());
        let main_named = !of_state || main.is_some_and(|main| record.categories.contains(&main));
        let new = !self.offices.contains_key(office) && office.number > 0;
        new && main_named && record.is_well_formed(of_state) && self.owners.contains_key(&office.owner)
    }

    fn judge_certify(&self, logged: u64, office: &OfficeId, certify: &Certify) -> Result<(), Void> {
        let id = certify.signing.device();
        // A transport key stays with its device: else a revoked one would come back under a new signing key.
        if self.transports.get(&certify.transport).is_some_and(|holder| *holder != id) {
            return Err(Void::KeyTaken);
        }
        let ended = self.devices.get(&id).is_some_and(|device| {
            let same = device.signing == certify.signing && device.transport == certify.transport;
            !device.revoked.is_empty() || !same || device.office != *office
        });
        if ended || !self.offices.contains_key(office) || !lives_long_enough(certify.expires, logged) {
            return Err(Void::Rule);
        }
        let of_owner = self.owners.get(&office.owner).into_iter().flat_map(|facts| &facts.devices);
        let others = of_owner.filter(|other| **other != id).filter_map(|other| self.devices.get(other));
        let others = others.filter(|device| device.is_live(self.size, logged));
        let max = if office.owner.state().is_some() { STATE_DEVICES_MAX } else { ORGANIZATION_DEVICES_MAX };
        if others.count() >= max { Err(Void::Cap) } else { Ok(()) }
    }

    fn may_define(&self, group: &DefineGroup) -> bool {
        let coordinated = group
            .coordinator
            .as_ref()
            .is_none_or(|owner| owner.state().is_none() && self.owners.contains_key(owner));
        coordinated && is_plain_line(&group.name, NAME_CHARS_MAX)
    }
}

/// Logged at most 7 days after and 10 minutes before it was made; a revocation may lie longer (else a host lets it
/// lapse by holding it back).
pub(super) fn judge_made(logged: u64, claims: &Claims, body: Option<&Body>) -> Result<(), Void> {
    let lapses = !matches!(body, Some(Body::Revoke(_)));
    let late = lapses && logged > claims.made.saturating_add(MADE_BEFORE_S_MAX);
    let early = claims.made > logged.saturating_add(MADE_AFTER_S_MAX);
    if late || early { Err(Void::Made) } else { Ok(()) }
}

fn is_founded_well(genesis: &Genesis) -> bool {
    let threshold = (1..=genesis.custodian.len()).contains(&usize::from(genesis.threshold));
    // Names of keys in signed notes (C2SP): no blanks, no plus.
    let names_key = |name: &str| is_plain_line(name, NAME_CHARS_MAX) && !name.contains([' ', '+']);
    let witnesses = usize::from(genesis.cosignatures) <= genesis.witnesses.len()
        && genesis.witnesses.iter().all(|(name, _)| names_key(name));
    let floors = genesis.fictional
        || (genesis.reroot_states >= REROOT_STATES_MIN && genesis.attest_states >= ATTEST_STATES_MIN);
    let addresses = |relay: &super::body::Relay| {
        (1..=ADDRESSES_MAX).contains(&relay.addresses.len())
            && relay.addresses.iter().all(|address| is_plain_line(address, NAME_CHARS_MAX))
    };
    let relays = (1..=RELAYS_MAX).contains(&genesis.relays.len()) && genesis.relays.iter().all(addresses);
    threshold && witnesses && floors && relays && is_key_set(&genesis.custodian)
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
/// A statement lapses when it is logged later than this after it was made.
pub const MADE_BEFORE_S_MAX: u64 = 7 * 86_400;
/// A statement may be dated this much ahead of the log.
pub const MADE_AFTER_S_MAX: u64 = 600;
/// Live devices of one State.
pub const STATE_DEVICES_MAX: usize = 32;
/// Live devices of one organization.
pub const ORGANIZATION_DEVICES_MAX: usize = 16;
/// Organizations in a network.
pub const ORGANIZATIONS_MAX: usize = 100;
const REROOT_STATES_MIN: u8 = 5;
const ATTEST_STATES_MIN: u8 = 3;
const KEYS_MAX: usize = 16;
const RELAYS_MAX: usize = 16;
const ADDRESSES_MAX: usize = 8;
const NAME_CHARS_MAX: usize = 200;
