// Is this the one spelling of a value, and has it the layout that proto/liaison.cddl gives it?
//
// Decoding is: read with cborg, write again in deterministic form, compare. A layout is a function that takes a value and
// returns it, or throws Refused('malformed'). Maps come as Map, whole numbers beyond 2^53 as BigInt, tags as Tagged.

import { Tagged, decode as read, encode as write, rfc8949EncodeOptions } from 'cborg'

/** What was read is not taken; the reason is one word of docs/protocol.md §5.7, or one of the program's own. */
export class Refused extends Error {
  constructor(reason, detail = '') {
    super(`${reason}: ${detail}`)
    this.reason = reason
    this.detail = detail
  }
}

export function require(holds, reason, detail = '') {
  if (!holds) throw new Refused(reason, detail)
}

export const unhex = (text) => Uint8Array.from(Buffer.from(text, 'hex'))
export const hex = (bytes) => Buffer.from(bytes).toString('hex')
export const same = (a, b) => Buffer.compare(a, b) === 0
export const text = (bytes) => Buffer.from(bytes).toString()
export const bytes = (string) => Uint8Array.from(Buffer.from(string))
export const concat = (...parts) => Uint8Array.from(Buffer.concat(parts.map((part) => Uint8Array.from(part))))

const TAGS = Tagged.preserve(18, 98)

export const encode = (value) => write(value, rfc8949EncodeOptions)

export function decode(data, layout, reason = 'malformed') {
  let value
  try {
    value = read(data, { useMaps: true, allowIndefinite: false, allowUndefined: false, tags: TAGS })
  } catch {
    throw new Refused(reason, 'not CBOR')
  }
  require(same(encode(value), data), reason, 'another spelling')
  try {
    return layout(value)
  } catch (error) {
    if (error instanceof Refused) throw new Refused(reason, error.detail)
    throw error
  }
}

// --- layouts: what the operators of CDDL need ------------------------------------------------------------------------

const U64_MAX = 2n ** 64n - 1n

const isWhole = (value) => typeof value === 'bigint' || Number.isSafeInteger(value)

export const uint = (low = 0, high = U64_MAX) => (value) => {
  require(isWhole(value) && value >= low && value <= high, 'malformed', `no number ${low} to ${high}`)
  return value
}

export const bstr = (low = 0, high = low) => (value) => {
  const fits = value instanceof Uint8Array && value.length >= low && value.length <= high
  require(fits, 'malformed', `not ${low} to ${high} bytes`)
  return value
}

export const tstr = (low, high, pattern = /^/) => (value) => {
  require(typeof value === 'string', 'malformed', 'no text')
  const length = Buffer.byteLength(value)
  require(length >= low && length <= high && pattern.test(value), 'malformed', `not ${low} to ${high} of text, or a name`)
  return value
}

export const exactly = (literal) => (value) => {
  require(same(encode(value), encode(literal)), 'malformed', 'another value')
  return value
}

export function boolean(value) {
  require(typeof value === 'boolean', 'malformed', 'not true or false')
  return value
}

export const array = (items, optional = []) => (value) => {
  require(Array.isArray(value), 'malformed', 'no array')
  const all = [...items, ...optional]
  require(value.length >= items.length && value.length <= all.length, 'malformed', 'length of an array')
  return value.map((one, n) => all[n](one))
}

export const many = (item, low, high) => (value) => {
  require(Array.isArray(value) && value.length >= low && value.length <= high, 'malformed', `not ${low} to ${high} items`)
  return value.map((one) => item(one))
}

export const ascending = (item, low, high, by = (one) => one) => (value) => {
  const all = many(item, low, high)(value)
  const keys = all.map((one) => encode(by(one)))
  require(keys.every((key, n) => n === 0 || Buffer.compare(keys[n - 1], key) < 0), 'malformed', 'not ascending')
  return all
}

export const record = (needed, optional = {}) => (value) => {
  const layouts = { ...needed, ...optional }
  require(value instanceof Map, 'malformed', 'no map')
  const keys = [...value.keys()]
  require(keys.every((key) => Number.isSafeInteger(key) && key in layouts), 'malformed', 'a key')
  require(Object.keys(needed).every((key) => value.has(Number(key))), 'malformed', 'a key is missing')
  for (const [key, one] of value) layouts[key](one)
  return value
}

