"""What the measurements store: statements of realistic size, by the thousand."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from homes import ORIGIN, open_node

__all__ = ["fill", "open_node", "payload"]


def payload(node, number: int, *, kind: str = "consultation.request", thread: str = "", issuer: str = "ALD", body=None):
    """Payload bytes of about 1.7 kB, as a consultation has them."""
    from detente.keys import encode
    from detente.statements.statement import render_statement, statement_from, thread_id

    other = "BRY" if issuer == "ALD" else "ALD"
    text = "4,112 connection attempts from 198.51.100.0/24 between 13:10 and 15:40 UTC; booking page slow. " * 9
    default = {
        "subject": "Connections to hospital booking service",
        "observed": text,
        "questions": [{"number": n, "text": f"Question {n}?"} for n in (1, 2, 3)],
        "effect": {"absent": "not-known"},
    }
    members = {
        "kind": kind,
        "arrangement": ORIGIN,
        "context": "real",
        "issuer": {"participant": issuer, "office": "desk"},
        "addressees": [{"participant": other}],
        "thread": thread or thread_id(node.clock.now(), secrets.token_bytes(10)),
        "reference": f"HN-ALD-2026-{number:05d}",
        "urgency": "priority",
        "tlp": "AMBER",
        "language": "en",
        "issued_at": "2026-03-06T18:02:03.000Z",
        "nonce": encode(secrets.token_bytes(32)),
        "sequence": {other: number + 1},
        "body": body or default,
    }
    return render_statement(statement_from(members))


def fill(node, threads: int, each: int) -> None:
    """Store ``threads`` × ``each`` statements without signing them: replay does not verify signatures again."""
    from detente.envelopes.signing import Envelope, statement_id
    from detente.registration import seal_digests
    from detente.statements.statement import parse_statement, thread_id
    from detente.store import statements
    from detente.store.ledger import NewEntry

    keyset = {name: node.keys_of(name, "desk").public.id for name in ("ALD", "BRY")}
    for number in range(threads):
        thread = thread_id(node.clock.now(), number.to_bytes(10, "big"))
        wanted, new = [], []
        for place in range(each):
            issuer = "BRY" if place % 2 else "ALD"
            kind = "consultation.request" if place == 0 else "consultation.information"
            body = None if place == 0 else {"text": "More on the same matter, in two sentences and a half. " * 18}
            data = payload(node, number * each + place, kind=kind, thread=thread, issuer=issuer, body=body)
            envelope = Envelope(data, keyset[issuer], bytes(64), bytes(3309)).render()
            identifier = statement_id(data)
            for recipient, digest in seal_digests(parse_statement(data), identifier):
                wanted.append(NewEntry(identifier, recipient, "sealed", digest, issuer))
            new.append(statements.New(identifier, kind, issuer, thread, envelope, changes_directory=False))
        with node.ledger.writing():
            node.ledger.append(wanted, node.clock.now())
            statements.keep(new, node.clock.now())
