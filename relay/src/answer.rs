//! Who in the house answers this request? From a session's task to the frame that answers it.
//! It must never know the link on which it came.

use std::sync::Arc;

use liaison_keys::card::SaltedCard;
use liaison_keys::directory::invitation::InvitationError;
use liaison_keys::names::{DeviceId, OfficeId};
use liaison_keys::prekey::{Bundle, BundleError};
use liaison_proto::frame::{Code, Frame};
use liaison_proto::limits;
use liaison_proto::session::Party;
use liaison_proto::session::relay::Task;
use minicbor::bytes::ByteVec;

use tokio::task::spawn_blocking;

use crate::cards::NotStored;
use crate::cosigned::NotTaken;
use crate::event::Event;
use crate::house::House;
use crate::pass;
use crate::route::{self, Sender, Turn};
use crate::submit::submit;

/// Does a task and gives the frame that answers it, if there is one.
pub(crate) async fn answer(house: Arc<House>, party: Party, task: Task, turn: Option<Turn>) -> Option<Frame> {
    match (task, turn) {
        (Task::Post { id, post }, Some(turn)) => {
            let accepted = accept(&house, &party, post, turn).await;
            let accepted = accepted.map(|receipt| Frame::Accepted { id, receipt: receipt.into() });
            Some(or_refused(&house, id, accepted))
        }
        (task, _) => other(house, party, task).await,
    }
}

async fn other(house: Arc<House>, party: Party, task: Task) -> Option<Frame> {
    match task {
        // Every post has its turn.
        Task::Post { id, .. } => Some(Frame::Refused { id, code: Code::Busy }),
        Task::Pull { id } => Some(pulled(&house, &party, id).await),
        Task::Acked { sequences } => {
            acknowledge(&house, &party, sequences).await;
            None
        }
        Task::LogFrom { id, from } => Some(or_refused(&house, id, entries(&house, id, from))),
        Task::Submit { id, statement } => {
            let logged = submit(&house, &party, statement).await.map(|index| Frame::Logged { id, index });
            Some(or_refused(&house, id, logged))
        }
        Task::Checkpoint { id } => Some(checkpoint(&house, id)),
        Task::Invite { id, invitation } => {
            let invited = invite(&house, invitation).await.map(|()| Frame::Invited { id });
            Some(or_refused(&house, id, invited))
        }
        Task::PrekeysPut { id, bundle } => {
            let stored = put_prekeys(&house, &party, bundle).await.map(|()| Frame::PrekeysStored { id });
            Some(or_refused(&house, id, stored))
        }
        Task::PrekeysGet { id, devices } => Some(or_refused(&house, id, prekeys(&house, id, devices).await)),
        Task::CardPut { id, office, card } => {
            let stored = put_card(&house, &party, office, &card).await.map(|()| Frame::CardStored { id });
            Some(or_refused(&house, id, stored))
        }
        Task::CardsGet { id, offices } => {
            Some(or_refused(&house, id, cards(&house, &party, (id, offices)).await))
        }
        Task::Reseal { id, reseal } => {
            let passed = pass::reseal(&house, &party, reseal).await.map(|()| Frame::Passed { id });
            Some(or_refused(&house, id, passed))
        }
        Task::Rewrap { id, hh, wrap } => {
            let passed = pass::rewrap(&house, &party, hh, wrap).await.map(|()| Frame::Passed { id });
            Some(or_refused(&house, id, passed))
        }
        Task::Cosign { id, note, line } => {
            let taken = cosign(&house, note, line).await.map(|()| Frame::Cosigned { id });
            Some(or_refused(&house, id, taken))
        }
        Task::CardReads { id } => Some(Frame::CardReads { id, reads: house.cards.reads.of(party.owner()) }),
        Task::Answer(frame) => Some(frame),
        Task::Nothing => None,
    }
}

/// Bytes that a task holds until its answer has left: its own, and those of its answer.
pub(crate) fn weight(task: &Task) -> usize {
    let own = match task {
        Task::Post { post, .. } => post.len(),
        Task::LogFrom { .. } => limits::LOG_BYTES_PER_FRAME_MAX,
        Task::PrekeysGet { devices, .. } => devices.len().saturating_mul(limits::BUNDLE_BYTES_MAX),
        Task::Submit { statement, .. } => statement.len(),
        Task::Invite { invitation, .. } => invitation.len(),
        Task::PrekeysPut { bundle, .. } => bundle.len(),
        Task::CardPut { card, .. } => card.len(),
        Task::Reseal { reseal, .. } => reseal.len(),
        Task::Rewrap { wrap, .. } => wrap.len(),
        Task::CardsGet { offices, .. } => offices.len().saturating_mul(limits::CARD_BYTES_MAX),
        _ => 0,
    };
    own.saturating_add(SMALL_BYTES)
}