export const either = (...layouts) => (value) => {
  for (const layout of layouts) {
    try {
      return layout(value)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
    }
  }
  throw new Refused('malformed', 'none of several layouts')
}

/** `bstr .cbor`: the bytes are kept, because hashes and signatures are over bytes. */
export const embedded = (layout, low = 0, high = 2 ** 32) => (value) => {
  decode(bstr(low, high)(value), layout)
  return value
}

const tagged = (tag, layout) => (value) => {
  require(value instanceof Tagged && value.tag === tag, 'malformed', `no tag ${tag}`)
  return layout(value.value)
}

const first = (one) => one[0]

// --- §1 names --------------------------------------------------------------------------------------------------------

const SLUG = '[a-z0-9-]{1,32}'
const NUMBER = '[1-9][0-9]{0,4}'
const OWNER = `(?:[a-z]{2}|org:${SLUG})`

const numbered = (low, high, pattern) => (value) => {
  tstr(low, high, pattern)(value)
  require(Number(value.split('/').at(-1)) <= 65535, 'malformed', 'number of a name')
  return value
}

export const network = bstr(32), digest = bstr(32), hh = bstr(32), ed25519 = bstr(32)
export const device = bstr(16), kid = bstr(16), envelopeId = bstr(16), caseId = bstr(16)
export const signature = bstr(64), xWing = bstr(1216)
export const state = tstr(2, 2, /^[a-z]{2}$/)
export const slug = tstr(1, 32, new RegExp(`^${SLUG}$`))
export const owner = tstr(2, 36, new RegExp(`^${OWNER}$`))
export const office = numbered(6, 75, new RegExp(`^${OWNER}/${SLUG}/${NUMBER}$`))
export const group = tstr(7, 38, new RegExp(`^group:${SLUG}$`))
export const subject = either(exactly('network'), group, office, owner)
export const template = numbered(3, 38, new RegExp(`^${SLUG}/${NUMBER}$`))
export const time = uint()
export const category = uint(0, 8)
export const lane = uint(0, 3)

// --- §2.2, §2.4 signatures and prekeys -------------------------------------------------------------------------------

export const SIGN1_HEADER = unhex('a10127')
export const signerKid = record({ 1: exactly(-8), 4: kid })
const signerHeader = embedded(signerKid)
const unprotected = exactly(new Map())

export const coseSign1 = (payload) =>
  tagged(18, array([exactly(SIGN1_HEADER), unprotected, embedded(payload), signature]))

export const coseSign = (payload) => {
  const signatures = ascending(array([signerHeader, unprotected, signature]), 1, 48, first)
  return tagged(98, array([exactly(new Uint8Array()), unprotected, embedded(payload), signatures]))
}

const prekey = array([uint(0, 1), time, xWing])
export const bundle = array([device, uint(), time, ascending(prekey, 1, 2, first)])
export const prekeys = coseSign1(bundle)
export const resealClaim = array([hh, device, bstr(0, 2 ** 20)])
export const resealRequest = coseSign1(resealClaim)
const cost = array([uint(8, 1048576), uint(1, 64), uint(), bstr(16)])
export const keyFile = array([exactly(1), cost, bstr(12), bstr(16, 2 ** 20)])

// --- §3 directory ----------------------------------------------------------------------------------------------------

