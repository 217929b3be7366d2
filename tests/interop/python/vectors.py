"""Is a file of tests/vectors what it says of itself? Each kind is read with nothing at hand but the file.

The answer names what was compared with the file's inputs or with the rest of the structure: {"read": [...]}. A kind that
is not known is {"unknown": kind}.
"""

import json

import defects
import form
from directory import ZEROS, leaf_hash, origin_of, read_cosigned, read_entry, read_head, read_note, verify_inclusion
from envelope import directory_of, open_delivery, read_delivery, read_header, read_post
from form import decode, encode, require
from seals import (
    commitment, external_aad, kid, open_body, open_wrap, padded_length, public, public_prekey, read_prekey, sha256, verify1,
    verify_sign, wrap_info,
)


class Vector:
    """The file, and what was compared so far."""

    def __init__(self, file):
        self.file, self.name, self.inputs, self.bytes = file, file["name"], file["inputs"], bytes.fromhex(file["hex"])
        self.compared = ["one spelling", "layout"]

    def raw(self, name):
        return bytes.fromhex(self.inputs[name])

    def seed(self, name):
        return self.raw(f"seed of {name}")

    def key(self, name):
        return public(self.seed(name))

    def network(self):
        return self.raw("network")

    def same(self, name, found):
        """What was found is what the input of this name says."""
        found = found.hex() if isinstance(found, bytes) else str(found)
        require(found == self.inputs[name], "differs", name)
        self.compared.append(name)

    def signers(self):
        """All keys that the file has seeds for."""
        return [self.key(name[8:]) for name in self.inputs if name.startswith("seed of ") and "prekey" not in name]

    def well(self, what):
        self.compared.append(what)


def check(file):
    if "reader" in file:
        return defects.check(file)
    kind = next((name for name in BY_NAME if file["name"].startswith(name)), None) or file["cddl"]
    if kind not in KINDS:
        return {"unknown": kind}
    vector = Vector(file)
    KINDS[kind](vector)
    return {"read": vector.compared}


# --- names and the directory --------------------------------------------------------------------------------------------


def fingerprint(vector):
    roots = sorted(vector.signers())
    hashed = sha256(encode(["liaison-v1 root", vector.network(), vector.inputs["owner"], int(vector.inputs["m"]), roots]))
    digits = f"{int.from_bytes(hashed, 'big') % 10**60:060}"
    groups = " ".join(digits[at : at + 5] for at in range(0, 60, 5))
    require(groups.encode() == vector.bytes, "differs", "fingerprint")
    vector.well("fingerprint")


def inclusion(vector):
    require(len(vector.bytes) % 32 == 0, "inclusion", "length of the proof")
    siblings = [vector.bytes[at : at + 32] for at in range(0, len(vector.bytes), 32)]
    index, size = int(vector.inputs["index"]), int(vector.inputs["size"])
    verify_inclusion(vector.raw("entry"), index, size, siblings, vector.raw("root"))
    vector.well("root")


def recipients(vector):
    directory = directory_of(vector.file["network"], tuple(vector.file["entries"]))
    view = directory.at(int(vector.inputs["size"]), int(vector.inputs["created"]))
    meant = view.recipients(read_scope(vector.inputs["scope"]), vector.raw("signer"))
    require(sorted(meant) == decode(vector.bytes, form.many(form.device, 1, 8192)), "differs", "recipients")
    vector.well("recipients")


def statement(vector):
    payload = decode(vector.bytes, form.statement)[2]
    claims = decode(payload, form.statement_claims)
    for name, key in {"network": 1, "subject": 2, "version": 3, "previous": 4, "kind": 5, "made": 7}.items():
        vector.same(name, claims[key])
    vector.same("body", encode(claims[6]))
    vector.same("payload hash", sha256(payload))
    keys = vector.signers()
    require(claims[9] == sorted(map(kid, keys)), "signers")
    verify_sign(vector.bytes, keys, external_aad("statement", claims[1]), form.statement_claims)
    vector.well("signatures")


def entry(vector):
    logged, statement, claims, _ = read_entry(vector.bytes)
    vector.same("logged", logged)
    signers = [one[0] for one in decode(statement, form.statement)[3]]
    require([decode(one, form.record({1: form.uint(-8, -8), 4: form.kid}))[4] for one in signers] == claims[9], "signers")
    vector.well("signers")


def note(vector):
    vector.same("origin", origin_of(vector.inputs["origin"].split("/")[1], vector.network()))
    size, root = read_note(vector.bytes, vector.inputs["origin"], vector.key("log"))
    vector.same("size", size)
    vector.same("root", root)
    vector.well("signature")


