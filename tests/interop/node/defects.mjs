// Is a file of tests/vectors/bad refused by the reader that it names? With what stands in the file, and a log beside it.
//
// The answer is the refusal, or {"read": []} when the bytes are taken, or {"unknown": reader}.

import { chacha20poly1305 } from '@noble/ciphers/chacha.js'
import { argon2id } from '@noble/hashes/argon2.js'
import { readCosigned, readEntry, readHead, readNote } from './directory.mjs'
import { openDelivery, readHeader, readPost } from './envelope.mjs'
import * as form from './form.mjs'
import { Refused, bytes, concat, decode, encode, hex, require, same, unhex } from './form.mjs'
import { externalAad, hkdf, kid, publicKey, readPrekey, sha256, verify1, verifySign } from './seals.mjs'

const ZEROS = new Uint8Array(32)
const WEEK_S = 7 * 86400
const INVITATION_S_MAX = 30 * 86400

export async function check(file) {
  if (!(file.reader in READERS)) return { unknown: file.reader }
  const answer = await READERS[file.reader](whole(file), file)
  return answer?.waits ? answer : { read: [] }
}

/** The bytes, with the runs of one byte that the file leaves out. */
function whole({ hex: written, insert = [] }) {
  let data = unhex(written)
  for (const { at, byte, times } of insert) {
    data = concat(data.subarray(0, at), new Uint8Array(times).fill(unhex(byte)[0]), data.subarray(at))
  }
  return data
}

const seeds = (inputs, part = '') =>
  Object.keys(inputs).filter((name) => name.startsWith('seed of ') && name.includes(part)).map((name) => inputs[name])
const keys = ({ inputs }) => seeds(inputs).map((seed) => publicKey(unhex(seed)))
const aad = ({ inputs }, label) => externalAad(label, unhex(inputs.network))

// --- readers ---------------------------------------------------------------------------------------------------------

const layout = (of) => (data) => void decode(data, of)

async function prekeys(data, file) {
  const [key] = keys(file)
  const [device, , , slots] = verify1(data, key, aad(file, 'prekeys'), form.bundle)
  require(same(device, kid(key)), 'signature', 'another device')
  for (const [, , prekey] of slots) await readPrekey(prekey)
}

async function reseal(data, file) {
  const [key] = keys(file)
  const [, device, signed] = verify1(data, key, aad(file, 'reseal'), form.resealClaim)
  require(same(device, kid(key)), 'signature', 'another device')
  try {
    await prekeys(signed, file)
  } catch (error) {
    require(false, 'bundle', error.message)
  }
}

function relayReceipt(data, file) {
  const [key] = keys(file)
  const [relay] = verify1(data, key, aad(file, 'receipt'), form.acceptedClaim)
  require(same(relay, kid(key)), 'signature', 'another relay')
}

/** By m or more custodian keys and nobody else. */
function readInvitation(data, aad, custodian, m, now) {
  const signers = decode(data, form.invitation)[3].map(([header]) => decode(header, form.signerKid).get(4))
  const known = signers.map((signer) => custodian.find((key) => same(kid(key), signer)))
  require(known.length >= m && known.every((key) => key), 'signature', 'signers')
  const claim = verifySign(data, known, aad, form.invitationClaim)
  require(now < claim[2] && claim[2] <= now + INVITATION_S_MAX, 'time')
  return claim
}

function founding(data, { inputs }) {
  const [, genesis, invited] = decode(data, form.founding)
  const payload = decode(genesis, form.statement)[2]
  const claims = decode(payload, form.statementClaims)
  require(claims.get(5) === 1 && same(claims.get(1), ZEROS), 'genesis')
  const [custodian, m, made] = [claims.get(6).get(3), claims.get(6).get(4), claims.get(7)]
  verifySign(genesis, custodian, externalAad('statement', ZEROS), form.statementClaims)
  const taken = Number(inputs['taken at'])
  require(m <= custodian.length && taken >= made - 600 && taken <= made + WEEK_S, 'genesis')
  const claim = readInvitation(invited, externalAad('invite', sha256(payload)), custodian, m, taken)
  require(claim[1] === 'org:custodian', 'not-for-custodian')
}

function content(data) {
  require(data.length <= 262144, 'too-large')
  decode(data, form.content)
}

export function unlock(data, passphrase) {
  const [version, cost, nonce, ciphertext] = decode(data, form.keyFile)
  const [m, t, p, salt] = cost
  try {
    const key = argon2id(bytes(passphrase), salt, { m, t, p, dkLen: 32, version: 0x13 })
    return chacha20poly1305(key, nonce, encode(['liaison-v1 key file', version, cost, nonce])).decrypt(ciphertext)
  } catch {
    throw new Refused('passphrase')
  }
}

export function openRecord(data, inputs) {
  const key = hkdf(unhex(inputs.epoch), unhex(inputs['vault key']), 'liaison-v1 vault', 32)
  const nonce = Buffer.alloc(12)
  nonce.writeBigUInt64BE(BigInt(inputs.number), 4)
  try {
    return chacha20poly1305(key, Uint8Array.from(nonce)).decrypt(data)
  } catch {
    throw new Refused('not-opened')
  }
}

/** The request of the verb `open` that this file makes. The log comes with it. */
export function opening(file) {
  const { inputs, network, entries } = file
  const numbers = { now: Number(inputs.now), head_time: Number(inputs['head time']) }
  return { ...numbers, network, entries, device: inputs.device, seeds: seeds(inputs, 'prekey'), delivery: hex(whole(file)) }
}

const NAMES = ['state', 'slug', 'owner', 'office', 'group', 'subject', 'template', 'scope', 'frame', 'receipts']
const READERS = {
  ...Object.fromEntries(NAMES.map((name) => [name, layout(form[name])])),
  'message-claims': layout(form.messageClaims),
  entry: (data) => void readEntry(data),
  genesis: (data) => void readEntry(data),
  header: (data) => void readHeader(data),
  post: (data) => void readPost(data),
  'cosigned-note': (data, { inputs }) => {
    const [log] = keys({ inputs })
    readCosigned(data, inputs.origin, log, inputs.witnesses.split(' '), Number(inputs.k))
  },
  note: (data, file) => void readNote(data, file.inputs.origin, keys(file)[0]),
  head: (data, file) => void readHead(data, unhex(file.inputs.network), keys(file)[0]),
  delivery: (data, file) => openDelivery(opening(file)),
  invitation: (data, file) =>
    void readInvitation(data, aad(file, 'invite'), keys(file), Number(file.inputs.m), Number(file.inputs.now)),
  'key-file': (data, file) => void unlock(data, file.inputs.passphrase),
  'vault-record': (data, file) => void openRecord(data, file.inputs),
  'relay-receipt': relayReceipt,
  prekeys,
  'reseal-request': reseal,
  founding,
  content,
}
