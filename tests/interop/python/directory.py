"""What does the log say: which tree, whose key, who is meant? Checkpoints (§3.6), facts (§3.5), recipients (§4).

The log is taken at its word: every entry is read, hashed and counted as valid. Replay (§3.4), by which each entry is judged,
is not written a second time here.
"""

import base64
import hashlib
from collections import defaultdict
from dataclasses import dataclass, field

import form
from form import Refused, decode, encode, require
from seals import external_aad, kid, sha256, verifies, verify1, verify_sign

ZEROS = bytes(32)
GENESIS, ENROL, NOMINATE, CERTIFY, REVOKE, DEFINE_GROUP, GROUP_MEMBER, JOIN = 1, 4, 11, 14, 15, 17, 18, 19
SINGLE, MEMBER = 8, 0
WEEK_S = 7 * 86400

# --- the tree (RFC 9162 §2.1) -------------------------------------------------------------------------------------------


def leaf_hash(entry):
    return sha256(b"\x00" + entry)


def node_hash(left, right):
    return sha256(b"\x01" + left + right)


def root_of(entries):
    if len(entries) < 2:
        return leaf_hash(entries[0]) if entries else hashlib.sha256().digest()
    split = 1 << (len(entries) - 1).bit_length() - 1
    return node_hash(root_of(entries[:split]), root_of(entries[split:]))


def verify_inclusion(entry, index, size, proof, root):
    """RFC 9162 §2.1.3.2."""
    require(0 <= index < size, "inclusion", "index")
    node, last, reached = index, size - 1, leaf_hash(entry)
    for sibling in proof:
        require(last > 0, "inclusion", "the proof is too long")
        if node & 1 or node == last:
            reached = node_hash(sibling, reached)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            reached = node_hash(reached, sibling)
        node, last = node >> 1, last >> 1
    require(last == 0 and reached == root, "inclusion", "another root")


# --- notes and heads ----------------------------------------------------------------------------------------------------


def origin_of(text_id, network):
    return f"liaison/{text_id}/{network.hex()[:16]}"


def read_note(note, origin, log_key):
    """Size and root of a note without cosignatures, which is every note of a network with k = 0."""
    try:
        lines = note.decode().split("\n")
        size, root, signature = int(lines[1]), base64.b64decode(lines[2]), base64.b64decode(lines[4].split(" ")[2])
    except (ValueError, IndexError) as error:
        raise Refused("checkpoint", "no note") from error
    text = f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"
    signed = f"{text}\n\u2014 {origin} {base64.b64encode(signature).decode()}\n"
    require(signed.encode() == note and size < 2**64 and len(root) == 32 and len(signature) == 68, "checkpoint", "spelling or origin")
    key_id = sha256(origin.encode() + b"\x0a\x01" + log_key)[:4]
    require(signature[:4] == key_id, "checkpoint", "key id")
    require(verifies(log_key, text.encode(), signature[4:]), "checkpoint", "signature")
    return size, root


def announced(line):
    """A witness by its line: name and key, of which the line's key id is made."""
    name, _, key = line.split("+", 2)
    key = base64.b64decode(key)
    require(len(key) == 33 and key[0] == 4, "cosignature", "no witness")
    return name, key[1:]


