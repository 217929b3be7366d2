// Is a file of tests/vectors what it says of itself? Each kind is read with nothing at hand but the file.
//
// The answer names what was compared with the file's inputs or with the rest of the structure: {"read": [...]}. A kind
// that is not known is {"unknown": kind}.

import { isDeepStrictEqual } from 'node:util'
import * as defects from './defects.mjs'
import { originOf, readCosigned, readEntry, readHead, readNote, verifyInclusion } from './directory.mjs'
import { directoryOf, openDelivery, readDelivery, readHeader, readPost, toJson } from './envelope.mjs'
import * as form from './form.mjs'
import { decode, encode, hex, require, same, text, unhex } from './form.mjs'
import {
  commitment, externalAad, kid, openBody, openWrap, paddedLength, publicKey, publicPrekey, readPrekey, sha256, verify1,
  verifySign, wrapInfo,
} from './seals.mjs'

/** The file, and what was compared so far. */
class Vector {
  constructor(file) {
    const { name, inputs, hex: content } = file
    Object.assign(this, { file, name, inputs, bytes: unhex(content), compared: ['one spelling', 'layout'] })
  }

  raw = (name) => unhex(this.inputs[name])
  seed = (name) => this.raw(`seed of ${name}`)
  key = (name) => publicKey(this.seed(name))
  network = () => this.raw('network')

  /** What was found is what the input of this name says. */
  same(name, found) {
    require(this.inputs[name] === (found instanceof Uint8Array ? hex(found) : String(found)), 'differs', name)
    this.compared.push(name)
  }

  holds(what, found) {
    require(found, 'differs', what)
    this.compared.push(what)
  }

  /** All keys that the file has seeds for. */
  signers() {
    const names = Object.keys(this.inputs).filter((name) => name.startsWith('seed of ') && !name.includes('prekey'))
    return names.map((name) => publicKey(this.raw(name)))
  }
}

export async function check(file) {
  if (file.reader) return defects.check(file)
  const kind = BY_NAME.find((name) => file.name.startsWith(name)) ?? file.cddl
  if (!(kind in KINDS)) return { unknown: kind }
  const vector = new Vector(file)
  await KINDS[kind](vector)
  return { read: vector.compared }
}

// --- names and the directory -----------------------------------------------------------------------------------------

function fingerprint(vector) {
  const { owner, m } = vector.inputs
  const roots = vector.signers().toSorted(Buffer.compare)
  const hashed = sha256(encode(['liaison-v1 root', vector.network(), owner, Number(m), roots]))
  const digits = (BigInt(`0x${hex(hashed)}`) % 10n ** 60n).toString().padStart(60, '0')
  vector.holds('fingerprint', digits.match(/.{5}/g).join(' ') === text(vector.bytes))
}

function inclusion(vector) {
  require(vector.bytes.length % 32 === 0, 'inclusion', 'length of the proof')
  const siblings = Array.from({ length: vector.bytes.length / 32 }, (_, n) => vector.bytes.slice(n * 32, n * 32 + 32))
  const [index, size] = [vector.inputs.index, vector.inputs.size].map(Number)
  verifyInclusion(vector.raw('entry'), index, size, siblings, vector.raw('root'))
  vector.compared.push('root')
}

function recipients(vector) {
  const view = directoryOf(vector.file).at(Number(vector.inputs.size), Number(vector.inputs.created))
  const meant = view.recipients(readScope(vector.inputs.scope), vector.inputs.signer)
  const named = decode(vector.bytes, form.many(form.device, 1, 8192)).map(hex)
  vector.holds('recipients', isDeepStrictEqual(meant, named))
}

function statement(vector) {
  const payload = decode(vector.bytes, form.statement)[2]
  const claims = decode(payload, form.statementClaims)
  const inputs = { network: 1, subject: 2, version: 3, previous: 4, kind: 5, made: 7 }
  for (const [name, key] of Object.entries(inputs)) vector.same(name, claims.get(key))
  vector.same('body', encode(claims.get(6)))
  vector.same('payload hash', sha256(payload))
  const keys = vector.signers()
  vector.holds('signers', isDeepStrictEqual(claims.get(9).map(hex), keys.map((key) => hex(kid(key))).toSorted()))
  verifySign(vector.bytes, keys, externalAad('statement', claims.get(1)), form.statementClaims)
  vector.compared.push('signatures')
}

function entry(vector) {
  const { logged, statement, claims } = readEntry(vector.bytes)
  vector.same('logged', logged)
  const signers = decode(statement, form.statement)[3].map(([header]) => hex(header))
  const named = claims.get(9).map((signer) => hex(encode(new Map([[1, -8], [4, signer]]))))
  vector.holds('signers', isDeepStrictEqual(signers, named))
}

