//! What may be said of a State or an organization? (`docs/protocol.md` §3.)
//! It must never know who may say it.

use std::collections::BTreeSet;

use super::{
    AGAIN_S, Contested, FREEZE_S, NAME_CHARS_MAX, ORGANIZATIONS_MAX, REROOT_GROUPS_MIN, is_key_set,
    is_slug_set, lives_long_enough, or_rule,
};
use crate::directory::body::{
    Attest, Body, Contest, Delegate, Enrol, Note, NoteEffect, PermitSupply, ReRoot, Undelegate,
};
use crate::directory::office::is_plain_line;
use crate::directory::replay::Directory;
use crate::directory::void::Void;
use crate::names::{Digest, GroupId, Kid, Owner, StateCode, Subject};
use crate::signing::{Authority, PublicKey};

impl Directory {
    pub(super) fn judge_of_owner(&self, logged: u64, owner: &Owner, body: &Body) -> Result<(), Void> {
        if let Body::Enrol(enrol) = body {
            return self.judge_enrol(owner, enrol);
        }
        // Nobody is entitled to speak for who was never taken in.
        let Some(facts) = self.owners.get(owner) else { return Err(Void::Authority) };
        let view = self.view(logged);
        let subject = Subject::Owner(owner.clone());
        or_rule(match body {
            Body::Delegate(delegate) => self.may_delegate(logged, owner, delegate),
            Body::Undelegate(undelegate) => self.may_undelegate(logged, owner, undelegate),
            Body::RootChange(change) => {
                let now = facts.roots.at(view);
                let changes =
                    now.is_some_and(|root| root.keys != change.roots || root.threshold != change.threshold);
                changes && is_root(&change.roots, change.threshold)
            }
            Body::ReRoot(reroot) => self.may_re_root(logged, owner, reroot),
            Body::Participation(participation) => facts.taking(view) != participation.taking,
            Body::Policy(policy) => is_slug_set(&policy.release_kinds) && policy.posts_a_day != Some(0),
            Body::Join(join) => self.coordinator_now(&join.group).is_some(),
            Body::Leave(leave) => self.wishes(logged, owner, &leave.group),
            Body::PermitSupply(permit) => self.may_permit(logged, owner, permit),
            Body::Attest(attest) => self.may_attest(logged, owner, attest),
            Body::Contest(contest) => self.may_contest(logged, &subject, contest),
            Body::Note(note) => self.may_note(logged, &subject, note),
            _ => false,
        })
    }

    fn judge_enrol(&self, owner: &Owner, enrol: &Enrol) -> Result<(), Void> {
        let fiction_in_earnest =
            !self.genesis.fictional && owner.state().is_some_and(StateCode::is_fictional);
        let named = is_plain_line(&enrol.name, NAME_CHARS_MAX)
            && [&enrol.regional_group, &enrol.note_verbale]
                .into_iter()
                .flatten()
                .all(|text| is_plain_line(text, NAME_CHARS_MAX));
        let well = named && is_root(&enrol.roots, enrol.threshold);
        if fiction_in_earnest || !well || self.owners.contains_key(owner) {
            return Err(Void::Rule);
        }
        let organizations = self.owners.keys().filter(|owner| owner.state().is_none()).count();
        let full = owner.state().is_none() && organizations >= ORGANIZATIONS_MAX;
        if full { Err(Void::Cap) } else { Ok(()) }
    }

    /// Keys that the root ended never come back.
    fn may_delegate(&self, logged: u64, owner: &Owner, delegate: &Delegate) -> bool {
        let ended = self.owners.get(owner).map(|facts| &facts.undelegated);
        let again = |key: &PublicKey<Authority>| ended.is_some_and(|ended| ended.contains_key(key));
        is_key_set(&delegate.admins)
            && lives_long_enough(delegate.expires, logged)
            && !delegate.admins.iter().any(again)
    }

    /// Keys that the root named; again only when more is taken back than before.
    fn may_undelegate(&self, logged: u64, owner: &Owner, undelegate: &Undelegate) -> bool {
        let Some(facts) = self.owners.get(owner) else { return false };
        let view = self.view(logged);
        let named = |key: &PublicKey<Authority>| {
            facts.admins.iter().any(|delegation| delegation.body.admins.contains(key))
        };
        let ended =
            |key: &PublicKey<Authority>| facts.undelegated.get(key).is_some_and(|from| view.sees(*from));
        let takes = undelegate.void_since.is_some_and(|since| {
            let signed = undelegate.admins.iter().filter_map(|key| self.signed_by_admin.get(&key.kid()));
            signed.flatten().any(|entry| *entry >= since && !view.struck.has(*entry, view.size))
        });
        is_key_set(&undelegate.admins)
            && undelegate.admins.iter().all(named)
            && (takes || !undelegate.admins.iter().all(ended))
    }

