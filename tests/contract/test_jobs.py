"""What a node does by itself: one process at a time, each reminder once, and nothing cosigned is ever given up."""

from __future__ import annotations

from datetime import timedelta

import pytest

import homes
from detente.clock import SetClock
from detente.errors import OperatorError
from detente.ledger.policy import parse_policy
from detente.node import actions, build, jobs, opening, records, registrar
from detente.node.config import Config, create_home
from detente.projections import consultation
from detente.store import leases
from detente.store.models import Checkpoint, VaultKey

pytestmark = pytest.mark.django_db(transaction=True)

DRAFTER = actions.Person("drafter", "ALD", "desk", ("drafter",))
RELEASER = actions.Person("releaser", "ALD", "desk", ("releaser",))
OFFICER = actions.Person("officer", "BRY", "desk", ("duty",))
HOUR = timedelta(hours=1)
CONTENT = {
    "addressees": [{"participant": "BRY"}],
    "context": "real",
    "urgency": "priority",
    "tlp": "AMBER",
    "language": "en",
    "body": {"subject": "Connections", "observed": "4,112 attempts"},
}


@pytest.fixture
def harbour(tmp_path):
    """A node with Aldermere and Bryholt on the database of this test, its clock standing still."""
    config = Config(home=tmp_path / "home", kind="real", origin=homes.ORIGIN, https=False)
    create_home(config)
    node = build.Node(config, SetClock(homes.START))
    opening.create_store(node)
    homes.open_members(node, ["ALD", "BRY"])
    return node


def ask(node):
    """Send Bryholt a request of priority; return its thread and its id."""
    draft = actions.save_draft(node, DRAFTER, "consultation.request", CONTENT)
    identifier = actions.release(node, RELEASER, draft.id, draft.digest)
    return consultation.find([identifier], "ALD")[identifier].members["thread"], identifier


def sent(thread):
    return [each.step for each in records.reminders(thread)]


def test_a_ladder_is_climbed_once_by_however_many_processes(harbour):
    """Each step is recorded when its time has come, once, whoever looks and however often."""
    thread, _ = ask(harbour)
    first, second = jobs.Reminders(), jobs.Reminders()
    assert (first.send(harbour), sent(thread)) == (0, [])
    harbour.clock.advance(6 * HOUR)
    assert [first.send(harbour), second.send(harbour), first.send(harbour)] == [1, 0, 0]
    assert sent(thread) == ["1/alternate"]
    harbour.clock.advance(18 * HOUR)
    assert jobs.remind(harbour) == 1
    assert sent(thread) == ["1/alternate", "1/other-category"]


def test_who_acknowledged_is_reminded_of_nothing_but_the_answer(harbour):
    """Once the request is acknowledged, no further person is told."""
    thread, identifier = ask(harbour)
    reminders = jobs.Reminders()
    reminders.send(harbour)
    harbour.clock.advance(HOUR)
    actions.acknowledge(harbour, OFFICER, thread, identifier, "received")
    harbour.clock.advance(71 * HOUR)
    assert (reminders.send(harbour), sent(thread)) == (0, [])


def test_a_node_that_stood_still_catches_up_in_one_go(harbour):
    """Steps that came due while nothing ran are recorded when it runs again."""
    thread, _ = ask(harbour)
    harbour.clock.advance(80 * HOUR)
    jobs.remind(harbour)
    assert sent(thread)[:3] == ["1/alternate", "1/other-category", "1/authority"]


def test_the_lease_has_one_holder_and_passes_on_when_it_ends(harbour):
    """A second process does nothing while the first renews, and takes over when the first is gone."""
    first, second = jobs.Jobs(harbour), jobs.Jobs(harbour)
    assert [first.turn(), second.turn()] == [True, False]
    harbour.clock.advance(jobs.LEASE * 0.7)
    assert [first.turn(), second.turn()] == [True, False]
    harbour.clock.advance(jobs.LEASE)
    assert [second.turn(), first.turn()] == [True, False]


def test_a_lease_that_is_given_back_is_free_at_once(harbour):
    """Whoever stops in order keeps nobody waiting; somebody else's lease is not given back."""
    now = harbour.clock.now()
    assert leases.take("work", "one", now, HOUR)
    leases.release("work", "two")
    assert not leases.take("work", "two", now, HOUR)
    leases.release("work", "one")
    assert leases.take("work", "two", now, HOUR)


def test_a_lease_of_the_future_holds_up_nobody(harbour):
    """When the clock was set back, a lease that ends too far away counts as ended."""
    now = harbour.clock.now()
    assert leases.take("work", "one", now + 1000 * HOUR, HOUR)
    assert leases.take("work", "two", now, HOUR)


def test_the_heartbeat_gives_the_latest_checkpoint_a_later_time(harbour):
    """Signed and cosigned anew it still meets the policy, and its cosignature is younger."""
    policy = parse_policy(harbour.policy())
    before = policy.verify_checkpoint(harbour.ledger.checkpoint())
    harbour.clock.advance(HOUR)
    assert registrar.cosign(harbour, again=True)
    after = policy.verify_checkpoint(harbour.ledger.checkpoint())
    assert after.quorum_met
    assert after.cosigned_by[0].timestamp == before.cosigned_by[0].timestamp + 3600


def test_a_heartbeat_that_no_witness_answers_leaves_the_cosignatures(harbour, monkeypatch):
    """While the witness is away, what it cosigned before stays the checkpoint that receipts carry."""
    before = harbour.ledger.checkpoint()
    policy = harbour.policy()
    VaultKey.objects.filter(name="witness:COR").delete()
    monkeypatch.setattr(harbour, "policy", lambda: policy)
    harbour.clock.advance(HOUR)
    assert registrar.cosign(harbour, again=True)
    assert harbour.ledger.checkpoint() == before


def test_a_start_writes_again_what_was_deleted(harbour):
    """Tiles and checkpoint that are gone, or were changed, are those of the tree after a start."""
    jobs.start_up(harbour)
    folder = harbour.config.home / "ledger"
    assert harbour.ledger.tile_faults(folder) == (0, 0)
    tiles = sorted(path for path in (folder / "tile").rglob("*") if path.is_file())
    tiles[0].unlink()
    tiles[1].write_bytes(b"changed")
    assert harbour.ledger.tile_faults(folder) == (1, 1)
    jobs.start_up(harbour)
    assert harbour.ledger.tile_faults(folder) == (0, 0)


def test_a_database_older_than_the_written_checkpoint_is_refused(harbour):
    """A checkpoint that this ledger signed for more entries than the database holds stops the start."""
    jobs.start_up(harbour)
    size = harbour.ledger.size
    ahead = harbour.signer.sign_checkpoint(size + 1, bytes(32), harbour.clock.now())
    (harbour.config.home / "ledger" / "checkpoint").write_bytes(ahead)
    with pytest.raises(OperatorError) as refused:
        jobs.start_up(harbour)
    assert refused.value.code == "ledger-rolled-back"
    assert f"knows {size + 1} entries, this database holds {size}" in refused.value.message


def test_one_fault_stops_no_other_job(harbour, caplog):
    """When the public files cannot be written, reminders are recorded and the fault is logged."""
    thread, _ = ask(harbour)
    harbour.clock.advance(6 * HOUR)
    folder = harbour.config.home / "ledger"
    folder.rmdir() if folder.exists() else None
    folder.write_text("a file where the folder should be")
    assert jobs.Jobs(harbour).turn()
    assert sent(thread) == ["1/alternate"]
    assert "a job failed" in caplog.text
    assert Checkpoint.objects.order_by("-size").first().cosigned
