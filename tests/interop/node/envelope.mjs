// What does an envelope say, and to whom may one be made? Opening (§5.7, steps 1 to 18 and 20), sealing (§5.1 to §5.4).
//
// Not here: what a reader remembers (step 19), rights (21), and the tables of the templates (22).

import { randomBytes } from 'node:crypto'
import { Directory, WEEK_S, readHead, wrapsMark } from './directory.mjs'
import * as form from './form.mjs'
import { Refused, decode, encode, hex, require, same, unhex } from './form.mjs'
import {
  commitment, externalAad, kid, openBody, openWrap, publicKey, publicPrekey, readPrekey, sealBody, sealWrap, sha256, sign1,
  verify1,
} from './seals.mjs'

const LIFETIME_S_MAX = 400n * 86400n
const ANY_BYTES = form.bstr(0, 2 ** 32)

const DIRECTORIES = new Map()
const KIDS = new Map()

/** Many requests come with the same log. */
export function directoryOf({ network, entries }) {
  const log = `${network} ${entries.join()}`
  if (!DIRECTORIES.has(log)) DIRECTORIES.set(log, new Directory(unhex(network), entries.map(unhex)))
  return DIRECTORIES.get(log)
}

/** And with the same prekeys. */
async function kidOf(seed) {
  if (!KIDS.has(seed)) KIDS.set(seed, kid(await publicPrekey(unhex(seed))))
  return KIDS.get(seed)
}

// --- opening ---------------------------------------------------------------------------------------------------------

/** Everything that the delivery says, or why it is refused. */
export async function openDelivery(request) {
  const directory = directoryOf(request)
  const [headerBytes, body, wrap] = readDelivery(unhex(request.delivery))
  const header = readHeader(headerBytes)
  const [contentKey, counter] = await unwrap(request, directory.network, headerBytes, wrap)
  require(same(commitment(header.get(3), contentKey), header.get(8)), 'commitment')
  const signed = openBody(contentKey, headerBytes, body)
  const payload = decode(signed, form.message, 'claims')[2]
  const claims = decode(payload, form.messageClaims, 'claims')
  const waits = judge(request, directory, { headerBytes, header }, { signed, claims })
  return waits ?? { opened: facts(headerBytes, header, counter, claims) }
}

export function readDelivery(delivery) {
  const parts = decode(delivery, form.array([ANY_BYTES, ANY_BYTES, form.wrap]))
  require(parts[0].length <= 256 && parts[1].length <= 274432, 'too-large')
  return parts
}

export function readHeader(headerBytes) {
  require(headerBytes.length <= 256, 'too-large')
  const anyVersion = (value) => {
    require(value instanceof Map, 'malformed', 'no map')
    form.uint()(value.get(1))
    return value
  }
  require(decode(headerBytes, anyVersion).get(1) === 1, 'version')
  const header = decode(headerBytes, form.header)
  require(header.get(2) === 2, 'suite')
  const lifetime = BigInt(header.get(6)) - BigInt(header.get(5))
  const [count] = header.get(7)
  require(lifetime >= 1n && lifetime <= LIFETIME_S_MAX && count >= 1 && count <= 8192, 'header')
  return header
}

/** What a relay checks, and what it cuts deliveries from. */
export function readPost(post) {
  const [headerBytes, body, wraps] = decode(post, form.post)
  const header = readHeader(headerBytes)
  require(same(encode(header.get(7)), encode(wrapsMark(wraps.map(([device]) => device)))), 'wraps')
  return { headerBytes, header, body }
}

async function unwrap(request, network, headerBytes, wrap) {
  require(hex(wrap[0]) === request.device, 'not-for-us')
  for (const seed of request.seeds) {
    if (same(await kidOf(seed), wrap[1])) return openWrap(network, sha256(headerBytes), wrap, unhex(seed))
  }
  throw new Refused('no-secret')
}

/** Steps 12 to 20. Gives back what the message waits for, if the reader's log is not far enough. */
function judge(request, directory, { headerBytes, header }, { signed, claims }) {
  const [device, office] = claims.get(1)
  const [note] = claims.get(7)
  const waits = waitsFor(directory, note)
  if (waits) return waits
  const known = directory.device(device)
  require(known, 'unknown-sender')
  verify1(signed, known.key, externalAad('message', directory.network, claims.get(4), headerBytes), form.messageClaims)
  const created = header.get(5)
  require(BigInt(claims.get(5)) / 1000n === BigInt(created), 'times')
  const [size, root] = directory.checkpoint(note)
  const view = directory.at(size, created)
  require(view.isLive(hex(device)) && known.office === office, 'signer')
  const retired = known.revoked.length > 0 && known.revoked.at(-1).since === undefined // the newest says why
  require(!retired || known.revoked[0].at.logged > created, 'revoked') // the first ended it
  headIsFresh(directory, claims, [size, root], created)
  addressees(request, view, header, claims)
  require(Math.max(request.now, request.head_time ?? 0) <= header.get(6) + WEEK_S, 'too-old')
  return undefined
}

function waitsFor(directory, note) {
  try {
    const [size] = directory.checkpoint(note)
    return size > directory.entries.length ? { waits: size } : undefined
  } catch (error) {
    if (error instanceof Refused) return undefined // said at its own step
    throw error
  }
}

function headIsFresh(directory, claims, [size, root], created) {
  const [, head] = claims.get(7)
  require(head, 'checkpoint', 'no head')
  let claim
  try {
    claim = readHead(head, directory.network, directory.logKey)
  } catch {
    throw new Refused('checkpoint', 'head')
  }
  require(claim[0] === size && same(claim[1], root), 'checkpoint', 'head of another tree')
  require(created - claim[2] <= WEEK_S, 'stale-directory')
}

