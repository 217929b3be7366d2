"""Is this the one spelling of a value, and has it the layout that proto/liaison.cddl gives it?

Decoding is: read with cbor2, write again in deterministic form, compare. A layout is a function that takes a value and
returns it, or raises `Refused("malformed")`. The names of the layouts are those of the CDDL.
"""

import re
from collections.abc import Mapping

import cbor2


class Refused(Exception):
    """What was read is not taken; the reason is one word of docs/protocol.md §5.7, or one of the program's own."""

    def __init__(self, reason, detail=""):
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


def require(holds, reason, detail=""):
    if not holds:
        raise Refused(reason, detail)


def encode(value):
    """cbor2 sorts keys by length first. No map here mixes types of keys, and then that is the bytewise order."""
    return cbor2.dumps(value, canonical=True)


def decode(data, layout, reason="malformed"):
    try:
        value = cbor2.loads(data)
        same = encode(value) == data
    except Exception as error:  # cbor2 raises many kinds for bytes that are no CBOR, and none of them says more
        raise Refused(reason, "not CBOR") from error
    require(same, reason, "another spelling")
    try:
        return layout(value)
    except Refused as refused:
        raise Refused(reason, refused.detail) from refused


# --- layouts: what the operators of CDDL need ---------------------------------------------------------------------------


def uint(low=0, high=2**64 - 1):
    def layout(value):
        require(type(value) is int and low <= value <= high, "malformed", f"no number {low} to {high}")
        return value

    return layout


def bstr(low=0, high=None):
    high = low if high is None else high

    def layout(value):
        require(type(value) is bytes and low <= len(value) <= high, "malformed", f"not {low} to {high} bytes")
        return value

    return layout


def tstr(low, high, pattern=None):
    def layout(value):
        require(type(value) is str and low <= len(value.encode()) <= high, "malformed", f"not {low} to {high} of text")
        require(pattern is None or re.fullmatch(pattern, value), "malformed", "a name")
        return value

    return layout


def exactly(literal):
    def layout(value):
        require(type(value) is type(literal) and value == literal, "malformed", f"not {literal!r}")
        return value

    return layout


def nothing(value):
    require(isinstance(value, Mapping) and not value, "malformed", "not an empty map")
    return value


def boolean(value):
    require(type(value) is bool, "malformed", "not true or false")
    return value


def array(*items, optional=()):
    def layout(value):
        require(is_list(value), "malformed", "no array")
        require(len(items) <= len(value) <= len(items) + len(optional), "malformed", "length of an array")
        return [item(one) for item, one in zip((*items, *optional), value)]

    return layout


def many(item, low, high):
    def layout(value):
        require(is_list(value) and low <= len(value) <= high, "malformed", f"not {low} to {high} items")
        return [item(one) for one in value]

    return layout


def ascending(item, low, high, by=encode):
    def layout(value):
        value = many(item, low, high)(value)
        keys = [by(one) for one in value]
        require(all(a < b for a, b in zip(keys, keys[1:])), "malformed", "not ascending")
        return value

    return layout


def record(needed, optional=None):
    layouts = {**needed, **(optional or {})}

    def layout(value):
        require(isinstance(value, Mapping), "malformed", "no map")
        require(all(type(key) is int for key in value), "malformed", "a key")
        require(set(needed) <= set(value) <= set(layouts), "malformed", "keys of a map")
        return {key: layouts[key](one) for key, one in value.items()}

    return layout


def either(*layouts):
    def layout(value):
        for one in layouts:
            try:
                return one(value)
            except Refused:
                continue
        raise Refused("malformed", "none of several layouts")

    return layout


def embedded(layout, low=0, high=2**32):
    """`bstr .cbor`: the bytes are kept, because hashes and signatures are over bytes."""

    def whole(value):
        decode(bstr(low, high)(value), layout)
        return value

    return whole


