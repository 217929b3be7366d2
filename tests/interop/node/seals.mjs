// What opens, and whose signature is it? COSE (§2.2), HPKE with X-Wing (§2.3), the body of an envelope (§5.3).
//
// COSE is written out here, with signatures by @noble/curves; HPKE is @hpke/core, X-Wing @hpke/hybridkem-x-wing.

import { Chacha20Poly1305 } from '@hpke/chacha20poly1305'
import { CipherSuite, HkdfSha256 } from '@hpke/core'
import { XWing } from '@hpke/hybridkem-x-wing'
import { chacha20poly1305 } from '@noble/ciphers/chacha.js'
import { ed25519, x25519 } from '@noble/curves/ed25519.js'
import { hkdf as hkdfOf } from '@noble/hashes/hkdf.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import { Tagged } from 'cborg'
import * as form from './form.mjs'
import { Refused, bytes, concat, decode, encode, require, same } from './form.mjs'

export { sha256 }

const SUITE = new CipherSuite({ kem: new XWing(), kdf: new HkdfSha256(), aead: new Chacha20Poly1305() })
const ML_KEM_Q = 3329

/** Of any public key; of a device's signing key it is the device. */
export const kid = (key) => sha256(key).slice(0, 16)

// --- signatures ------------------------------------------------------------------------------------------------------

export const externalAad = (label, network, ...more) => encode([`liaison-v1 ${label}`, network, ...more])

export const publicKey = (seed) => ed25519.getPublicKey(seed)

export function sign1(seed, aad, payload) {
  const signature = ed25519.sign(encode(['Signature1', form.SIGN1_HEADER, aad, payload]), seed)
  return encode(new Tagged(18, [form.SIGN1_HEADER, new Map(), payload, signature]))
}

/** The payload, decoded. Whether it is a COSE_Sign1 in its one spelling is asked first. */
export function verify1(signed, key, aad, layout, reason = 'signature') {
  const [header, , payload, signature] = decode(signed, form.coseSign1(layout))
  require(verifies(key, encode(['Signature1', header, aad, payload]), signature), reason)
  return decode(payload, layout)
}

/** The payload of a COSE_Sign that exactly these keys signed, decoded. */
export function verifySign(signed, keys, aad, layout) {
  const [header, , payload, signatures] = decode(signed, form.coseSign(layout))
  const sorted = keys.toSorted((a, b) => Buffer.compare(kid(a), kid(b)))
  require(signatures.length === sorted.length, 'signers')
  signatures.forEach(([signer, , signature], n) => {
    require(same(decode(signer, form.record({ 1: form.exactly(-8), 4: form.kid })).get(4), kid(sorted[n])), 'signers')
    const signs = encode(['Signature', header, signer, aad, payload])
    require(verifies(sorted[n], signs, signature), 'signature')
  })
  return decode(payload, layout)
}

/** Strict: canonical A and R, neither of small order, S below the order, and SB = R + kA without a cofactor. */
export function verifies(key, message, signature) {
  const { Point } = ed25519
  try {
    const [a, r] = [Point.fromBytes(key), Point.fromBytes(signature.slice(0, 32))]
    const s = littleEndian(signature.slice(32))
    if (a.isSmallOrder() || r.isSmallOrder() || s >= Point.Fn.ORDER) return false
    const k = littleEndian(sha512(concat(signature.slice(0, 32), key, message))) % Point.Fn.ORDER
    return Point.BASE.multiplyUnsafe(s).equals(r.add(a.multiplyUnsafe(k)))
  } catch {
    return false
  }
}

/** The verb `signature`. */
export const checkSignature = ({ key, message, signature }) => ({
  valid: verifies(...[key, message, signature].map(form.unhex)),
})

const littleEndian = (number) => BigInt(`0x${form.hex(number.toReversed())}`)

// --- wraps -----------------------------------------------------------------------------------------------------------

export async function publicPrekey(seed) {
  const secret = await SUITE.kem.deserializePrivateKey(seed)
  const pair = await SUITE.kem.generateKeyPairDerand(await SUITE.kem.serializePrivateKey(secret).then(toBytes))
  return toBytes(await SUITE.kem.serializePublicKey(pair.publicKey))
}

const toBytes = (buffer) => new Uint8Array(buffer)

/** A public prekey, when its coefficients are in range and its X25519 share leads anywhere. */
export function readPrekey(key) {
  for (let at = 0; at < 1152; at += 3) {
    const [a, b, c] = key.subarray(at, at + 3)
    require((a | ((b & 15) << 8)) < ML_KEM_Q && ((b >> 4) | (c << 4)) < ML_KEM_Q, 'prekey', 'coefficients')
  }
  leadsAnywhere(key.slice(1184), 'prekey')
  return SUITE.kem.deserializePublicKey(key)
}

/** @noble/curves refuses a secret of zero by itself. */
function leadsAnywhere(share, reason) {
  try {
    x25519.getSharedSecret(x25519.utils.randomSecretKey(), share)
  } catch {
    throw new Refused(reason, 'a share of low order')
  }
}

export const wrapInfo = (network, hh, device, prekey) => encode(['liaison-v1 wrap', network, hh, device, prekey])

export async function sealWrap(network, hh, device, prekey, contentKey, counter) {
  const info = wrapInfo(network, hh, device, kid(prekey))
  const sender = await SUITE.createSenderContext({ recipientPublicKey: await readPrekey(prekey), info })
  const running = Buffer.alloc(8)
  running.writeBigUInt64BE(BigInt(counter))
  const ct = await sender.seal(concat(contentKey, running))
  return [device, kid(prekey), toBytes(sender.enc), toBytes(ct)]
}

/** Content key and counter. */
export async function openWrap(network, hh, [device, prekey, enc, ct], seed) {
  leadsAnywhere(enc.slice(1088), 'decapsulation')
  try {
    const recipientKey = await SUITE.kem.deserializePrivateKey(seed)
    const info = wrapInfo(network, hh, device, prekey)
    const opened = toBytes(await SUITE.open({ recipientKey, enc, info }, ct))
    return [opened.slice(0, 32), Buffer.from(opened.slice(32)).readBigUInt64BE()]
  } catch {
    throw new Refused('decapsulation')
  }
}

// --- bodies ----------------------------------------------------------------------------------------------------------

export const hkdf = (salt, key, info, length) => hkdfOf(sha256, key, salt, bytes(info), length)

export const commitment = (envelopeId, contentKey) => hkdf(envelopeId, contentKey, 'liaison-v1 commit', 32)

function bodyCipher(contentKey, header) {
  const derived = hkdf(sha256(header), contentKey, 'liaison-v1 body', 44)
  return chacha20poly1305(derived.slice(0, 32), derived.slice(32), header)
}

export function paddedLength(signedLength) {
  const length = Math.max(4096, signedLength + 1)
  const e = 31 - Math.clz32(length)
  const unit = 2 ** (e - (32 - Math.clz32(e)))
  return Math.ceil(length / unit) * unit
}

export function sealBody(contentKey, header, signed) {
  const padded = new Uint8Array(paddedLength(signed.length))
  padded.set(signed)
  padded[signed.length] = 0x80
  return bodyCipher(contentKey, header).encrypt(padded)
}

export function openBody(contentKey, header, body) {
  let padded
  try {
    padded = bodyCipher(contentKey, header).decrypt(body)
  } catch {
    throw new Refused('body')
  }
  const end = padded.findLastIndex((byte) => byte !== 0)
  require(padded[end] === 0x80 && padded.length === paddedLength(end), 'padding')
  return padded.slice(0, end)
}
