//! What is the least that sealing and opening must do? The primitives alone, by the crates that the product uses, with
//! the keys that the product uses. It must never know an encoding, a label or a hash: those are what is measured.
//!
//! ```text
//! seal to n = Ed25519 sign + ChaCha20-Poly1305 of the body + n × (X25519 fixed base + X25519 + ML-KEM-768 encapsulate)
//! open one  = ML-KEM-768 keys from the seed + X25519 fixed base + ML-KEM-768 decapsulate + X25519
//!             + ChaCha20-Poly1305 of the body + Ed25519 verify
//! bundle    = Ed25519 verify + 2 × X25519
//! ```

use std::hint::black_box;
use std::thread::scope;

use anyhow::{Result, anyhow};
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use getrandom::SysRng;
use liaison_keys::cbor;
use ml_kem::ml_kem_768::{Ciphertext, DecapsulationKey, EncapsulationKey};
use ml_kem::{Decapsulate as _, Encapsulate as _, Seed, TryKeyInit as _};
use rand_core::{Rng as _, UnwrapErr};
use x25519_dalek::{PublicKey, StaticSecret};

use super::letter::Letter;

/// Keys and inputs for the primitives.
pub struct Bare {
    recipients: Vec<(EncapsulationKey, PublicKey)>,
    signing: SigningKey,
    verifying: VerifyingKey,
    signature: Signature,
    signed: Vec<u8>,
    cipher: ChaCha20Poly1305,
    body: Vec<u8>,
    seed: Seed,
    scalar: StaticSecret,
    ciphertext: Ciphertext,
}

impl Bare {
    /// With a letter's recipients.
    pub fn of(letter: &Letter) -> Result<Self> {
        let signing = SigningKey::from_bytes(&[1; 32]);
        let signed = cbor::encode(&letter.claims);
        let cipher = ChaCha20Poly1305::new(&Key::from([2; 32]));
        let body = cipher.encrypt(&Nonce::from(NONCE), Payload { msg: &PADDED, aad: &HEADER });
        let seed = Seed::from([3; 64]);
        let (ciphertext, _) = DecapsulationKey::from_seed(seed)
            .encapsulation_key()
            .encapsulate_with_rng(&mut UnwrapErr(SysRng));
        let recipients = letter.publics.iter().map(|(_, prekey)| halves(&prekey.to_bytes()));
        Ok(Self {
            recipients: recipients.collect::<Result<_>>()?,
            verifying: signing.verifying_key(),
            signature: signing.sign(&signed),
            signing,
            signed,
            cipher,
            body: body.map_err(|_| anyhow!("the body is refused"))?,
            seed,
            scalar: StaticSecret::from([4; 32]),
            ciphertext,
        })
    }

    /// Each primitive by itself.
    pub const NAMED: [Named; 9] = [
        ("X25519, fixed base", |bare| show(PublicKey::from(&bare.scalar))),
        ("X25519", |bare| show(bare.scalar.diffie_hellman(&bare.recipients[0].1))),
        ("ML-KEM-768, keys from the seed", |bare| show(DecapsulationKey::from_seed(bare.seed))),
        ("ML-KEM-768, encapsulate", |bare| {
            show(bare.recipients[0].0.encapsulate_with_rng(&mut UnwrapErr(SysRng)));
        }),
        ("ML-KEM-768, keys from the seed and decapsulate", |bare| {
            show(DecapsulationKey::from_seed(bare.seed).decapsulate(&bare.ciphertext));
        }),
        ("Ed25519, sign", |bare| show(bare.signing.sign(&bare.signed))),
        ("Ed25519, verify", |bare| show(bare.verify())),
        ("ChaCha20-Poly1305, seal 4 KiB", |bare| show(bare.encrypt())),
        ("ChaCha20-Poly1305, open 4 KiB", |bare| show(bare.decrypt())),
    ];

    /// All that sealing must do, its recipients shared among so many threads.
    pub fn seal_on(&self, threads: usize) {
        show(self.signing.sign(&self.signed));
        show(self.encrypt());
        let mut parts = self.recipients.chunks(self.recipients.len().div_ceil(threads));
        let first = parts.next().unwrap_or_default();
        scope(|scope| {
            for part in parts {
                scope.spawn(|| encapsulate(part));
            }
            encapsulate(first);
        });
    }

    /// All that opening must do.
    pub fn open(&self) {
        show(PublicKey::from(&self.scalar));
        show(DecapsulationKey::from_seed(self.seed).decapsulate(&self.ciphertext));
        show(self.scalar.diffie_hellman(&self.recipients[0].1));
        show(self.decrypt());
        show(self.verify());
    }

    /// All that reading a bundle of two prekeys must do: its signature, and that no share is of low order.
    pub fn read_bundle(&self) {
        show(self.verify());
        for (_, share) in &self.recipients {
            show(self.scalar.diffie_hellman(share).was_contributory());
        }
    }

    fn encrypt(&self) -> Option<Vec<u8>> {
        self.cipher.encrypt(&Nonce::from(NONCE), Payload { msg: &PADDED, aad: &HEADER }).ok()
    }

    fn decrypt(&self) -> Option<Vec<u8>> {
        self.cipher.decrypt(&Nonce::from(NONCE), Payload { msg: &self.body, aad: &HEADER }).ok()
    }

    fn verify(&self) -> bool {
        self.verifying.verify_strict(&self.signed, &self.signature).is_ok()
    }
}

fn encapsulate(recipients: &[(EncapsulationKey, PublicKey)]) {
    let mut entropy = UnwrapErr(SysRng);
    for (lattice, share) in recipients {
        show(lattice.encapsulate_with_rng(&mut entropy));
        let mut scalar = [0; 32];
        entropy.fill_bytes(&mut scalar);
        let scalar = StaticSecret::from(scalar);
        show((PublicKey::from(&scalar), scalar.diffie_hellman(share)));
    }
}

/// What it is called, and how it is done once.
type Named = (&'static str, fn(&Bare));

/// To the compiler it looks as if somebody looked.
fn show<T>(result: T) {
    black_box(result);
}

/// An X-Wing key is an ML-KEM-768 key and an X25519 key, one behind the other.
fn halves(prekey: &[u8]) -> Result<(EncapsulationKey, PublicKey)> {
    let (lattice, share) = prekey.split_at(prekey.len() - 32);
    let lattice = EncapsulationKey::new_from_slice(lattice).map_err(|_| anyhow!("not an ML-KEM key"))?;
    Ok((lattice, PublicKey::from(<[u8; 32]>::try_from(share)?)))
}

const NONCE: [u8; 12] = [0; 12];
/// A short message, padded.
const PADDED: [u8; 4_096] = [5; 4_096];
const HEADER: [u8; 150] = [6; 150];
