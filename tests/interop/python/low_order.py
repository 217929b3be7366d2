"""Which wrap would a hostile sender make, whose X25519 share is zero? For a test: no reader may open it.

With such a share Diffie-Hellman gives zero whatever the recipient's key is, and X-Wing rests on ML-KEM alone. No library
makes one, so X-Wing's combiner and HPKE's key schedule (RFC 9180 §5.1, base mode) stand here by hand.
"""

import hashlib

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand
from seals import kid, wrap_info

SUITE = b"HPKE" + bytes.fromhex("647a00010003")
XWING_LABEL = bytes.fromhex("5c2e2f2f5e5c")


def labeled_extract(salt, label, ikm):
    return HKDF.extract(hashes.SHA256(), salt or bytes(32), b"HPKE-v1" + SUITE + label + ikm)


def labeled_expand(prk, label, info, length):
    info = length.to_bytes(2, "big") + b"HPKE-v1" + SUITE + label + info
    return HKDFExpand(hashes.SHA256(), length, info).derive(prk)


def encapsulate(prekey, zero):
    """Shared secret and encapsulation, with an honest X25519 share or with zero."""
    secret_m, enc_m = MLKEM768PublicKey.from_public_bytes(prekey[:1184]).encapsulate()
    if zero:
        secret_x = enc_x = bytes(32)
    else:
        own = X25519PrivateKey.generate()
        secret_x = own.exchange(X25519PublicKey.from_public_bytes(prekey[1184:]))
        enc_x = own.public_key().public_bytes_raw()
    return hashlib.sha3_256(secret_m + secret_x + enc_x + prekey[1184:] + XWING_LABEL).digest(), enc_m + enc_x


def seal_wrap(network, hh, device, prekey, content_key, counter, zero):
    shared, enc = encapsulate(prekey, zero)
    info = wrap_info(network, hh, device, kid(prekey))
    context = b"\x00" + labeled_extract(b"", b"psk_id_hash", b"") + labeled_extract(b"", b"info_hash", info)
    secret = labeled_extract(shared, b"secret", b"")
    key, nonce = labeled_expand(secret, b"key", context, 32), labeled_expand(secret, b"base_nonce", context, 12)
    return [device, kid(prekey), enc, ChaCha20Poly1305(key).encrypt(nonce, content_key + counter.to_bytes(8, "big"), b"")]
