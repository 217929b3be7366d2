//! What do a message's parts say, from its scope to the whole envelope, and the receipts for it?
//! It must never know sessions.

use std::collections::BTreeSet;

use liaison_keys::body::ContentKey;
use liaison_keys::cbor;
use liaison_keys::cose::Sign1;
use liaison_keys::label::Label;
use liaison_keys::names::HeaderHash;
use liaison_keys::sealing::{self, PrekeySecret, Wrap};
use liaison_keys::signing::{Device, Receipt};
use liaison_proto::envelope::{Claims, Header, Judgement, Opening, Post, PostError, Reason, Sealed};
use liaison_proto::message::{Content, ContentError};
use liaison_proto::receipt::{self, Accepted, ReceiptError};
use liaison_proto::scope::Scope;

use super::{Given, Verdict};
use crate::context;

pub(super) fn scope(bytes: &[u8]) -> Verdict {
    cbor::decode::<Scope>(bytes).map(|scope| format!("{scope:?}")).map_err(|_| "malformed")
}

pub(super) fn header(bytes: &[u8]) -> Verdict {
    let header = Header::from_bytes(bytes).map_err(|reason| reason.code())?;
    if header.is_plausible() { Ok(format!("{header:?}")) } else { Err(Reason::Header.code()) }
}

/// What a relay checks of a post.
pub(super) fn post(bytes: &[u8]) -> Verdict {
    let post = Post::from_bytes(bytes.to_vec()).map_err(|error| match error {
        PostError::TooLarge { .. } => "too-large",
        PostError::Malformed => "malformed",
        PostError::Header(reason) => reason.code(),
        PostError::Wraps => "wraps",
        _ => "?",
    })?;
    Ok(post.digest().to_string())
}

pub(super) fn claims(bytes: &[u8]) -> Verdict {
    Claims::from_bytes(bytes).map(|claims| format!("{claims:?}")).map_err(|reason| reason.code())
}

/// What is inside a body: claims under the sender's signature.
pub(super) fn message(given: Given<'_>, bytes: &[u8]) -> Verdict {
    let header = hex::decode(given.text("header")).unwrap();
    let status = u8::try_from(given.number("status")).unwrap();
    let context = Label::message_context(given.parsed("network"), status, &header);
    let key = given.key::<Device>("xa/operations/1 signing 1").public();
    let signed = Sign1::from_bytes(bytes).map_err(|_| Reason::Claims.code())?;
    claims(signed.verify(&key, &context).map_err(|_| Reason::Signature.code())?)
}

/// What a wrap gives to the secret of the prekey that it names.
pub(super) fn wrap(given: Given<'_>, bytes: &[u8]) -> Verdict {
    let wrap: Wrap = cbor::decode(bytes).map_err(|_| Reason::Malformed.code())?;
    let seed = given.seeds("prekey").next().unwrap();
    let envelope = (given.parsed("network"), given.parsed("hh"));
    let opened = sealing::open(&PrekeySecret::from_seed(&seed), envelope, &wrap);
    let opened = opened.map_err(|_| Reason::Decapsulation.code())?;
    Ok(format!("{} {}", hex::encode(opened.content_key.expose()), opened.counter))
}

/// What a body holds, without its padding.
pub(super) fn body(given: Given<'_>, bytes: &[u8]) -> Verdict {
    let key = ContentKey::new(given.bytes("content key"));
    let header = hex::decode(given.text("header")).unwrap();
    let padded = liaison_keys::body::open(&key, &header, bytes).map_err(|_| Reason::Body.code())?;
    liaison_keys::body::unpad(&padded).map(hex::encode).map_err(|_| Reason::Padding.code())
}

/// All steps of opening, as a station with this log, these prekeys and this clock takes them.
pub(super) fn delivery(given: Given<'_>, bytes: &[u8]) -> Verdict {
    open(given, bytes).map_err(|reason| reason.code()).and_then(|judgement| match judgement {
        Judgement::Verified(message) => Ok(format!("{message:?}")),
        Judgement::Waits(_) => Err("wait"),
    })
}

fn open(given: Given<'_>, bytes: &[u8]) -> Result<Judgement, Reason> {
    let replica = context::replica(given.text("log"), given.list("more entries"));
    let seen: BTreeSet<HeaderHash> = given.list("seen").map(|hh| hh.parse().unwrap()).collect();
    let secrets: Vec<PrekeySecret> =
        given.seeds("prekey").map(|seed| PrekeySecret::from_seed(&seed)).collect();
    let opening = Opening {
        replica: &replica,
        device: given.parsed("device"),
        now: given.number("now"),
        head_time: given.number("head time"),
        seen: &|hh| seen.contains(&hh),
    };
    let addressed = Sealed::from_bytes(bytes)?.addressed_to(opening.device)?;
    let secret = secrets.iter().find(|secret| secret.public().kid() == addressed.kid());
    opening.judge(opening.unseal(addressed, secret.ok_or(Reason::NoSecret)?)?)
}

pub(super) fn content(given: Given<'_>, bytes: &[u8]) -> Verdict {
    let content = Content::decode(given.parsed("template"), bytes).map_err(|error| match error {
        ContentError::TooLong { .. } => "too-large",
        ContentError::Encoding(_) => "malformed",
        ContentError::Fields(_) => "fields",
        _ => "?",
    })?;
    Ok(format!("{:?} {:?}", content.common().fields(), content.own()))
}

/// The body of a `receipt/1` message.
pub(super) fn receipts(bytes: &[u8]) -> Verdict {
    receipt::decode(bytes).map(|receipts| format!("{receipts:?}")).ok_or("malformed")
}

pub(super) fn relay_receipt(given: Given<'_>, bytes: &[u8]) -> Verdict {
    let key = given.key::<Receipt>("relay receipt").public();
    let accepted = Accepted::verify(bytes, &key, given.parsed("network")).map_err(|error| match error {
        ReceiptError::Malformed => "malformed",
        ReceiptError::Signature => "signature",
        _ => "?",
    })?;
    Ok(format!("{accepted:?}"))
}
