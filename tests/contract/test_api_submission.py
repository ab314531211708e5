"""Submitting what was signed elsewhere: recorded once, handed over, or refused with the code that says why."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import interface
import sizes
from detente.clock import render_instant
from detente.keys import PrivateKeySet, encode
from detente.ledger.policy import parse_policy
from detente.ledger.proof import verify_receipt
from detente.node import opening, registrar
from detente.statements import exercise
from detente.store.models import LedgerEntry, Refusal, StoredStatement
from interface import JOSE, ROOT, is_problem

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(tmp_path):
    cache.clear()
    return interface.World(tmp_path / "home")


def counts():
    return StoredStatement.objects.count(), LedgerEntry.objects.count()


def test_a_submitted_statement_is_recorded_handed_over_and_proven(world):
    """The answer carries the id, its address and a receipt that holds; the addressee reads it and its exact bytes."""
    envelope = world.signed()
    answer = world.callers["ALD"].submit(envelope)
    assert answer.status_code == 201
    statement_id = answer.json()["statement_id"]
    assert answer["Location"] == f"{ROOT}/statements/{statement_id}"
    (receipt,) = answer.json()["receipts"]
    assert receipt["recipient"] == "BRY"
    assert receipt["cosigned"] is True
    policy = world.callers["ALD"].get("policy").content
    verified = verify_receipt(receipt["receipt"].encode(), parse_policy(policy))
    assert verified.quorum_met
    assert verified.index == receipt["index"]
    reader = world.callers["BRY"]
    shown = reader.get(answer["Location"])
    assert shown.json()["kind"] == "consultation.request"
    read = reader.get(f"statements/{statement_id}/envelope")
    assert read.content == envelope
    assert read["Content-Type"] == JOSE
    thread = reader.get(f"threads/{shown.json()['thread']}").json()
    assert [row["reading"]["stage"] for row in thread["rows"]] == ["delivered"]
    assert [each["kind"] for each in thread["statements"]] == ["consultation.request", "evidence.handed_over"]
    assert [each["verb"] for each in thread["rows"][0]["permits"]].count("acknowledgement") == 1


def test_the_same_statement_again_is_answered_with_its_first_receipts(world):
    """A replay is 200 with the same receipts, however late it comes, and adds nothing."""
    envelope = world.signed()
    first = world.callers["ALD"].submit(envelope)
    before = counts()
    world.clock.advance(timedelta(days=3))
    again = world.callers["ALD"].submit(envelope)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert counts() == before


def test_a_statement_signed_twice_is_one_statement(world):
    """The same payload under fresh signatures is the same statement: its first envelope stays."""
    members = world.members()
    envelopes = [world.signed(**members) for _ in range(2)]
    assert envelopes[0] != envelopes[1]
    answers = [world.callers["ALD"].submit(envelope) for envelope in envelopes]
    assert [answer.status_code for answer in answers] == [201, 200]
    read = world.callers["ALD"].get(f"statements/{answers[0].json()['statement_id']}/envelope")
    assert read.content == envelopes[0]


def refusals(world):
    now = world.clock.now()
    stranger = PrivateKeySet(bytes([9]) * 32)
    good = world.signed()
    wrapper = json.loads(good)
    payload = wrapper["payload"]
    signatures = wrapper["signatures"]

    def envelope(**changes):
        return json.dumps({**wrapper, **changes}, separators=(",", ":")).encode()

    def header(**changes):
        text = json.loads(base64.urlsafe_b64decode(signatures[0]["protected"] + "=="))
        protected = encode(json.dumps({**text, **changes}, separators=(",", ":")).encode())
        return envelope(signatures=[{**signatures[0], "protected": protected}, signatures[1]])

    return {
        "no envelope": (b"{}", 400, "jws-member"),
        "nothing": (b"", None, None),
        "none": (header(alg="none"), 403, "jws-alg-none"),
        "another algorithm": (header(alg="HS256"), 403, "jws-alg"),
        "b64 false": (header(b64=False), 400, "jws-b64"),
        "own key": (header(jwk={"kty": "OKP"}), 403, "jws-embedded-key"),
        "unknown crit": (header(crit=["exp"]), 400, "jws-crit"),
        "one signature": (envelope(signatures=signatures[:1]), 403, "jws-one-signature"),
        "a signature twice": (envelope(signatures=[signatures[0]] * 2), 403, "jws-signature-twice"),
        "a JWE": (b'{"protected":"e30","ciphertext":"AA","tag":"AA","iv":"AA"}', 400, "jws-is-jwe"),
        "white space": (json.dumps(wrapper).encode(), 400, "jws-not-canonical"),
        "depth bomb": (b"[" * 100_000, 400, None),
        "another payload": (envelope(payload=payload[:-4] + "AAAA"), None, None),
        "unknown key": (world.signed(stranger), 403, "keyset-unknown"),
        "unknown addressee": (
            world.signed(addressees=[{"participant": "DOR"}], sequence={"DOR": 1}),
            403,
            "addressee-unknown",
        ),
        "another arrangement": (world.signed(arrangement="elsewhere.example.org"), 403, "arrangement-other"),
        "far ahead": (world.signed(issued_at=render_instant(now + timedelta(minutes=11))), 403, "issued-ahead"),
        "ancient": (world.signed(issued_at=render_instant(now - timedelta(days=31))), 403, "issued-old"),
        "no exercise": (world.signed(context="exercise", exercise_id="EX-1"), 403, "exercise-closed"),
        "unknown kind": (world.signed(kind="consultation.gossip"), 400, "kind-unknown"),
        "no body": (world.signed(body=None), 400, "statement-member"),
        "another participant": (
            world.signed(
                issuer={"participant": "BRY", "office": "desk"},
                addressees=[{"participant": "ALD"}],
                sequence={"ALD": 1},
            ),
            403,
            "submission-participant",
        ),
    }


def test_each_refusal_has_its_code_and_leaves_no_trace(world):
    """Tricks on the JWS, wrong dates, addressees, keys and contexts are refused; only code and sentence stay."""
    before = counts()
    kept = []
    for name, (envelope, status, code) in refusals(world).items():
        answer = world.callers["ALD"].submit(envelope)
        assert 400 <= answer.status_code < 500, (name, answer.content)
        is_problem(answer, status or answer.status_code, code)
        assert counts() == before, name
        if answer.status_code != 415:
            kept.append((answer.json()["code"], answer.json()["detail"]))
    assert list(Refusal.objects.order_by("id").values_list("code", "message")) == kept


def test_only_the_own_participants_statements_are_submitted(world):
    """Bryholt cannot submit what Aldermere signed, nor can an account without the right role."""
    is_problem(world.callers["BRY"].submit(world.signed()), 403, "submission-participant")
    auditor = world.person("auditor", roles=("auditor",))
    is_problem(auditor.submit(world.signed()), 403, "role-missing")


def test_an_exercise_statement_needs_its_exercise_open_for_both(world):
    """The same words are refused before the exercise opens and recorded while it is open."""
    operator, desk = opening.operator_office(world.node)
    now = world.clock.now()
    body = exercise.Opening(
        exercise_id="EX-1",
        title="Harbour watch",
        participants=["ALD", "BRY"],
        begins_at=now,
        ends_at=now + timedelta(days=1),
        stop_word="ANCHOR",
    )
    how = {"context": "exercise", "exercise_id": "EX-1"}
    is_problem(world.callers["ALD"].submit(world.signed(**how)), 403, "exercise-closed")
    registrar.issue(world.node, opening.public_statement(world.node, "exercise.opening", operator, desk, body))
    assert world.callers["ALD"].submit(world.signed(**how)).status_code == 201
    outside = {**how, "addressees": [{"participant": "COR"}], "sequence": {"COR": 1}}
    is_problem(world.callers["ALD"].submit(world.signed(**outside)), 403, "exercise-closed")


def form(envelope, *attachments):
    return {
        "envelope": SimpleUploadedFile("envelope", envelope, JOSE),
        "attachment": [SimpleUploadedFile(f"a{at}", data) for at, data in enumerate(attachments)],
    }


def label(data, **changes):
    return {
        "sha256": hashlib.sha256(data).hexdigest(),
        "media_type": "text/html",
        "size": len(data),
        "name": "an\N{EN DASH}nex.html",
        "tlp": "AMBER",
        **changes,
    }


def test_attachments_come_with_the_statement_that_names_them(world):
    """Each named attachment has to come, with its hash and size, and none beside them; it is read as a download."""
    caller = world.callers["ALD"]
    data = b"<script>alert(1)</script>"

    def post(envelope, *files):
        return caller.client.post(f"{ROOT}/statements", form(envelope, *files), headers=caller.headers)

    named = world.signed(attachments=[label(data)])
    is_problem(caller.submit(named), 403, "attachment-missing")
    is_problem(post(named, b"other"), 403, "attachment-missing")
    is_problem(post(named, data, b"other"), 403, "attachment-unnamed")
    is_problem(post(world.signed(attachments=[label(data, size=3)]), data), 403, "attachment-size")
    is_problem(post(world.signed(), data), 403, "attachment-unnamed")
    answer = post(named, data)
    assert answer.status_code == 201, answer.content
    digest = hashlib.sha256(data).hexdigest()
    address = f"statements/{answer.json()['statement_id']}/attachments/{digest}"
    for name in ("ALD", "BRY"):
        read = world.callers[name].get(address)
        assert read.content == data
        assert read["Content-Type"] == "application/octet-stream"
        assert read["Content-Disposition"] == 'attachment; filename="an_nex.html"'
        assert read["X-Content-Type-Options"] == "nosniff"
    is_problem(world.callers["COR"].get(address), 404)
    assert post(named, data).status_code == 200


def test_a_hash_alone_gives_nobody_a_copy(world):
    """Who knows the hash of another's attachment can neither submit nor draft it into his own statement."""
    data = b"for Bryholt alone"
    caller = world.callers["ALD"]
    envelope = world.signed(attachments=[label(data)])
    assert caller.client.post(f"{ROOT}/statements", form(envelope, data), headers=caller.headers).status_code == 201
    content = {**interface.CONTENT, "attachments": [label(data)]}
    thief = world.callers["COR"]
    is_problem(thief.send("drafts", {"kind": "consultation.request", "content": content}), 403, "attachment-foreign")


