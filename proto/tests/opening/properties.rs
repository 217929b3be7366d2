//! Can any damage make a message open? No cut and no changed bit of a delivery gives a verified message, and none
//! makes a station stumble. It must never know where in the bytes something stands.

use std::sync::LazyLock;

use liaison_proto::scope::Scope;
use proptest::prelude::*;

use crate::forge::{Press, Reader, to};
use crate::world::World;

static SIX_STATES: LazyLock<World> = LazyLock::new(World::six_states);
static GLOBAL: LazyLock<Vec<u8>> = LazyLock::new(|| Press::new(&SIX_STATES, Scope::global([])).delivery());

#[test]
fn every_truncation_is_refused() {
    let world = World::six_states();
    let (delivery, reader) = (Press::new(&world, to(&["xb/operations/1"])).delivery(), Reader::new(&world));
    for end in 0..delivery.len() {
        assert!(reader.open(&delivery[..end]).is_err(), "cut at {end}");
    }
}

/// Every byte of header and wrap once, and every fifth of the body, with a bit that moves along; the property below
/// tries the others at random.
#[test]
fn a_changed_bit_in_any_byte_is_refused() {
    let world = World::six_states();
    let (good, reader) = (Press::new(&world, to(&["xb/operations/1"])).delivery(), Reader::new(&world));
    let mut changed = good.clone();
    let (body_from, wrap_from) = (160, good.len() - 1_216);
    for at in (0..good.len()).filter(|at| !(body_from..wrap_from).contains(at) || at % 5 == 0) {
        changed[at] ^= 1 << (at % 8);
        assert!(reader.open(&changed).is_err(), "byte {at}");
        changed[at] = good[at];
    }
    assert_eq!(changed, good);
    reader.verified(&good);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn any_changed_bits_are_refused(flips in prop::collection::vec(any::<(usize, u8)>(), 1..16)) {
        let (delivery, reader) = (&*GLOBAL, Reader::new(&SIX_STATES));
        for (at, bit) in flips {
            let mut changed = delivery.clone();
            changed[at % delivery.len()] ^= 1 << (bit % 8);
            prop_assert!(reader.open(&changed).is_err(), "byte {}", at % delivery.len());
        }
    }

    #[test]
    fn garbage_is_refused(bytes in prop::collection::vec(any::<u8>(), 0..2_048)) {
        prop_assert!(Reader::new(&SIX_STATES).open(&bytes).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    /// A recipient in league with nobody: whatever it signs as itself, nothing but claims is ever read.
    #[test]
    fn any_signed_bytes_are_refused(payload in prop::collection::vec(any::<u8>(), 0..256)) {
        use liaison_keys::cose::Sign1;
        let press = Press::new(&SIX_STATES, to(&["xb/operations/1"]));
        let signed = Sign1::sign(&press.key, &press.context(), payload).to_bytes();
        let delivery = press.delivery_of(&crate::forge::pad(&signed));
        prop_assert!(Reader::new(&SIX_STATES).open(&delivery).is_err());
    }
}
