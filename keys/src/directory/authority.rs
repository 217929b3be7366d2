//! Who was entitled to say it? The signers that each kind of statement asks for (`docs/protocol.md` §3, table).
//! It must never know what a statement changes.

use std::collections::BTreeSet;

use super::body::Body;
use super::owner::ChangeKind;
use super::replay::Directory;
use super::rules::Contested;
use super::statement::{Claims, Statement};
use super::void::Void;
use crate::names::{DeviceId, Digest, Kid, OfficeId, Owner, Subject};
use crate::signing::{Authority, PublicKey, Role};

/// Whose signature a statement needs, besides those of the keys that it introduces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Required {
    /// Nobody's: the genesis is signed by the keys that it introduces.
    Introduced,
    /// m of the custodian's keys.
    Custodian,
    /// m of the custodian's keys, and of the root keys of each of these.
    CustodianAnd(Vec<Owner>),
    /// m of the owner's root keys.
    Root(Owner),
    /// m of the owner's root keys, or one live admin key.
    RootOrAdmin(Owner),
    /// As before, or one of these devices' keys.
    RootOrAdminOr(Owner, Vec<PublicKey<Authority>>),
    /// As `RootOrAdmin`, and the root may sign with keys that are frozen: it lifts a freeze.
    Unfreezing(Owner),
    /// One of these keys, frozen or not.
    One(Vec<PublicKey<Authority>>),
}

/// What a kind asks for at a time. `None` when kind and subject do not fit each other.
pub(super) fn required(directory: &Directory, subject: &Subject, body: &Body, now: u64) -> Option<Required> {
    match subject {
        Subject::Network => match body {
            Body::Genesis(_) => Some(Required::Introduced),
            Body::Operate(_) | Body::Settings(_) => Some(Required::Custodian),
            _ => None,
        },
        Subject::Owner(owner) => of_owner(directory, owner, body, now),
        Subject::Office(office) => of_office(directory, office, body, now),
        Subject::Group(group) => match body {
            Body::DefineGroup(_) | Body::Note(_) => Some(Required::Custodian),
            Body::GroupMember(_) => directory.coordinator_now(group).map(Required::RootOrAdmin),
            _ => None,
        },
    }
}

fn of_owner(directory: &Directory, owner: &Owner, body: &Body, now: u64) -> Option<Required> {
    let subject = || Subject::Owner(owner.clone());
    match body {
        Body::Enrol(_) | Body::Note(_) => Some(Required::Custodian),
        Body::RootChange(_) | Body::Delegate(_) | Body::Undelegate(_) => Some(Required::Root(owner.clone())),
        Body::ReRoot(reroot) => {
            Some(Required::CustodianAnd(reroot.states.iter().map(|state| Owner::State(*state)).collect()))
        }
        Body::Attest(attest) => Some(Required::Root(attest.state.into())),
        Body::Contest(contest) => Some(contesting(directory, &subject(), contest.statement, now)),
        Body::Participation(_) | Body::Policy(_) | Body::Join(_) | Body::Leave(_) | Body::PermitSupply(_) => {
            owner.state().map(|_| Required::RootOrAdmin(owner.clone()))
        }
        _ => None,
    }
}

fn of_office(directory: &Directory, office: &OfficeId, body: &Body, now: u64) -> Option<Required> {
    let view = directory.view(now);
    let devices = |counts: &dyn Fn(DeviceId) -> bool| {
        let live = directory.live_devices_of(office, view).filter(|(id, _)| counts(*id));
        Required::RootOrAdminOr(
            office.owner.clone(),
            live.map(|(_, facts)| facts.signing.as_signer()).collect(),
        )
    };
    let may_speak = |id: DeviceId| {
        let facts = directory.live_device(id, view);
        facts.is_some_and(|facts| {
            facts.suspended(view).is_none() && !directory.is_frozen(facts.signing.kid(), view)
        })
    };
    let subject = || Subject::Office(office.clone());
    match body {
        Body::Nominate(_) | Body::Update(_) | Body::Withdraw(_) | Body::Certify(_) => {
            Some(Required::RootOrAdmin(office.owner.clone()))
        }
        Body::Revoke(revoke) => Some(devices(&|id| id == revoke.device)),
        // Also one that is suspended itself: of two devices that accuse each other none is believed before the other.
        Body::Suspend(suspend) => Some(devices(&|id| {
            let key = directory.live_device(id, view).map(|facts| facts.signing.kid());
            id != suspend.device && key.is_some_and(|kid| !directory.is_frozen(kid, view))
        })),
        Body::Confirm(_) => Some(devices(&may_speak)),
        Body::Contest(contest) => Some(contesting(directory, &subject(), contest.statement, now)),
        Body::Note(_) => Some(Required::Custodian),
        _ => None,
    }
}

