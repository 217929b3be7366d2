//! What does a statement change? Each kind's effect on the directory, and from which moment on it counts
//! (`docs/protocol.md` §3, table). It must never know whether the statement may be made: that was judged.

use super::body::{
    Body, Certify, Contest, Delegate, Note, NoteEffect, Operate, ReRoot, RootChange, Suspend, Undelegate,
};
use super::device::{DeviceFacts, Suspension};
use super::fact::{Moment, Timeline};
use super::group::{GroupMember, Join, Leave};
use super::owner::{Change, ChangeKind, Delegation, OwnerFacts};
use super::replay::{Directory, Freeze};
use super::root::Root;
use super::rules::{
    CONTESTED_DELAY_S, DELEGATE_DELAY_S, OPERATE_DELAY_S, RE_ROOT_DELAY_S, ROOT_CHANGE_DELAY_S,
};
use super::statement::{Claims, Statement};
use crate::names::{GroupId, OfficeId, Owner, Subject};
use crate::signing::{Authority, PublicKey};

impl Directory {
    pub(super) fn effect(&mut self, from: Moment, statement: &Statement, body: Body) {
        match statement.claims().subject.clone() {
            Subject::Network => self.effect_on_network(from, statement.claims(), body),
            Subject::Owner(owner) => self.effect_on_owner(from, statement, owner, body),
            Subject::Office(office) => self.effect_on_office(from, statement, office, body),
            Subject::Group(group) => {
                let facts = self.groups.entry(group).or_default();
                match body {
                    Body::DefineGroup(group) => facts.definition.set(from, group),
                    Body::GroupMember(GroupMember { state, status }) => {
                        facts.members.entry(state).or_default().set(from, status);
                    }
                    Body::Note(note) => self.note(from, statement, note),
                    _ => {}
                }
            }
        }
    }

    fn effect_on_network(&mut self, from: Moment, claims: &Claims, body: Body) {
        match body {
            Body::Operate(operate) => self.operate(from, claims, *operate),
            Body::Settings(settings) => self.settings.set(from, settings),
            // The genesis stands in the directory from its making; other kinds were judged void.
            _ => {}
        }
    }

    fn effect_on_owner(&mut self, from: Moment, statement: &Statement, owner: Owner, body: Body) {
        match body {
            Body::Enrol(enrol) => drop(self.owners.insert(owner, OwnerFacts::new(from, enrol))),
            Body::RootChange(change) => self.root_change(from, statement, &owner, change),
            Body::ReRoot(reroot) => self.re_root(from, statement, &owner, reroot),
            Body::Delegate(delegate) => self.delegate(from, statement, &owner, delegate),
            Body::Undelegate(undelegate) => self.undelegate(from, &owner, &undelegate),
            Body::Join(Join { group }) => self.wish(from, &owner, group, true),
            Body::Leave(Leave { group }) => self.wish(from, &owner, group, false),
            Body::Contest(contest) => self.contest(from, &statement.claims().subject, &contest),
            Body::Note(note) => self.note(from, statement, note),
            Body::Participation(participation) => {
                self.on_owner(&owner, |facts| facts.taking.set(from, participation.taking));
            }
            Body::Policy(policy) => self.on_owner(&owner, |facts| facts.policy.set(from, policy)),
            Body::PermitSupply(permit) => self.on_owner(&owner, |facts| {
                facts.permits.entry(permit.organization).or_default().set(from, permit.permitted);
            }),
            Body::Attest(attest) => self.on_owner(&owner, |facts| facts.attested.push((from, attest))),
            _ => {}
        }
    }

    fn effect_on_office(&mut self, from: Moment, statement: &Statement, office: OfficeId, body: Body) {
        match body {
            Body::Nominate(record) | Body::Update(record) => {
                self.offices.entry(office).or_default().record.set(from, record);
            }
            Body::Withdraw(_) => {
                self.offices.entry(office).or_default().withdrawn.get_or_insert(from);
            }
            Body::Confirm(_) => self.offices.entry(office).or_default().confirmed.set(from, ()),
            Body::Certify(certify) => self.certify(from, office, &certify),
            Body::Revoke(revoke) => {
                if let Some(device) = self.devices.get_mut(&revoke.device) {
                    device.revoked.push((from, revoke));
                }
            }
            Body::Suspend(suspend) => self.suspend(from, statement.claims(), &suspend),
            Body::Contest(contest) => self.contest(from, &statement.claims().subject, &contest),
            Body::Note(note) => self.note(from, statement, note),
            _ => {}
        }
    }

    fn on_owner(&mut self, owner: &Owner, change: impl FnOnce(&mut OwnerFacts)) {
        if let Some(facts) = self.owners.get_mut(owner) {
            change(facts);
        }
    }

    fn operate(&mut self, from: Moment, claims: &Claims, operate: Operate) {
        let at_once = all_signed(&self.operation_at(self.view(from.time)).custodian, claims);
        self.operation.set(from.after(if at_once { 0 } else { OPERATE_DELAY_S }), operate);
    }

