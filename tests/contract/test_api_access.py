"""Who may call the API, what an outsider learns, and how a refusal looks."""

from __future__ import annotations

import hashlib

import pytest
from django.core.cache import cache
from django.test import override_settings

import interface
from detente.node import build
from interface import Caller, is_problem

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(tmp_path):
    cache.clear()
    return interface.World(tmp_path / "home")


@pytest.mark.parametrize(
    "token", ["", "wrong", "detente-" + "a" * 43, "a" * 5000, "\N{LATIN SMALL LETTER E WITH ACUTE}"]
)
@pytest.mark.parametrize("path", ["/api/v1/directory", "/api/v1/threads", "/ledger/checkpoint", "/ledger/tile/0/000"])
def test_without_a_good_token_nothing_opens(world, token, path):
    """No token and a wrong one get the same problem, on the API and on the ledger's files."""
    told = is_problem(Caller(token).get(path), 401, "not-signed-in")
    assert told["detail"] == is_problem(Caller().get(path), 401)["detail"]


def test_only_the_digest_of_a_token_is_kept(world):
    """The store holds no token; a switched-off account is refused like a wrong token; a new token ends the old one."""
    from detente.node import accounts
    from detente.store.models import Officer

    old = world.callers["ALD"]
    token = accounts.new_token("machine-ald")
    officer = Officer.objects.get(user__username="machine-ald")
    assert officer.token_digest == hashlib.sha256(token.encode()).hexdigest()
    assert not officer.user.has_usable_password()
    is_problem(old.get("directory"), 401)
    assert Caller(token).get("directory").status_code == 200
    officer.user.is_active = False
    officer.user.save()
    is_problem(Caller(token).get("directory"), 401, "not-signed-in")


def test_an_outsider_meets_nothing_of_others(world):
    """Corvane gets the same 404 for a thread, statement and draft of others as for one that does not exist."""
    statement_id, thread = world.said()
    draft = world.callers["ALD"].send("drafts", {"kind": "consultation.request", "content": interface.CONTENT}).json()
    outsider = world.callers["COR"]
    absent = "A" * 43
    nowhere = "01950000-0000-7000-8000-000000000000"
    for path, other in (
        (f"threads/{thread}", f"threads/{nowhere}"),
        (f"threads/{thread}/bundle", f"threads/{nowhere}/bundle"),
        (f"statements/{statement_id}", f"statements/{absent}"),
        (f"statements/{statement_id}/envelope", f"statements/{absent}/envelope"),
        (f"statements/{statement_id}/receipts", f"statements/{absent}/receipts"),
        (f"statements/{statement_id}/attachments/{'0' * 64}", f"statements/{absent}/attachments/{'0' * 64}"),
        (f"drafts/{draft['id']}", "drafts/00000000-0000-4000-8000-000000000000"),
    ):
        assert is_problem(outsider.get(path), 404) == is_problem(outsider.get(other), 404)
    change = {"kind": "consultation.request", "content": {}}
    is_problem(outsider.send(f"drafts/{draft['id']}", change, method="put"), 404, "draft-unknown")
    assert outsider.get("threads").json()["items"] == []
    assert outsider.get("drafts").json()["items"] == []


def test_requests_are_counted_for_each_account(world):
    """When an account has used up its minute it is told when to go on; another account is not held up."""
    with override_settings(API_REQUESTS_PER_MINUTE=3):
        answers = [world.callers["ALD"].get("policy") for _ in range(8)]
        told = [answer for answer in answers if answer.status_code == 429]
        assert len(told) >= 2  # the eight may straddle two windows
        is_problem(told[0], 429, "rate")
        assert 1 <= int(told[0]["Retry-After"]) <= 60
        assert world.callers["BRY"].get("policy").status_code == 200


def test_a_session_needs_both_factors_and_the_csrf_token(world):
    """A person reads with a verified session, writes with the CSRF token as well, and is nobody once it expired."""
    person = world.person("writer")
    assert person.get("directory").status_code == 200
    draft = {"kind": "consultation.request", "content": interface.CONTENT}
    assert person.send("drafts", draft).status_code == 201
    is_problem(Caller(client=person.client).send("drafts", draft), 403, "csrf")
    session = person.client.session
    session["seen_at"] = 0
    session.save()
    is_problem(person.get("directory"), 401)

    half = world.person("half")
    session = half.client.session
    del session["otp_device_id"]
    session.save()
    is_problem(half.get("directory"), 401)


def test_every_refusal_is_a_problem(world):
    """Wrong addresses, methods, hosts, parameters and bodies are told in the same form, and say which."""
    caller = world.callers["ALD"]
    is_problem(caller.get("/api/v1/nothing"), 404, "address-unknown")
    is_problem(caller.get("/api/other"), 404, "address-unknown")
    is_problem(caller.get("/ledger/nothing"), 404, "address-unknown")
    answer = caller.client.delete("/api/v1/directory", headers=caller.headers)
    is_problem(answer, 405, "method")
    assert answer["Allow"] == "GET"
    is_problem(caller.client.get("/api/v1/directory", headers={**caller.headers, "Host": "evil.example"}), 400)
    assert is_problem(caller.get("threads", limit="many"), 422, "parameter")["parameter"] == "limit"
    assert is_problem(caller.get("threads", limit=0), 422, "parameter")["parameter"] == "limit"
    assert is_problem(caller.get("threads/nonsense"), 422, "parameter")["parameter"] == "thread"
    told = is_problem(caller.send("drafts", {"kind": 5, "content": {}}), 422, "parameter")
    assert told["parameter"] == "kind"
    is_problem(caller.send("drafts", b'{"kind":"a","kind":"b"}'), 400, "json-duplicate")
    is_problem(caller.send("drafts", b"[" * 2000), 400)
    is_problem(caller.send("drafts", b"\xff"), 400, "json-utf8")
    is_problem(caller.send("drafts", b'{"kind":"a\\u0000"}'), 400, "json-nul")
    is_problem(caller.send("drafts", b'{"a":"' + b"x" * (1 << 20) + b'"}'), 413, "body-size")
    is_problem(caller.send("drafts", b'{"a":"' + b"x" * (3 << 20) + b'"}'), 413, "body-size")
    is_problem(caller.submit(b"x" * (2 << 20)), 413, "body-size")
    is_problem(caller.send("statements", b"{}", content_type="text/plain"), 415, "content-type")


def test_a_failure_of_the_node_tells_nothing_of_its_inside(world):
    """An unforeseen exception becomes a bare 500 problem, an operator's fault its code without its sentence."""
    (world.node.config.home / "master.key").unlink()
    build._current = build.Node(world.node.config, world.clock)  # has read no key yet
    told = is_problem(world.callers["ALD"].get("policy"), 500, "master-key")
    assert str(world.node.config.home) not in str(told)
    build._current = object()
    told = is_problem(world.callers["ALD"].get("policy"), 500, "internal")
    assert "object" not in str(told)