/// Who may stop what. That there is something to stop is a rule; without it nobody's signature counts.
fn contesting(directory: &Directory, subject: &Subject, statement: Digest, now: u64) -> Required {
    let Some((owner, contested)) =
        subject.owner().zip(directory.contested_statement(subject, statement, now))
    else {
        return Required::One(Vec::new());
    };
    let roots = directory.root(owner, now).map(|root| root.keys.clone()).unwrap_or_default();
    match contested {
        Contested::Freeze(_) => Required::Unfreezing(owner.clone()),
        Contested::Change(ChangeKind::Root | ChangeKind::Delegate, _) => Required::One(roots),
        Contested::Change(ChangeKind::ReRoot, _) => {
            let view = directory.view(now);
            let facts = directory.owners.get(owner);
            let admins = facts.into_iter().flat_map(|facts| facts.live_admins(view));
            let ids = facts.into_iter().flat_map(|facts| &facts.devices);
            let devices = ids.filter_map(|id| directory.live_device(*id, view));
            let devices = devices.map(|facts| facts.signing.as_signer());
            Required::One(roots.into_iter().chain(admins).chain(devices).collect())
        }
    }
}

/// Whose keys should sign a new statement: the keys that its body introduces, and an authority that it asks for. Of
/// those, keys that are held (`held`) come first, so that as few others as possible are needed.
///
/// `None` when kind and subject do not fit, or nobody has the authority now (Unix seconds).
#[must_use]
pub fn choose_signers(
    directory: &Directory,
    subject: &Subject,
    body: &Body,
    held: &dyn Fn(Kid) -> bool,
    now: u64,
) -> Option<Vec<Kid>> {
    let pick = |keys: &[PublicKey<Authority>], threshold: u8| -> Option<Vec<Kid>> {
        let (mut ours, others): (Vec<Kid>, Vec<Kid>) =
            keys.iter().map(PublicKey::kid).partition(|kid| held(*kid));
        ours.extend(others);
        ours.truncate(usize::from(threshold));
        (ours.len() == usize::from(threshold)).then_some(ours)
    };
    let root = |owner: &Owner| directory.root(owner, now).and_then(|root| pick(&root.keys, root.threshold));
    let custodian = || {
        let operation = directory.operation_at(directory.view(now));
        pick(&operation.custodian, operation.threshold)
    };
    let root_or_admin = |owner: &Owner| {
        let admins: Vec<Kid> = directory.live_admins(owner, now).map(|key| key.kid()).collect();
        let held_root = root(owner).filter(|kids| kids.iter().all(|kid| held(*kid)));
        let admin = admins.iter().copied().find(|kid| held(*kid)).map(|kid| vec![kid]);
        admin.or(held_root).or_else(|| admins.first().map(|kid| vec![*kid])).or_else(|| root(owner))
    };
    let mut signers = match required(directory, subject, body, now)? {
        Required::Introduced => Vec::new(),
        Required::Custodian => custodian()?,
        Required::CustodianAnd(owners) => {
            let mut all = custodian()?;
            for owner in &owners {
                all.extend(root(owner)?);
            }
            all
        }
        Required::Root(owner) => root(&owner)?,
        Required::RootOrAdmin(owner) | Required::Unfreezing(owner) => root_or_admin(&owner)?,
        Required::RootOrAdminOr(owner, devices) => {
            let own = devices.iter().map(PublicKey::kid).find(|kid| held(*kid));
            let above = root_or_admin(&owner).filter(|kids| kids.iter().all(|kid| held(*kid)));
            above.or_else(|| own.map(|kid| vec![kid])).or_else(|| root_or_admin(&owner))?
        }
        Required::One(keys) => pick(&keys, 1)?,
    };
    signers.extend(directory.introduced(subject, body, now).iter().map(PublicKey::kid));
    signers.sort_unstable();
    signers.dedup();
    Some(signers)
}

