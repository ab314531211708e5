"""Equal requests from several threads of a process of its own: a script of ``test_api_submission.py``.

``open HOME`` opens a node with a machine account and an envelope signed elsewhere; ``send HOME`` prints ``ready``,
waits for a line, sends from four threads at once and prints what was answered; ``count HOME`` prints what is stored.
"""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path

import homes
import interface

THREADS = 4


def open_home(home: Path) -> None:
    """Open a node and leave beside it the token and the envelope that ``send`` takes."""
    node = homes.open_node(home)
    from detente.keys import PrivateKeySet
    from detente.node import accounts, opening

    keys = PrivateKeySet(bytes(32))
    opening.enrol(node, "ALD", "desk", compared="in person", custody="self", seed=keys.seed)
    opening.add_officer("machine", None, participant="ALD", office="desk", display_name="machine", roles=["drafter"])
    home.joinpath("token").write_text(accounts.new_token("machine"))
    world = interface.World.__new__(interface.World)
    world.clock, world.keys = node.clock, keys
    home.joinpath("envelope").write_bytes(world.signed())


def current(home: Path):
    """Return the node in ``home``, its clock standing where it was opened."""
    homes.set_up(home)
    from detente.clock import SetClock
    from detente.node import build
    from detente.node.config import load

    build._current = build.Node(load(home), SetClock(homes.START))
    return build._current


def send(home: Path) -> None:
    """Submit and draft under equal keys from all threads at once."""
    current(home)
    from django.db import connection
    from django.test import Client

    token, envelope = home.joinpath("token").read_text(), home.joinpath("envelope").read_bytes()
    draft = {"kind": "consultation.request", "content": interface.CONTENT}
    gate = threading.Barrier(THREADS + 1)
    told = []

    def work() -> None:
        caller = interface.Caller(token, Client(SERVER_NAME="localhost", raise_request_exception=False))
        gate.wait()
        for what, answer in (
            ("statements", caller.submit(envelope, key="one")),
            ("drafts", caller.send("drafts", draft, key="two")),
        ):
            value = answer.json()
            made = value.get("statement_id") or value.get("id") or value
            told.append({"what": what, "status": answer.status_code, "made": made})
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(THREADS)]
    for worker in workers:
        worker.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    gate.wait()
    for worker in workers:
        worker.join()
    sys.stdout.write(json.dumps(told))


def count(home: Path) -> None:
    """Print how many requests, evidences and drafts are stored."""
    current(home)
    from detente.store.models import Draft, StoredStatement

    kinds = list(StoredStatement.objects.values_list("kind", flat=True))
    found = {
        "requests": kinds.count("consultation.request"),
        "handed_over": kinds.count("evidence.handed_over"),
        "drafts": Draft.objects.count(),
    }
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    {"open": open_home, "send": send, "count": count}[sys.argv[1]](Path(sys.argv[2]))