def read_cosigned(note, origin, log_key, witnesses, k):
    """Size, root and time of a note with exactly k words of these witnesses, in their order. The oldest gives the time."""
    try:
        lines = note.decode().split("\n")
    except ValueError as error:
        raise Refused("checkpoint", "no note") from error
    size, root = read_note(("\n".join(lines[:5]) + "\n").encode(), origin, log_key)
    words = lines[5:-1]
    require(len(words) == k and lines[-1] == "", "cosignatures", "another number")
    known, last, times = [announced(line) for line in witnesses], -1, []
    for word in words:
        try:
            dash, name, encoded = word.split(" ")
            said = base64.b64decode(encoded)
        except ValueError as error:
            raise Refused("cosignature", "no line") from error
        ids = [(one, sha256(one.encode() + b"\x0a\x04" + key)[:4]) for one, key in known]
        spelt = len(said) == 76 and word == f"\u2014 {name} {base64.b64encode(said).decode()}"
        require(dash == "\u2014" and spelt and (name, said[:4]) in ids, "cosignature", "no witness")
        place, time = ids.index((name, said[:4])), int.from_bytes(said[4:12], "big")
        text = f"cosignature/v1\ntime {time}\n" + "\n".join(lines[:3]) + "\n"
        require(verifies(known[place][1], text.encode(), said[12:]), "cosignature", "signature")
        require(place > last, "cosignatures", "order")
        last = place
        times.append(time)
    return size, root, min(times)


def read_head(head, network, log_key):
    """Size, root and time."""
    return verify1(head, log_key, external_aad("head", network), form.head_claim)


# --- statements ---------------------------------------------------------------------------------------------------------


def read_entry(entry):
    """When it was logged, the claims and the bytes of their payload."""
    logged, statement = decode(entry, form.entry)
    payload = decode(statement, form.cose_sign(form.statement_claims))[2]
    return logged, statement, decode(payload, form.statement_claims), payload


@dataclass
class Device:
    office: str
    key: bytes
    certified: list = field(default_factory=list)  # (index, logged, expires)
    revoked: list = field(default_factory=list)  # (index, logged, compromised since or None)


class Directory:
    """All facts of a log, each with the entry's index and time: from there on it holds."""

    def __init__(self, network, entries):
        self.network, self.entries, self.logged = network, entries, []
        self.owners, self.offices, self.devices, self.joined = {}, {}, {}, {}
        self.groups, self.members = defaultdict(list), defaultdict(list)
        self._found(entries)
        for index, entry in enumerate(entries):
            logged, statement, claims, _ = read_entry(entry)
            self.logged.append(logged)
            require(claims[1] == (network if index else ZEROS), "log", "network")
            self._take((index, logged), statement, claims)

    def _found(self, entries):
        require(entries, "log", "no genesis")
        _, statement, claims, payload = read_entry(entries[0])
        require(claims[5] == GENESIS and sha256(payload) == self.network, "log", "another genesis")
        self.genesis = claims[6]
        verify_sign(statement, self.genesis[3], external_aad("statement", ZEROS), form.statement_claims)
        self.log_key = self.genesis[5]
        self.origin = origin_of(self.genesis[1], self.network)

    def _take(self, at, statement, claims):
        kind, subject, body = claims[5], claims[2], claims[6]
        if kind == ENROL:
            self.owners[subject] = at
        elif kind == NOMINATE:
            self.offices[subject] = (at, body[1])
        elif kind == CERTIFY:
            require({kid(body[1]), kid(body[2])} <= set(claims[9]), "log", "no possession")
            known = self.devices.setdefault(kid(body[1]), Device(subject, body[1]))
            known.certified.append((*at, body[3]))
        elif kind == REVOKE:
            self.devices[body[1]].revoked.append((*at, body.get(2)))
        elif kind == DEFINE_GROUP:
            self.groups[subject].append((at, body.get(2)))
        elif kind == GROUP_MEMBER:
            self.members[subject, body[1]].append((at, body[2]))
        elif kind == JOIN:
            self.joined[subject, body[1]] = at

    def checkpoint(self, note):
        """Size and root, when the note is of this log. A size beyond it is given back as it is."""
        size, root = read_note(note, self.origin, self.log_key)
        require(size > len(self.entries) or root_of(self.entries[:size]) == root, "split-view")
        return size, root

    def at(self, size, created):
        """What counts for a message: the first `size` entries, until `created` or the last of them."""
        require(0 < size <= len(self.entries), "checkpoint", "size")
        return View(self, size, max(created, self.logged[size - 1]))