impl Directory {
    /// Keys that a body brings in and that must therefore sign: all that it names, but for those that stand already
    /// where a statement replaces a list of keys by another.
    fn introduced(&self, subject: &Subject, body: &Body, now: u64) -> Vec<PublicKey<Authority>> {
        let stand: BTreeSet<PublicKey<Authority>> = match (body, subject) {
            (Body::Operate(_), _) => self.operation_at(self.view(now)).custodian.iter().copied().collect(),
            (Body::RootChange(_), Subject::Owner(owner)) => {
                self.root(owner, now).into_iter().flat_map(|root| root.keys.iter().copied()).collect()
            }
            _ => BTreeSet::new(),
        };
        body.proves_possession_of().into_iter().filter(|key| !stand.contains(key)).collect()
    }

    /// The device that signed a statement alone, if one did.
    pub(super) fn signing_device(&self, claims: &Claims) -> Option<DeviceId> {
        let Subject::Office(office) = &claims.subject else { return None };
        let [kid] = claims.signers.as_slice() else { return None };
        let devices = &self.owners.get(&office.owner)?.devices;
        devices
            .iter()
            .copied()
            .find(|id| self.devices.get(id).is_some_and(|facts| facts.signing.kid() == *kid))
    }
}

/// Checks that exactly the named keys signed, that every key the body introduces is among them (a proof that
/// somebody holds it: else XB could certify XA's public key as its own), and that the rest is an authority.
pub(super) fn check(
    directory: &Directory,
    statement: &Statement,
    body: &Body,
    required: &Required,
    logged: u64,
) -> Result<(), Void> {
    if !statement.has_exactly_its_signers() {
        return Err(Void::Signers);
    }
    let mut rest: Vec<Kid> = statement.claims().signers.clone();
    for key in directory.introduced(&statement.claims().subject, body, logged) {
        let place = rest.iter().position(|kid| *kid == key.kid()).ok_or(Void::NoPossession)?;
        rest.remove(place);
        statement.verify(&key).map_err(|_| Void::Signature)?;
    }
    let bench = Bench { directory, statement, rest: &rest, logged };
    match required {
        Required::Introduced if rest.is_empty() => Ok(()),
        Required::Introduced => Err(Void::Authority),
        Required::Custodian => bench.custodian(),
        Required::CustodianAnd(owners) => bench.custodian_and(owners),
        Required::Root(owner) => bench.root(owner),
        Required::RootOrAdmin(owner) => bench.root_or_admin(owner),
        Required::RootOrAdminOr(owner, devices) => match devices.iter().find(|key| rest == [key.kid()]) {
            Some(key) => verify(statement, key),
            None => bench.root_or_admin(owner),
        },
        Required::Unfreezing(owner) => bench.unfreezing(owner),
        Required::One(keys) => {
            let key = keys.iter().find(|key| rest == [key.kid()]).ok_or(Void::Authority)?;
            verify(statement, key)
        }
    }
}

/// A statement and those of its signers who must be entitled to it.
struct Bench<'b> {
    directory: &'b Directory,
    statement: &'b Statement,
    rest: &'b [Kid],
    logged: u64,
}

