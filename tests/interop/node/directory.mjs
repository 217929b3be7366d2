// What does the log say: which tree, whose key, who is meant? Checkpoints (§3.6), facts (§3.5), recipients (§4).
//
// The log is taken at its word: every entry is read, hashed and counted as valid. Replay (§3.4), by which each entry is
// judged, is not written a second time here.

import * as form from './form.mjs'
import { Refused, bytes, concat, decode, encode, hex, require, same, text, unhex } from './form.mjs'
import { externalAad, kid, sha256, verifies, verify1, verifySign } from './seals.mjs'

const ZEROS = new Uint8Array(32)
const GENESIS = 1, ENROL = 4, NOMINATE = 11, CERTIFY = 14, REVOKE = 15, DEFINE_GROUP = 17, GROUP_MEMBER = 18, JOIN = 19
const SINGLE = 8, MEMBER = 0
export const WEEK_S = 7 * 86400

// --- the tree (RFC 9162 §2.1) ----------------------------------------------------------------------------------------

const leafHash = (entry) => sha256(concat([0], entry))
const nodeHash = (left, right) => sha256(concat([1], left, right))

export function rootOf(entries) {
  if (entries.length < 2) return entries.length ? leafHash(entries[0]) : sha256(new Uint8Array())
  const split = 2 ** (31 - Math.clz32(entries.length - 1))
  return nodeHash(rootOf(entries.slice(0, split)), rootOf(entries.slice(split)))
}

/** RFC 9162 §2.1.3.2. */
export function verifyInclusion(entry, index, size, proof, root) {
  require(index >= 0 && index < size, 'inclusion', 'index')
  let [node, last, reached] = [index, size - 1, leafHash(entry)]
  const up = () => ([node, last] = [Math.floor(node / 2), Math.floor(last / 2)])
  for (const sibling of proof) {
    require(last > 0, 'inclusion', 'the proof is too long')
    if (node % 2 === 1 || node === last) {
      reached = nodeHash(sibling, reached)
      while (node % 2 === 0 && node > 0) up()
    } else {
      reached = nodeHash(reached, sibling)
    }
    up()
  }
  require(last === 0 && same(reached, root), 'inclusion', 'another root')
}

// --- notes and heads -------------------------------------------------------------------------------------------------

export const originOf = (textId, network) => `liaison/${textId}/${hex(network).slice(0, 16)}`

/** Size and root of a note without cosignatures, which is every note of a network with k = 0. */
export function readNote(note, origin, logKey) {
  const lines = text(note).split('\n')
  require(lines.length === 6, 'checkpoint', 'no note')
  const size = Number(lines[1])
  const [root, signature] = [lines[2], lines[4].split(' ')[2] ?? ''].map((one) => Buffer.from(one, 'base64'))
  require(Number.isSafeInteger(size), 'checkpoint', 'size')
  const signed = `${origin}\n${size}\n${root.toString('base64')}\n`
  const whole = `${signed}\n\u2014 ${origin} ${signature.toString('base64')}\n`
  const right = same(bytes(whole), note) && root.length === 32 && signature.length === 68
  require(right, 'checkpoint', 'spelling or origin')
  const keyId = sha256(concat(bytes(origin), [0x0a, 0x01], logKey)).slice(0, 4)
  require(same(signature.subarray(0, 4), keyId), 'checkpoint', 'key id')
  require(verifies(logKey, bytes(signed), Uint8Array.from(signature.subarray(4))), 'checkpoint', 'signature')
  return [size, Uint8Array.from(root)]
}

/** A witness by its line: name and key, of which the line's key id is made. */
function announced(line) {
  const [name, , ...key] = line.split('+')
  const kept = Buffer.from(key.join('+'), 'base64')
  require(kept.length === 33 && kept[0] === 4, 'cosignature', 'no witness')
  return { name, key: Uint8Array.from(kept.subarray(1)) }
}

