"""Accepting, handing over, cosigning and projecting can be repeated and interrupted; each thing happens once."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import bodies
import homes
from detente.clock import SetClock
from detente.envelopes.signing import sign
from detente.errors import IrregularError, MalformedError, PolicyError, RejectedError, SignatureError
from detente.keys import PrivateKeySet, encode
from detente.ledger.policy import parse_policy
from detente.ledger.proof import verify_receipt
from detente.node import actions, build, opening, records, registrar
from detente.node.config import Config, create_home
from detente.projections import consultation, projector
from detente.statements.directory import KeySet, Member
from detente.statements.statement import render_statement, statement_from
from detente.store import statements
from detente.store.models import Parcel, StoredStatement

pytestmark = pytest.mark.django_db(transaction=True)

DRAFTER = actions.Person("drafter", "ALD", "desk", ("drafter",))
RELEASER = actions.Person("releaser", "ALD", "desk", ("releaser",))
OFFICER = actions.Person("officer", "BRY", "desk", ("duty",))
OUTSIDER = actions.Person("outsider", "COR", "desk", ("duty", "drafter", "releaser"))
CONTENT = {
    "addressees": [{"participant": "BRY"}],
    "context": "real",
    "urgency": "priority",
    "tlp": "AMBER",
    "language": "en",
    "body": {"subject": "Connections", "observed": "4,112 attempts", "questions": [{"number": 1, "text": "Why?"}]},
}


@pytest.fixture
def harbour(tmp_path):
    """A node with Aldermere, Bryholt and Corvane on the database of this test, its clock standing still."""
    config = Config(home=tmp_path / "home", kind="real", origin=homes.ORIGIN, https=False)
    create_home(config)
    node = build.Node(config, SetClock(homes.START))
    opening.create_store(node)
    homes.open_members(node, ["ALD", "BRY", "COR"])
    return node


def request(node, person=DRAFTER, releaser=RELEASER, content=None, **attachments):
    draft = actions.save_draft(node, person, "consultation.request", content or CONTENT, **attachments)
    return actions.release(node, releaser, draft.id, draft.digest)


def signed(node, **changes):
    """An envelope as another machine of Aldermere would submit it."""
    members = {
        "kind": "consultation.request",
        "arrangement": homes.ORIGIN,
        "issuer": {"participant": "ALD", "office": "desk"},
        "thread": "01a211da-0970-724a-8f8c-939002e55e06",
        "issued_at": "2026-03-06T18:02:00.000Z",
        "nonce": encode(b"n" * 32),
        "sequence": {"BRY": 1},
        **CONTENT,
        **changes,
    }
    return sign(render_statement(statement_from(members)), node.keys_of("ALD", "desk"))


def test_a_submission_repeated_gets_its_first_receipt(harbour):
    """The same envelope submitted twice is stored once and proven by the same entry."""
    envelope = signed(harbour)
    (first,) = registrar.accept(harbour, [envelope])
    (second,) = registrar.accept(harbour, [envelope])
    policy = parse_policy(harbour.policy())
    indexes = {verify_receipt(each.receipts[0], policy).index for each in (first, second)}
    assert (first.repeated, second.repeated, len(indexes)) == (False, True, 1)
    assert StoredStatement.objects.filter(statement_id=first.statement_id).count() == 1


def test_two_equal_submissions_at_once_are_one_statement(harbour):
    """Two threads that submit the same bytes at the same moment get the same place."""
    envelope, results = signed(harbour), []
    gate = threading.Barrier(2)

    def submit():
        gate.wait()
        try:
            results.extend(registrar.accept(harbour, [envelope]))
        finally:
            connection.close()

    threads = [threading.Thread(target=submit) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(each.repeated for each in results) == [False, True]
    assert StoredStatement.objects.filter(kind="consultation.request").count() == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"addressees": [{"participant": "DUN"}], "sequence": {"DUN": 1}}, "addressee-unknown"),
        ({"issued_at": "2026-03-06T18:13:00.000Z"}, "issued-ahead"),
        ({"issued_at": "2026-02-01T00:00:00.000Z"}, "issued-old"),
        ({"arrangement": "elsewhere.example.org/2026"}, "arrangement-other"),
        ({"context": "exercise", "exercise_id": "tide-2026"}, "exercise-closed"),
        ({"issuer": {"participant": "ALD", "office": "other"}}, "keyset-office"),
    ],
)
def test_a_refused_submission_leaves_no_trace(harbour, changes, code):
    """Each is refused with its code, and neither ledger nor store knows of it."""
    before = (harbour.ledger.size, StoredStatement.objects.count())
    with pytest.raises(RejectedError) as refused:
        registrar.accept(harbour, [signed(harbour, **changes)])
    assert refused.value.code == code
    assert (harbour.ledger.size, StoredStatement.objects.count()) == before


def test_a_batch_with_one_refused_statement_is_refused_whole(harbour):
    """What stands beside a forged statement in a batch is not stored either, and may be sent again."""
    good = signed(harbour)
    members = statement_from(
        {
            **CONTENT,
            "kind": "consultation.request",
            "arrangement": homes.ORIGIN,
            "issuer": {"participant": "ALD", "office": "desk"},
            "thread": "01a211da-0970-724a-8f8c-939002e55e07",
            "issued_at": "2026-03-06T18:02:00.000Z",
            "nonce": encode(b"m" * 32),
            "sequence": {"BRY": 1},
        }
    )
    forged = sign(render_statement(members), PrivateKeySet(b"f" * 32))
    with pytest.raises(SignatureError):
        registrar.accept(harbour, [good, forged])
    assert not StoredStatement.objects.filter(kind="consultation.request").exists()
    (again,) = registrar.accept(harbour, [good])
    assert not again.repeated


def test_a_statement_is_handed_over_once(harbour):
    """Settling again gives no second evidence, and evidence is not evidenced itself."""
    request(harbour)
    for _ in range(3):
        registrar.settle(harbour)
    kinds = list(StoredStatement.objects.exclude(kind__startswith="directory.").values_list("kind", flat=True))
    assert sorted(kinds) == ["consultation.request", "evidence.handed_over"]


def test_a_spoilt_parcel_stops_no_other(harbour):
    """A parcel whose bytes were changed is refused and kept apart; the one behind it is handed over."""
    first, second = request(harbour), None
    with harbour.ledger.writing():
        draft = actions.save_draft(harbour, DRAFTER, "consultation.request", CONTENT)
    row = Parcel.objects.get(statement_id=first)
    row.parcel = bytes(row.parcel[:-1]) + bytes([bytes(row.parcel)[-1] ^ 1])
    row.handed_over_at = None
    row.save()
    second = actions.release(harbour, RELEASER, draft.id, draft.digest)
    assert Parcel.objects.get(statement_id=second).handed_over_at is not None
    assert Parcel.objects.get(statement_id=first).refusal
    assert statements.waiting_parcels() == []


def test_an_outsider_sees_nothing(harbour):
    """Corvane, which is no party, can read neither thread, statement, receipt, attachment nor bundle."""
    statement_id = request(harbour, attachments=[("annex.json", "application/json", b"{}")])
    thread = consultation.threads_of("ALD", harbour.clock.now(), harbour.directory())[0].thread
    attempts = (
        lambda: consultation.thread(thread, "COR", harbour.clock.now(), harbour.directory()),
        lambda: records.statement(OUTSIDER, statement_id),
        lambda: records.receipts(harbour, OUTSIDER, statement_id),
        lambda: records.attachment(OUTSIDER, statement_id, "0" * 64),
        lambda: records.bundle(harbour, OUTSIDER, thread),
        lambda: actions.acknowledge(harbour, OUTSIDER, thread, statement_id, "received"),
    )
    for attempt in attempts:
        with pytest.raises(PolicyError) as refused:
            attempt()
        assert refused.value.code in ("thread-unknown", "statement-unknown")
    assert consultation.threads_of("COR", harbour.clock.now(), harbour.directory()) == []


def test_release_follows_the_rule(harbour):
    """One person cannot release what she drafted; an edit after reading voids the release; twice releases once."""
    both = actions.Person("both", "ALD", "desk", ("drafter", "releaser"))
    draft = actions.save_draft(harbour, both, "consultation.request", CONTENT)
    with pytest.raises(PolicyError, match="two persons"):
        actions.release(harbour, both, draft.id, draft.digest)
    seen = draft.digest
    edited = actions.save_draft(
        harbour, both, "consultation.request", CONTENT | {"urgency": "immediate"}, draft_id=draft.id
    )
    with pytest.raises(PolicyError, match="read it again"):
        actions.release(harbour, RELEASER, draft.id, seen)
    released = actions.release(harbour, RELEASER, draft.id, edited.digest)
    assert actions.release(harbour, RELEASER, draft.id, edited.digest) == released
    other = actions.Person("other", "ALD", "desk", ("releaser",))
    with pytest.raises(IrregularError, match="released"):
        actions.release(harbour, other, draft.id, edited.digest)
    assert StoredStatement.objects.filter(kind="consultation.request").count() == 1


@pytest.mark.parametrize("kind", ["directory.office", "exercise.opening", "evidence.callback"])
def test_no_draft_leads_around_the_release_rule(harbour, kind):
    """What does not leave by release has no draft: else a desk could change its own rule with one."""
    with pytest.raises(PolicyError, match="does not leave by release"):
        actions.save_draft(harbour, DRAFTER, kind, CONTENT | {"urgency": "immediate"})


def test_nobody_releases_a_commitment_alone(harbour):
    """An emergency is for messages: a register waits for the second person, however urgent it says it is."""
    both = actions.Person("both", "ALD", "desk", ("drafter", "releaser"))
    content = CONTENT | {"urgency": "immediate", "body": bodies.LEAST["restraint.commitment"]}
    draft = actions.save_draft(harbour, both, "restraint.commitment", content)
    with pytest.raises(PolicyError, match="in an emergency"):
        actions.release(harbour, both, draft.id, draft.digest, emergency=True)


@pytest.mark.parametrize(
    "change",
    [
        {"body": None},
        {"body": [1]},
        {"body": {"subject": ["a"]}},
        {"body": {"questions": "no"}},
        {"tlp": ["RED"]},
        {"urgency": 5},
        {"ack_by": 5},
        {"addressees": [5]},
        {"addressees": [{"participant": {}}]},
    ],
)
def test_a_draft_of_a_form_that_no_statement_has_is_refused(harbour, change):
    """It would stand in the way of every page that lists drafts; a draft with gaps is kept."""
    with pytest.raises(MalformedError, match=next(iter(change))):
        actions.save_draft(harbour, DRAFTER, "consultation.request", CONTENT | change)
    kept = actions.save_draft(harbour, DRAFTER, "consultation.request", {"body": {"subject": ""}})
    assert kept.stage == actions.DRAFT


def test_a_clock_that_is_off_by_an_hour_changes_no_stage(harbour):
    """Stages follow the times of registration: two nodes that read the same statements read the same stage."""
    request(harbour)
    now = harbour.clock.now()
    row = consultation.threads_of("BRY", now, harbour.directory())[0]
    slow = consultation.threads_of("BRY", now + timedelta(hours=1), harbour.directory())[0]
    assert (row.reading.stage, row.reading.deadlines) == (slow.reading.stage, slow.reading.deadlines)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, 4), min_size=1, max_size=12))
def test_batches_of_any_size_give_the_same_projections(harbour, sizes):
    """Replay one by one, in twos, in threads of any mixture: the digest is that of a replay at once."""
    if not StoredStatement.objects.filter(kind="consultation.request").exists():
        for _ in range(3):
            request(harbour)
            harbour.clock.advance(timedelta(minutes=1))
    whole = harbour.rebuild()
    projector.clear()
    for size in (*sizes, 50):
        kept = statements.after(projector.position(), size)
        if kept:
            projector.take(kept)
            projector.take(kept)
    harbour.project()
    assert projector.dump() == whole


def test_a_directory_statement_that_was_taken_back_never_counted(harbour):
    """What a failed transaction had recorded in the directory is in no directory that is read afterwards."""
    before = harbour.directory()

    def fail(_accepted):
        assert "DUN" in harbour.directory().members
        raise RuntimeError

    body = Member(participant="DUN", names={"en": "Dunmarrow"})
    statement = opening.public_statement(harbour, "directory.member", "HNS", "desk", body)
    with pytest.raises(RuntimeError):
        registrar.issue(harbour, statement, keep=fail)
    assert "DUN" not in harbour.directory().members
    assert before.members.keys() == harbour.directory().members.keys()
    opening.admit_member(harbour, "DUN", {"en": "Dunmarrow"})
    assert "DUN" in harbour.directory().members
    assert "DUN" not in before.members


def waiting_request(node, content=None):
    """A request that is recorded and not handed over yet."""
    draft = actions.save_draft(node, DRAFTER, "consultation.request", content or CONTENT)
    with node.ledger.writing():
        statement = actions.preview(node, RELEASER, draft)
        accepted = registrar.issue(node, statement)
    return accepted.statement_id


def test_a_clock_set_back_before_handing_over_stops_nothing(harbour):
    """What was recorded is judged as of its place in the ledger, not by the clock of whoever opens it."""
    identifier = waiting_request(harbour)
    harbour.clock.advance(timedelta(minutes=-11))
    registrar.settle(harbour)
    assert Parcel.objects.get(statement_id=identifier).handed_over_at is not None


def test_keys_that_end_before_handing_over_stop_nothing(harbour):
    """A statement signed and recorded before its key set was revoked is handed over afterwards."""
    identifier = waiting_request(harbour)
    keys = harbour.keys_of("ALD", "desk").public
    body = KeySet(action="revoke", participant="ALD", office="desk", scope="office", custody="host", keyset_id=keys.id)
    registrar.issue(harbour, opening.public_statement(harbour, "directory.keyset", "HNS", "desk", body))
    registrar.settle(harbour)
    assert Parcel.objects.get(statement_id=identifier).handed_over_at is not None


def test_a_holiday_added_by_a_later_entry_moves_no_running_clock(harbour):
    """An office that publishes its entry again with a new holiday leaves times that were asked for as they were."""
    request(harbour, content=CONTENT | {"urgency": "routine"})
    before = consultation.threads_of("BRY", harbour.clock.now(), harbour.directory())[0].reading.deadlines
    harbour.clock.advance(timedelta(minutes=5))
    entry = harbour.directory().office("BRY", "desk").entry
    day = before[0].by.date()
    opening.publish_office(harbour, entry.model_copy(update={"holidays": [day]}))
    assert harbour.directory().office("BRY", "desk").holidays == {day: harbour.clock.now()}
    after = consultation.threads_of("BRY", harbour.clock.now(), harbour.directory())[0].reading.deadlines
    assert after == before
