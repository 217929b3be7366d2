//! Who was entitled to say it? The signers that each kind of statement asks for (`docs/protocol.md` §3, table).
//! It must never know what a statement changes.

use super::body::Body;
use super::replay::Directory;
use super::statement::Statement;
use super::void::Void;
use crate::names::{DeviceId, Kid, Owner, Subject};
use crate::signing::{Authority, PublicKey, Role};

/// Whose signature a statement needs, besides those of the keys that it introduces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Required {
    /// Nobody's: the genesis is signed by the keys that it introduces.
    Introduced,
    /// m of the custodian's keys.
    Custodian,
    /// m of the owner's root keys.
    Root(Owner),
    /// m of the owner's root keys, or one live admin key.
    RootOrAdmin(Owner),
    /// As before, or the device itself.
    RootOrAdminOrDevice(Owner, DeviceId),
}

/// What a kind asks for. `None` when kind and subject do not fit each other.
pub(super) fn required(directory: &Directory, subject: &Subject, body: &Body) -> Option<Required> {
    match (body, subject) {
        (Body::Genesis(_), Subject::Network) => Some(Required::Introduced),
        (Body::Enrol(_), Subject::Owner(_)) | (Body::DefineGroup(_), Subject::Group(_)) => {
            Some(Required::Custodian)
        }
        (Body::Delegate(_), Subject::Owner(owner)) => Some(Required::Root(owner.clone())),
        (Body::Nominate(_) | Body::Certify(_), Subject::Office(office)) => {
            Some(Required::RootOrAdmin(office.owner.clone()))
        }
        (Body::Revoke(revoke), Subject::Office(office)) => {
            Some(Required::RootOrAdminOrDevice(office.owner.clone(), revoke.device))
        }
        (Body::Join(_), Subject::Owner(owner @ Owner::State(_))) => {
            Some(Required::RootOrAdmin(owner.clone()))
        }
        (Body::GroupMember(_), Subject::Group(group)) => {
            directory.coordinator_now(group).map(Required::RootOrAdmin)
        }
        _ => None,
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
    let root_or_admin = |owner: &Owner| {
        let admins: Vec<Kid> = directory.live_admins(owner, now).map(|key| key.kid()).collect();
        let held_root = root(owner).filter(|kids| kids.iter().all(|kid| held(*kid)));
        let admin = admins.iter().copied().find(|kid| held(*kid)).map(|kid| vec![kid]);
        admin.or(held_root).or_else(|| admins.first().map(|kid| vec![*kid])).or_else(|| root(owner))
    };
    let mut signers = match required(directory, subject, body)? {
        Required::Introduced => Vec::new(),
        Required::Custodian => pick(&directory.genesis().custodian, directory.genesis().threshold)?,
        Required::Root(owner) => root(&owner)?,
        Required::RootOrAdmin(owner) => root_or_admin(&owner)?,
        Required::RootOrAdminOrDevice(owner, device) => {
            let own = directory.live_device_key(device, now).map(|key| key.kid()).filter(|kid| held(*kid));
            let above = root_or_admin(&owner).filter(|kids| kids.iter().all(|kid| held(*kid)));
            above.or_else(|| own.map(|kid| vec![kid])).or_else(|| root_or_admin(&owner))?
        }
    };
    signers.extend(body.introduced().iter().map(PublicKey::kid));
    signers.sort_unstable();
    signers.dedup();
    Some(signers)
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
    for key in body.introduced() {
        let place = rest.iter().position(|kid| *kid == key.kid()).ok_or(Void::NoPossession)?;
        rest.remove(place);
        statement.verify(&key).map_err(|_| Void::Signature)?;
    }
    match required {
        Required::Introduced if rest.is_empty() => Ok(()),
        Required::Introduced => Err(Void::Authority),
        Required::Custodian => {
            let genesis = directory.genesis();
            quorum(statement, &rest, &genesis.custodian, genesis.threshold)
        }
        Required::Root(owner) => root(directory, statement, &rest, owner, logged),
        Required::RootOrAdmin(owner) => root_or_admin(directory, statement, &rest, owner, logged),
        Required::RootOrAdminOrDevice(owner, device) => match directory.live_device_key(*device, logged) {
            Some(key) if rest == [key.kid()] => verify(statement, &key),
            _ => root_or_admin(directory, statement, &rest, owner, logged),
        },
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
    let Some(owner) = statement.claims().subject.owner() else {
        let genesis = directory.genesis();
        let custodian: Vec<_> = genesis.custodian.iter().filter(|key| signers.contains(&key.kid())).collect();
        let enough = custodian.len() >= usize::from(genesis.threshold);
        return if enough { verify_all(statement, custodian) } else { Err(Void::Authority) };
    };
    let signed = |key: &PublicKey<Authority>| signers.contains(&key.kid());
    let admins: Vec<_> = directory.live_admins(owner, logged).filter(signed).collect();
    let root = directory.root(owner, logged).ok_or(Void::Authority)?;
    let roots: Vec<_> = root.keys.iter().copied().filter(signed).collect();
    let enough = !admins.is_empty() || roots.len() >= usize::from(root.threshold);
    if enough { verify_all(statement, admins.iter().chain(&roots)) } else { Err(Void::Authority) }
}

fn root(
    directory: &Directory,
    statement: &Statement,
    rest: &[Kid],
    owner: &Owner,
    logged: u64,
) -> Result<(), Void> {
    let root = directory.root(owner, logged).ok_or(Void::Authority)?;
    quorum(statement, rest, &root.keys, root.threshold)
}

fn root_or_admin(
    directory: &Directory,
    statement: &Statement,
    rest: &[Kid],
    owner: &Owner,
    logged: u64,
) -> Result<(), Void> {
    let admin = directory.live_admins(owner, logged).find(|key| rest == [key.kid()]);
    match admin {
        Some(key) => verify(statement, &key),
        None => root(directory, statement, rest, owner, logged),
    }
}

/// `threshold` or more of these keys, and nobody else.
fn quorum(
    statement: &Statement,
    rest: &[Kid],
    keys: &[PublicKey<Authority>],
    threshold: u8,
) -> Result<(), Void> {
    if rest.len() < usize::from(threshold) {
        return Err(Void::Authority);
    }
    for kid in rest {
        let key = keys.iter().find(|key| key.kid() == *kid).ok_or(Void::Authority)?;
        verify(statement, key)?;
    }
    Ok(())
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
