"""A node with Aldermere, Bryholt and Corvane, and its API as each of them sees it, for the tests of the interface."""

from __future__ import annotations

import json
import secrets
from datetime import timedelta

import homes

ROOT = "/api/v1"
CONTENT = {
    "addressees": [{"participant": "BRY"}],
    "context": "real",
    "urgency": "priority",
    "tlp": "AMBER",
    "language": "en",
    "body": {"subject": "Connections", "observed": "4,112 attempts", "questions": [{"number": 1, "text": "Why?"}]},
}
JOSE = "application/jose+json"


class Caller:
    """One machine account: requests with its token, answers with their JSON."""

    def __init__(self, token="", client=None):
        from django.test import Client

        self.client = client or Client(raise_request_exception=False)
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path, **query):
        return self.client.get(path if path.startswith("/") else f"{ROOT}/{path}", query, headers=self.headers)

    def send(self, path, value, *, method="post", key=None, content_type="application/json", headers=None):
        data = value if isinstance(value, (bytes, str)) else json.dumps(value)
        headers = {**self.headers, **({"Idempotency-Key": key} if key else {}), **(headers or {})}
        address = path if path.startswith("/") else f"{ROOT}/{path}"
        return getattr(self.client, method)(address, data, content_type=content_type, headers=headers)

    def submit(self, envelope, **more):
        return self.send("statements", envelope, content_type=JOSE, **more)


class World:
    """A node whose clock stands still, three machine accounts, and keys with which Aldermere signs elsewhere."""

    def __init__(self, home):
        from detente.clock import SetClock
        from detente.keys import PrivateKeySet
        from detente.node import accounts, build, opening
        from detente.node.config import Config, create_home

        config = Config(home=home, kind="real", origin=homes.ORIGIN, https=False)
        create_home(config)
        self.clock = SetClock(homes.START)
        self.node = build.Node(config, self.clock)
        opening.create_store(self.node)
        homes.open_members(self.node, ["ALD", "BRY", "COR"])
        self.keys = PrivateKeySet(bytes(32))
        opening.enrol(self.node, "ALD", "desk", compared="in person", custody="self", seed=self.keys.seed)
        self.callers = {}
        for name in ("ALD", "BRY", "COR"):
            account = f"machine-{name.lower()}"
            opening.add_officer(account, None, participant=name, office="desk", display_name=account, roles=["drafter"])
            self.callers[name] = Caller(accounts.new_token(account))
        build._current = self.node

    def person(self, name, participant="ALD", roles=("drafter",)):
        """Somebody signed in with both factors, whose writes carry the CSRF token."""
        from django.contrib.auth import get_user_model
        from django.test import Client
        from django_otp import DEVICE_ID_SESSION_KEY
        from django_otp.plugins.otp_totp.models import TOTPDevice

        from detente.clock import SystemClock, to_milliseconds
        from detente.node import opening

        opening.add_officer(name, None, participant=participant, office="desk", display_name=name, roles=roles)
        user = get_user_model().objects.get(username=name)
        device = TOTPDevice.objects.create(user=user, name="device", confirmed=True)
        client = Client(raise_request_exception=False, enforce_csrf_checks=True)
        client.force_login(user)
        session = client.session
        session[DEVICE_ID_SESSION_KEY] = device.persistent_id
        session["signed_in_at"] = session["seen_at"] = to_milliseconds(SystemClock().now())
        session.save()
        token = secrets.token_hex(16)
        client.cookies["csrftoken"] = token
        caller = Caller(client=client)
        caller.headers = {"X-CSRFToken": token}
        return caller

    def members(self, **changes):
        """The members of a request from Aldermere to Bryholt; None leaves a member out."""
        from detente.clock import render_instant
        from detente.keys import encode
        from detente.statements.statement import thread_id

        now = self.clock.now()
        members = {
            "v": 1,
            "kind": "consultation.request",
            "arrangement": homes.ORIGIN,
            "issuer": {"participant": "ALD", "office": "desk"},
            "thread": thread_id(now, secrets.token_bytes(10)),
            "issued_at": render_instant(now),
            "nonce": encode(secrets.token_bytes(32)),
            "sequence": {"BRY": 1},
            **CONTENT,
            **changes,
        }
        return {name: value for name, value in members.items() if value is not None}

    def signed(self, keys=None, **changes):
        """An envelope of such a request, signed elsewhere."""
        from detente.envelopes.signing import sign

        payload = json.dumps(self.members(**changes), separators=(",", ":"), ensure_ascii=False).encode()
        return sign(payload, keys or self.keys)

    def said(self, **changes):
        """Submit such a request and return its id and thread."""
        self.clock.advance(timedelta(seconds=1))
        envelope = self.signed(**changes)
        answer = self.callers["ALD"].submit(envelope)
        assert answer.status_code == 201, answer.content
        statement_id = answer.json()["statement_id"]
        thread = self.callers["ALD"].get(f"statements/{statement_id}").json()["thread"]
        return statement_id, thread


def is_problem(answer, status, code=None):
    """Check the form of a refusal and return it."""
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    told = answer.json()
    assert set(told) - {"parameter"} == {"type", "title", "status", "detail", "code"}
    assert told["status"] == status
    assert told["type"] == f"/problems/{told['code']}"
    assert code is None or told["code"] == code, told
    return told
