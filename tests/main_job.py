"""The main job in a process of its own, killed after its n-th durable step: a script of ``test_killed.py``.

Usage: ``main_job.py begin HOME`` opens an arrangement; ``main_job.py run HOME N`` goes on with the job and is killed
by SIGKILL right after the N-th durable step of this process (0: never); it prints DONE when nothing is left to do.
Each run takes up whatever an earlier one left.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import homes


class Killer:
    """Counts durable steps and ends the process after the n-th, as a power cut would."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def __call__(self, _: str) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def run(home: Path, steps: int) -> None:
    """Do what is left of: draft, release, hand over, cosign, acknowledge."""
    homes.set_up(home)
    from detente.clock import SetClock
    from detente.node import actions, build, registrar
    from detente.node.config import load
    from detente.projections import consultation

    node = build.Node(load(home), SetClock(homes.START), Killer(steps))
    node.ledger.catch_up()
    registrar.settle(node)
    drafter = actions.Person("drafter", "ALD", "desk", ("drafter",))
    releaser = actions.Person("releaser", "ALD", "desk", ("releaser",))
    officer = actions.Person("officer", "BRY", "desk", ("duty",))
    rows = consultation.threads_of("ALD", node.clock.now(), node.directory())
    if not rows:
        from detente.node import records

        drafts = records.drafts(drafter)
        draft = drafts[0] if drafts else actions.save_draft(node, drafter, "consultation.request", CONTENT)
        actions.release(node, releaser, draft.id, draft.digest)
        rows = consultation.threads_of("ALD", node.clock.now(), node.directory())
    view = consultation.thread(rows[0].thread, "BRY", node.clock.now(), node.directory())
    actions.acknowledge(node, officer, rows[0].thread, view.statements[0].statement_id, "received")
    node.write_public_files()
    sys.stdout.write("DONE\n")


CONTENT = {
    "addressees": [{"participant": "BRY"}],
    "context": "real",
    "urgency": "immediate",
    "tlp": "AMBER",
    "language": "en",
    "body": {"subject": "Connections to hospital booking service", "observed": "4,112 attempts."},
}

if __name__ == "__main__":
    if sys.argv[1] == "begin":
        homes.open_node(Path(sys.argv[2]))
    else:
        run(Path(sys.argv[2]), int(sys.argv[3]))
