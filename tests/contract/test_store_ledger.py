"""The ledger's store keeps one history, whatever stops, repeats or races it."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from detente.errors import OperatorError
from detente.ledger.log import LogSigner, parse_entry
from detente.ledger.merkle import verify_consistency
from detente.ledger.policy import parse_policy, render_policy
from detente.ledger.proof import verify_receipt
from detente.ledger.tiles import parse_bundle
from detente.store.ledger import LedgerStore, NewEntry
from detente.store.models import Checkpoint, LedgerEntry, Sequencer
from detente.store.vault import Vault

pytestmark = pytest.mark.django_db(transaction=True)

AT = datetime(2026, 3, 6, 18, 20, 3, tzinfo=UTC)
SIGNER = LogSigner("harbour.example.org/2026", b"1" * 32, b"2" * 32)
POLICY = parse_policy(render_policy(SIGNER.mldsa44_key, {}, 0))


def entry(number: int, **more) -> NewEntry:
    digest = hashlib.sha256(b"%d" % number).digest()
    return NewEntry(f"statement-{number}", "BRY", "sealed", digest, "ALD", **more)


def append(store: LedgerStore, *numbers: int, at: datetime = AT):
    with store.writing():
        return store.append([entry(number) for number in numbers], at)


def test_places_follow_each_other_and_prove_themselves():
    """Each entry gets the next index, and its receipt verifies with the policy alone."""
    store = LedgerStore(SIGNER)
    append(store, 1, 2, 3)
    placed = append(store, 4)
    assert [each.index for each in placed] == [3]
    for index, receipt in store.receipts(range(4)).items():
        verified = verify_receipt(receipt, POLICY)
        assert verified.index == index
        assert verified.entry.registered_at == AT


def test_a_digest_registered_again_gets_its_first_place():
    """The same digest, in another batch and in the same one, stands once."""
    store = LedgerStore(SIGNER)
    append(store, 1, 2)
    again = append(store, 2, 3, 3, at=AT + timedelta(hours=1))
    assert [(each.index, each.repeated) for each in again] == [(1, True), (2, False), (2, True)]
    assert again[0].registered_at == AT
    assert store.size == 3


def test_time_never_goes_backwards():
    """When the clock is set back, entries carry their predecessor's time."""
    store = LedgerStore(SIGNER)
    append(store, 1)
    (late,) = append(store, 2, at=AT - timedelta(hours=1))
    assert late.registered_at == AT


def test_what_fails_after_appending_leaves_nothing():
    """An exception in the transaction takes entries, checkpoint and tree back, and the next append goes on."""
    store = LedgerStore(SIGNER)
    append(store, 1)
    with pytest.raises(RuntimeError), store.writing():  # noqa: PT012 - the failure comes after the append
        store.append([entry(2), entry(3)], AT)
        raise RuntimeError
    assert (store.size, LedgerEntry.objects.count(), Checkpoint.objects.count()) == (1, 1, 1)
    assert [each.index for each in append(store, 4)] == [1]


def test_two_processes_write_one_history():
    """Two stores on one database append in turn; each sees what the other wrote, and both trees are the same."""
    first, second = LedgerStore(SIGNER), LedgerStore(SIGNER)
    for number in range(0, 20, 2):
        append(first, number)
        append(second, number + 1)
    first.catch_up()
    assert first.size == second.size == 20
    assert list(LedgerEntry.objects.order_by("entry_index").values_list("statement_id", flat=True)) == [
        f"statement-{number}" for number in range(20)
    ]
    old, new = (POLICY.verify_checkpoint(first.checkpoint(size)).checkpoint for size in (7, 20))
    verify_consistency(7, 20, first.consistency(7, 20), old.root, new.root)