def cosigned_note(vector):
    inputs = vector.inputs
    witnesses, k = inputs["witnesses"].split(" "), int(inputs["k"])
    size, root, time = read_cosigned(vector.bytes, inputs["origin"], vector.key("log"), witnesses, k)
    vector.same("size", size)
    vector.same("root", root)
    vector.same("time", time)
    vector.well("signatures")


def head(vector):
    size, root, time = read_head(vector.bytes, vector.network(), vector.key("log"))
    vector.same("size", size)
    vector.same("root", root)
    vector.same("time", time)
    vector.well("signature")


def reseal_request(vector):
    [signer] = vector.signers()
    aad = external_aad("reseal", vector.network())
    hh, device, bundle = verify1(vector.bytes, signer, aad, form.reseal_claim)
    require(device == kid(signer), "differs", "device")
    verify1(bundle, signer, external_aad("prekeys", vector.network()), form.bundle)
    vector.same("hh", hh)
    vector.well("signature")


def prekeys(vector):
    [signer] = vector.signers()
    aad = external_aad("prekeys", vector.network())
    device, _, made, slots = verify1(vector.bytes, signer, aad, form.bundle)
    require(device == kid(signer), "differs", "device")
    vector.same("made", made)
    for slot, _, public_key in slots:
        read_prekey(public_key)
        seed = next(name for name in vector.inputs if name.endswith(("prekey 1 Current", "prekey 1 Fallback")[slot]))
        require(public_prekey(vector.raw(seed)) == public_key, "differs", "public key")
    vector.well("signature")
    vector.well("public keys from their seeds")


def invitation(vector, signed=None):
    claim = form.array(form.ed25519, form.owner, form.time)
    aad = external_aad("invite", vector.network())
    custodian = [vector.key(name[8:]) for name in vector.inputs if name.startswith("seed of custodian")]
    signers = custodian if signed is None else custodian[:1]
    key, owner, ends = verify_sign(signed or vector.bytes, signers, aad, claim)
    require(key == vector.key("invited transport"), "differs", "invited transport")
    vector.same("owner", owner)
    vector.same("ends", ends)
    vector.well("signatures")


def founding(vector):
    _, genesis, invited = decode(vector.bytes, form.founding)
    payload = decode(genesis, form.statement)[2]
    vector.same("network", sha256(payload))
    keys = decode(payload, form.statement_claims)[6][3]
    require(set(keys) == {vector.key("custodian 1"), vector.key("custodian 2")}, "differs", "custodian")
    verify_sign(genesis, keys, external_aad("statement", ZEROS), form.statement_claims)
    invitation(vector, invited)
    require(int(vector.inputs["taken at"]) < int(vector.inputs["ends"]), "differs", "ended")


def key_file(vector):
    vector.same("content", defects.unlock(vector.bytes, vector.inputs["passphrase"]))


def vault_record(vector):
    vector.same("record", defects.open_record(vector.bytes, vector.inputs))


# --- scopes, messages, envelopes ----------------------------------------------------------------------------------------

CATEGORIES = [
    "diplomatic", "policy", "technical", "operations", "assistance", "policy-legal", "law-enforcement",
    "national-security", "single",
]


def read_scope(text):
    """A scope as people write it."""
    said = json.loads(text)
    categories = [CATEGORIES.index(one) for one in said.get("categories", [])]
    if said["scope"] == "bilateral":
        return [1, [one["poc"] for one in said["recipients"]]]
    if said["scope"] == "global":
        return [3, categories]
    groups = said["groups"] if "groups" in said else [said["group"]]
    return [2, [f"group:{one}" for one in groups], categories, said.get("copy_coordinator", False)]


def scope(vector):
    require(decode(vector.bytes, form.scope) == read_scope(vector.inputs["scope"]), "differs", "scope")
    vector.well("scope")


def header(vector):
    found = read_header(vector.bytes)
    vector.same("hh", sha256(vector.bytes))
    require(commitment(found[3], vector.raw("content key")) == found[8], "commitment")
    vector.well("commitment")