const line = tstr(1, 800)
const keys = ascending(ed25519, 1, 16)
const octet = uint(0, 255)
const relay = record({ 1: slug, 2: many(line, 1, 8), 3: ed25519, 4: ed25519 })
const witnesses = many(array([line, ed25519]), 0, 16)
const membership = record({ 1: group, 2: boolean }, { 3: owner })
const officeRecord = record(
  { 1: ascending(category, 0, 9), 2: line, 4: uint(0, 1), 5: many(line, 0, 16) },
  {
    3: uint(0, 1), 6: uint(0, 1), 7: line, 8: office, 9: ascending(slug, 1, 64),
    10: ascending(membership, 1, 64, (one) => one.get(1)), 11: ascending(group, 1, 64), 12: digest, 13: time, 14: time,
  },
)
const BODIES = {
  1: record({
    1: slug, 2: boolean, 3: keys, 4: uint(1, 16), 5: ed25519, 6: many(relay, 1, 16), 7: witnesses,
    8: octet, 9: octet, 10: octet, 11: slug,
  }),
  2: record({
    3: keys, 4: uint(1, 16), 5: ed25519, 6: many(relay, 1, 16), 7: witnesses, 8: octet, 9: octet, 10: octet,
  }),
  3: record({
    1: slug, 2: uint(1, 24), 3: uint(1, 24), 4: uint(1, 365), 5: uint(0, 65535), 6: uint(1, 16),
    7: ascending(slug, 0, 64), 8: ascending(slug, 0, 64), 9: ascending(category, 0, 9),
  }),
  4: record({ 1: keys, 2: uint(1, 16), 3: line }, { 4: line, 5: line }),
  5: record({ 1: keys, 2: uint(1, 16) }),
  6: record({ 1: keys, 2: uint(1, 16), 3: ascending(state, 0, 64) }),
  7: record({ 1: keys, 2: time }),
  8: record({ 1: keys }, { 2: uint() }),
  9: record({ 1: uint(0, 2) }),
  10: record({ 1: boolean, 2: ascending(slug, 0, 64), 3: boolean }, { 4: uint(0, 2 ** 32 - 1) }),
  11: officeRecord,
  12: officeRecord,
  13: record({}),
  14: record({ 1: ed25519, 2: ed25519, 3: time }),
  15: record({ 1: device }, { 2: time }),
  16: record({ 1: device, 2: time }),
  17: record({ 1: line }, { 2: owner }),
  18: record({ 1: state, 2: uint(0, 3) }),
  19: record({ 1: group }),
  20: record({ 1: group }),
  21: record({}, { 1: digest }),
  22: record({ 1: owner, 2: boolean }),
  23: record({ 1: state, 2: digest }),
  24: record({ 1: digest }),
  25: record({ 1: uint(0, 2), 2: line }, { 3: kid }),
}

export function statementClaims(value) {
  const kind = value instanceof Map ? value.get(5) : undefined
  const body = BODIES[kind] ?? ((newer) => newer) // a newer kind counts, unread
  const signers = ascending(kid, 1, 48)
  const claims = { 1: network, 2: subject, 3: uint(), 4: digest, 5: uint(0, 65535), 6: body, 7: time, 9: signers }
  return record(claims)(value)
}

export const statement = coseSign(statementClaims)
export const entry = array([time, embedded(statement, 1, 8192)])
const email = record({ 1: tstr(3, 254), 2: uint(0, 2) })
const phone = record({ 1: tstr(8, 16, /^[+][1-9][0-9]{6,14}$/), 2: uint(0, 4) }, { 3: line, 4: line })
const hours = record({ 1: ascending(uint(0, 6), 1, 7), 2: uint(0, 1439), 3: uint(1, 1440) })
const availability = record({
  1: tstr(1, 64), 2: boolean, 3: many(hours, 0, 14), 4: many(record({ 1: time, 2: time }), 0, 16),
})
const card = record({ 3: many(email, 0, 5), 4: many(phone, 0, 6) }, {
  1: record({}, { 1: line, 2: line }), 2: line, 5: availability,
  6: tstr(40, 64, /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/), 7: tstr(64, 64, /^[0-9a-f]{64}$/),
})
export const saltedCard = array([bstr(32), embedded(card, 1, 4096)])
export const headClaim = array([uint(), digest, time])
const head = coseSign1(headClaim)
const note = bstr(0, 8192)

// --- §4 scope --------------------------------------------------------------------------------------------------------

const categories = ascending(category, 0, 1024)
export const scope = either(
  array([exactly(1), ascending(office, 1, 1024)]),
  array([exactly(2), ascending(group, 1, 1024), categories, boolean]),
  array([exactly(3), categories]),
)

// --- §5 envelope -----------------------------------------------------------------------------------------------------

export const header = record({
  1: uint(), 2: uint(), 3: envelopeId, 4: lane, 5: time, 6: time, 7: array([uint(), digest]), 8: bstr(32),
})
export const wrap = array([device, kid, bstr(1120), bstr(56)])
const headerBytes = bstr(0, 256)
const body = bstr(0, 274432)
export const delivery = array([headerBytes, body, wrap])
export const post = array([headerBytes, body, ascending(wrap, 1, 8192, first)])
const attachment = array([tstr(0, 65536), tstr(0, 65536), uint(), digest, bstr(32)])
const leftOut = ascending(array([device, uint(1, 3)]), 1, 2 ** 20, first)
export const messageClaims = record(
  {
    1: array([device, office]), 2: template, 3: scope, 4: uint(0, 2), 5: time,
    7: array([note], [bstr(0, 8192)]), 9: bstr(0, 262144),
  },
  { 10: hh, 11: caseId, 12: many(attachment, 1, 10), 13: leftOut },
)
export const message = coseSign1(messageClaims)

