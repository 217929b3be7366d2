//! What does each frame look like? One of each tag, in the order of the tags.
//! It must never know who may send it.

use liaison_keys::directory::Entry;
use liaison_keys::names::OfficeId;
use liaison_proto::Lane;
use liaison_proto::envelope::Post;
use liaison_proto::frame::{Code, Frame, Hello, Welcome};
use minicbor::bytes::ByteVec;

use super::{Sample, envelope};
use crate::world::{World, device, name};

/// All of them.
pub(super) fn samples(world: &World) -> Vec<Sample> {
    let frames = messages(world).into_iter().chain(directory(world));
    let sample = |(name, frame): (&str, Frame)| {
        let bytes = frame.to_bytes();
        let tag = bytes[1];
        let tag = if tag == 0x18 { bytes[2] } else { tag };
        let about = format!("The frame {name}, tag {tag}.");
        Sample::new(&format!("frame-{tag:02}-{name}"), "7.3", Some("frame"), &about, bytes)
    };
    frames.map(sample).chain([chunks()]).collect()
}

/// How two frames and the end of the direction cross the network.
fn chunks() -> Sample {
    let (ping, pong) = (Frame::Ping { id: 1 }.to_bytes(), Frame::Pong { id: 1 }.to_bytes());
    let chunk = |flags: u8, payload: &[u8]| {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        [length.as_slice(), &[flags], payload].concat()
    };
    let bytes = [chunk(0x83, &ping), chunk(0x80, &pong), chunk(0x40, &[0, 8])].concat();
    let about = "A ping in the lane flash, a pong in the lane routine, and the end with a code, in chunks.";
    Sample::new("chunks", "7.1", None, about, bytes)
        .with("flash frame", hex::encode(ping))
        .with("routine frame", hex::encode(pong))
        .with("end code", 8)
}

fn messages(world: &World) -> Vec<(&'static str, Frame)> {
    let post = Post::from_bytes(envelope::posted(world).0.bytes).unwrap();
    let receipt = envelope::relay_receipt(world, &post).bytes;
    let delivery = post.delivery(0).unwrap();
    let (hh, wrap) = (post.hh(), post.as_bytes()[post.wrap(0)].to_vec());
    let (note, head): (ByteVec, ByteVec) = (world.note().into(), world.head().into());
    let generation = u32::try_from(world.now).unwrap();
    let welcome = Welcome {
        version: 1,
        frame_bytes_max: 10_000_000,
        note,
        head,
        generation,
        events: 12,
        time: world.now,
    };
    let invitation = super::find(&super::invitations(world), "invitation").bytes.clone().into();
    vec![
        ("hello", Frame::Hello(Hello::new(world.network(), (generation, 12), world.size()))),
        ("welcome", Frame::Welcome(welcome)),
        ("go-away", Frame::GoAway { code: Code::Busy }),
        ("ping", Frame::Ping { id: 1 }),
        ("pong", Frame::Pong { id: 1 }),
        ("refused", Frame::Refused { id: 2, code: Code::NotAllowed }),
        ("invite", Frame::Invite { id: 3, invitation }),
        ("invited", Frame::Invited { id: 3 }),
        ("post", Frame::Post { id: 4, lane: Lane::Immediate, post: post.into_bytes().into() }),
        ("accepted", Frame::Accepted { id: 4, receipt: receipt.into() }),
        ("pull", Frame::Pull { id: 5 }),
        ("pulled", Frame::Pulled { id: 5, waiting: 300 }),
        ("delivery", Frame::Delivery { sequence: 70_000, lane: Lane::Immediate, delivery: delivery.into() }),
        ("ack", Frame::Ack { sequences: vec![70_000, 70_001] }),
        ("reseal", Frame::Reseal { id: 6, reseal: super::reseal(world).into() }),
        ("rewrap", Frame::Rewrap { id: 7, hh, wrap: wrap.into() }),
        ("passed", Frame::Passed { id: 7 }),
    ]
}

fn directory(world: &World) -> Vec<(&'static str, Frame)> {
    let (note, head): (ByteVec, ByteVec) = (world.note().into(), world.head().into());
    let entries: Vec<ByteVec> = world.entries()[1..3].iter().map(|entry| entry.clone().into()).collect();
    let statement = Entry::from_bytes(&world.entries()[1]).unwrap().statement;
    let bundle: ByteVec = world.prekeys("xb/operations/1", 1).1.into();
    let card: ByteVec = super::directory::salted_card().to_bytes().into();
    let (desk, reader): (OfficeId, OfficeId) = (name("xa/diplomatic/1"), name("xb/operations/1"));
    let line = super::cosignature(world, "xa.example", 30);
    let cosigned: ByteVec = super::cosigned_note(world).into();
    let devices = vec![device("xb/operations/1", 1), device("xb/operations/1", 2)];
    vec![
        ("log-from", Frame::LogFrom { id: 8, from: 1 }),
        ("entries", Frame::Entries { id: 8, from: 1, entries }),
        ("submit", Frame::Submit { id: 9, statement }),
        ("logged", Frame::Logged { id: 9, index: 1 }),
        ("checkpoint-get", Frame::CheckpointGet { id: 10 }),
        ("checkpoint", Frame::Checkpoint { id: 0, note: note.clone(), head, cosigned: vec![cosigned] }),
        ("cosign", Frame::Cosign { id: 16, note, line }),
        ("cosigned", Frame::Cosigned { id: 16 }),
        ("prekeys-put", Frame::PrekeysPut { id: 11, bundle: bundle.clone() }),
        ("prekeys-stored", Frame::PrekeysStored { id: 11 }),
        ("prekeys-get", Frame::PrekeysGet { id: 12, devices }),
        ("prekeys", Frame::Prekeys { id: 12, bundles: vec![bundle] }),
        ("card-put", Frame::CardPut { id: 13, office: desk.clone(), card: card.clone() }),
        ("cards-get", Frame::CardsGet { id: 14, offices: vec![desk.clone(), reader.clone()] }),
        ("cards", Frame::Cards { id: 14, cards: vec![(desk.clone(), card)] }),
        ("card-stored", Frame::CardStored { id: 13 }),
        ("card-reads-get", Frame::CardReadsGet { id: 15 }),
        ("card-reads", Frame::CardReads { id: 15, reads: vec![(crate::world::START, desk, reader)] }),
    ]
}