    /// r States, none of them the one concerned, from several regional groups unless all of it is fiction.
    fn may_re_root(&self, logged: u64, owner: &Owner, reroot: &ReRoot) -> bool {
        let view = self.view(logged);
        let operation = self.operation_at(view);
        let takes_part = |state: &StateCode| self.at(self.size, logged).owner(&(*state).into()).is_some();
        let groups: BTreeSet<&str> = reroot
            .states
            .iter()
            .filter_map(|state| self.owners.get(&(*state).into())?.regional_group.as_deref())
            .collect();
        let waits = self.owners.get(owner).is_some_and(|facts| facts.re_root_waits(view));
        is_root(&reroot.roots, reroot.threshold)
            && reroot.states.is_sorted_by(|a, b| a < b)
            && reroot.states.len() >= usize::from(operation.reroot_states)
            && reroot.states.iter().all(takes_part)
            && owner.state().is_none_or(|state| !reroot.states.contains(&state))
            && (self.genesis.fictional || groups.len() >= REROOT_GROUPS_MIN)
            && !waits
    }

    fn wishes(&self, logged: u64, owner: &Owner, group: &GroupId) -> bool {
        let line = owner.state().and_then(|state| self.groups.get(group)?.joined.get(&state));
        line.and_then(|line| line.at(self.view(logged))) == Some(&true)
    }

    fn may_permit(&self, logged: u64, owner: &Owner, permit: &PermitSupply) -> bool {
        let of_organization = permit.organization.state().is_none();
        let known = self.owners.contains_key(&permit.organization);
        let line = self.owners.get(owner).and_then(|facts| facts.permits.get(&permit.organization));
        let now = line.and_then(|line| line.at(self.view(logged))).copied().unwrap_or(false);
        of_organization && known && now != permit.permitted
    }

    fn may_attest(&self, logged: u64, owner: &Owner, attest: &Attest) -> bool {
        let at = self.at(self.size, logged);
        let digest = at.root(owner).map(|root| root.digest(self.network, owner));
        let again = at.attested_by(owner).contains(&attest.state);
        let other = owner.state() != Some(attest.state) && at.owner(&attest.state.into()).is_some();
        other && digest == Some(attest.root) && !again
    }

    pub(super) fn may_contest(&self, logged: u64, subject: &Subject, contest: &Contest) -> bool {
        self.contested_statement(subject, contest.statement, logged).is_some()
    }

    /// What a statement on this subject is that can still be contested.
    pub(in crate::directory) fn contested_statement(
        &self,
        subject: &Subject,
        statement: Digest,
        now: u64,
    ) -> Option<Contested> {
        let view = self.view(now);
        let change = match subject {
            Subject::Owner(owner) => self.owners.get(owner)?.waiting(statement, view),
            _ => None,
        };
        let frozen = self.freezes.values().flatten().find(|freeze| {
            freeze.statement == statement
                && freeze.subject == *subject
                && view.sees(freeze.from)
                && now < freeze.from.time.saturating_add(FREEZE_S)
        });
        change
            .map(|change| Contested::Change(change.kind, change.from.entry))
            .or_else(|| frozen.map(|freeze| Contested::Freeze(freeze.from.entry)))
    }

    /// Display is suspended when it is not, and restored when it is; a key is frozen that is the subject's, and not
    /// again within 30 days.
    pub(super) fn may_note(&self, logged: u64, subject: &Subject, note: &Note) -> bool {
        let suspended = self.at(self.size, logged).display_suspended(subject).is_some();
        let does = match (note.effect, note.key) {
            (NoteEffect::Suspend, None) => !suspended,
            (NoteEffect::Restore, None) => suspended,
            (NoteEffect::Freeze, Some(kid)) => {
                let frozen = self.freezes.get(&kid).and_then(|freezes| freezes.last());
                let again = frozen.is_some_and(|last| logged < last.from.time.saturating_add(AGAIN_S));
                self.may_freeze(logged, subject, kid) && !again
            }
            _ => false,
        };
        does && is_plain_line(&note.reason, NAME_CHARS_MAX)
    }

    /// A root or admin key in force of an owner, or a live device's of an office.
    fn may_freeze(&self, logged: u64, subject: &Subject, kid: Kid) -> bool {
        let view = self.view(logged);
        match subject {
            Subject::Owner(owner) => {
                let roots = self.root(owner, logged).map(|root| root.keys.as_slice()).unwrap_or_default();
                let admins = self.owners.get(owner).into_iter().flat_map(|facts| facts.live_admins(view));
                roots.iter().copied().chain(admins).any(|key| key.kid() == kid)
            }
            Subject::Office(office) => {
                self.live_devices_of(office, view).any(|(_, facts)| facts.signing.kid() == kid)
            }
            Subject::Network | Subject::Group(_) => false,
        }
    }
}

fn is_root(keys: &[PublicKey<Authority>], threshold: u8) -> bool {
    is_key_set(keys) && (1..=keys.len()).contains(&usize::from(threshold))
}