function addressees(request, view, header, claims) {
  const leftOut = (claims.get(13) ?? []).map(([device]) => hex(device))
  const meant = view.recipients(claims.get(3), hex(claims.get(1)[0]))
  const wrapped = meant.filter((device) => !leftOut.includes(device))
  const mark = wrapsMark(wrapped.map(unhex))
  const whole = leftOut.every((device) => meant.includes(device)) && same(encode(mark), encode(header.get(7)))
  require(whole && wrapped.includes(request.device), 'recipients')
}

function facts(headerBytes, header, counter, claims) {
  const content = claims.get(2) === 'receipt/1' ? new Map() : decode(claims.get(9), form.content, 'template')
  return {
    hh: hex(sha256(headerBytes)),
    id: hex(header.get(3)),
    lane: header.get(4),
    created_ms: claims.get(5),
    expires: header.get(6),
    count: header.get(7)[0],
    counter: String(counter),
    signer: [hex(claims.get(1)[0]), claims.get(1)[1]],
    template: claims.get(2),
    scope: hex(encode(claims.get(3))),
    status: claims.get(4),
    common: toJson(content.get(0)),
    own: toJson(content.get(1)),
    body: hex(claims.get(9)),
    in_reply_to: claims.has(10) ? hex(claims.get(10)) : null,
    case: claims.has(11) ? hex(claims.get(11)) : null,
    left_out: (claims.get(13) ?? []).map(([device, reason]) => [hex(device), reason]),
  }
}

/** Fields as JSON has them. */
export function toJson(value) {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, one]) => [key, toJson(one)]))
  return Array.isArray(value) ? value.map(toJson) : value ?? null
}

function fromJson(value) {
  if (Array.isArray(value)) return value.map(fromJson)
  if (typeof value !== 'object') return value
  return new Map(Object.entries(value).map(([key, one]) => [key, fromJson(one)]))
}

// --- making ----------------------------------------------------------------------------------------------------------

/** A post for all whom the scope means. `signed_as` signs under another status than the claims say: for a test. */
export async function makePost(request) {
  const directory = directoryOf(request)
  const seed = unhex(request.seed)
  const created = Math.floor(request.created_ms / 1000)
  const signer = hex(kid(publicKey(seed)))
  const [size] = directory.checkpoint(unhex(request.note))
  const scope = form.scope(request.scope)
  const meant = directory.at(size, created).recipients(scope, signer)
  const prekeys = await usablePrekeys(directory, request.bundles, created, meant)
  const wrapped = meant.filter((device) => prekeys.has(device))
  require(wrapped.length, 'nobody has a usable prekey')
  const leftOut = meant.filter((device) => !prekeys.has(device))
  const claims = claimsOf(request, directory.devices.get(signer), scope, leftOut)
  const contentKey = Uint8Array.from(randomBytes(32))
  const header = headerOf(request, created, wrapped.map(unhex), contentKey)
  const aad = externalAad('message', directory.network, request.signed_as ?? request.status, header)
  const body = sealBody(contentKey, header, sign1(seed, aad, encode(claims)))
  const wraps = []
  for (const device of wrapped) {
    const prekey = prekeys.get(device)
    wraps.push(await sealWrap(directory.network, sha256(header), unhex(device), prekey, contentKey, request.counter))
  }
  const post = encode([header, body, wraps])
  decode(post, form.post)
  return { post: hex(post), hh: hex(sha256(header)), devices: wrapped }
}

/** CURRENT while it lives, else FALLBACK: of each device that is meant and whose own key signed its bundle. */
async function usablePrekeys(directory, bundles, now, meant) {
  const chosen = new Map()
  for (const signed of bundles.map(unhex)) {
    const device = hex(decode(decode(signed, form.prekeys)[2], form.bundle)[0])
    if (!meant.includes(device)) continue
    const aad = externalAad('prekeys', directory.network)
    const [, , , prekeys] = verify1(signed, directory.devices.get(device).key, aad, form.bundle)
    for (const [, , key] of prekeys) await readPrekey(key)
    const living = prekeys.find(([, ends]) => now < ends)
    if (living) chosen.set(device, living[2])
  }
  return chosen
}

function headerOf(request, created, wrapped, contentKey) {
  const id = uuid7(request.created_ms)
  const fields = [
    1, 2, id, request.lane, created, created + request.lives_s, wrapsMark(wrapped), commitment(id, contentKey),
  ]
  return encode(form.header(new Map(fields.map((value, n) => [n + 1, value]))))
}

function claimsOf(request, device, scope, leftOut) {
  const content = new Map([[0, fromJson(request.common)], [1, fromJson(request.own)]])
  const claims = new Map([
    [1, [kid(device.key), device.office]],
    [2, request.template],
    [3, scope],
    [4, request.status],
    [5, request.created_ms],
    [7, [unhex(request.note), unhex(request.head)]],
    [9, encode(form.content(content))],
  ])
  if (request.case) claims.set(11, unhex(request.case))
  if (leftOut.length) claims.set(13, leftOut.map((one) => [unhex(one), 1]))
  return form.messageClaims(claims)
}

function uuid7(milliseconds) {
  const id = randomBytes(16)
  id.writeUIntBE(milliseconds, 0, 6)
  id[6] = 0x70 | (id[6] & 0x0f)
  id[8] = 0x80 | (id[8] & 0x3f)
  return Uint8Array.from(id)
}
