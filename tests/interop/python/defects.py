"""Is a file of tests/vectors/bad refused by the reader that it names? With what stands in the file, and a log beside it.

The answer is the refusal, or {"read": []} when the bytes are taken, or {"unknown": reader}.
"""

import form
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from directory import ZEROS, read_cosigned, read_entry, read_head, read_note
from envelope import open_delivery, read_header, read_post
from form import Refused, decode, encode, require
from seals import external_aad, hkdf, kid, public, read_prekey, sha256, verify1, verify_sign

INVITATION_S_MAX = 30 * 86400


def check(file):
    reader = file["reader"]
    if reader not in READERS:
        return {"unknown": reader}
    answer = READERS[reader](whole(file), file)
    return answer if isinstance(answer, dict) and "waits" in answer else {"read": []}


def whole(file):
    """The bytes, with the runs of one byte that the file leaves out."""
    data = bytes.fromhex(file["hex"])
    for run in file.get("insert", []):
        data = data[: run["at"]] + bytes.fromhex(run["byte"]) * run["times"] + data[run["at"] :]
    return data


def seeds(inputs, part=""):
    return [value for name, value in inputs.items() if name.startswith("seed of ") and part in name]


def key(file):
    [seed] = seeds(file["inputs"])
    return public(bytes.fromhex(seed))


def aad(file, label):
    return external_aad(label, bytes.fromhex(file["inputs"]["network"]))


# --- readers ------------------------------------------------------------------------------------------------------------


def layout(of):
    return lambda data, file: decode(data, of)


def note(data, file):
    read_note(data, file["inputs"]["origin"], key(file))


def cosigned_note(data, file):
    inputs = file["inputs"]
    read_cosigned(data, inputs["origin"], key(file), inputs["witnesses"].split(" "), int(inputs["k"]))


def head(data, file):
    read_head(data, bytes.fromhex(file["inputs"]["network"]), key(file))


def prekeys(data, file):
    device, _, _, slots = verify1(data, key(file), aad(file, "prekeys"), form.bundle)
    require(device == kid(key(file)), "signature", "another device")
    for _, _, public_key in slots:
        read_prekey(public_key)


def reseal(data, file):
    _, device, signed = verify1(data, key(file), aad(file, "reseal"), form.reseal_claim)
    require(device == kid(key(file)), "signature", "another device")
    try:
        prekeys(signed, file)
    except Exception as error:
        raise Refused("bundle") from error


def relay_receipt(data, file):
    relay = verify1(data, key(file), aad(file, "receipt"), form.accepted_claim)[0]
    require(relay == kid(key(file)), "signature", "another relay")


def invitation(data, file):
    inputs = file["inputs"]
    custodian = [public(bytes.fromhex(seed)) for seed in seeds(inputs)]
    read_invitation(data, aad(file, "invite"), custodian, int(inputs["m"]), int(inputs["now"]))


def read_invitation(data, aad, custodian, m, now):
    """By m or more custodian keys and nobody else."""
    by_kid = {kid(one): one for one in custodian}
    signers = [decode(one[0], form.signer_kid)[4] for one in decode(data, form.invitation)[3]]
    require(len(signers) >= m and set(signers) <= set(by_kid), "signature", "signers")
    claim = verify_sign(data, [by_kid[one] for one in signers], aad, form.invitation_claim)
    require(now < claim[2] <= now + INVITATION_S_MAX, "time")
    return claim


def founding(data, file):
    _, genesis, invited = decode(data, form.founding)
    payload = decode(genesis, form.statement)[2]
    claims = decode(payload, form.statement_claims)
    require(claims[5] == 1 and claims[1] == ZEROS, "genesis")
    custodian, m, made = claims[6][3], claims[6][4], claims[7]
    verify_sign(genesis, custodian, external_aad("statement", ZEROS), form.statement_claims)
    taken = int(file["inputs"]["taken at"])
    require(m <= len(custodian) and made - 600 <= taken <= made + 7 * 86400, "genesis")
    claim = read_invitation(invited, external_aad("invite", sha256(payload)), custodian, m, taken)
    require(claim[1] == "org:custodian", "not-for-custodian")


def content(data, file):
    require(len(data) <= 262144, "too-large")
    decode(data, form.content)


def unlock(data, passphrase):
    version, cost, nonce, ciphertext = decode(data, form.key_file)
    memory, passes, lanes, salt = cost
    try:
        argon2 = Argon2id(salt=salt, length=32, iterations=passes, lanes=lanes, memory_cost=memory)
        cipher = ChaCha20Poly1305(argon2.derive(passphrase.encode()))
        return cipher.decrypt(nonce, ciphertext, encode(["liaison-v1 key file", version, cost, nonce]))
    except (InvalidTag, ValueError) as error:
        raise Refused("passphrase") from error


def open_record(data, inputs):
    key = hkdf(bytes.fromhex(inputs["epoch"]), bytes.fromhex(inputs["vault key"]), "liaison-v1 vault", 32)
    try:
        return ChaCha20Poly1305(key).decrypt(bytes(4) + int(inputs["number"]).to_bytes(8, "big"), data, b"")
    except (InvalidTag, ValueError) as error:
        raise Refused("not-opened") from error


def opening(file):
    """The request of the verb `open` that this file makes. The log comes with it."""
    inputs = file["inputs"]
    numbers = {"now": int(inputs["now"]), "head_time": int(inputs["head time"])}
    log = {"network": file["network"], "entries": file["entries"]}
    found = {"device": inputs["device"], "seeds": seeds(inputs, "prekey"), "delivery": whole(file).hex()}
    return {**numbers, **log, **found}


READERS = {
    **{name: layout(getattr(form, name)) for name in ("state", "slug", "owner", "office", "group", "subject", "template")},
    "scope": layout(form.scope),
    "frame": layout(form.frame),
    "message-claims": layout(form.message_claims),
    "receipts": layout(form.receipts),
    "entry": lambda data, file: read_entry(data),
    "genesis": lambda data, file: read_entry(data),
    "header": lambda data, file: read_header(data),
    "post": lambda data, file: read_post(data),
    "delivery": lambda data, file: open_delivery(opening(file)),
    "key-file": lambda data, file: unlock(data, file["inputs"]["passphrase"]),
    "vault-record": lambda data, file: open_record(data, file["inputs"]),
    "note": note,
    "cosigned-note": cosigned_note,
    "head": head,
    "prekeys": prekeys,
    "reseal-request": reseal,
    "relay-receipt": relay_receipt,
    "invitation": invitation,
    "founding": founding,
    "content": content,
}
