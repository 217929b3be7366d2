//! Which fixed-size name is this? Hashes and random ids, each its own type, so that none stands in for another.
//! It must never know how a name was made, except that most are SHA-256.

use sha2::{Digest as _, Sha256};

macro_rules! bytes_name {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $len]);

        impl $name {
            /// The name with these bytes.
            #[must_use]
            pub const fn new(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }

            /// The bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }

            /// Takes the name from a slice of exactly its length.
            #[must_use]
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(Self)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl std::str::FromStr for $name {
            type Err = super::NameError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let mut bytes = [0; $len];
                hex::decode_to_slice(text, &mut bytes).map_err(|_| super::NameError::Hex { chars: $len * 2 })?;
                Ok(Self(bytes))
            }
        }

        impl<C> minicbor::Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                e: &mut minicbor::Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.bytes(&self.0)?.ok()
            }
        }

        impl<'b, C> minicbor::Decode<'b, C> for $name {
            fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
                Self::from_slice(d.bytes()?).ok_or_else(|| minicbor::decode::Error::message("length"))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(d)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

bytes_name!(
    /// A network: SHA-256 of its genesis statement's payload. Bound into every signature.
    NetworkId, 32
);
bytes_name!(
    /// A SHA-256 of something whose kind the field's name says.
    Digest, 32
);
bytes_name!(
    /// `hh`: SHA-256 of an envelope's header. Everything refers to a message by it.
    HeaderHash, 32
);
bytes_name!(
    /// A device: SHA-256 of its message-signing key, first 16 bytes.
    DeviceId, 16
);
bytes_name!(
    /// A key id: SHA-256 of the public key, first 16 bytes.
    Kid, 16
);
bytes_name!(
    /// An envelope's name for people, a UUID version 7. Two headers under one id are two messages.
    EnvelopeId, 16
);

impl NetworkId {
    /// What stands for the network in the genesis itself, which has no name before it is signed.
    pub const UNFOUNDED: Self = Self([0; 32]);
}

impl Digest {
    /// What stands for "the statement before" in the first statement on a subject.
    pub const NONE: Self = Self([0; 32]);

    /// SHA-256 of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl HeaderHash {
    /// `hh` of an encoded header.
    #[must_use]
    pub fn of(header: &[u8]) -> Self {
        Self(Sha256::digest(header).into())
    }
}

impl Kid {
    /// The id of a public key of any algorithm.
    #[must_use]
    pub fn of(public_key: &[u8]) -> Self {
        Self(first16(public_key))
    }
}

impl DeviceId {
    /// The device that holds this message-signing key.
    #[must_use]
    pub fn of(signing_key: &[u8; 32]) -> Self {
        Self(first16(signing_key))
    }
}

fn first16(bytes: &[u8]) -> [u8; 16] {
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    let (first, _) = digest.split_at(16);
    let mut id = [0; 16];
    id.copy_from_slice(first);
    id
}
