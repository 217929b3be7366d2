//! What is it called? Networks, States, organizations, offices, groups, devices and messages
//! (`docs/protocol.md` §1). It must never know who vouches for a name.

mod bytes;
mod text;

pub use bytes::{DeviceId, Digest, EnvelopeId, HeaderHash, Kid, NetworkId};
pub use text::{GroupId, NameError, OfficeId, Owner, Slug, StateCode, Subject};
