//! Is a message that was wrapped in parts the same message? Whoever has several processors may wrap as it likes, and
//! still cannot make a post that nobody opens. It must never know threads.

use liaison_keys::names::DeviceId;
use liaison_keys::prekey::Slot;
use liaison_keys::sealing::{PrekeyPublic, Wrap};
use liaison_proto::Lane;
use liaison_proto::envelope::{Outgoing, Post, Posted, Recipient, SealError, Sealing, seal};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;

use crate::forge::{LIVES_S, Press, Reader, to};
use crate::world::{World, device, key, prekey};

const READERS: [&str; 3] = ["xb/operations/1", "xc/operations/1", "xd/operations/1"];

/// A message to the readers, made by `make`.
fn posted<T>(world: &World, make: impl FnOnce(&Outgoing<'_>) -> T) -> T {
    let press = Press::new(world, to(&READERS));
    let keys = READERS.map(|office| (device(office, 1), prekey(office, 1, Slot::Current).public()));
    let recipients = keys.each_ref().map(recipient);
    make(&Outgoing {
        network: world.network(),
        key: &key("xa/operations/1 signing 1"),
        id: press.header.id,
        lane: Lane::Routine,
        expires: world.now + LIVES_S,
        claims: &press.claims,
        recipients: &recipients,
    })
}

fn recipient((device, prekey): &(DeviceId, PrekeyPublic)) -> Recipient<'_> {
    Recipient { device: *device, prekey, counter: 3 }
}

/// Wraps in parts of these sizes, each with entropy of its own, and finishes with what `change` leaves.
fn in_parts(
    world: &World,
    sizes: &[usize],
    change: impl FnOnce(&mut Vec<Wrap>),
) -> Result<Posted, SealError> {
    posted(world, |outgoing| {
        let sealing = Sealing::begin(outgoing, &mut entropy(0)).unwrap();
        let (mut rest, mut wraps) = (outgoing.recipients, Vec::new());
        for (size, seed) in sizes.iter().zip(1..) {
            let (part, after) = rest.split_at(*size);
            wraps.extend(sealing.wrap(part, &mut entropy(seed)));
            rest = after;
        }
        change(&mut wraps);
        sealing.finish(wraps)
    })
}

fn entropy(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}

#[test]
fn one_part_with_the_same_entropy_is_the_same_post() {
    let world = World::six_states();
    let whole = posted(&world, |outgoing| seal(outgoing, &mut entropy(0)).unwrap());
    let by_hand = posted(&world, |outgoing| {
        let mut entropy = entropy(0);
        let sealing = Sealing::begin(outgoing, &mut entropy).unwrap();
        let wraps = sealing.wrap(outgoing.recipients, &mut entropy);
        sealing.finish(wraps).unwrap()
    });
    assert_eq!(whole.bytes, by_hand.bytes);
}

#[test]
fn parts_in_any_order_open_at_everybody_and_depend_on_entropy_alone() {
    let world = World::six_states();
    let posted = in_parts(&world, &[1, 2], |_| {}).unwrap();
    let again = in_parts(&world, &[1, 2], |wraps| wraps.reverse()).unwrap();
    assert_eq!(posted.bytes, again.bytes);
    let post = Post::from_bytes(posted.bytes).unwrap();
    for office in READERS {
        let index = post.devices().iter().position(|id| *id == device(office, 1)).unwrap();
        let message = Reader::of_device(&world, office, 1).verified(&post.delivery(index).unwrap());
        assert_eq!(message.hh, posted.hh);
    }
}

#[test]
fn a_wrap_missing_doubled_or_of_nobody_is_refused() {
    let world = World::six_states();
    let refused = |change: fn(&mut Vec<Wrap>)| in_parts(&world, &[3], change).unwrap_err();
    assert_eq!(refused(|wraps| drop(wraps.pop())), SealError::Wraps);
    assert_eq!(refused(|wraps| wraps.push(wraps[0].clone())), SealError::Wraps);
    assert_eq!(refused(|wraps| wraps[1] = wraps[0].clone()), SealError::Wraps);
    assert_eq!(refused(|wraps| wraps[0].device = DeviceId::new([9; 16])), SealError::Wraps);
    assert_eq!(refused(Vec::clear), SealError::Wraps);
}
