//! Who may speak before it is in the directory? The custodian's invitations (`docs/protocol.md` §7).
//! It must never know how an invitation travels.

use minicbor::{Decode, Encode};
use thiserror::Error;

use crate::cbor;
use crate::cose::Sign;
use crate::label::Label;
use crate::names::{NetworkId, Owner};
use crate::signing::{Authority, PublicKey, SecretKey, Transport};

/// Longest life of an invitation, seconds.
pub const INVITATION_LIVES_S_MAX: u64 = 30 * 86_400;

/// An invitation that counts for nothing.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvitationError {
    /// Not an invitation in its one spelling.
    #[error("not an invitation")]
    Malformed,
    /// Not signed by as many custodian keys as the network asks for, or by others too.
    #[error("the invitation is not signed by the custodian")]
    Signature,
    /// It ended, or would live longer than invitations may.
    #[error("the invitation has ended, or would live longer than 30 days")]
    Time,
}

/// A transport key that may read the log and submit statements about one owner: `[public key, owner, ends]`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Invitation {
    /// The invited key; its secret half is in the invitation file.
    #[n(0)]
    pub key: PublicKey<Transport>,
    /// Whom it is for.
    #[n(1)]
    pub owner: Owner,
    /// When it ends, Unix seconds.
    #[n(2)]
    pub ends: u64,
}

impl Invitation {
    /// Signs the invitation with custodian keys.
    #[must_use]
    pub fn sign(&self, network: NetworkId, custodian: &[&SecretKey<Authority>]) -> Vec<u8> {
        let mut signed = Sign::unsigned(cbor::encode(self));
        for key in custodian {
            signed.add(key, &Label::Invite.context(network));
        }
        signed.to_bytes()
    }

    /// Reads an invitation that `threshold` or more of the custodian's keys signed, and nobody else.
    ///
    /// # Errors
    /// [`InvitationError`].
    pub fn verify(
        bytes: &[u8],
        network: NetworkId,
        (custodian, threshold): (&[PublicKey<Authority>], u8),
        now: u64,
    ) -> Result<Self, InvitationError> {
        let signed = Sign::from_bytes(bytes).map_err(|_| InvitationError::Malformed)?;
        let invitation: Self =
            cbor::decode(signed.unverified_payload()).map_err(|_| InvitationError::Malformed)?;
        let context = Label::Invite.context(network);
        let kids: Vec<_> = signed.kids().collect();
        let by_custodian =
            |kid| custodian.iter().any(|key| key.kid() == kid && signed.verify_one(key, &context).is_ok());
        let enough = kids.len() >= usize::from(threshold).max(1) && kids.is_sorted_by(|a, b| a < b);
        if !enough || !kids.iter().all(|kid| by_custodian(*kid)) {
            return Err(InvitationError::Signature);
        }
        let lives = invitation.ends > now && invitation.ends <= now.saturating_add(INVITATION_LIVES_S_MAX);
        if lives { Ok(invitation) } else { Err(InvitationError::Time) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_custodian_invites_and_nobody_else() {
        let (a, b) =
            (SecretKey::<Authority>::from_seed(&[1; 32]), SecretKey::<Authority>::from_seed(&[2; 32]));
        let stranger = SecretKey::<Authority>::from_seed(&[3; 32]);
        let network = NetworkId::new([1; 32]);
        let invitation =
            Invitation { key: PublicKey::from_bytes([4; 32]), owner: "xa".parse().unwrap(), ends: 100 };
        let custodian = [a.public(), b.public()];
        let verify = |bytes: &[u8], m, now| Invitation::verify(bytes, network, (&custodian, m), now);
        let both = invitation.sign(network, &[&a, &b]);
        assert_eq!(verify(&both, 2, 1), Ok(invitation.clone()));
        assert_eq!(verify(&both, 2, 100), Err(InvitationError::Time));
        assert_eq!(verify(&invitation.sign(network, &[&a]), 2, 1), Err(InvitationError::Signature));
        assert_eq!(
            verify(&invitation.sign(network, &[&a, &stranger]), 1, 1),
            Err(InvitationError::Signature)
        );
        let elsewhere = invitation.sign(NetworkId::new([9; 32]), &[&a, &b]);
        assert_eq!(verify(&elsewhere, 2, 1), Err(InvitationError::Signature));
        assert_eq!(verify(&both[1..], 2, 1), Err(InvitationError::Malformed));
        let long = Invitation { ends: INVITATION_LIVES_S_MAX + 2, ..invitation };
        assert_eq!(verify(&long.sign(network, &[&a, &b]), 2, 1), Err(InvitationError::Time));
    }
}
