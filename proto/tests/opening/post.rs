//! Does a relay take exactly the posts that it can cut into deliveries? Form, order, count, size.
//! It must never know a key.

use std::sync::LazyLock;

use liaison_keys::body::ContentKey;
use liaison_keys::cbor;
use liaison_keys::names::{DeviceId, Digest, HeaderHash};
use liaison_keys::prekey::Slot;
use liaison_keys::sealing::{self, Wrap};
use liaison_proto::envelope::{Header, Post, PostError, Reason, Sealed, WrapsMark};
use liaison_proto::limits;
use liaison_proto::scope::Scope;
use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;

use crate::forge::{Press, encode_delivery, encode_post, to};
use crate::world::{World, prekey};

/// A wrap for any device; what it holds is nobody's business here.
fn wrap(n: u16, header: &[u8], world: &World) -> Wrap {
    let mut id = [0x77; 16];
    id[..2].copy_from_slice(&n.to_be_bytes());
    let to = prekey("xb/operations/1", 1, Slot::Current).public();
    let envelope = (world.network(), HeaderHash::of(header));
    let mut entropy = ChaCha20Rng::from_seed([1; 32]);
    sealing::seal((DeviceId::new(id), &to), envelope, (&ContentKey::new([1; 32]), 1), &mut entropy)
}

/// A post to the devices with these numbers, under a header that names them.
fn post(numbers: &[u16], world: &World) -> (Vec<u8>, Vec<Wrap>) {
    let mut press = Press::new(world, to(&["xb/operations/1"]));
    // The device ids do not depend on the header.
    let named = numbers.iter().map(|n| wrap(*n, b"", world).device).collect();
    press.mark = Some(WrapsMark::of(&named));
    let header = press.header_bytes();
    let wraps: Vec<Wrap> = numbers.iter().map(|n| wrap(*n, &header, world)).collect();
    (header, wraps)
}

fn refused(bytes: Vec<u8>) -> PostError {
    Post::from_bytes(bytes).unwrap_err()
}

#[test]
fn deliveries_are_cut_from_the_posts_bytes() {
    let world = World::six_states();
    for count in [1_u16, 2, 23, 24, 255, 256] {
        let numbers: Vec<u16> = (0..count).collect();
        let (header, wraps) = post(&numbers, &world);
        let bytes = encode_post(&header, b"body", &wraps);
        let post = Post::from_bytes(bytes.clone()).unwrap();
        assert_eq!(post.hh(), HeaderHash::of(&header));
        assert_eq!((post.as_bytes(), post.digest()), (bytes.as_slice(), Digest::of(&bytes)));
        assert_eq!(post.header_bytes(), header);
        assert_eq!(post.header().wraps.count(), u64::from(count));
        for (index, wrap) in wraps.iter().enumerate() {
            assert_eq!(post.devices()[index], wrap.device);
            assert_eq!(bytes[post.wrap(index)], cbor::encode(wrap));
            let delivery = post.delivery(index).unwrap();
            assert_eq!(delivery, [&bytes[post.prefix()], &bytes[post.wrap(index)]].concat());
            assert_eq!(delivery, encode_delivery(&header, b"body", wrap));
            let sealed = Sealed::from_bytes(&delivery).unwrap();
            assert_eq!((sealed.device(), sealed.envelope().hh), (wrap.device, post.hh()));
        }
        assert_eq!(post.delivery(wraps.len()), None);
        assert_eq!(post.into_bytes(), bytes);
    }
}

#[test]
fn wraps_are_ascending_distinct_and_exactly_those_of_the_header() {
    let world = World::six_states();
    let (header, wraps) = post(&[1, 2, 3], &world);
    let of = |order: &[usize]| {
        let wraps: Vec<Wrap> = order.iter().map(|i| wraps[*i].clone()).collect();
        Post::from_bytes(encode_post(&header, b"body", &wraps)).map(|_| ())
    };
    assert_eq!(of(&[0, 1, 2]), Ok(()));
    for order in [&[0, 2, 1][..], &[0, 0, 1, 2], &[0, 1, 2, 2], &[0, 1], &[1, 2], &[], &[2]] {
        assert_eq!(of(order), Err(PostError::Wraps), "{order:?}");
    }
    let (_, more) = post(&[1, 2, 3, 4], &world);
    assert_eq!(refused(encode_post(&header, b"body", &more)), PostError::Wraps, "one more");
    let (_, other) = post(&[1, 2, 4], &world);
    assert_eq!(refused(encode_post(&header, b"body", &other)), PostError::Wraps, "another one");
}

