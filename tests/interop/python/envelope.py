"""What does an envelope say, and to whom may one be made? Opening (§5.7, steps 1 to 18 and 20), sealing (§5.1 to §5.4).

Not here: what a reader remembers (step 19), rights (21), and the tables of the templates (22).
"""

import os
from functools import cache, partial

import form
import low_order
from directory import WEEK_S, Directory, read_head, wraps_mark
from form import Refused, decode, encode, require
from seals import (
    commitment, external_aad, kid, open_body, open_wrap, public, public_prekey, read_prekey, seal_body, seal_wrap, sha256, sign1, verify1,
)

LIFETIME_S_MAX = 400 * 86400
LOOSE = {"header": form.bstr(0, 2**32), "body": form.bstr(0, 2**32)}


@cache
def directory_of(network, entries):
    """Many requests come with the same log."""
    return Directory(bytes.fromhex(network), [bytes.fromhex(entry) for entry in entries])


# --- opening ------------------------------------------------------------------------------------------------------------


def open_delivery(request):
    """Everything that the delivery says, or why it is refused."""
    directory = directory_of(request["network"], tuple(request["entries"]))
    header_bytes, body, wrap = read_delivery(bytes.fromhex(request["delivery"]))
    header = read_header(header_bytes)
    content_key, counter = unwrap(request, directory.network, header_bytes, wrap)
    require(commitment(header[3], content_key) == header[8], "commitment")
    signed = open_body(content_key, header_bytes, body)
    claims = decode(decode(signed, form.cose_sign1(form.message_claims), "claims")[2], form.message_claims, "claims")
    waits = judge(request, directory, (header_bytes, header), (signed, claims))
    return waits or {"opened": facts(header_bytes, header, counter, claims)}


def read_delivery(delivery):
    loose = form.array(LOOSE["header"], LOOSE["body"], form.wrap)
    parts = decode(delivery, loose)
    require(len(parts[0]) <= 256 and len(parts[1]) <= 274432, "too-large")
    return parts


def read_header(header_bytes):
    require(len(header_bytes) <= 256, "too-large")

    def any_version(value):
        require(isinstance(value, dict) and type(value.get(1)) is int, "malformed", "no version")
        return value

    require(decode(header_bytes, any_version)[1] == 1, "version")
    header = decode(header_bytes, form.header)
    require(header[2] == 2, "suite")
    require(1 <= header[6] - header[5] <= LIFETIME_S_MAX and 1 <= header[7][0] <= 8192, "header")
    return header


def read_post(post):
    """What a relay checks, and what it cuts deliveries from."""
    header_bytes, body, wraps = decode(post, form.post)
    header = read_header(header_bytes)
    require(header[7] == wraps_mark([wrap[0] for wrap in wraps]), "wraps")
    return header_bytes, header, body


def unwrap(request, network, header_bytes, wrap):
    require(wrap[0].hex() == request["device"], "not-for-us")
    mine = {kid_of(seed): bytes.fromhex(seed) for seed in request["seeds"]}
    require(wrap[1] in mine, "no-secret")
    return open_wrap(network, sha256(header_bytes), wrap, mine[wrap[1]])


@cache
def kid_of(seed):
    return kid(public_prekey(bytes.fromhex(seed)))