def message(vector):
    header, status = vector.raw("header"), int(vector.inputs["status"])
    [signer] = vector.signers()
    claims = verify1(vector.bytes, signer, external_aad("message", vector.network(), status, header), form.message_claims)
    require(claims[1][0] == kid(signer), "differs", "device")
    vector.same("status", claims[4])
    require(read_header(header)[5] == claims[5] // 1000, "times")
    decode(claims[9], form.content)
    vector.well("signature")


def claims(vector):
    decode(decode(vector.bytes, form.message_claims)[9], form.content)


def content(vector):
    found = decode(vector.bytes, form.content)
    require(found == {0: json.loads(vector.inputs["common"]), 1: json.loads(vector.inputs["own"])}, "differs", "fields")
    vector.well("fields")


def delivery(vector):
    header_bytes, body, wrap = read_delivery(vector.bytes)
    seed = next(vector.raw(name) for name in vector.inputs if name.startswith("seed of "))
    require(kid(public_prekey(seed)) == wrap[1], "no-secret")
    content_key, counter = open_wrap(vector.network(), sha256(header_bytes), wrap, seed)
    vector.same("content key", content_key)
    vector.same("counter", counter)
    found = read_header(header_bytes)
    require(commitment(found[3], content_key) == found[8], "commitment")
    signed = open_body(content_key, header_bytes, body)
    claims = decode(decode(signed, form.message)[2], form.message_claims)
    if claims[2] == "receipt/1":
        vector.same("hh", decode(claims[9], form.receipts)[1][0][0])
    else:
        vector.same("text", decode(claims[9], form.content)[1]["text"])
    if "log" in vector.inputs:
        require("opened" in open_delivery(defects.opening(vector.file)), "differs", "waits")
        vector.well("all steps")


def wrap(vector):
    found = decode(vector.bytes, form.wrap)
    seed = next(vector.raw(name) for name in vector.inputs if name.startswith("seed of "))
    vector.same("device", found[0])
    vector.same("kid", found[1])
    vector.same("info", wrap_info(vector.network(), vector.raw("hh"), *found[:2]))
    content_key, counter = open_wrap(vector.network(), vector.raw("hh"), found, seed)
    vector.same("content key", content_key)
    vector.same("counter", counter)


def body(vector):
    header, content_key = vector.raw("header"), vector.raw("content key")
    vector.same("commitment", commitment(read_header(header)[3], content_key))
    vector.same("signed", open_body(content_key, header, vector.bytes))
    vector.same("padded bytes", padded_length(len(vector.raw("signed"))))


def post(vector):
    header_bytes, found, body = read_post(vector.bytes)
    vector.same("hh", sha256(header_bytes))
    vector.same("sha-256 of the post", sha256(vector.bytes))
    content_key = vector.raw("content key")
    require(commitment(found[3], content_key) == found[8], "commitment")
    decode(open_body(content_key, header_bytes, body), form.message)
    vector.well("devices")
    vector.well("commitment")
    vector.well("body")


def relay_receipt(vector):
    key = vector.key("relay receipt")
    aad = external_aad("receipt", vector.network())
    relay, hh, digest, count, time, size = verify1(vector.bytes, key, aad, form.accepted_claim)
    require(relay == kid(key), "differs", "relay")
    for name, found in {"hh": hh, "sha-256 of the post": digest, "count": count, "time": time, "log size": size}.items():
        vector.same(name, found)
    vector.well("signature")


def receipts(vector):
    first, second = decode(vector.bytes, form.receipts)[1]
    vector.same("hh", first[0])
    vector.same("hh 2", second[0])
    vector.same("time ms", second[2])


def frame(vector):
    """The tag is in the name; what a frame carries has a layout of its own, which was checked with it."""
    found = decode(vector.bytes, form.frame_with_all)
    if vector.name.startswith("frame-"):
        require(found[0] == int(vector.name.split("-")[1]), "differs", "tag")
        vector.well("tag")
    if found[0] == 17:
        for one in found[3]:
            leaf_hash(one)
            read_entry(one)
        vector.well("entries")


KINDS = {
    "fingerprint": fingerprint, "inclusion-proof": inclusion, "recipients": recipients, "vault-record": vault_record,
    "body": body, "wrap": wrap, "statement": statement, "entry": entry, "note": note, "cosigned-note": cosigned_note,
    "head": head, "prekeys": prekeys, "reseal-request": reseal_request,
    "invitation": invitation, "founding": founding, "key-file": key_file, "scope": scope, "header": header,
    "message": message, "message-claims": claims, "content": content, "delivery": delivery, "post": post,
    "relay-receipt": relay_receipt, "receipts": receipts, "frame": frame,
}
# What is no CBOR of its own goes by its file's name.
BY_NAME = ["fingerprint", "inclusion-proof", "recipients", "vault-record", "body", "chunks"]