def tagged(tag, layout):
    def whole(value):
        require(isinstance(value, cbor2.CBORTag) and value.tag == tag, "malformed", f"no tag {tag}")
        return layout(value.value)

    return whole


def is_list(value):
    return isinstance(value, (list, tuple))


# --- §1 names -----------------------------------------------------------------------------------------------------------

SLUG = r"[a-z0-9-]{1,32}"
NUMBER = r"[1-9][0-9]{0,4}"
OWNER = rf"(?:[a-z]{{2}}|org:{SLUG})"


def numbered(low, high, pattern):
    """A name that ends in a number of at most 65535."""
    text = tstr(low, high, pattern)

    def layout(value):
        require(int(text(value).rsplit("/", 1)[1]) <= 65535, "malformed", "number of a name")
        return value

    return layout


network = digest = hh = ed25519 = bstr(32)
device = kid = envelope_id = case = bstr(16)
signature = bstr(64)
x_wing = bstr(1216)
state = tstr(2, 2, "[a-z]{2}")
slug = tstr(1, 32, SLUG)
owner = tstr(2, 36, OWNER)
office = numbered(6, 75, rf"{OWNER}/{SLUG}/{NUMBER}")
group = tstr(7, 38, f"group:{SLUG}")
subject = either(exactly("network"), group, office, owner)
template = numbered(3, 38, rf"{SLUG}/{NUMBER}")
time = uint()
category = uint(0, 8)
lane = uint(0, 3)

# --- §2.2, §2.4 signatures and prekeys ----------------------------------------------------------------------------------

signer_kid = record({1: exactly(-8), 4: kid})
signer_header = embedded(signer_kid)


def cose_sign1(payload):
    return tagged(18, array(exactly(bytes.fromhex("a10127")), nothing, embedded(payload), signature))


def cose_sign(payload):
    signatures = ascending(array(signer_header, nothing, signature), 1, 48, by=lambda one: one[0])
    return tagged(98, array(exactly(b""), nothing, embedded(payload), signatures))


prekey = array(uint(0, 1), time, x_wing)
bundle = array(device, uint(), time, ascending(prekey, 1, 2, by=lambda one: one[0]))
prekeys = cose_sign1(bundle)
reseal_claim = array(hh, device, bstr(0, 2**20))
reseal_request = cose_sign1(reseal_claim)
key_file = array(
    exactly(1), array(uint(8, 1048576), uint(1, 64), uint(), bstr(16)), bstr(12), bstr(16, 2**20)
)

# --- §3 directory -------------------------------------------------------------------------------------------------------

line = tstr(1, 800)
keys = ascending(ed25519, 1, 16)
octet = uint(0, 255)
relay = record({1: slug, 2: many(line, 1, 8), 3: ed25519, 4: ed25519})
membership = record({1: group, 2: boolean}, {3: owner})
office_record = record(
    {1: ascending(category, 0, 9), 2: line, 4: uint(0, 1), 5: many(line, 0, 16)},
    {3: uint(0, 1), 6: uint(0, 1), 7: line, 8: office, 9: ascending(slug, 1, 64),
     10: ascending(membership, 1, 64, by=lambda one: encode(one[1])), 11: ascending(group, 1, 64), 12: digest, 13: time, 14: time},
)
BODIES = {
    1: record(
        {1: slug, 2: boolean, 3: keys, 4: uint(1, 16), 5: ed25519, 6: many(relay, 1, 16),
         7: many(array(line, ed25519), 0, 16), 8: octet, 9: octet, 10: octet, 11: slug}
    ),
    2: record(
        {3: keys, 4: uint(1, 16), 5: ed25519, 6: many(relay, 1, 16), 7: many(array(line, ed25519), 0, 16), 8: octet,
         9: octet, 10: octet}
    ),
    3: record(
        {1: slug, 2: uint(1, 24), 3: uint(1, 24), 4: uint(1, 365), 5: uint(0, 65535), 6: uint(1, 16),
         7: ascending(slug, 0, 64), 8: ascending(slug, 0, 64), 9: ascending(category, 0, 9)}
    ),
    4: record({1: keys, 2: uint(1, 16), 3: line}, {4: line, 5: line}),
    5: record({1: keys, 2: uint(1, 16)}),
    6: record({1: keys, 2: uint(1, 16), 3: ascending(state, 0, 64)}),
    7: record({1: keys, 2: time}),
    8: record({1: keys}, {2: uint()}),
    9: record({1: uint(0, 2)}),
    10: record({1: boolean, 2: ascending(slug, 0, 64), 3: boolean}, {4: uint(0, 2**32 - 1)}),
    11: office_record,
    12: office_record,
    13: record({}),
    14: record({1: ed25519, 2: ed25519, 3: time}),
    15: record({1: device}, {2: time}),
    16: record({1: device, 2: time}),
    17: record({1: line}, {2: owner}),
    18: record({1: state, 2: uint(0, 3)}),
    19: record({1: group}),
    20: record({1: group}),
    21: record({}, {1: digest}),
    22: record({1: owner, 2: boolean}),
    23: record({1: state, 2: digest}),
    24: record({1: digest}),
    25: record({1: uint(0, 2), 2: line}, {3: kid}),
}