def judge(request, directory, header, message):
    """Steps 12 to 20. Gives back what the message waits for, if the reader's log is not far enough."""
    (header_bytes, header), (signed, claims) = header, message
    device, office = claims[1]
    waits = waits_for(directory, claims[7][0])
    if waits:
        return waits
    known = directory.devices.get(device)
    require(known, "unknown-sender")
    aad = external_aad("message", directory.network, claims[4], header_bytes)
    verify1(signed, known.key, aad, form.message_claims)
    require(claims[5] // 1000 == header[5], "times")
    size, root = directory.checkpoint(claims[7][0])
    view = directory.at(size, header[5])
    require(view.is_live(device) and known.office == office, "signer")
    retired = bool(known.revoked) and known.revoked[-1][2] is None  # the newest says why, the first ended it
    require(not retired or known.revoked[0][1] > header[5], "revoked")
    head_is_fresh(directory, claims, (size, root), header[5])
    addressees(request, view, header, claims)
    require(max(request["now"], request.get("head_time", 0)) <= header[6] + WEEK_S, "too-old")
    return None


def waits_for(directory, note):
    try:
        size, _ = directory.checkpoint(note)
    except Refused:
        return None  # said at its own step
    return {"waits": size} if size > len(directory.entries) else None


def head_is_fresh(directory, claims, tree, created):
    require(len(claims[7]) == 2, "checkpoint", "no head")
    try:
        size, root, time = read_head(claims[7][1], directory.network, directory.log_key)
    except Refused as refused:
        raise Refused("checkpoint", "head") from refused
    require((size, root) == tree, "checkpoint", "head of another tree")
    require(created - time <= WEEK_S, "stale-directory")


def addressees(request, view, header, claims):
    left_out = {device for device, _ in claims.get(13, [])}
    meant = view.recipients(claims[3], claims[1][0])
    wrapped = meant - left_out
    require(left_out <= meant and header[7] == wraps_mark(wrapped), "recipients")
    require(bytes.fromhex(request["device"]) in wrapped, "recipients", "oneself")


def facts(header_bytes, header, counter, claims):
    content = decode(claims[9], form.content, "template") if claims[2] != "receipt/1" else {}
    return {
        "hh": sha256(header_bytes).hex(),
        "id": header[3].hex(),
        "lane": header[4],
        "created_ms": claims[5],
        "expires": header[6],
        "count": header[7][0],
        "counter": str(counter),
        "signer": [claims[1][0].hex(), claims[1][1]],
        "template": claims[2],
        "scope": encode(claims[3]).hex(),
        "status": claims[4],
        "common": content.get(0),
        "own": content.get(1),
        "body": claims[9].hex(),
        "in_reply_to": claims[10].hex() if 10 in claims else None,
        "case": claims[11].hex() if 11 in claims else None,
        "left_out": [[device.hex(), reason] for device, reason in claims.get(13, [])],
    }


# --- making -------------------------------------------------------------------------------------------------------------


def make_post(request):
    """A post for all whom the scope means. For tests, `signed_as` signs under another status than the claims say,
    and `by_hand` makes the wraps without a library: "honest", or "zero" with shares of low order."""
    directory = directory_of(request["network"], tuple(request["entries"]))
    seed, created = bytes.fromhex(request["seed"]), request["created_ms"] // 1000
    signer = kid(public(seed))
    size, _ = directory.checkpoint(bytes.fromhex(request["note"]))
    scope = form.scope(request["scope"])
    meant = directory.at(size, created).recipients(scope, signer)
    prekeys = usable_prekeys(directory, request["bundles"], created, meant)
    wrapped = sorted(meant & set(prekeys))
    require(wrapped, "nobody has a usable prekey")
    claims = claims_of(request, directory.devices[signer], scope, sorted(meant - set(prekeys)))
    content_key = os.urandom(32)
    header = header_of(request, created, wrapped, content_key)
    status = request.get("signed_as", request["status"])
    aad = external_aad("message", directory.network, status, header)
    body = seal_body(content_key, header, sign1(seed, aad, encode(claims)))
    counter = int(request["counter"])
    if "by_hand" in request:
        seal = partial(low_order.seal_wrap, zero=request["by_hand"] == "zero")
    else:
        seal = seal_wrap
    wraps = [seal(directory.network, sha256(header), device, prekeys[device], content_key, counter) for device in wrapped]
    post = encode([header, body, wraps])
    decode(post, form.post)
    return {"post": post.hex(), "hh": sha256(header).hex(), "devices": [device.hex() for device in wrapped]}


def usable_prekeys(directory, bundles, now, meant):
    """CURRENT while it lives, else FALLBACK: of each device that is meant and whose own key signed its bundle."""
    chosen = {}
    for signed in map(bytes.fromhex, bundles):
        claimed = decode(decode(signed, form.prekeys)[2], form.bundle)[0]
        if claimed not in meant:
            continue
        device, prekeys = read_bundle(directory, claimed, signed)
        living = [public_key for _, ends, public_key in prekeys if now < ends]
        chosen.update({device: living[0]} if living else {})
    return chosen


def read_bundle(directory, claimed, signed):
    aad = external_aad("prekeys", directory.network)
    device, _, _, prekeys = verify1(signed, directory.devices[claimed].key, aad, form.bundle)
    for _, _, public_key in prekeys:
        read_prekey(public_key)
    return device, prekeys


def header_of(request, created, wrapped, content_key):
    envelope_id = uuid7(request["created_ms"])
    header = {
        1: 1,
        2: 2,
        3: envelope_id,
        4: request["lane"],
        5: created,
        6: created + request["lives_s"],
        7: wraps_mark(wrapped),
        8: commitment(envelope_id, content_key),
    }
    return encode(form.header(header))


def claims_of(request, device, scope, left_out):
    content = encode(form.content({0: request["common"], 1: request["own"]}))
    claims = {
        1: [kid(device.key), device.office],
        2: request["template"],
        3: scope,
        4: request["status"],
        5: request["created_ms"],
        7: [bytes.fromhex(request["note"]), bytes.fromhex(request["head"])],
        9: content,
    }
    if "case" in request:
        claims[11] = bytes.fromhex(request["case"])
    if left_out:
        claims[13] = [[one, 1] for one in left_out]
    return form.message_claims(claims)


def uuid7(milliseconds):
    random = bytearray(os.urandom(10))
    random[0] = 0x70 | random[0] & 0x0F
    random[2] = 0x80 | random[2] & 0x3F
    return milliseconds.to_bytes(6, "big") + bytes(random)
