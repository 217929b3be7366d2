//! How does one seal to an X25519 share of low order? X-Wing and HPKE written out (RFC 9180 §5), with a shared secret of
//! zeros in X25519's place: whoever does not look at the share opens it. It must never know what is sealed.

use chacha20poly1305::aead::{Aead as _, KeyInit as _};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use hkdf::Hkdf;
use ml_kem::ml_kem_768::EncapsulationKey;
use sha2::Sha256;
use sha3::{Digest as _, Sha3_256};

/// Encapsulation and ciphertext of these bytes, to a public prekey, with this X25519 share.
pub(super) fn seal(share: &[u8; 32], public: &[u8], info: &[u8], plaintext: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let (ml_kem, x25519) = public.split_at(ML_KEM_BYTES);
    let to = EncapsulationKey::new(ml_kem.try_into().unwrap()).unwrap();
    let (ciphertext, ml_kem_secret) = to.encapsulate_deterministic(&[0x1e; 32].into());
    let secret = Sha3_256::new()
        .chain_update(ml_kem_secret)
        .chain_update(X25519_OF_LOW_ORDER)
        .chain_update(share)
        .chain_update(x25519)
        .chain_update(X_WING_LABEL)
        .finalize();
    let (key, nonce) = schedule(&secret, info);
    let sealed = ChaCha20Poly1305::new(&key).encrypt(&nonce, plaintext).unwrap();
    ([ciphertext.as_slice(), share].concat(), sealed)
}

/// Key and nonce of the first message in base mode.
fn schedule(secret: &[u8], info: &[u8]) -> (Key, Nonce) {
    let (_, no_psk) = extract(&[], b"psk_id_hash", &[]);
    let (_, info) = extract(&[], b"info_hash", info);
    let context = [&[0], no_psk.as_slice(), &info].concat();
    let (prk, _) = extract(secret, b"secret", &[]);
    let key: [u8; 32] = expand(&prk, b"key", &context);
    let nonce: [u8; 12] = expand(&prk, b"base_nonce", &context);
    (key.into(), nonce.into())
}

fn extract(salt: &[u8], label: &[u8], secret: &[u8]) -> (Hkdf<Sha256>, Vec<u8>) {
    let labelled = [VERSION, SUITE, label, secret].concat();
    let (prk, hkdf) = Hkdf::extract(Some(salt), &labelled);
    (hkdf, prk.to_vec())
}

fn expand<const N: usize>(prk: &Hkdf<Sha256>, label: &[u8], info: &[u8]) -> [u8; N] {
    let length = u16::try_from(N).unwrap().to_be_bytes();
    let mut expanded = [0; N];
    prk.expand(&[length.as_slice(), VERSION, SUITE, label, info].concat(), &mut expanded).unwrap();
    expanded
}

const ML_KEM_BYTES: usize = 1_184;
/// Diffie–Hellman with a share of low order gives zero with every scalar.
const X25519_OF_LOW_ORDER: [u8; 32] = [0; 32];
const X_WING_LABEL: &[u8] = br"\.//^\";
const VERSION: &[u8] = b"HPKE-v1";
/// KEM 0x647a, KDF 1, AEAD 3.
const SUITE: &[u8] = b"HPKE\x64\x7a\x00\x01\x00\x03";