/// The newest word about the log: news when nobody asked.
pub(crate) fn checkpoint(house: &House, id: u64) -> Frame {
    let (news, head) = house.signer.head(house.now());
    let cosigned = house.cosigned.notes().into_iter().map(ByteVec::from).collect();
    Frame::Checkpoint { id, note: news.note.clone().into(), head: head.into(), cosigned }
}

async fn accept(house: &House, party: &Party, post: Vec<u8>, turn: Turn) -> Result<Vec<u8>, Code> {
    let device = party.device().ok_or(Code::NotAllowed)?;
    route::post(house, Sender { device, owner: party.owner().clone() }, post, turn).await
}

/// How many deliveries will come now. A station waits for so many, so what has ended and not been swept is not among them.
async fn pulled(house: &House, party: &Party, id: u64) -> Frame {
    let Some(device) = party.device() else { return Frame::Pulled { id, waiting: 0 } };
    let (view, now) = (house.store.view().clone(), house.now());
    let waiting = spawn_blocking(move || view.waiting(device, now)).await;
    match waiting {
        Ok(Ok(waiting)) => Frame::Pulled { id, waiting },
        _ => Frame::Refused { id, code: Code::Busy },
    }
}

/// Not answered, and so not waited for by the station: one that is lost makes the post come again.
async fn acknowledge(house: &House, party: &Party, sequences: Vec<u64>) {
    let (Some(device), false) = (party.device(), sequences.is_empty()) else { return };
    let count = u64::try_from(sequences.len()).unwrap_or(0);
    if house.store.keep(Event::Acknowledged { device, sequences }.record()).await.is_ok() {
        house.counters.acknowledged.add(count);
    }
}

/// A witness's word is kept, and told to all when the directory counts further by it.
async fn cosign(house: &Arc<House>, note: Vec<u8>, line: String) -> Result<(), Code> {
    let inside = Arc::clone(house);
    let taken = spawn_blocking(move || inside.cosigned.take(&inside.registry, &note, &line));
    match taken.await {
        Ok(Ok(grown)) => {
            if grown {
                house.signer.remind();
            }
            Ok(())
        }
        Ok(Err(NotTaken::Note)) => Err(Code::Conflict),
        Ok(Err(NotTaken::Word)) => Err(Code::NotAllowed),
        Ok(Err(NotTaken::Disk)) | Err(_) => Err(Code::Busy),
    }
}

fn entries(house: &House, id: u64, from: u64) -> Result<Frame, Code> {
    let known = house.directory().ok_or(Code::Busy)?;
    let entries = known.entries(from).into_iter().map(ByteVec::from).collect();
    Ok(Frame::Entries { id, from, entries })
}

async fn invite(house: &House, invitation: Vec<u8>) -> Result<(), Code> {
    let now = house.now();
    {
        let known = house.directory().ok_or(Code::Busy)?;
        let invited = known.verify_invitation(&invitation, now).map_err(|error| match error {
            InvitationError::Malformed => Code::Malformed,
            InvitationError::Time => Code::Expired,
            _ => Code::NotAllowed,
        })?;
        // Its end has come already, with the owner's first device.
        if crate::invitations::has_live_device(known.directory().now(now), &invited.owner) {
            return Err(Code::Expired);
        }
        let again = known.invitations.of(&invited.key, now).is_some();
        if !again && known.invitations.alive(now) >= house.limits.invitations {
            return Err(Code::Quota);
        }
    }
    house.store.keep(Event::Invited { invitation: invitation.into(), time: now }.record()).await?;
    Ok(())
}

