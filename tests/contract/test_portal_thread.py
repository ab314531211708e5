"""The thread as its parties see it in the portal, and as nobody else does."""

from __future__ import annotations

import pytest


@pytest.fixture
def opened(portal):
    """The portal with Aldermere's request, and its thread and id."""
    thread, identifier = portal.request(files=[("scan-annex.json", "application/json", b'{"a":1}')])
    return portal, thread, identifier


def page(portal, officer, path):
    """The text of a page that opens."""
    answer = portal.client(officer).get(path)
    assert answer.status_code == 200, (path, answer.status_code, answer.content[-2000:])
    return answer.content.decode()


def test_both_sides_read_the_thread(opened):
    """Opener and addressee see what was said, by whom, recorded where, under which key, and what comes next."""
    portal, thread, _ = opened
    for officer in ("ald-drafter", "bry-duty"):
        text = page(portal, officer, f"/consultation/{thread}")
        for piece in (
            "Connections to hospital booking service",
            "4,112 connection attempts",
            "What is the purpose of these connections?",
            "Not known",
            "Not disclosed",
            "This statement attributes nothing to anybody.",
            "cosigned by",
            "Key kept by",
            "scan-annex.json",
            "no political meaning",
            "Nothing else follows.",
        ):
            assert piece in text, (officer, piece)
        assert "How we read it" not in text


def test_an_outsider_meets_no_page(opened):
    """To Corvane the thread, its statements, its files and its proof do not exist, whatever the address."""
    portal, thread, identifier = opened
    outsider = portal.client("cor-duty")
    statement = portal.view(thread).statement(identifier)
    sha256 = statement.members["attachments"][0]["sha256"]
    for path in (
        f"/consultation/{thread}",
        f"/consultation/{thread}/proof",
        f"/consultation/{thread}/proof/bundle",
        f"/consultation/{thread}/acknowledge/{identifier}",
        f"/consultation/{thread}/say/decline",
        f"/statement/{identifier}",
        f"/statement/{identifier}/envelope",
        f"/statement/{identifier}/receipt/{statement.entries[0].index}",
        f"/statement/{identifier}/attachment/{sha256}",
    ):
        answer = outsider.get(path)
        assert answer.status_code == 404, path
        unknown = outsider.get(path.replace(identifier, "A" * 43).replace(thread, thread[:-4] + "0000"))
        assert answer.content == unknown.content or answer.status_code == unknown.status_code
        assert b"hospital" not in answer.content
    assert outsider.post(f"/consultation/{thread}/acknowledge/{identifier}", {"meaning": "received"}).status_code == 404
    assert b"hospital" not in outsider.get("/consultation").content