def test_a_database_restored_to_an_older_state_is_refused():
    """A process that has seen more entries than the database holds signs nothing more."""
    store = LedgerStore(SIGNER)
    append(store, 1, 2)
    size, root = store.size, Checkpoint.objects.get(size=2).root
    append(store, 3)
    LedgerEntry.objects.filter(entry_index__gte=size).delete()
    Checkpoint.objects.filter(size__gt=size).delete()
    Sequencer.objects.update(size=size, root=root)
    with pytest.raises(OperatorError) as refused:
        append(store, 4)
    assert refused.value.code == "ledger-rolled-back"


def test_a_witness_that_saw_more_stops_a_restored_ledger():
    """A fresh process on an old database refuses when a witness cosigned a larger tree."""
    store = LedgerStore(SIGNER)
    append(store, 1, 2)
    with pytest.raises(OperatorError) as refused:
        LedgerStore(SIGNER).refuse_rollback(3)
    assert refused.value.code == "ledger-rolled-back"
    LedgerStore(SIGNER).refuse_rollback(2)


def test_a_changed_entry_is_noticed():
    """A fresh process does not sign on top of entries that do not give the signed tree."""
    store = LedgerStore(SIGNER)
    append(store, 1, 2)
    row = LedgerEntry.objects.get(entry_index=0)
    row.entry = bytes(row.entry).replace(b"sealed", b"direct")
    row.save()
    with pytest.raises(OperatorError) as refused:
        LedgerStore(SIGNER).catch_up()
    assert refused.value.code == "ledger-damaged"


def test_static_files_hold_the_tree(tmp_path):
    """Checkpoint, tiles and entry bundle on disk are those of the database, and may be written again."""
    store = LedgerStore(SIGNER)
    append(store, *range(300))
    store.write_tiles(tmp_path, 0)
    store.write_tiles(tmp_path, 0)
    assert POLICY.verify_checkpoint((tmp_path / "checkpoint").read_bytes()).checkpoint.size == 300
    bundle = parse_bundle((tmp_path / "tile/entries/000").read_bytes())
    assert [parse_entry(each) for each in bundle] == [parse_entry(each) for each in store.entries(0, 256)]
    assert (tmp_path / "tile/0/001.p/44").stat().st_size == 44 * 32


def test_heartbeat_signs_the_same_tree_again():
    """The newest note of a size carries the later time; it replaces nothing until it is kept, and never the first."""
    store = LedgerStore(SIGNER)
    assert store.heartbeat(AT) == b""
    append(store, 1)
    first = store.checkpoint()
    note = store.heartbeat(AT + timedelta(seconds=60))
    assert store.checkpoint() == first
    store.cosigned(1, note, quorum_met=True)
    row = Checkpoint.objects.get()
    assert bytes(row.first_note) == first != bytes(row.last_note)
    assert POLICY.verify_checkpoint(bytes(row.last_note)).checkpoint.size == 1


def test_what_is_kept_is_synced():
    """SQLite runs with full sync; on PostgreSQL the node never weakens what its server was set to."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA synchronous")
            assert cursor.fetchone()[0] == 2
        else:
            cursor.execute("SELECT source FROM pg_settings WHERE name = 'synchronous_commit'")
            assert cursor.fetchone()[0] not in ("client", "session", "user", "database")


def test_vault_returns_what_it_keeps_and_opens_under_its_master_key_only():
    """A seed comes back; a second seed under its name and another master key are refused."""
    vault = Vault(b"m" * 32)
    vault.keep("log-ed25519", b"s" * 32)
    vault.keep("log-ed25519", b"s" * 32)
    assert Vault(b"m" * 32).seed("log-ed25519") == b"s" * 32
    for attempt, code in (
        (lambda: vault.keep("log-ed25519", b"t" * 32), "vault-taken"),
        (lambda: Vault(b"n" * 32).seed("log-ed25519"), "vault-sealed"),
        (lambda: vault.seed("log-mldsa44"), "vault-missing"),
    ):
        with pytest.raises(OperatorError) as refused:
            attempt()
        assert refused.value.code == code
