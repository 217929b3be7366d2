//! May one device pass this to another about a message that lies between them, and to whom? Requests to seal again, and
//! their answers (`docs/protocol.md` §5.8). It must never know whether a request is granted: the sender's station decides.
//!
//! ```text
//! recipient ─ reseal ─▶ known post? own signature? ─▶ journal ─▶ mailbox of the device that posted
//! sender    ─ rewrap ─▶ own post? ─────────────────▶ journal ─▶ mailbox of the device that it is sealed to
//! ```
//!
//! Whether a device is among a post's recipients is not asked here, because that goes with the post's bytes: the sender's
//! station knows it. Each counts as a post of its sender's State.

use liaison_keys::cbor;
use liaison_keys::names::{DeviceId, HeaderHash};
use liaison_keys::sealing::Wrap;
use liaison_proto::frame::Code;
use liaison_proto::reseal::{Reseal, ResealError};
use liaison_proto::session::Party;
use minicbor::bytes::ByteVec;

use crate::event::{About, Passed};
use crate::house::House;
use crate::view::PostRecord;

/// Passes a request on to the device that posted the message.
pub(crate) async fn reseal(house: &House, party: &Party, bytes: Vec<u8>) -> Result<(), Code> {
    let device = party.device().ok_or(Code::NotAllowed)?;
    let (request, bundle) = {
        let known = house.directory().ok_or(Code::Busy)?;
        let facts = known.directory().device(device).ok_or(Code::NotAllowed)?;
        Reseal::verify(&bytes, &facts.signing, house.network).map_err(|error| match error {
            ResealError::Signature => Code::NotAllowed,
            _ => Code::Malformed,
        })?
    };
    let post = post(house, request.hh)?;
    let event = passed(house, party, (request.hh, &post), (post.device, About::Reseal(bytes.into())))?;
    let event = event.reseal(bundle.number);
    keep(house, party, event).await
}

/// Passes a new wrap on to the device that it is sealed to. Only who posted the message may.
pub(crate) async fn rewrap(house: &House, party: &Party, hh: HeaderHash, bytes: Vec<u8>) -> Result<(), Code> {
    let wrap: Wrap = cbor::decode(&bytes).map_err(|_| Code::Malformed)?;
    let post = post(house, hh)?;
    if party.device() != Some(post.device) {
        return Err(Code::NotAllowed);
    }
    let about = About::Rewrap(ByteVec::from(bytes.clone()));
    let event = passed(house, party, (hh, &post), (wrap.device, about))?.rewrap(wrap.kid, &bytes);
    keep(house, party, event).await
}

/// The post of this name, unless it has ended or never was here.
fn post(house: &House, hh: HeaderHash) -> Result<PostRecord, Code> {
    let view = house.store.view();
    let sequence = view.seen(hh).map_err(|_| Code::Busy)?.ok_or(Code::Expired)?;
    let post = view.post(sequence).map_err(|_| Code::Busy)?.ok_or(Code::Expired)?;
    if post.expires <= house.now() { Err(Code::Expired) } else { Ok(post) }
}

fn passed(
    house: &House,
    party: &Party,
    (hh, post): (HeaderHash, &PostRecord),
    (to, about): (DeviceId, About),
) -> Result<Passed, Code> {
    let device = party.device().ok_or(Code::NotAllowed)?;
    let known = house.directory().ok_or(Code::Busy)?;
    if known.directory().device(to).is_none() {
        return Err(Code::NotAllowed);
    }
    if house.quotas.is_full(to) {
        return Err(Code::Quota);
    }
    let (owner, lane, expires) = (party.owner().clone(), post.lane, post.expires);
    Ok(Passed { device, owner, time: house.now(), to, hh, lane, expires, about })
}

/// On disk when it returns. What is there already is not written again, and takes no share.
async fn keep(house: &House, party: &Party, event: liaison_journal::Event) -> Result<(), Code> {
    let seen = house.store.view().seen(HeaderHash::new(event.id.0)).map_err(|_| Code::Busy)?.is_some();
    let reservation = if seen { None } else { Some(house.reserve(party.owner(), event.bytes.len())?) };
    house.store.keep(event).await?;
    drop(reservation);
    Ok(())
}
