"""Can a stranger's client read and write what ours does? A client of docs/protocol.md and proto/liaison.cddl alone, in Python.

    liaison_interop.py [open | make | checkpoint | signature | vectors] < requests > answers
    liaison_interop.py vectors FILE...

One JSON object a line in, one a line out: the answer, or {"refused": reason, "detail": …}. Bytes are hexadecimal. Without
a verb each request names its own. tests/interop/README.md says what stands in a request. It must never know a line of the Rust code.
"""

import json
import sys

sys.dont_write_bytecode = True  # nothing is left behind in the tree

import directory  # noqa: E402
import envelope  # noqa: E402
import seals  # noqa: E402
import vectors  # noqa: E402
from form import Refused  # noqa: E402

VERBS = {
    "open": envelope.open_delivery,
    "make": envelope.make_post,
    "checkpoint": directory.check,
    "signature": seals.check_signature,
    "vectors": vectors.check,
}


def answer(verb, request):
    request = json.loads(request)
    try:
        return VERBS[verb or request["verb"]](request)
    except Refused as refused:
        return {"refused": refused.reason, "detail": refused.detail}


def main(arguments):
    verb, files = (arguments[0] if arguments else None), arguments[1:]
    if verb not in (None, *VERBS):
        sys.exit(__doc__)
    requests = (open(file).read() for file in files) if files else sys.stdin
    for request in requests:
        print(json.dumps(answer(verb, request)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
