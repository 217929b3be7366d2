//! How does a new station find its network? The one line of text that an invitation is: file, message or QR code
//! (`docs/protocol.md` §7). It must never know who hands it over.
//!
//! ```text
//! liaison-invitation:<base64url of CBOR [1, network, relays, owner?, secret?, ends]>
//! ```
//! Without a secret it is an introduction: where the network is, and nothing that lets anybody in.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use liaison_keys::cbor;
use liaison_keys::names::{NetworkId, Owner};
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::record::KnownRelay;

/// A text that is no invitation.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("this is not an invitation: it begins with liaison-invitation: and is one line")]
pub struct NotAnInvitation;

/// Where a network is, and for the invited the key that opens its door.
pub struct InvitationText {
    /// The network.
    pub network: NetworkId,
    /// Its relays.
    pub relays: Vec<KnownRelay>,
    /// For whom, and the seed of the invited transport key.
    pub invited: Option<(Owner, Zeroizing<[u8; 32]>)>,
    /// When it ends, Unix seconds.
    pub ends: u64,
}

#[derive(Encode, Decode)]
struct Written {
    #[n(0)]
    version: u8,
    #[n(1)]
    network: NetworkId,
    #[n(2)]
    relays: Vec<KnownRelay>,
    #[n(3)]
    invited: Option<(Owner, ByteArray<32>)>,
    #[n(4)]
    ends: u64,
}

impl fmt::Display for InvitationText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let invited = self.invited.as_ref().map(|(owner, seed)| (owner.clone(), ByteArray::from(**seed)));
        let (network, relays, ends) = (self.network, self.relays.clone(), self.ends);
        let bytes =
            Zeroizing::new(cbor::encode(&Written { version: VERSION, network, relays, invited, ends }));
        write!(f, "{MARK}{}", BASE64.encode(bytes.as_slice()))
    }
}

impl FromStr for InvitationText {
    type Err = NotAnInvitation;

    fn from_str(text: &str) -> Result<Self, NotAnInvitation> {
        let encoded = text.trim().strip_prefix(MARK).ok_or(NotAnInvitation)?;
        let bytes = Zeroizing::new(BASE64.decode(encoded).map_err(|_| NotAnInvitation)?);
        let written: Written = cbor::decode(&bytes).map_err(|_| NotAnInvitation)?;
        if written.version != VERSION || written.relays.is_empty() {
            return Err(NotAnInvitation);
        }
        let Written { network, relays, invited, ends, .. } = written;
        let invited = invited.map(|(owner, seed)| (owner, Zeroizing::new(*seed)));
        Ok(Self { network, relays, invited, ends })
    }
}

impl fmt::Debug for InvitationText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InvitationText").field("network", &self.network).finish_non_exhaustive()
    }
}

const MARK: &str = "liaison-invitation:";
const VERSION: u8 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_there_and_back() {
        let relay = KnownRelay { address: "relay.example.org:7700".into(), key: [3; 32] };
        let text = InvitationText {
            network: NetworkId::new([1; 32]),
            relays: vec![relay],
            invited: Some(("xa".parse().unwrap(), Zeroizing::new([2; 32]))),
            ends: 7,
        };
        let line = text.to_string();
        assert!(!line.contains('\n'));
        let read: InvitationText = format!("  {line}\n").parse().unwrap();
        assert_eq!((read.network, read.ends, read.relays), (text.network, 7, text.relays));
        assert_eq!(read.invited.unwrap().1, text.invited.unwrap().1);
        for bad in ["", "liaison-invitation:", "liaison-invitation:AAAA", "hello", &line[..line.len() - 2]] {
            assert_eq!(bad.parse::<InvitationText>().unwrap_err(), NotAnInvitation, "{bad}");
        }
    }
}