/** Size, root and time of a note with exactly k words of these witnesses, in their order. The oldest gives the time. */
export function readCosigned(note, origin, logKey, witnesses, k) {
  const lines = text(note).split('\n')
  const [size, root] = readNote(bytes(`${lines.slice(0, 5).join('\n')}\n`), origin, logKey)
  const [words, end] = [lines.slice(5, -1), lines.at(-1)]
  require(words.length === k && end === '', 'cosignatures', 'another number')
  const signed = lines.slice(0, 3).join('\n')
  const known = witnesses.map(announced)
  const times = []
  let last = -1
  for (const word of words) {
    const [dash, name, encoded] = word.split(' ')
    const said = Uint8Array.from(Buffer.from(encoded ?? '', 'base64'))
    const id = (key) => sha256(concat(bytes(name ?? ''), [0x0a, 0x04], key)).slice(0, 4)
    const place = known.findIndex((one) => one.name === name && same(said.slice(0, 4), id(one.key)))
    const spelt = place >= 0 && said.length === 76 && word === `\u2014 ${name} ${Buffer.from(said).toString('base64')}`
    require(dash === '\u2014' && spelt, 'cosignature', 'no witness')
    const time = Number(Buffer.from(said).readBigUInt64BE(4))
    const right = verifies(known[place].key, bytes(`cosignature/v1\ntime ${time}\n${signed}\n`), said.slice(12))
    require(right, 'cosignature', 'signature')
    require(place > last, 'cosignatures', 'order')
    last = place
    times.push(time)
  }
  return [size, root, Math.min(...times)]
}

/** Size, root and time. */
export const readHead = (head, network, logKey) => verify1(head, logKey, externalAad('head', network), form.headClaim)

// --- statements ------------------------------------------------------------------------------------------------------

/** When it was logged, the statement, its claims and the bytes of their payload. */
export function readEntry(entry) {
  const [logged, statement] = decode(entry, form.entry)
  const payload = decode(statement, form.coseSign(form.statementClaims))[2]
  return { logged, statement, claims: decode(payload, form.statementClaims), payload }
}

/** All facts of a log, each with the entry's index and time: from there on it holds. */
export class Directory {
  constructor(network, entries) {
    Object.assign(this, { network, entries, logged: [] })
    for (const facts of ['owners', 'offices', 'devices', 'joined', 'groups', 'members']) this[facts] = new Map()
    this.#found()
    entries.forEach((entry, index) => {
      const { logged, claims } = readEntry(entry)
      this.logged.push(logged)
      require(same(claims.get(1), index ? network : ZEROS), 'log', 'network')
      this.#take({ index, logged }, claims)
    })
  }

  #found() {
    require(this.entries.length, 'log', 'no genesis')
    const { statement, claims, payload } = readEntry(this.entries[0])
    require(claims.get(5) === GENESIS && same(sha256(payload), this.network), 'log', 'another genesis')
    const genesis = claims.get(6)
    verifySign(statement, genesis.get(3), externalAad('statement', ZEROS), form.statementClaims)
    this.logKey = genesis.get(5)
    this.origin = originOf(genesis.get(1), this.network)
  }

  #take(at, claims) {
    const [kind, subject, body] = [claims.get(5), claims.get(2), claims.get(6)]
    if (kind === ENROL) this.owners.set(subject, at)
    if (kind === NOMINATE) this.offices.set(subject, { at, categories: body.get(1) })
    if (kind === CERTIFY) this.#certify(at, subject, body, claims.get(9).map(hex))
    if (kind === REVOKE) this.device(body.get(1)).revoked.push({ at, since: body.get(2) })
    if (kind === DEFINE_GROUP) push(this.groups, subject, { at, value: body.get(2) })
    if (kind === GROUP_MEMBER) push(this.members, `${subject} ${body.get(1)}`, { at, value: body.get(2) })
    if (kind === JOIN) this.joined.set(`${body.get(1)} ${subject}`, at)
  }

  #certify(at, office, body, signers) {
    const keys = [body.get(1), body.get(2)].map((key) => hex(kid(key)))
    require(keys.every((key) => signers.includes(key)), 'log', 'no possession')
    const known = this.devices.get(keys[0]) ?? { office, key: body.get(1), certified: [], revoked: [] }
    known.certified.push({ at, value: body.get(3) })
    this.devices.set(keys[0], known)
  }

  device(device) {
    return this.devices.get(hex(device))
  }

  /** Size and root, when the note is of this log. A size beyond it is given back as it is. */
  checkpoint(note) {
    const [size, root] = readNote(note, this.origin, this.logKey)
    require(size > this.entries.length || same(rootOf(this.entries.slice(0, size)), root), 'split-view')
    return [size, root]
  }

  /** What counts for a message: the first `size` entries, until `created` or the last of them. */
  at(size, created) {
    require(size > 0 && size <= this.entries.length, 'checkpoint', 'size')
    return new View(this, size, Math.max(created, this.logged[size - 1]))
  }
}

