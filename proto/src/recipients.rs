//! Which devices does a scope mean? The one pure function that sender and receivers both compute
//! (`docs/protocol.md` §4). It must never know what is sent to them.

use std::collections::BTreeSet;

use liaison_keys::directory::{At, Category, Contact, OfficeRecord};
use liaison_keys::names::{DeviceId, OfficeId, Owner};
use thiserror::Error;

use crate::scope::Scope;

/// A scope that cannot be resolved: it fails closed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScopeUnresolved {
    /// The signer is not a live device of a released office.
    #[error("the sending device is not in the directory, or no longer")]
    Signer,
    /// A named office is not released.
    #[error("{0} is not an office in the directory")]
    NoOffice(OfficeId),
    /// A named group does not exist, or was ended.
    #[error("{0} is not a group in the directory")]
    NoGroup(liaison_keys::names::GroupId),
    /// Nobody but the sender's own office is meant.
    #[error("nobody is in this scope")]
    Nobody,
}

/// The devices that a scope means, at the directory `at` (log size of the sender's checkpoint, and the later of the
/// message's time and that checkpoint's last entry). With the other devices of the signer's office, and without the
/// signer; except when a bilateral scope names the signer's office alone: the loopback probe goes to the signer only.
///
/// # Errors
/// [`ScopeUnresolved`].
pub fn recipients(
    at: At<'_>,
    scope: &Scope,
    signer: DeviceId,
) -> Result<BTreeSet<DeviceId>, ScopeUnresolved> {
    let own = at.speaker(signer).ok_or(ScopeUnresolved::Signer)?.office;
    if let Scope::Bilateral { offices } = scope
        && **offices == [own.clone()]
    {
        return Ok(BTreeSet::from([signer]));
    }
    let meant = Meant::of(at, scope)?;
    let contacts: Vec<Contact> = at.contacts().collect();
    let addressed = |contact: &&Contact| contact.office != own && meant.includes(at, &contact.office);
    if !contacts.iter().any(|contact| addressed(&contact)) {
        return Err(ScopeUnresolved::Nobody);
    }
    let with_own = |contact: &&Contact| contact.office == own || addressed(contact);
    let devices = contacts.iter().filter(with_own).map(|contact| contact.device);
    Ok(devices.filter(|device| *device != signer).collect())
}

/// The offices that a scope means, in the order of their names, whether they have a live device or not: what a
/// person is shown before sending. Without the signer's own.
///
/// # Errors
/// [`ScopeUnresolved`].
pub fn offices(at: At<'_>, scope: &Scope, own: &OfficeId) -> Result<Vec<OfficeId>, ScopeUnresolved> {
    let meant = Meant::of(at, scope)?;
    let listed = at.offices().map(|(office, _)| office);
    Ok(listed.filter(|office| *office != own && meant.includes(at, office)).cloned().collect())
}

/// A scope with its groups resolved, so that each office is looked at once.
enum Meant<'s> {
    Offices(&'s [OfficeId]),
    Members { owners: BTreeSet<Owner>, coordinators: BTreeSet<Owner>, categories: &'s [Category] },
    States { categories: &'s [Category] },
}

impl<'s> Meant<'s> {
    fn of(at: At<'_>, scope: &'s Scope) -> Result<Self, ScopeUnresolved> {
        match scope {
            Scope::Bilateral { offices } => match offices.iter().find(|office| at.office(office).is_none()) {
                Some(missing) => Err(ScopeUnresolved::NoOffice(missing.clone())),
                None => Ok(Self::Offices(offices)),
            },
            Scope::Regional { groups, categories, coordinators: copied } => {
                let (mut owners, mut coordinators) = (BTreeSet::new(), BTreeSet::new());
                for group in groups.iter() {
                    let (_, coordinator) =
                        at.group(group).ok_or_else(|| ScopeUnresolved::NoGroup(group.clone()))?;
                    coordinators.extend(copied.then(|| coordinator.clone()));
                    owners.extend(at.members(group).map(Owner::State));
                }
                Ok(Self::Members { owners, coordinators, categories })
            }
            Scope::Global { categories } => Ok(Self::States { categories }),
        }
    }

    fn includes(&self, at: At<'_>, office: &OfficeId) -> bool {
        let fits =
            |categories: &[Category]| at.office(office).is_some_and(|record| matches(record, categories));
        match self {
            Self::Offices(offices) => offices.contains(office),
            Self::Members { owners, coordinators, categories } => {
                coordinators.contains(&office.owner) || (owners.contains(&office.owner) && fits(categories))
            }
            Self::States { categories } => office.owner.state().is_some() && fits(categories),
        }
    }
}

/// No category means all; an office that is single contact for everything matches each of them.
fn matches(record: &OfficeRecord, categories: &[Category]) -> bool {
    let wanted = |category: &Category| *category == Category::Single || categories.contains(category);
    categories.is_empty() || record.categories.iter().any(wanted)
}