#[test]
fn headers_are_checked_as_a_station_does() {
    let world = World::six_states();
    let (header, wraps) = post(&[1], &world);
    let under = |spoil: &dyn Fn(&mut Header)| {
        let mut header: Header = cbor::decode(&header).unwrap();
        spoil(&mut header);
        refused(encode_post(&cbor::encode(&header), b"body", &wraps))
    };
    assert_eq!(under(&|header| header.version = 2), PostError::Header(Reason::Version));
    assert_eq!(under(&|header| header.suite = 1), PostError::Header(Reason::Suite));
    assert_eq!(under(&|header| header.expires = 0), PostError::Header(Reason::Header));
    let malformed = encode_post(&[0xa0], b"body", &wraps);
    assert_eq!(refused(malformed), PostError::Header(Reason::Malformed));
    let long = [header.as_slice(), &[0; 256]].concat();
    assert_eq!(refused(encode_post(&long, b"body", &wraps)), PostError::Header(Reason::TooLarge));
}

#[test]
fn too_much_is_refused_before_it_is_read() {
    let world = World::six_states();
    let (header, wraps) = post(&[1], &world);
    let (got, max) = (limits::BODY_BYTES_MAX + 1, limits::BODY_BYTES_MAX);
    assert!(Post::from_bytes(encode_post(&header, &vec![0; max], &wraps)).is_ok());
    assert_eq!(refused(encode_post(&header, &vec![0; got], &wraps)), PostError::TooLarge { got, max });
    let (got, max) = (limits::POST_BYTES_MAX + 1, limits::POST_BYTES_MAX);
    assert_eq!(refused(vec![0x83; got]), PostError::TooLarge { got, max });
}

#[test]
fn a_post_has_one_spelling() {
    let world = World::six_states();
    let (header, wraps) = post(&[1, 2], &world);
    let good = encode_post(&header, b"body", &wraps);
    for end in 0..good.len() {
        assert_eq!(refused(good[..end].to_vec()), PostError::Malformed, "cut at {end}");
    }
    let wraps_head = good.len() - 2 * 1_216 - 1;
    assert_eq!(good[wraps_head], 0x82);
    let long_head = [&good[..wraps_head], &[0x98, 2], &good[wraps_head + 1..]].concat();
    let indefinite = [&good[..wraps_head], &[0x9f], &good[wraps_head + 1..], &[0xff]].concat();
    for bad in [long_head, indefinite, [good.as_slice(), &[0]].concat()] {
        assert_eq!(refused(bad), PostError::Malformed);
    }
}

/// The relay checks nothing that needs a key, and yet hands everybody what they can read.
#[test]
fn what_a_relay_cuts_a_station_opens() {
    let world = World::six_states();
    let press = Press::new(&world, Scope::global([]));
    let post = Post::from_bytes(press.post()).unwrap();
    assert_eq!(post.devices().len(), 11);
    for (index, device) in post.devices().iter().enumerate() {
        assert_eq!(post.delivery(index).unwrap(), press.delivery_to(*device));
    }
}

/// What one station does to open does not grow with the number of the others: it gets the same bytes but for the
/// count in the header's mark.
#[test]
fn a_delivery_is_as_long_among_hundreds_as_alone() {
    let world = World::six_states();
    let length = |count: u16| {
        let numbers: Vec<u16> = (0..count).collect();
        let (header, wraps) = post(&numbers, &world);
        Post::from_bytes(encode_post(&header, b"body", &wraps)).unwrap().delivery(0).unwrap().len()
    };
    assert_eq!(length(1), length(23));
    assert_eq!(length(1) + 2, length(300));
}

static GOOD: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let (header, wraps) = post(&[1, 2, 3], &World::found());
    encode_post(&header, b"body", &wraps)
});

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn damage_never_panics_and_never_changes_who_it_is_for(flips in prop::collection::vec(any::<(usize, u8)>(), 1..4)) {
        let mut bytes = GOOD.clone();
        for (at, flip) in flips {
            let at = at % bytes.len();
            bytes[at] ^= flip;
        }
        if let Ok(post) = Post::from_bytes(bytes.clone()) {
            prop_assert_eq!(post.as_bytes(), &bytes);
            prop_assert_eq!(post.devices().len(), 3);
            for index in 0..3 {
                prop_assert!(Sealed::from_bytes(&post.delivery(index).unwrap()).is_ok());
            }
        }
    }

    #[test]
    fn garbage_is_no_post(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
        prop_assert!(Post::from_bytes(bytes).is_err());
    }
}