function note(vector) {
  const [, textId] = vector.inputs.origin.split('/')
  vector.same('origin', originOf(textId, vector.network()))
  const [size, root] = readNote(vector.bytes, vector.inputs.origin, vector.key('log'))
  vector.same('size', size)
  vector.same('root', root)
  vector.compared.push('signature')
}

function cosignedNote(vector) {
  const { origin, k, witnesses } = vector.inputs
  const [size, root, time] = readCosigned(vector.bytes, origin, vector.key('log'), witnesses.split(' '), Number(k))
  vector.same('size', size)
  vector.same('root', root)
  vector.same('time', time)
  vector.compared.push('signatures')
}

function head(vector) {
  const [size, root, time] = readHead(vector.bytes, vector.network(), vector.key('log'))
  vector.same('size', size)
  vector.same('root', root)
  vector.same('time', time)
  vector.compared.push('signature')
}

function resealRequest(vector) {
  const [signer] = vector.signers()
  const aad = externalAad('reseal', vector.network())
  const [hh, device, bundle] = verify1(vector.bytes, signer, aad, form.resealClaim)
  vector.holds('device', same(device, kid(signer)))
  verify1(bundle, signer, externalAad('prekeys', vector.network()), form.bundle)
  vector.same('hh', hh)
}

async function prekeys(vector) {
  const [signer] = vector.signers()
  const aad = externalAad('prekeys', vector.network())
  const [device, , made, slots] = verify1(vector.bytes, signer, aad, form.bundle)
  vector.holds('device', same(device, kid(signer)))
  vector.same('made', made)
  for (const [slot, , key] of slots) {
    await readPrekey(key)
    const name = Object.keys(vector.inputs).find((one) => one.endsWith(['prekey 1 Current', 'prekey 1 Fallback'][slot]))
    vector.holds(name.slice(8), same(await publicPrekey(vector.raw(name)), key))
  }
}

function invitation(vector, signed = vector.bytes) {
  const aad = externalAad('invite', vector.network())
  const custodian = Object.keys(vector.inputs).filter((name) => name.startsWith('seed of custodian'))
  const signers = signed === vector.bytes ? custodian : custodian.slice(0, 1)
  const [key, owner, ends] = verifySign(signed, signers.map((name) => publicKey(vector.raw(name))), aad, form.invitationClaim)
  vector.holds('invited transport', same(key, vector.key('invited transport')))
  vector.same('owner', owner)
  vector.same('ends', ends)
}

function founding(vector) {
  const [, genesis, invited] = decode(vector.bytes, form.founding)
  const payload = decode(genesis, form.statement)[2]
  vector.same('network', sha256(payload))
  const keys = decode(payload, form.statementClaims).get(6).get(3)
  const named = [vector.key('custodian 1'), vector.key('custodian 2')].map(hex).toSorted()
  vector.holds('custodian', isDeepStrictEqual(keys.map(hex), named))
  verifySign(genesis, keys, externalAad('statement', new Uint8Array(32)), form.statementClaims)
  invitation(vector, invited)
}

function keyFile(vector) {
  vector.same('content', defects.unlock(vector.bytes, vector.inputs.passphrase))
}

function vaultRecord(vector) {
  vector.same('record', defects.openRecord(vector.bytes, vector.inputs))
}

// --- scopes, messages, envelopes -------------------------------------------------------------------------------------

const CATEGORIES = [
  'diplomatic', 'policy', 'technical', 'operations', 'assistance', 'policy-legal', 'law-enforcement', 'national-security',
  'single',
]

/** A scope as people write it. */
function readScope(written) {
  const said = JSON.parse(written)
  const categories = (said.categories ?? []).map((one) => CATEGORIES.indexOf(one))
  const groups = (said.groups ?? [said.group]).map((one) => `group:${one}`)
  return {
    bilateral: () => [1, said.recipients.map((one) => one.poc)],
    regional: () => [2, groups, categories, said.copy_coordinator ?? false],
    global: () => [3, categories],
  }[said.scope]()
}

function scope(vector) {
  vector.holds('scope', isDeepStrictEqual(decode(vector.bytes, form.scope), readScope(vector.inputs.scope)))
}

const committed = (header, contentKey) => same(commitment(header.get(3), contentKey), header.get(8))

function header(vector) {
  const found = readHeader(vector.bytes)
  vector.same('hh', sha256(vector.bytes))
  vector.holds('commitment', committed(found, vector.raw('content key')))
}