const [I64_MIN, I64_MAX] = [-(2n ** 63n), 2n ** 63n - 1n]
const fieldName = tstr(1, 64, /^[a-z][a-z0-9_-]*$/)

function fieldValue(value, depth) {
  if (Array.isArray(value) || value instanceof Map) require(depth < 8, 'malformed', 'too deep')
  if (Array.isArray(value)) return value.map((one) => fieldValue(one, depth + 1))
  if (value instanceof Map) return fields(value, depth + 1)
  const number = isWhole(value) && value >= I64_MIN && value <= I64_MAX
  require(number || typeof value === 'string' || typeof value === 'boolean', 'malformed', 'no value of a field')
  return value
}

export function fields(value, depth = 0) {
  require(value instanceof Map, 'malformed', 'no fields')
  for (const [key, one] of value) fieldValue(one, depth, fieldName(key))
  return value
}

export const content = record({ 0: fields, 1: fields })
export const receipts = record({ 0: unprotected, 1: many(array([hh, exactly(1), time]), 1, 256) })

// --- §6, §7 receipts and session -------------------------------------------------------------------------------------

export const acceptedClaim = array([kid, hh, digest, uint(), time, uint()])
const relayReceipt = coseSign1(acceptedClaim)
export const invitationClaim = array([ed25519, owner, time])
export const invitation = coseSign(invitationClaim)
const signedStatement = embedded(statement, 1, 8192)
const signedInvitation = embedded(invitation, 1, 8192)
export const founding = array([exactly('liaison-v1 founding'), signedStatement, signedInvitation])

const ID = uint()
const CODE = uint(1, 17)
const generation = uint(0, 2 ** 32 - 1)

/** The layout of all frames, with that of what they carry as bytes: judged with the frame, or only measured. */
function frameOf(carried) {
  const [statementBytes, invitationBytes] = [carried(statement, 0, 8192), carried(invitation, 0, 8192)]
  const [headBytes, bundleBytes] = [carried(head, 0, 8192), carried(prekeys, 0, 4096)]
  const cardBytes = carried(saltedCard, 0, 4136)
  const [postBytes, deliveryBytes] = [carried(post, 0, 2 ** 32), carried(delivery, 0, 2 ** 32)]
  const layouts = {
    0: [array([many(octet, 1, 16), network, generation, uint(), uint()])],
    1: [array([octet, uint(), note, headBytes, generation, uint(), time])],
    2: [CODE], 3: [ID], 4: [ID], 5: [ID, CODE], 6: [ID, invitationBytes], 7: [ID],
    8: [ID, lane, postBytes], 9: [ID, carried(relayReceipt, 0, 2 ** 32)],
    10: [ID], 11: [ID, uint()], 12: [uint(), lane, deliveryBytes], 13: [many(uint(), 0, 32)],
    14: [ID, carried(resealRequest, 0, 4352)], 15: [ID, hh, carried(wrap, 0, 1220)],
    16: [ID, uint()], 17: [ID, uint(), many(carried(entry, 0, 8224), 0, 512)],
    18: [ID, statementBytes], 19: [ID, uint()], 20: [ID], 21: [ID, note, headBytes, many(note, 0, 16)],
    22: [ID, bundleBytes], 23: [ID], 24: [ID, many(device, 0, 256)], 25: [ID, many(bundleBytes, 0, 256)],
    29: [ID, office, cardBytes], 30: [ID, many(office, 0, 64)], 31: [ID, many(array([office, cardBytes]), 0, 64)],
    32: [ID, note, tstr(0, 512)], 36: [ID], 37: [ID],
    33: [ID], 34: [ID], 35: [ID, many(array([time, office, office]), 0, 1024)],
  }
  return (value) => {
    const known = Array.isArray(value) && Number.isSafeInteger(value[0]) && value[0] in layouts
    require(known, 'malformed', 'a frame that is not known')
    return array([uint(), ...layouts[value[0]]])(value)
  }
}

export const frame = frameOf((_, low, high) => bstr(low, high))
export const frameWithAll = frameOf(embedded)