class View:
    """The directory at a size and a time."""

    def __init__(self, directory, size, time):
        self.directory, self.size, self.time = directory, size, time

    def holds(self, at):
        return at is not None and at[0] < self.size and at[1] <= self.time

    def newest(self, facts):
        return next((value for at, value in reversed(facts) if self.holds(at)), None)

    def is_live(self, device):
        known = self.directory.devices.get(device)
        if known is None:
            return False
        ends = [expires for index, logged, expires in known.certified if self.holds((index, logged))]
        revoked = any(self.holds(one) for one in known.revoked)
        owner = known.office.rsplit("/", 2)[0]
        takes_part = self.is_released(known.office) and self.holds(self.directory.owners.get(owner))
        return bool(ends) and self.time < ends[-1] and not revoked and takes_part

    def is_released(self, office):
        return self.holds(self.directory.offices.get(office, (None,))[0])

    def live_devices(self, wanted):
        """Live devices of all offices that are wanted."""
        live = (device for device in self.directory.devices if self.is_live(device))
        return {device for device in live if wanted(self.directory.devices[device].office)}

    def recipients(self, scope, signer):
        require(self.is_live(signer), "unresolved-scope")
        own = self.directory.devices[signer].office
        if scope == [1, [own]]:
            return {signer}
        wanted = {1: self._bilateral, 2: self._regional, 3: self._global}[scope[0]](*scope[1:])
        addressed = self.live_devices(lambda office: office != own and wanted(office))
        require(addressed, "unresolved-scope")
        return (addressed | self.live_devices(lambda office: office == own)) - {signer}

    def _bilateral(self, offices):
        require(all(self.is_released(office) for office in offices), "unresolved-scope")
        return lambda office: office in offices

    def _regional(self, groups, categories, to_coordinators):
        coordinators = [self.newest(self.directory.groups.get(group, [])) for group in groups]
        require(None not in coordinators, "unresolved-scope")

        def wanted(office):
            owner = office.rsplit("/", 2)[0]
            member = any(self._is_member(group, owner) for group in groups) and self._matches(office, categories)
            return member or (to_coordinators and owner in coordinators)

        return wanted

    def _global(self, categories):
        return lambda office: not office.startswith("org:") and self._matches(office, categories)

    def _is_member(self, group, state):
        status = self.newest(self.directory.members.get((group, state), []))
        return status == MEMBER and self.holds(self.directory.joined.get((state, group)))

    def _matches(self, office, categories):
        own = self.directory.offices[office][1]
        return not categories or SINGLE in own or any(category in own for category in categories)


def wraps_mark(devices):
    """Header 7: how many, and which."""
    return [len(devices), sha256(encode(sorted(devices)))]


# --- the verb `checkpoint` ----------------------------------------------------------------------------------------------


def check(request):
    """A note, perhaps a head, and either a proof for one entry or the whole log."""
    network, log_key = bytes.fromhex(request["network"]), bytes.fromhex(request["log_key"])
    size, root = read_note(bytes.fromhex(request["note"]), origin_of(request["text_id"], network), log_key)
    answer = {"size": size, "root": root.hex()}
    if "head" in request:
        head = read_head(bytes.fromhex(request["head"]), network, log_key)
        require(head[:2] == [size, root], "checkpoint", "the head is of another tree")
        answer["time"] = head[2]
    if "proof" in request:
        proof = bytes.fromhex(request["proof"])
        require(len(proof) % 32 == 0, "inclusion", "length of the proof")
        siblings = [proof[at : at + 32] for at in range(0, len(proof), 32)]
        verify_inclusion(bytes.fromhex(request["entry"]), request["index"], size, siblings, root)
        answer["included"] = request["index"]
    if "entries" in request:
        entries = [bytes.fromhex(entry) for entry in request["entries"]]
        require(len(entries) == size and root_of(entries) == root, "root")
        answer["recomputed"] = len(entries)
    return answer
