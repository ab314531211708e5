"""A full disk stops a submission with a sentence, leaves nothing half stored, and is over when there is room."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = """
import sys
sys.path.insert(0, {tests!r})
from pathlib import Path
import homes
node = homes.open_node(Path({home!r}))
from django.db import connection
from detente.errors import UnavailableError
from detente.node import actions
from detente.store.models import LedgerEntry, StoredStatement
drafter = actions.Person("drafter", "ALD", "desk", ("drafter",))
releaser = actions.Person("releaser", "ALD", "desk", ("releaser",))
content = {{"addressees": [{{"participant": "BRY"}}], "context": "real", "tlp": "AMBER", "language": "en",
           "body": {{"subject": "Connections", "observed": "x" * 15000}}}}
draft = actions.save_draft(node, drafter, "consultation.request", content)
def counts():
    return StoredStatement.objects.count(), LedgerEntry.objects.count(), node.ledger.size
def limit(pages):
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA max_page_count = %d" % pages)
before = counts()
with connection.cursor() as cursor:
    cursor.execute("PRAGMA page_count")
    used = cursor.fetchone()[0]
limit(used)
for attempt in (lambda: actions.release(node, releaser, draft.id, draft.digest),
                lambda: actions.save_draft(node, drafter, "consultation.request", content),
                lambda: actions.save_draft(node, drafter, "consultation.request", content,
                                           attachments=[("annex.bin", "application/octet-stream", b"y" * 400000)])):
    try:
        for _ in range(40):
            attempt()
    except UnavailableError as error:
        print(error.code, error.message)
    else:
        print("nothing refused")
assert counts() == before, (counts(), before)
limit(2**30)
actions.release(node, releaser, draft.id, draft.digest)
assert counts()[0] == before[0] + 2, counts()
print("released after room was made")
"""


def test_full_disk_refuses_whole_and_recovers(tmp_path):
    """Release, draft and attachment are refused with what to do; after room is made the same release succeeds."""
    tests = Path(__file__).parent.parent
    code = SCRIPT.format(tests=str(tests), home=str(tmp_path / "home"))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["disk-full", "disk-full", "disk-full", "released"]
    assert "Make room on it, then send again." in lines[0]