function message(vector) {
  const [header, [signer]] = [vector.raw('header'), vector.signers()]
  const aad = externalAad('message', vector.network(), Number(vector.inputs.status), header)
  const claims = verify1(vector.bytes, signer, aad, form.messageClaims)
  vector.holds('device', same(claims.get(1)[0], kid(signer)))
  vector.same('status', claims.get(4))
  vector.holds('times', readHeader(header).get(5) === Math.floor(claims.get(5) / 1000))
  decode(claims.get(9), form.content)
}

function claims(vector) {
  decode(decode(vector.bytes, form.messageClaims).get(9), form.content)
}

function content(vector) {
  const found = decode(vector.bytes, form.content)
  for (const [key, name] of ['common', 'own'].entries()) {
    vector.holds(name, isDeepStrictEqual(toJson(found.get(key)), JSON.parse(vector.inputs[name])))
  }
}

async function delivery(vector) {
  const [headerBytes, body, wrap] = readDelivery(vector.bytes)
  const seed = vector.raw(Object.keys(vector.inputs).find((name) => name.startsWith('seed of ')))
  vector.holds('prekey', same(kid(await publicPrekey(seed)), wrap[1]))
  const [contentKey, counter] = await openWrap(vector.network(), sha256(headerBytes), wrap, seed)
  vector.same('content key', contentKey)
  vector.same('counter', counter)
  vector.holds('commitment', committed(readHeader(headerBytes), contentKey))
  const signed = openBody(contentKey, headerBytes, body)
  const claims = decode(decode(signed, form.message)[2], form.messageClaims)
  const receipt = claims.get(2) === 'receipt/1'
  if (receipt) vector.same('hh', decode(claims.get(9), form.receipts).get(1)[0][0])
  else vector.same('text', decode(claims.get(9), form.content).get(1).get('text'))
  if (vector.inputs.log) vector.holds('all steps', (await openDelivery(defects.opening(vector.file))).opened)
}

async function wrap(vector) {
  const found = decode(vector.bytes, form.wrap)
  const seed = vector.raw(Object.keys(vector.inputs).find((name) => name.startsWith('seed of ')))
  vector.same('device', found[0])
  vector.same('kid', found[1])
  vector.same('info', wrapInfo(vector.network(), vector.raw('hh'), found[0], found[1]))
  const [contentKey, counter] = await openWrap(vector.network(), vector.raw('hh'), found, seed)
  vector.same('content key', contentKey)
  vector.same('counter', counter)
}

function body(vector) {
  const [header, contentKey] = [vector.raw('header'), vector.raw('content key')]
  vector.same('commitment', commitment(readHeader(header).get(3), contentKey))
  vector.same('signed', openBody(contentKey, header, vector.bytes))
  vector.same('padded bytes', paddedLength(vector.raw('signed').length))
}

function post(vector) {
  const { headerBytes, header, body } = readPost(vector.bytes)
  vector.same('hh', sha256(headerBytes))
  vector.same('sha-256 of the post', sha256(vector.bytes))
  const contentKey = vector.raw('content key')
  vector.holds('commitment', committed(header, contentKey))
  decode(openBody(contentKey, headerBytes, body), form.message)
}

function relayReceipt(vector) {
  const key = vector.key('relay receipt')
  const aad = externalAad('receipt', vector.network())
  const [relay, ...rest] = verify1(vector.bytes, key, aad, form.acceptedClaim)
  vector.holds('relay', same(relay, kid(key)))
  for (const [n, name] of ['hh', 'sha-256 of the post', 'count', 'time', 'log size'].entries()) vector.same(name, rest[n])
}

function receipts(vector) {
  const [first, second] = decode(vector.bytes, form.receipts).get(1)
  vector.same('hh', first[0])
  vector.same('hh 2', second[0])
  vector.same('time ms', second[2])
}

/** The tag is in the name; what a frame carries has a layout of its own, which was checked with it. */
function frame(vector) {
  const found = decode(vector.bytes, form.frameWithAll)
  if (vector.name.startsWith('frame-')) vector.holds('tag', found[0] === Number(vector.name.split('-')[1]))
}

const KINDS = {
  fingerprint, 'inclusion-proof': inclusion, recipients, 'vault-record': vaultRecord, body, wrap, statement, entry, note, 'cosigned-note': cosignedNote, head,
  prekeys, 'reseal-request': resealRequest, invitation, founding, 'key-file': keyFile, scope, header, message, 'message-claims': claims, content, delivery,
  post, 'relay-receipt': relayReceipt, receipts, frame,
}
// What is no CBOR of its own goes by its file's name.
const BY_NAME = ['fingerprint', 'inclusion-proof', 'recipients', 'vault-record', 'body', 'chunks']