def statement_claims(value):
    kind = value.get(5) if isinstance(value, Mapping) else None
    body = BODIES.get(kind if type(kind) is int else None, lambda newer: newer)  # a newer kind counts, unread
    signers = ascending(kid, 1, 48)
    return record({1: network, 2: subject, 3: uint(), 4: digest, 5: uint(0, 65535), 6: body, 7: time, 9: signers})(value)


statement = cose_sign(statement_claims)
entry = array(time, embedded(statement, 1, 8192))
fingerprint = tstr(40, 64, "[0-9a-f]{40}|[0-9a-f]{64}")
card = record(
    {3: many(record({1: tstr(3, 254), 2: uint(0, 2)}), 0, 5),
     4: many(record({1: tstr(8, 16, "[+][1-9][0-9]{6,14}"), 2: uint(0, 4)}, {3: line, 4: line}), 0, 6)},
    {1: record({}, {1: line, 2: line}), 2: line,
     5: record(
         {1: tstr(1, 64), 2: boolean,
          3: many(record({1: ascending(uint(0, 6), 1, 7), 2: uint(0, 1439), 3: uint(1, 1440)}), 0, 14),
          4: many(record({1: time, 2: time}), 0, 16)}),
     6: fingerprint, 7: tstr(64, 64, "[0-9a-f]{64}")},
)
salted_card = array(bstr(32), embedded(card, 1, 4096))
head_claim = array(uint(), digest, time)
head = cose_sign1(head_claim)
note = bstr(0, 8192)

# --- §4 scope -----------------------------------------------------------------------------------------------------------

categories = ascending(category, 0, 1024)
scope = either(
    array(exactly(1), ascending(office, 1, 1024)),
    array(exactly(2), ascending(group, 1, 1024), categories, boolean),
    array(exactly(3), categories),
)

# --- §5 envelope --------------------------------------------------------------------------------------------------------

header = record(
    {1: uint(), 2: uint(), 3: envelope_id, 4: lane, 5: time, 6: time, 7: array(uint(), digest), 8: bstr(32)}
)
wrap = array(device, kid, bstr(1120), bstr(56))
header_bytes = bstr(0, 256)
body = bstr(0, 274432)
delivery = array(header_bytes, body, wrap)
post = array(header_bytes, body, ascending(wrap, 1, 8192, by=lambda one: one[0]))
attachment = array(tstr(0, 2**16), tstr(0, 2**16), uint(), digest, bstr(32))
left_out = ascending(array(device, uint(1, 3)), 1, 2**20, by=lambda one: one[0])
message_claims = record(
    {1: array(device, office), 2: template, 3: scope, 4: uint(0, 2), 5: time,
     7: array(note, optional=[bstr(0, 8192)]), 9: bstr(0, 262144)},
    {10: hh, 11: case, 12: many(attachment, 1, 10), 13: left_out},
)
message = cose_sign1(message_claims)


