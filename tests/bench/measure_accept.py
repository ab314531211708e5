"""Measure: a statement accepted whole against parsing and verifying alone, in one process. Prints JSON."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from arrangement import open_node, payload

BATCH, BATCHES, SINGLES = 100, 20, 400


def main(home: Path) -> None:
    node = open_node(home)
    from detente.envelopes.signing import parse_envelope, sign, verify
    from detente.node import registrar
    from detente.statements.statement import parse_statement

    keys = node.keys_of("ALD", "desk")
    envelopes = [sign(payload(node, number), keys) for number in range(BATCH * BATCHES + SINGLES)]
    batched, singles = envelopes[: BATCH * BATCHES], envelopes[BATCH * BATCHES :]

    def alone() -> float:
        begin = time.perf_counter()
        for each in batched:
            envelope = parse_envelope(each)
            verify(envelope, keys.public)
            parse_statement(envelope.payload_bytes)
        return len(batched) / (time.perf_counter() - begin)

    before = alone()
    begin = time.perf_counter()
    for start in range(0, len(batched), BATCH):
        accepted = registrar.accept(node, batched[start : start + BATCH])
        assert all(each.receipts for each in accepted)
    whole = len(batched) / (time.perf_counter() - begin)
    after = alone()
    begin = time.perf_counter()
    for each in singles:
        registrar.accept(node, [each])
    singly = len(singles) / (time.perf_counter() - begin)
    bound = (before + after) / 2
    print(json.dumps({"bound": bound, "whole": whole, "ratio": whole / bound, "singly": singly}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
