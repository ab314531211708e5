"""Running the main job in processes that are killed, and looking at what they left."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).with_name("main_job.py")
INSPECT = """
import json, sys
sys.path.insert(0, {tests!r})
from pathlib import Path
import homes
homes.set_up(Path({home!r}))
from detente.clock import SetClock
from detente.ledger.policy import parse_policy
from detente.ledger.proof import verify_receipt
from detente.node import build
from detente.node.config import load
from detente.projections import projector
from detente.store.models import StoredStatement
from detente.store import statements
node = build.Node(load(Path({home!r})), SetClock(homes.START))
node.ledger.catch_up()
policy = parse_policy(node.policy())
receipts = node.ledger.receipts(list(range(node.ledger.size)))
before = projector.dump()
print(json.dumps({{
    "kinds": sorted(StoredStatement.objects.exclude(kind__startswith="directory.").values_list("kind", flat=True)),
    "waiting": len(statements.waiting_parcels()),
    "entries": node.ledger.size,
    "proven": sum(verify_receipt(receipt, policy).quorum_met for receipt in receipts.values()),
    "same_after_rebuild": node.rebuild() == before,
}}))
"""
WHOLE = ["consultation.acknowledgement", "consultation.request", "evidence.handed_over", "evidence.handed_over"]


def job(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), *map(str, arguments)], capture_output=True, text=True, check=False, timeout=120
    )


def inspect(home: Path) -> dict[str, object]:
    code = INSPECT.format(tests=str(SCRIPT.parent), home=str(home))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found
