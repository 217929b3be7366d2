//! How does a network begin? One file for a relay with an empty log: the genesis, and the custodian's first
//! invitation (`docs/protocol.md` §7, Bootstrap). It must never know a secret key.

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use thiserror::Error;

use super::body::{Body, Genesis};
use super::entry::Entry;
use super::invitation::{Invitation, InvitationError};
use super::replay::Directory;
use super::statement::Statement;
use super::void::NoGenesis;
use crate::cbor;
use crate::names::Owner;

/// A founding that a relay does not take.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum FoundingError {
    /// Not a founding file.
    #[error("this is not a founding file, or it is damaged")]
    Malformed,
    /// The genesis founds nothing.
    #[error(transparent)]
    Genesis(#[from] NoGenesis),
    /// The invitation does not count.
    #[error(transparent)]
    Invitation(#[from] InvitationError),
    /// The invitation is not for the custodian.
    #[error("the first invitation must be for org:custodian, and is for {0}")]
    NotForCustodian(Owner),
}

/// `["liaison-v1 founding", genesis statement, invitation]`
#[derive(Encode, Decode)]
struct Written {
    #[n(0)]
    mark: String,
    #[n(1)]
    genesis: ByteVec,
    #[n(2)]
    invitation: ByteVec,
}

/// A founding whose parts were checked.
#[derive(Clone, Debug)]
pub struct Founding {
    /// The genesis statement, signed by all custodian keys: entry 0.
    pub statement: Vec<u8>,
    /// What it says.
    pub genesis: Genesis,
    /// The first invitation, signed.
    pub signed_invitation: Vec<u8>,
    /// What it says.
    pub invitation: Invitation,
}

impl Founding {
    /// The founding file's bytes.
    #[must_use]
    pub fn encode(statement: Vec<u8>, signed_invitation: Vec<u8>) -> Vec<u8> {
        let mark = MARK.to_owned();
        cbor::encode(&Written { mark, genesis: statement.into(), invitation: signed_invitation.into() })
    }

    /// Reads a founding file and checks everything in it, at Unix time `now`.
    ///
    /// # Errors
    /// [`FoundingError`].
    pub fn from_bytes(bytes: &[u8], now: u64) -> Result<Self, FoundingError> {
        let written: Written = cbor::decode(bytes).map_err(|_| FoundingError::Malformed)?;
        if written.mark != MARK {
            return Err(FoundingError::Malformed);
        }
        let statement = Statement::from_bytes(&written.genesis).map_err(|_| FoundingError::Malformed)?;
        let Ok(Some(Body::Genesis(genesis))) = statement.claims().body() else {
            return Err(FoundingError::Malformed);
        };
        let directory = Directory::found(&Entry::new(now, statement.to_bytes()).to_bytes())?;
        let custodian = (genesis.custodian.as_slice(), genesis.threshold);
        let invitation = Invitation::verify(&written.invitation, directory.network(), custodian, now)?;
        if !invitation.owner.is_custodian() {
            return Err(FoundingError::NotForCustodian(invitation.owner));
        }
        let (statement, signed_invitation) = (written.genesis.into(), written.invitation.into());
        Ok(Self { statement, genesis: *genesis, signed_invitation, invitation })
    }
}

const MARK: &str = "liaison-v1 founding";
