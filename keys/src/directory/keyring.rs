//! Whose key was this, ever? One key, one owner, one role, for ever (`docs/protocol.md` §2).
//! It must never know whether a key is in force.

use std::collections::{BTreeMap, BTreeSet};

use super::body::{Body, Operate};
use crate::names::{Kid, Subject};
use crate::signing::{Authority, PublicKey, Role};

/// What a key was introduced as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    Custodian,
    Root,
    Admin,
    DeviceSigning,
    Transport,
    Log,
    RelayTransport,
    RelayReceipt,
    Witness,
}

/// Every key that the log ever named.
#[derive(Clone, Debug, Default)]
pub(super) struct Keyring {
    keys: BTreeMap<[u8; 32], (Subject, Use)>,
    admins: BTreeSet<Kid>,
}

impl Keyring {
    /// Whether every key of a body is new, or was this subject's in this role before.
    pub(super) fn admits(&self, subject: &Subject, body: &Body) -> bool {
        let named = named(body);
        let free = |(key, role): &([u8; 32], Use)| {
            self.keys.get(key).is_none_or(|(owner, before)| owner == subject && before == role)
        };
        let distinct = named
            .iter()
            .enumerate()
            .all(|(i, (key, _))| named.iter().skip(i + 1).all(|(other, _)| other != key));
        distinct && named.iter().all(free)
    }

    /// Remembers the keys of a body.
    pub(super) fn take(&mut self, subject: &Subject, body: &Body) {
        for (key, role) in named(body) {
            if role == Use::Admin {
                self.admins.insert(PublicKey::<Authority>::from_bytes(key).kid());
            }
            self.keys.insert(key, (subject.clone(), role));
        }
    }

    /// Whether a key was ever named as an admin.
    pub(super) fn is_admin(&self, kid: Kid) -> bool {
        self.admins.contains(&kid)
    }
}

impl Body {
    /// Keys that the body names and whose holders must therefore sign. Verification does not depend on a key's role,
    /// so all are given in the one of statement signers. (Log, relay and witness keys are named by the custodian
    /// without their signature.)
    pub(super) fn proves_possession_of(&self) -> Vec<PublicKey<Authority>> {
        let must_sign = |role: &Use| {
            matches!(role, Use::Custodian | Use::Root | Use::Admin | Use::DeviceSigning | Use::Transport)
        };
        let named = named(self).into_iter();
        named.filter(|(_, role)| must_sign(role)).map(|(key, _)| PublicKey::from_bytes(key)).collect()
    }
}

fn named(body: &Body) -> Vec<([u8; 32], Use)> {
    match body {
        Body::Genesis(genesis) => operation(&genesis.operation()),
        Body::Operate(operate) => operation(operate),
        Body::Enrol(enrol) => bytes(&enrol.roots, Use::Root),
        Body::RootChange(change) => bytes(&change.roots, Use::Root),
        Body::ReRoot(reroot) => bytes(&reroot.roots, Use::Root),
        Body::Delegate(delegate) => bytes(&delegate.admins, Use::Admin),
        Body::Certify(certify) => vec![
            (*certify.signing.as_bytes(), Use::DeviceSigning),
            (*certify.transport.as_bytes(), Use::Transport),
        ],
        _ => Vec::new(),
    }
}

fn operation(operate: &Operate) -> Vec<([u8; 32], Use)> {
    let mut named = bytes(&operate.custodian, Use::Custodian);
    named.push((*operate.log.as_bytes(), Use::Log));
    for relay in &operate.relays {
        named.push((*relay.transport.as_bytes(), Use::RelayTransport));
        named.push((*relay.receipt.as_bytes(), Use::RelayReceipt));
    }
    named.extend(operate.witnesses.iter().map(|(_, key)| (*key.as_bytes(), Use::Witness)));
    named
}

fn bytes<R: Role>(keys: &[PublicKey<R>], role: Use) -> Vec<([u8; 32], Use)> {
    keys.iter().map(|key| (*key.as_bytes(), role)).collect()
}