@pytest.mark.usefixtures("node_database")
def test_equal_requests_at_once_are_done_once(tmp_path):
    """Two processes with four threads each submit, draft and draft again under equal keys: each is done once."""
    home = tmp_path / "home"
    script = Path(interface.__file__).with_name("at_once.py")
    subprocess.run([sys.executable, script, "open", home], check=True, timeout=60)
    pipes = {"stdout": subprocess.PIPE, "stdin": subprocess.PIPE, "text": True}
    workers = [subprocess.Popen([sys.executable, script, "send", home], **pipes) for _ in range(2)]
    for worker in workers:
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    told = [answer for worker in workers for answer in json.loads(worker.communicate(timeout=120)[0])]
    assert len(told) == 16
    assert {answer["status"] for answer in told} <= {200, 201}, told
    for what in ("statements", "drafts"):
        assert len({answer["made"] for answer in told if answer["what"] == what}) == 1, told
    counted = subprocess.run([sys.executable, script, "count", home], check=True, capture_output=True, text=True)
    assert json.loads(counted.stdout) == {"requests": 1, "handed_over": 1, "drafts": 1}


ANY_TYPE = st.sampled_from(
    [JOSE, "application/json", "multipart/form-data; boundary=x", "multipart/form-data", "a/b", ""]
)


