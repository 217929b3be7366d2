"""Can a stranger's client read and write what ours does? A client of docs/protocol.md and proto/liaison.cddl alone, in Python.

    liaison_interop.py open | make | checkpoint | vectors < requests > answers
    liaison_interop.py vectors FILE...

One JSON object a line in, one a line out: the answer, or {"refused": reason, "detail": …}. Bytes are hexadecimal.
tests/interop/README.md says what stands in a request. It must never know a line of the Rust code.
"""

import json
import sys

sys.dont_write_bytecode = True  # nothing is left behind in the tree

import directory  # noqa: E402
import envelope  # noqa: E402
import vectors  # noqa: E402
from form import Refused  # noqa: E402

VERBS = {
    "open": envelope.open_delivery,
    "make": envelope.make_post,
    "checkpoint": directory.check,
    "vectors": vectors.check,
}


def answer(verb, request):
    try:
        return verb(json.loads(request))
    except Refused as refused:
        return {"refused": refused.reason, "detail": refused.detail}


def main(arguments):
    if not arguments or arguments[0] not in VERBS:
        sys.exit(__doc__)
    verb, files = VERBS[arguments[0]], arguments[1:]
    requests = (open(file).read() for file in files) if files else sys.stdin
    for request in requests:
        print(json.dumps(answer(verb, request)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