impl Bench<'_> {
    fn custodian(&self) -> Result<(), Void> {
        let view = self.directory.view(self.logged);
        let operation = self.directory.operation_at(view);
        self.quorum(self.rest, &operation.custodian, operation.threshold)
    }

    /// Every one of them by its own quorum, and nobody besides.
    fn custodian_and(&self, owners: &[Owner]) -> Result<(), Void> {
        let view = self.directory.view(self.logged);
        let operation = self.directory.operation_at(view);
        let mut rest = self.rest.to_vec();
        let mut take = |keys: &[PublicKey<Authority>], threshold: u8| {
            let (theirs, others) = rest.iter().partition(|kid| keys.iter().any(|key| key.kid() == **kid));
            rest = others;
            let theirs: Vec<Kid> = theirs;
            self.quorum(&theirs, keys, threshold)
        };
        take(&operation.custodian, operation.threshold)?;
        for owner in owners {
            let root = self.directory.root(owner, self.logged).ok_or(Void::Authority)?;
            take(&self.unfrozen(&root.keys), root.threshold)?;
        }
        if rest.is_empty() { Ok(()) } else { Err(Void::Authority) }
    }

    fn root(&self, owner: &Owner) -> Result<(), Void> {
        let root = self.directory.root(owner, self.logged).ok_or(Void::Authority)?;
        self.quorum(self.rest, &self.unfrozen(&root.keys), root.threshold)
    }

    fn root_or_admin(&self, owner: &Owner) -> Result<(), Void> {
        let admin =
            self.directory.live_admins(owner, self.logged).find(|key| self.rest == [key.kid()].as_slice());
        admin.map_or_else(|| self.root(owner), |key| verify(self.statement, &key))
    }

    /// m keys of the root are the State, whatever the custodian froze; an admin lifts what is not its own.
    fn unfreezing(&self, owner: &Owner) -> Result<(), Void> {
        let root = self.directory.root(owner, self.logged).ok_or(Void::Authority)?;
        let by_root = self.quorum(self.rest, &root.keys, root.threshold);
        if by_root == Err(Void::Authority) { self.root_or_admin(owner) } else { by_root }
    }

    fn unfrozen(&self, keys: &[PublicKey<Authority>]) -> Vec<PublicKey<Authority>> {
        let view = self.directory.view(self.logged);
        keys.iter().copied().filter(|key| !self.directory.is_frozen(key.kid(), view)).collect()
    }

    /// `threshold` or more of these keys, and nobody else.
    fn quorum(&self, rest: &[Kid], keys: &[PublicKey<Authority>], threshold: u8) -> Result<(), Void> {
        if rest.len() < usize::from(threshold) {
            return Err(Void::Authority);
        }
        for kid in rest {
            let key = keys.iter().find(|key| key.kid() == *kid).ok_or(Void::Authority)?;
            verify(self.statement, key)?;
        }
        Ok(())
    }
}

/// Whether a statement of a kind that this version does not know was made by the owner's root or a live admin, or
/// by the custodian for the network and groups: then it counts, and its subject is set aside. Other signers may
/// stand beside them, whose right to it this version cannot know.
pub(super) fn check_newer(directory: &Directory, statement: &Statement, logged: u64) -> Result<(), Void> {
    if !statement.has_exactly_its_signers() {
        return Err(Void::Signers);
    }
    let signers = &statement.claims().signers;
    let signed = |key: &PublicKey<Authority>| signers.contains(&key.kid());
    let Some(owner) = statement.claims().subject.owner() else {
        let operation = directory.operation_at(directory.view(logged));
        let custodian: Vec<_> = operation.custodian.iter().filter(|key| signed(key)).collect();
        let enough = custodian.len() >= usize::from(operation.threshold);
        return if enough { verify_all(statement, custodian) } else { Err(Void::Authority) };
    };
    let admins: Vec<_> = directory.live_admins(owner, logged).filter(signed).collect();
    let root = directory.root(owner, logged).ok_or(Void::Authority)?;
    let view = directory.view(logged);
    let thawed = |key: &PublicKey<Authority>| signed(key) && !directory.is_frozen(key.kid(), view);
    let roots: Vec<_> = root.keys.iter().copied().filter(thawed).collect();
    let enough = !admins.is_empty() || roots.len() >= usize::from(root.threshold);
    if enough { verify_all(statement, admins.iter().chain(&roots)) } else { Err(Void::Authority) }
}

fn verify_all<'k>(
    statement: &Statement,
    keys: impl IntoIterator<Item = &'k PublicKey<Authority>>,
) -> Result<(), Void> {
    keys.into_iter().try_for_each(|key| verify(statement, key))
}

fn verify<R: Role>(statement: &Statement, key: &PublicKey<R>) -> Result<(), Void> {
    statement.verify(key).map_err(|_| Void::Signature)
}
