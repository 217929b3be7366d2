"""What opens, and whose signature is it? COSE (§2.2), HPKE with X-Wing (§2.3), the body of an envelope (§5.3).

Signatures come from pycose, everything else from cryptography: its HPKE has KEM 0x647a under the name MLKEM768_X25519.
"""

import hashlib

import form
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from form import Refused, decode, encode, require
from pycose.headers import KID, Algorithm
from pycose.algorithms import EdDSA
from pycose.keys import OKPKey
from pycose.messages import Sign1Message, SignMessage

SUITE = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)


def sha256(data):
    return hashlib.sha256(data).digest()


def kid(key):
    """Of any public key; of a device's signing key it is the device."""
    return sha256(key)[:16]


# --- signatures ---------------------------------------------------------------------------------------------------------


def external_aad(label, network, *more):
    return encode([f"liaison-v1 {label}", network, *more])


def public(seed):
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def sign1(seed, aad, payload):
    message = Sign1Message(phdr={Algorithm: EdDSA}, uhdr={}, payload=payload, external_aad=aad)
    message.key = OKPKey(crv="ED25519", d=seed, x=public(seed))
    return message.encode()


def verify1(signed, key, aad, layout, reason="signature"):
    """The payload, decoded. Whether it is a COSE_Sign1 in its one spelling is asked first."""
    decode(signed, form.cose_sign1(layout))
    message = Sign1Message.decode(signed)
    message.external_aad = aad
    require(signs(message, key, message.signature), reason)
    return decode(message.payload, layout)


def verify_sign(signed, keys, aad, layout):
    """The payload of a COSE_Sign that exactly these keys signed, decoded."""
    decode(signed, form.cose_sign(layout))
    message = SignMessage.decode(signed)
    by_kid = {kid(key): key for key in keys}
    require([one.get_attr(KID) for one in message.signers] == sorted(by_kid), "signers")
    for one in message.signers:
        one.external_aad = aad
        require(signs(one, by_kid[one.get_attr(KID)], one.signature), "signature")
    return decode(message.payload, layout)


def signs(message, key, signature):
    """Whether a COSE message, or one signature of it, is by this key."""
    if not (is_usable_point(key) and is_usable_point(signature[:32])):
        return False
    message.key = OKPKey(crv="ED25519", x=key)
    return message.verify_signature()


def verifies(key, signed, signature):
    """Strict: S below the order, and no cofactor, are OpenSSL's; canonical A and R of no small order is asked here."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, signed)
    except (InvalidSignature, ValueError):
        return False
    return is_usable_point(key) and is_usable_point(signature[:32])


def check_signature(request):
    """The verb `signature`."""
    return {"valid": verifies(*(bytes.fromhex(request[name]) for name in ("key", "message", "signature")))}


P = 2**255 - 19
# y of the points whose order divides 8: 1, 2, 4, and the two of order 8
SMALL = {1, P - 1, 0} | {
    int.from_bytes(bytes.fromhex(y), "little")
    for y in (
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    )
}


def is_usable_point(encoded):
    y = int.from_bytes(encoded, "little") % 2**255
    return y < P and y not in SMALL


# --- wraps --------------------------------------------------------------------------------------------------------------


def secret_prekey(seed):
    """X-Wing: SHAKE-256 makes of the seed 64 bytes for ML-KEM-768 and 32 for X25519."""
    expanded = hashlib.shake_256(seed).digest(96)
    parts = (MLKEM768PrivateKey.from_seed_bytes(expanded[:64]), X25519PrivateKey.from_private_bytes(expanded[64:]))
    return hpke.MLKEM768X25519PrivateKey(*parts), parts[1]


def public_prekey(seed):
    expanded = hashlib.shake_256(seed).digest(96)
    ml_kem = MLKEM768PrivateKey.from_seed_bytes(expanded[:64]).public_key().public_bytes_raw()
    return ml_kem + X25519PrivateKey.from_private_bytes(expanded[64:]).public_key().public_bytes_raw()


def read_prekey(key):
    """A public prekey, when its coefficients are in range and its X25519 share leads anywhere."""
    try:
        ml_kem, x25519 = MLKEM768PublicKey.from_public_bytes(key[:1184]), X25519PublicKey.from_public_bytes(key[1184:])
        X25519PrivateKey.generate().exchange(x25519)
    except ValueError as error:
        raise Refused("prekey") from error
    return hpke.MLKEM768X25519PublicKey(ml_kem, x25519)


def wrap_info(network, hh, device, prekey_kid):
    return encode(["liaison-v1 wrap", network, hh, device, prekey_kid])


def seal_wrap(network, hh, device, prekey, content_key, counter):
    info = wrap_info(network, hh, device, kid(prekey))
    sealed = SUITE.encrypt(content_key + counter.to_bytes(8, "big"), read_prekey(prekey), info)
    return [device, kid(prekey), sealed[:1120], sealed[1120:]]


def open_wrap(network, hh, wrap, seed):
    """Content key and counter."""
    device, prekey_kid, enc, ct = wrap
    key, x25519 = secret_prekey(seed)
    try:
        x25519.exchange(X25519PublicKey.from_public_bytes(enc[1088:]))
        opened = SUITE.decrypt(enc + ct, key, wrap_info(network, hh, device, prekey_kid))
    except (InvalidTag, ValueError) as error:
        raise Refused("decapsulation") from error
    return opened[:32], int.from_bytes(opened[32:], "big")


# --- bodies -------------------------------------------------------------------------------------------------------------


def hkdf(salt, key, info, length):
    return HKDF(hashes.SHA256(), length, salt, info.encode()).derive(key)


def commitment(envelope_id, content_key):
    return hkdf(envelope_id, content_key, "liaison-v1 commit", 32)


def body_cipher(content_key, header):
    derived = hkdf(sha256(header), content_key, "liaison-v1 body", 44)
    return ChaCha20Poly1305(derived[:32]), derived[32:]


def padded_length(signed_length):
    length = max(4096, signed_length + 1)
    e = length.bit_length() - 1
    unit = 2 ** (e - e.bit_length())
    return (length + unit - 1) // unit * unit


def seal_body(content_key, header, signed):
    cipher, nonce = body_cipher(content_key, header)
    padded = (signed + b"\x80").ljust(padded_length(len(signed)), b"\x00")
    return cipher.encrypt(nonce, padded, header)


def open_body(content_key, header, body):
    cipher, nonce = body_cipher(content_key, header)
    try:
        padded = cipher.decrypt(nonce, body, header)
    except InvalidTag as error:
        raise Refused("body") from error
    signed = padded.rstrip(b"\x00")
    require(signed.endswith(b"\x80") and len(padded) == padded_length(len(signed) - 1), "padding")
    return signed[:-1]