    /// At once when all old keys signed; else late enough that who holds one of them can contest it.
    fn root_change(&mut self, said: Moment, statement: &Statement, owner: &Owner, change: RootChange) {
        let view = self.view(said.time);
        let Some(facts) = self.owners.get(owner) else { return };
        let old = facts.roots.at(view);
        let at_once = old.is_some_and(|root| all_signed(&root.keys, statement.claims()));
        let delay = if facts.was_contested(view) { CONTESTED_DELAY_S } else { ROOT_CHANGE_DELAY_S };
        let from = said.after(if at_once { 0 } else { delay });
        let root = Root { keys: change.roots, threshold: change.threshold };
        let change = Change { statement: statement.payload_hash(), from, kind: ChangeKind::Root };
        self.on_owner(owner, |facts| {
            facts.roots.give(said.time, from, root, false);
            facts.changes.push(change);
        });
    }

    fn re_root(&mut self, said: Moment, statement: &Statement, owner: &Owner, reroot: ReRoot) {
        let from = said.after(RE_ROOT_DELAY_S);
        let root = Root { keys: reroot.roots, threshold: reroot.threshold };
        let change = Change { statement: statement.payload_hash(), from, kind: ChangeKind::ReRoot };
        self.on_owner(owner, |facts| {
            facts.roots.give(said.time, from, root, true);
            facts.changes.push(change);
        });
    }

    /// The first delegation counts at once, later ones after a day, so that a thief of the root can be contested.
    fn delegate(&mut self, said: Moment, statement: &Statement, owner: &Owner, body: Delegate) {
        let view = self.view(said.time);
        let Some(facts) = self.owners.get(owner) else { return };
        let delay = match (facts.has_delegated(view), facts.was_contested(view)) {
            (false, _) => 0,
            (true, false) => DELEGATE_DELAY_S,
            (true, true) => CONTESTED_DELAY_S,
        };
        let from = said.after(delay);
        let change = Change { statement: statement.payload_hash(), from, kind: ChangeKind::Delegate };
        self.on_owner(owner, |facts| {
            facts.admins.push(Delegation { said: said.time, from, body });
            facts.changes.push(change);
        });
    }

    fn undelegate(&mut self, from: Moment, owner: &Owner, undelegate: &Undelegate) {
        for admin in &undelegate.admins {
            let signed = self.signed_by_admin.get(&admin.kid()).map(Vec::as_slice).unwrap_or_default();
            if let Some(since) = undelegate.void_since {
                for entry in signed.iter().filter(|entry| **entry >= since) {
                    self.struck.strike(*entry, from.entry);
                }
            }
        }
        self.on_owner(owner, |facts| {
            for admin in &undelegate.admins {
                facts.undelegated.entry(*admin).or_insert(from);
            }
        });
    }

    fn contest(&mut self, from: Moment, subject: &Subject, contest: &Contest) {
        if let Some(contested) = self.contested_statement(subject, contest.statement, from.time) {
            let entry = contested.entry();
            self.struck.strike(entry, from.entry);
        }
    }

    fn wish(&mut self, from: Moment, owner: &Owner, group: GroupId, joined: bool) {
        if let Some(state) = owner.state() {
            self.groups.entry(group).or_default().joined.entry(state).or_default().set(from, joined);
        }
    }

    fn certify(&mut self, from: Moment, office: OfficeId, certify: &Certify) {
        let id = certify.signing.device();
        self.transports.insert(certify.transport, id);
        self.on_owner(&office.owner, |facts| {
            facts.devices.insert(id);
        });
        let device = self.devices.entry(id).or_insert_with(|| DeviceFacts {
            office,
            signing: certify.signing,
            transport: certify.transport,
            expires: Timeline::new(),
            revoked: Vec::new(),
            suspended: Vec::new(),
        });
        device.expires.set(from, certify.expires);
    }

    fn suspend(&mut self, from: Moment, claims: &Claims, suspend: &Suspend) {
        let by = self.signing_device(claims);
        if let Some(device) = self.devices.get_mut(&suspend.device) {
            device.suspended.push(Suspension { from, until: suspend.until, by });
        }
    }

    fn note(&mut self, from: Moment, statement: &Statement, note: Note) {
        let subject = statement.claims().subject.clone();
        match (note.effect, note.key) {
            (NoteEffect::Freeze, Some(kid)) => {
                let freeze = Freeze { from, statement: statement.payload_hash(), subject };
                self.freezes.entry(kid).or_default().push(freeze);
            }
            (effect, _) => self.notes.entry(subject).or_default().set(from, (effect, note.reason)),
        }
    }
}

impl Moment {
    const fn after(self, delay: u64) -> Self {
        Self { time: self.time.saturating_add(delay), ..self }
    }
}

fn all_signed(keys: &[PublicKey<Authority>], claims: &Claims) -> bool {
    keys.iter().all(|key| claims.signers.contains(&key.kid()))
}
