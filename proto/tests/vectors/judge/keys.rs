//! What do names, prekeys and what lies sealed on a disk say? It must never know the directory.

use std::str::FromStr;

use liaison_keys::cbor;
use liaison_keys::keyfile::{self, KeyFileError};
use liaison_keys::names::{GroupId, OfficeId, Owner, Slug, StateCode, Subject};
use liaison_keys::prekey::{Bundle, BundleError};
use liaison_keys::signing::Device;
use liaison_keys::vault::VaultKey;
use liaison_proto::template::TemplateName;

use liaison_proto::reseal::{Reseal, ResealError};

use super::{Given, Verdict};

/// A name of the kind that the reader is called by, as it lies in CBOR.
pub(super) fn name(kind: &str, bytes: &[u8]) -> Verdict {
    fn read<T>(bytes: &[u8]) -> Verdict
    where
        T: FromStr + ToString + minicbor::Encode<()> + for<'b> minicbor::Decode<'b, ()>,
    {
        cbor::decode::<T>(bytes).map(|name| name.to_string()).map_err(|_| "malformed")
    }
    match kind {
        "state" => read::<StateCode>(bytes),
        "slug" => read::<Slug>(bytes),
        "owner" => read::<Owner>(bytes),
        "office" => read::<OfficeId>(bytes),
        "group" => read::<GroupId>(bytes),
        "subject" => read::<Subject>(bytes),
        _ => read::<TemplateName>(bytes),
    }
}

pub(super) fn prekeys(given: Given<'_>, bytes: &[u8]) -> Verdict {
    let device = given.key::<Device>("xb/operations/1 signing 1").public();
    let bundle = Bundle::verify(bytes, &device, given.parsed("network")).map_err(|error| match error {
        BundleError::Malformed => "malformed",
        BundleError::Signature => "signature",
        BundleError::Key => "key",
        _ => "?",
    })?;
    Ok(format!("{bundle:?}"))
}

pub(super) fn reseal(given: Given<'_>, bytes: &[u8]) -> Verdict {
    let device = given.key::<Device>("xb/operations/1 signing 1").public();
    let read = Reseal::verify(bytes, &device, given.parsed("network")).map_err(|error| match error {
        ResealError::Malformed => "malformed",
        ResealError::Signature => "signature",
        ResealError::Bundle(_) => "bundle",
        _ => "?",
    })?;
    Ok(format!("{} {read:?}", read.0.hh))
}

pub(super) fn key_file(given: Given<'_>, bytes: &[u8]) -> Verdict {
    let content = keyfile::unlock(given.text("passphrase"), bytes).map_err(|error| match error {
        KeyFileError::Malformed => "malformed",
        KeyFileError::TooExpensive { .. } => "too-expensive",
        KeyFileError::Passphrase => "passphrase",
        _ => "?",
    })?;
    Ok(hex::encode(content.as_slice()))
}

pub(super) fn vault_record(given: Given<'_>, bytes: &[u8]) -> Verdict {
    let epoch = VaultKey::new(&given.bytes("vault key")).epoch(&given.bytes("epoch"));
    let record = epoch.open(given.number("number"), bytes).map_err(|_| "not-opened")?;
    Ok(hex::encode(record.as_slice()))
}