const push = (facts, key, fact) => facts.set(key, [...(facts.get(key) ?? []), fact])
const ownerOf = (office) => office.split('/')[0]

/** The directory at a size and a time. */
class View {
  constructor(directory, size, time) {
    Object.assign(this, { directory, size, time })
  }

  holds(at) {
    return at !== undefined && at.index < this.size && at.logged <= this.time
  }

  newest(facts = []) {
    return facts.findLast((fact) => this.holds(fact.at))?.value
  }

  isLive(device) {
    const known = this.directory.devices.get(device)
    if (known === undefined) return false
    const expires = this.newest(known.certified)
    const revoked = known.revoked.some((one) => this.holds(one.at))
    const takesPart = this.isReleased(known.office) && this.holds(this.directory.owners.get(ownerOf(known.office)))
    return expires !== undefined && this.time < expires && !revoked && takesPart
  }

  isReleased(office) {
    return this.holds(this.directory.offices.get(office)?.at)
  }

  /** Live devices, in hexadecimal and ascending, of all offices that are wanted. */
  liveDevices(wanted) {
    const devices = [...this.directory.devices.keys()].filter((device) => this.isLive(device))
    return devices.filter((device) => wanted(this.directory.devices.get(device).office)).toSorted()
  }

  recipients([kind, ...rest], signer) {
    require(this.isLive(signer), 'unresolved-scope')
    const own = this.directory.devices.get(signer).office
    if (kind === 1 && rest[0].length === 1 && rest[0][0] === own) return [signer]
    const wanted = { 1: this.#bilateral, 2: this.#regional, 3: this.#global }[kind].apply(this, rest)
    require(this.liveDevices((office) => office !== own && wanted(office)).length, 'unresolved-scope')
    return this.liveDevices((office) => office === own || wanted(office)).filter((device) => device !== signer)
  }

  #bilateral(offices) {
    require(offices.every((office) => this.isReleased(office)), 'unresolved-scope')
    return (office) => offices.includes(office)
  }

  #regional(groups, categories, toCoordinators) {
    const coordinators = groups.map((group) => this.newest(this.directory.groups.get(group)))
    require(!coordinators.includes(undefined), 'unresolved-scope')
    const member = (office) => groups.some((group) => this.#isMember(group, ownerOf(office)))
    return (office) =>
      (member(office) && this.#matches(office, categories)) || (toCoordinators && coordinators.includes(ownerOf(office)))
  }

  #global(categories) {
    return (office) => !office.startsWith('org:') && this.#matches(office, categories)
  }

  #isMember(group, state) {
    const status = this.newest(this.directory.members.get(`${group} ${state}`))
    return status === MEMBER && this.holds(this.directory.joined.get(`${group} ${state}`))
  }

  #matches(office, categories) {
    const own = this.directory.offices.get(office).categories
    return categories.length === 0 || own.includes(SINGLE) || categories.some((category) => own.includes(category))
  }
}

/** Header 7: how many, and which. The devices are ascending. */
export const wrapsMark = (devices) => [devices.length, sha256(encode(devices))]

// --- the verb `checkpoint` -------------------------------------------------------------------------------------------

/** A note, perhaps a head, and either a proof for one entry or the whole log. */
export function check(request) {
  const [network, logKey] = [unhex(request.network), unhex(request.log_key)]
  const [size, root] = readNote(unhex(request.note), originOf(request.text_id, network), logKey)
  const answer = { size, root: hex(root) }
  if (request.head) {
    const [headSize, headRoot, time] = readHead(unhex(request.head), network, logKey)
    require(headSize === size && same(headRoot, root), 'checkpoint', 'the head is of another tree')
    answer.time = time
  }
  if (request.proof !== undefined) {
    const proof = unhex(request.proof)
    require(proof.length % 32 === 0, 'inclusion', 'length of the proof')
    const siblings = Array.from({ length: proof.length / 32 }, (_, n) => proof.slice(n * 32, n * 32 + 32))
    verifyInclusion(unhex(request.entry), request.index, size, siblings, root)
    answer.included = request.index
  }
  if (request.entries) {
    const entries = request.entries.map(unhex)
    require(entries.length === size && same(rootOf(entries), root), 'root')
    answer.recomputed = entries.length
  }
  return answer
}
