//! Who is this key, at this moment? A device, a device that rests or whose time ran out, an invitation, or nobody
//! (`docs/protocol.md` §7). It must never know how the key was proved.

use liaison_keys::signing::{PublicKey, Transport};
use liaison_proto::limits;
use liaison_proto::session::Party;

use crate::invitations::has_live_device;
use crate::registry::Known;

/// What a key stands for, and until when if nothing is logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Admitted {
    /// Who it is.
    pub(crate) party: Party,
    /// When this must be asked again, Unix seconds.
    pub(crate) until: u64,
}

/// Asks the directory and the invitations. None: not admitted, or no longer.
pub(crate) fn admit(known: &Known, key: &PublicKey<Transport>, now: u64) -> Option<Admitted> {
    let at = known.directory().now(now);
    if let Some(contact) = at.contact_by_transport(key) {
        let party = Party::Live { device: contact.device, owner: contact.office.owner };
        return Some(Admitted { party, until: contact.expires });
    }
    if let Some(device) = known.directory().device_by_transport(key) {
        let lapsed = at.lapsed(device).map(|ended| ended.saturating_add(limits::LAPSED_S_MAX));
        let until = at.resting(device).or(lapsed)?;
        let owner = known.directory().device(device)?.office.owner.clone();
        return (now < until).then_some(Admitted { party: Party::Lapsed { device, owner }, until });
    }
    let invitation = known.invitations.of(key, now)?;
    // The fold ends an invitation with the owner's first device; this holds also for one that came later.
    if has_live_device(at, &invitation.owner) {
        return None;
    }
    let party = Party::Invited { owner: invitation.owner.clone() };
    Some(Admitted { party, until: invitation.ends })
}
