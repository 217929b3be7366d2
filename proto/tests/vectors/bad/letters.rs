//! How is an envelope spoilt in one place, with all the rest as it must be? With the press of the tests, set so that it
//! makes the good delivery to the byte. It must never know what opening checks.

use liaison_keys::body::ContentKey;
use liaison_keys::cbor;
use liaison_keys::cose::Sign1;
use liaison_proto::envelope::Post;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;

use super::kit::{Bad, Base};
use crate::forge::{Press, READER, pad, to};
use crate::samples::{Sample, envelope, find};
use crate::world::{World, device};

/// The log of all vectors, and the good delivery that stands beside most bad ones.
pub(super) struct Letters {
    pub(super) world: World,
    /// The log as all vectors have it.
    home: World,
    delivery: Base,
}

impl Letters {
    pub(super) fn new(samples: &[Sample]) -> Self {
        Self::after(samples, |_| ())
    }

    /// After more was said.
    pub(super) fn after(samples: &[Sample], more: impl FnOnce(&mut World)) -> Self {
        let (home, mut world) = (crate::samples::world(), crate::samples::world());
        more(&mut world);
        let letters =
            Self { world, home, delivery: Base::vector(find(samples, "delivery"), "delivery", &[]) };
        assert_eq!(letters.press().delivery(), letters.delivery.bytes, "the press makes the good delivery");
        letters
    }

    /// The good delivery in the making, always of the log as all vectors have it.
    pub(super) fn press(&self) -> Press {
        let world = &self.home;
        let (posted, claims) = envelope::posted(world);
        let post = Post::from_bytes(posted.bytes).unwrap();
        let mut press = Press::new(world, to(&[READER]));
        press.claims = claims;
        press.header = post.header().clone();
        press.content_key = ContentKey::new(*posted.content_key.expose());
        press.counter = (world.now << 32) | 5;
        press.entropy = ChaCha20Rng::from_seed([0x5e; 32]);
        let _ = ContentKey::generate(&mut press.entropy);
        press
    }

    /// What stands beside a bad delivery, for the first device of an office.
    pub(super) fn base(&self, reader: &str) -> Base {
        let more: Vec<String> =
            self.world.entries()[self.home.entries().len()..].iter().map(hex::encode).collect();
        let mut base = self.delivery.clone().with("log", "exercise");
        if !more.is_empty() {
            base = base.with("more entries", more);
        }
        for slot in ["Current", "Fallback"] {
            let name = format!("{reader} prekey 1 {slot}");
            let seed = liaison_keys::names::Digest::of(name.as_bytes());
            base = base.with(&format!("seed of {name}"), seed.to_string());
        }
        let now = self.world.now + 60;
        base.with("device", device(reader, 1).to_string()).with("now", now).with("head time", self.world.now)
    }

    /// The same for the good delivery's reader.
    pub(super) fn good(&self) -> Base {
        self.base(READER)
    }

    /// The good delivery with one thing changed before it was signed and sealed.
    pub(super) fn spoilt(
        &self,
        name: &str,
        error: &str,
        about: &str,
        changed: &str,
        spoil: impl FnOnce(&mut Press),
    ) -> Bad {
        let mut press = self.press();
        spoil(&mut press);
        self.sealed(&self.good(), name, error, about, changed, press.delivery())
    }

    /// A delivery beside its base.
    pub(super) fn sealed(
        &self,
        base: &Base,
        name: &str,
        error: &str,
        about: &str,
        changed: &str,
        bytes: Vec<u8>,
    ) -> Bad {
        let bad = base.bad(&format!("envelope-{name}"), error, about, bytes).section("5.7");
        bad.changed(&format!("{changed}; what follows from it was made again."))
    }
}

/// The claims of a press as any bytes, rightly signed.
pub(super) fn signed_as(press: &Press, claims: &[u8]) -> Vec<u8> {
    pad(&Sign1::sign(&press.key, &press.context(), claims.to_vec()).to_bytes())
}

/// The claims of a press, encoded.
pub(super) fn claims_of(press: &Press) -> Vec<u8> {
    cbor::encode(&press.claims)
}
