"""Signing in takes a password and a code; everything else is closed, and a refusal tells nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from detente.clock import SetClock, SystemClock
from detente.node import opening
from detente.portal import gate

PASSWORD = "correct horse battery staple"
CLOSED = ["/", "/consultation", "/drafts", "/directory", "/transparency/notices", "/account", "/words", "/acts"]


@pytest.fixture
def officer(portal):
    """An account with a password and no device yet, and no attempts counted."""
    cache.clear()
    return opening.add_officer(
        "desk-7", PASSWORD, participant="ALD", office="desk", display_name="Desk 7", roles=["drafter"]
    )


def give_password(client, name="desk-7", password=PASSWORD, **more):
    return client.post("/sign-in", {"name": name, "password": password, **more})


def code_of(device):
    """The code that the officer's device shows now."""
    return f"{totp(device.bin_key):06d}"


def sign_in(client):
    """Sign in for the first time, with enrolment; return the answer."""
    assert give_password(client)["Location"] == "/sign-in/enrol"
    assert client.get("/sign-in/enrol").status_code == 200
    return client.post("/sign-in/enrol", {"code": code_of(TOTPDevice.objects.get(user__username="desk-7"))})


@pytest.mark.parametrize("path", CLOSED)
def test_nothing_is_open_to_a_stranger(officer, path):
    """Every page sends a stranger to sign in."""
    answer = Client().get(path)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in")


def test_the_first_sign_in_enrols_a_device(officer):
    """The page shows a secret and its picture once; the first code from it opens the portal."""
    client = Client()
    give_password(client)
    page = client.get("/sign-in/enrol")
    assert "<svg" in page.content.decode()
    assert page["Cache-Control"] == "no-store"
    device = TOTPDevice.objects.get(user=officer.user)
    assert client.post("/sign-in/enrol", {"code": code_of(device)})["Location"] == "/"
    assert client.get("/account").status_code == 200


def test_a_password_alone_opens_nothing(officer):
    """Between password and code every page is closed, and enrolling again is not offered once a device is there."""
    first = Client()
    sign_in(first)
    client = Client()
    assert give_password(client)["Location"] == "/sign-in/code"
    assert client.get("/account").status_code == 302
    assert client.get("/sign-in/enrol")["Location"] == "/sign-in"


def test_a_code_opens_once(officer):
    """A code that was used is refused, also for another session."""
    first = Client()
    sign_in(first)
    device = TOTPDevice.objects.get(user=officer.user)
    client = Client()
    give_password(client)
    answer = client.post("/sign-in/code", {"code": code_of(device)})
    assert answer.status_code == 200
    assert client.get("/account").status_code == 302


def test_arabic_digits_and_spaces_are_understood(officer):
    """A code typed with Arabic-Indic digits in two groups is the same code."""
    client = Client()
    give_password(client)
    device = TOTPDevice.objects.get(user=officer.user)
    typed = code_of(device).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    assert client.post("/sign-in/enrol", {"code": f"{typed[:3]} {typed[3:]}"})["Location"] == "/"


def test_a_refusal_does_not_say_what_was_wrong(officer):
    """An unknown name and a wrong password get the same words."""
    pages = [
        give_password(Client(), name=name, password=password).content.decode()
        for name, password in (("desk-7", "wrong"), ("nobody", PASSWORD))
    ]
    sentences = ["That name and password do not open an account" in page for page in pages]
    assert sentences == [True, True]


def test_guessing_passwords_is_slowed_down(officer):
    """After five wrong passwords from one place the right one is not tried either, and the page says how long."""
    client = Client()
    for _ in range(5):
        give_password(client, password="wrong")
    answer = give_password(client)
    assert answer.status_code == 429
    assert "Wait 15 minutes" in answer.content.decode()


def test_guessing_codes_is_slowed_down(officer):
    """A second wrong code at once is not even looked at; the page says how long to wait."""
    client = Client()
    give_password(client)
    for _ in range(3):
        answer = client.post("/sign-in/enrol", {"code": "000000"})
    assert "too many attempts" in answer.content.decode()


def test_signing_out_closes_the_session(officer):
    """After signing out the pages are closed; it takes a form, not a link."""
    client = Client()
    sign_in(client)
    assert client.get("/sign-out").status_code == 405
    client.post("/sign-out")
    assert client.get("/account").status_code == 302


def test_sessions_end_by_themselves(officer, monkeypatch):
    """An hour without a request, or twelve hours in all, and the officer signs in again."""
    clock = SetClock(SystemClock().now())
    monkeypatch.setattr(gate.SignedInMiddleware, "wall_clock", clock)
    client = Client()
    sign_in(client)
    clock.advance(timedelta(minutes=59))
    assert client.get("/account").status_code == 200
    clock.advance(timedelta(minutes=61))
    assert client.get("/account").status_code == 302


def test_a_page_of_another_site_cannot_act(officer):
    """A form without the token that the page carried is refused."""
    client = Client(enforce_csrf_checks=True)
    assert give_password(client).status_code == 403


def test_nobody_is_sent_elsewhere_after_signing_in(officer):
    """An address of another host in ``next`` is not followed."""
    client = Client()
    assert give_password(client, next="https://elsewhere.example.org/")["Location"] == "/sign-in/enrol"
    device = TOTPDevice.objects.get(user=officer.user)
    assert client.post("/sign-in/enrol", {"code": code_of(device)})["Location"] == "/"


def test_pages_allow_no_script_and_no_frame(officer):
    """The policy of every page names no source of script, and forbids framing."""
    answer = Client().get("/sign-in")
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "<script" not in answer.content.decode()