def field_value(value, depth=0):
    if isinstance(value, Mapping) or is_list(value):
        require(depth < 8, "malformed", "too deep")
    if isinstance(value, Mapping):
        return fields(value, depth + 1)
    if is_list(value):
        return [field_value(one, depth + 1) for one in value]
    number = type(value) is int and -(2**63) <= value < 2**63
    require(number or type(value) in (str, bool), "malformed", "no value of a field")
    return value


def fields(value, depth=0):
    require(isinstance(value, Mapping), "malformed", "no fields")
    name = tstr(1, 64, "[a-z][a-z0-9_-]*")
    return {name(key): field_value(one, depth) for key, one in value.items()}


content = record({0: fields, 1: fields})
receipts = record({0: nothing, 1: many(array(hh, exactly(1), time), 1, 256)})

# --- §6, §7 receipts and session ----------------------------------------------------------------------------------------

accepted_claim = array(kid, hh, digest, uint(), time, uint())
relay_receipt = cose_sign1(accepted_claim)
invitation_claim = array(ed25519, owner, time)
invitation = cose_sign(invitation_claim)
founding = array(exactly("liaison-v1 founding"), embedded(statement, 1, 8192), embedded(invitation, 1, 8192))

ID = uint()
CODE = uint(1, 17)


def frame_of(carried):
    """The layout of all frames, with that of what they carry as bytes: judged with the frame, or only measured."""
    signed_statement, entries = carried(statement, 0, 8192), many(carried(entry, 0, 8224), 0, 512)
    signed_head, bundle_bytes = carried(head, 0, 8192), carried(prekeys, 0, 4096)
    card_bytes = carried(salted_card, 0, 4136)
    layouts = {
        0: [array(many(octet, 1, 16), network, uint(0, 2**32 - 1), uint(), uint())],
        1: [array(octet, uint(), note, signed_head, uint(0, 2**32 - 1), uint(), time)],
        2: [CODE], 3: [ID], 4: [ID], 5: [ID, CODE], 6: [ID, carried(invitation, 0, 8192)], 7: [ID],
        8: [ID, lane, carried(post, 0, 2**32)], 9: [ID, carried(relay_receipt, 0, 2**32)],
        10: [ID], 11: [ID, uint()], 12: [uint(), lane, carried(delivery, 0, 2**32)], 13: [many(uint(), 0, 32)],
        14: [ID, carried(reseal_request, 0, 4352)], 15: [ID, hh, carried(wrap, 0, 1220)],
        16: [ID, uint()], 17: [ID, uint(), entries], 18: [ID, signed_statement], 19: [ID, uint()],
        20: [ID], 21: [ID, note, signed_head, many(note, 0, 16)],
        22: [ID, bundle_bytes], 23: [ID], 24: [ID, many(device, 0, 256)], 25: [ID, many(bundle_bytes, 0, 256)],
        29: [ID, office, card_bytes], 30: [ID, many(office, 0, 64)], 31: [ID, many(array(office, card_bytes), 0, 64)],
        32: [ID, note, tstr(0, 512)], 36: [ID], 37: [ID],
        33: [ID], 34: [ID], 35: [ID, many(array(time, office, office), 0, 1024)],
    }  # fmt: skip

    def layout(value):
        known = is_list(value) and value and type(value[0]) is int and value[0] in layouts
        require(known, "malformed", "a frame that is not known")
        return array(exactly(value[0]), *layouts[value[0]])(value)

    return layout


frame = frame_of(lambda layout, low, high: bstr(low, high))
frame_with_all = frame_of(embedded)