async fn put_prekeys(house: &House, party: &Party, bytes: Vec<u8>) -> Result<(), Code> {
    let device = party.device().ok_or(Code::NotAllowed)?;
    let bundle = {
        let known = house.directory().ok_or(Code::Busy)?;
        let facts = known.directory().device(device).ok_or(Code::NotAllowed)?;
        Bundle::verify(&bytes, &facts.signing, house.network)
    };
    let number = bundle.map(|bundle| bundle.number).map_err(|error| match error {
        BundleError::Signature => Code::NotAllowed,
        _ => Code::Malformed,
    })?;
    let stored = house.store.view().bundle(device).map_err(|_| Code::Busy)?;
    if let Some(stored) = stored.filter(|stored| number <= stored.number) {
        let same = prekey_bytes(house, vec![stored.event]).await.first() == Some(&bytes);
        return if same { Ok(()) } else { Err(Code::Older) };
    }
    house.store.keep(Event::Prekeys { device, number, bundle: bytes.into() }.record()).await?;
    Ok(())
}

async fn prekeys(house: &House, id: u64, devices: Vec<DeviceId>) -> Result<Frame, Code> {
    let mut events = Vec::with_capacity(devices.len());
    for device in devices {
        events.extend(house.store.view().bundle(device).map_err(|_| Code::Busy)?.map(|stored| stored.event));
    }
    let bundles = prekey_bytes(house, events).await.into_iter().map(ByteVec::from).collect();
    Ok(Frame::Prekeys { id, bundles })
}

/// The bundles in these events.
async fn prekey_bytes(house: &House, events: Vec<u64>) -> Vec<Vec<u8>> {
    let bundle = |bytes: Vec<u8>| match Event::from_bytes(&bytes) {
        Ok(Event::Prekeys { bundle, .. }) => Some(bundle.into()),
        _ => None,
    };
    house.store.read_all(events).await.into_iter().filter_map(bundle).collect()
}

/// An owner's own stations store its cards; a card that no entry names yet waits for its statement.
async fn put_card(house: &Arc<House>, party: &Party, office: OfficeId, bytes: &[u8]) -> Result<(), Code> {
    if *party.owner() != office.owner {
        return Err(Code::NotAllowed);
    }
    let card = SaltedCard::from_bytes(bytes).map_err(|_| Code::Malformed)?;
    let now = house.now();
    let named = {
        let known = house.directory().ok_or(Code::Busy)?;
        known.directory().now(now).cards().contains(&card.hash())
    };
    let (cards, owner) = (Arc::clone(&house.cards), office.owner);
    let stored = spawn_blocking(move || cards.put(&card, &owner, (named, now))).await;
    match stored {
        Ok(Ok(())) => Ok(()),
        Ok(Err(NotStored::Full)) => Err(Code::Quota),
        Ok(Err(NotStored::Disk)) | Err(_) => Err(Code::Busy),
    }
}

/// Those that are here and that this station may read. That it read them is noted before they leave.
async fn cards(
    house: &Arc<House>,
    party: &Party,
    (id, offices): (u64, Vec<OfficeId>),
) -> Result<Frame, Code> {
    let device = party.device().ok_or(Code::NotAllowed)?;
    let (wanted, reader) = {
        let known = house.directory().ok_or(Code::Busy)?;
        let at = known.directory().now(house.now());
        let reader = at.contact(device).ok_or(Code::NotAllowed)?.office;
        let may = |office: &OfficeId| at.may_read_card(party.owner(), office);
        let hash =
            |office: OfficeId| at.office(&office).and_then(|record| record.card).map(|hash| (office, hash));
        let wanted: Vec<_> = offices.into_iter().filter(may).filter_map(hash).collect();
        (wanted, reader)
    };
    let (shelf, now) = (Arc::clone(&house.cards), house.now());
    let read = spawn_blocking(move || {
        let found = wanted.into_iter().filter_map(|(office, hash)| Some((office, shelf.get(hash)?)));
        let found: Vec<(OfficeId, Vec<u8>)> = found.collect();
        let offices: Vec<OfficeId> = found.iter().map(|(office, _)| office.clone()).collect();
        shelf.reads.note(&reader, &offices, now).map(|()| found)
    });
    let found = read.await.ok().and_then(Result::ok).ok_or(Code::Busy)?;
    Ok(Frame::Cards { id, cards: found.into_iter().map(|(office, card)| (office, card.into())).collect() })
}

fn or_refused(house: &House, id: u64, answer: Result<Frame, Code>) -> Frame {
    answer.unwrap_or_else(|code| {
        tracing::debug!(?code, "refused");
        house.counters.refused.add(1);
        Frame::Refused { id, code }
    })
}

/// What a small request and its answer take.
const SMALL_BYTES: usize = 1024;
