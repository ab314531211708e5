"""A page that says no says what to do, loses no text, and shows nobody's text but the reader's own."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from detente.clock import SetClock, SystemClock
from detente.portal import gate

WRITTEN = {"subject": "Connections to <b>hospital</b>", "password": "never shown"}


@pytest.fixture
def client(portal):
    """Aldermere's drafter, signed in, at a browser whose forms must carry their token."""
    signed_in = portal.client("ald-drafter")
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = signed_in.cookies
    return strict


def test_a_form_whose_token_changed_gives_its_text_back(client):
    """Whoever signed in again in another window finds the text of the old one, and no password, on the refusal."""
    answer = client.post("/account/password", WRITTEN)
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "This form is no longer valid" in page
    assert "Connections to &lt;b&gt;hospital&lt;/b&gt;" in page
    assert "never shown" not in page


def test_the_form_of_another_site_puts_no_words_on_the_page(portal):
    """A form that comes without a session is refused without showing what it carried."""
    answer = Client(enforce_csrf_checks=True).post("/account/password", WRITTEN)
    assert answer.status_code == 403
    assert "hospital" not in answer.content.decode()


def test_a_session_that_ended_while_writing_gives_the_text_back(portal, monkeypatch):
    """After an hour without a request, the page that asks to sign in again shows what was written."""
    client = portal.client("ald-drafter")
    monkeypatch.setattr(gate.SignedInMiddleware, "wall_clock", SetClock(SystemClock().now() + timedelta(minutes=61)))
    answer = client.post("/compose/request", WRITTEN)
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "You are no longer signed in" in page
    assert "Connections to &lt;b&gt;hospital&lt;/b&gt;" in page
    assert "never shown" not in page
    assert client.get("/account").status_code == 302


@pytest.mark.parametrize(
    "path, status, title",
    [("/no-such-page", 404, "There is no such page here"), ("/sign-out", 405, "This page is opened in another way")],
)
def test_addresses_that_lead_nowhere_are_answered(client, path, status, title):
    """An unknown address, and one that only a button uses, get a page that leads back."""
    answer = client.get(path)
    assert answer.status_code == status
    assert title in answer.content.decode()


def test_what_is_too_large_is_said_to_be(portal, settings):
    """A form beyond the limit is refused with what to do."""
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    answer = portal.client("ald-drafter").post("/account/zone", {"zone": "x" * 2000})
    assert answer.status_code == 413
    assert "This is too large" in answer.content.decode()


def test_a_failure_of_the_node_needs_nothing_of_the_node(rf):
    """The page for a failure renders without session, user or database, any of which may be what failed."""
    from detente.portal import refusals

    answer = refusals.server_error(rf.get("/"))
    assert answer.status_code == 500
    assert "Something went wrong on this node" in answer.content.decode()