def test_any_bytes_as_a_submission_are_refused_and_never_a_failure(world):
    """Random bytes under any type, and good envelopes cut, spliced or flipped, are a 4xx problem without a trace."""
    good = world.signed()
    before = counts()
    mutated = st.tuples(st.integers(0, len(good) - 1), st.binary(max_size=4), st.integers(0, 8)).map(
        lambda change: good[: change[0]] + change[1] + good[change[0] + change[2] :]
    )

    @settings(sizes.at_most(300), suppress_health_check=list(HealthCheck))
    @given(st.one_of(st.binary(max_size=300), mutated), ANY_TYPE)
    def refused(data, content_type):
        if data == good:
            return
        cache.clear()
        answer = world.callers["ALD"].send("statements", data, content_type=content_type)
        assert 400 <= answer.status_code < 500, (answer.status_code, data)
        is_problem(answer, answer.status_code)

    refused()
    assert counts() == before


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
MEMBERS = st.sampled_from(
    [
        "body",
        "follows",
        "reference",
        "exercise_id",
        "answer_by",
        "ack_by",
        "supersedes",
        "urgency",
        "context",
        "events",
        "thread",
        "tlp",
        "language",
        "attachments",
        "members_at",
        "basis",
        "authoritative",
        "sequence",
        "addressees",
    ]
)
TIMES = st.sampled_from(["0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"])
BODIES = st.sampled_from(
    [
        ("consultation.referral", {}),
        ("consultation.information", {"text": "x", "statement_id": {"a": [1]}}),
        ("consultation.more_information", {"text": "x", "statement_id": None}),
        ("consultation.channel", {"status": "suspended"}),
        ("consultation.answer", {"nature": "interim", "next_update_by": "9999-12-31T23:59:59.999Z"}),
        ("consultation.closure", {"outcome": "satisfied"}),
        ("consultation.notification", {"subject": "x", "when": {"value": {"begins_at": "0001-01-01T00:00:00.000Z"}}}),
        ("consultation.request", {"subject": "x"}),
    ]
)


def test_whatever_is_signed_no_reader_is_stopped(world):
    """Statements signed with odd but allowed members, by either side, are recorded; every list still opens."""
    bryholt = PrivateKeySet(bytes([7]) * 32)
    opening.enrol(world.node, "BRY", "desk", compared="in person", custody="self", seed=bryholt.seed)
    _, thread = world.said()

    @settings(sizes.at_most(150), suppress_health_check=list(HealthCheck))
    @given(st.booleans(), BODIES, st.booleans(), st.dictionaries(MEMBERS, st.one_of(JSON, TIMES), max_size=2))
    def survives(from_aldermere, said, in_thread, odd):
        cache.clear()
        kind, body = said
        sender, other, keys = ("ALD", "BRY", world.keys) if from_aldermere else ("BRY", "ALD", bryholt)
        members = world.members(
            kind=kind,
            body=body,
            issuer={"participant": sender, "office": "desk"},
            addressees=[{"participant": other}],
            sequence={other: 1},
            **({"thread": thread} if in_thread else {}),
        )
        answer = world.callers[sender].submit(world.signed(keys, **{**members, **odd}))
        assert answer.status_code < 500, answer.content
        for name in ("ALD", "BRY"):
            assert world.callers[name].get("threads", limit=200).status_code == 200
            assert world.callers[name].get(f"threads/{thread}").status_code == 200

    survives()
