"""The thread as its parties see it in the portal, and as nobody else does."""

from __future__ import annotations

from datetime import timedelta

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


def test_how_we_read_it_has_a_box_of_its_own(portal):
    """A reading is never mixed with what was observed, and text by others is never markup."""
    from portal_world import REQUEST

    hostile = "<script>alert(1)</script> \u202egpj.exe"
    body = {**REQUEST["body"], "reading": "It looks like a probe.", "observed": hostile}
    thread, _ = portal.request(body=body)
    text = page(portal, "bry-duty", f"/consultation/{thread}")
    box = text.split('<section class="how-read">')[1].split("</section>")[0]
    assert "It looks like a probe." in box
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "\u202e" not in text
    assert ">U+202E</span>" in text


def test_a_withdrawn_statement_stays_struck_through(opened):
    """What was withdrawn stays readable, struck through, and leads to the statement that withdrew it."""
    portal, thread, identifier = opened
    content = {
        "addressees": [{"participant": "BRY"}],
        "tlp": "AMBER",
        "language": "en",
        "context": "real",
        "follows": [identifier],
        "body": {"statement_id": identifier, "reason": "Sent twice."},
    }
    portal.send("consultation.withdrawal", content, thread=thread)
    text = page(portal, "bry-duty", f"/consultation/{thread}")
    assert "entry entry-struck" in text
    assert "Withdrawn by a later statement" in text
    assert "4,112 connection attempts" in text
    assert "Sent twice." in text


def test_the_original_is_one_click_away(opened):
    """The statement's page names key, fingerprint and entry; envelope and receipt come byte for byte as they are."""
    from detente.envelopes.signing import parse_envelope, statement_id

    portal, thread, identifier = opened
    assert f'href="/statement/{identifier}"' in page(portal, "bry-duty", f"/consultation/{thread}")
    text = page(portal, "bry-duty", f"/statement/{identifier}")
    envelope = portal.client("bry-duty").get(f"/statement/{identifier}/envelope")
    assert statement_id(parse_envelope(envelope.content).payload_bytes) == identifier
    keyset_id = parse_envelope(envelope.content).keyset_id
    assert keyset_id in text
    assert portal.node.directory().keys[keyset_id].keys.fingerprint in text
    index = portal.view(thread).statement(identifier).entries[0].index
    receipt = portal.client("bry-duty").get(f"/statement/{identifier}/receipt/{index}")
    assert receipt.content.startswith(b"c2sp.org/tlog-proof@v1\n")
    assert "c2sp.org/tlog-proof@v1" in text
    for answer in (envelope, receipt):
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["X-Content-Type-Options"] == "nosniff"


def test_silences_are_told_apart(opened):
    """Time that passed, a suspension and a refusal to answer each say what they are, and none of them judges."""
    portal, thread, identifier = opened
    portal.clock.advance(timedelta(hours=25))
    text = page(portal, "ald-drafter", f"/consultation/{thread}")
    assert "Asked-by time passed; no acknowledgement recorded." in text
    assert "The alternate of the same office was reminded." in text
    assert "It arrived, and nothing is recorded since. Only that is known." in text
    content = {
        "addressees": [{"participant": "ALD"}],
        "tlp": "AMBER",
        "language": "en",
        "context": "real",
        "follows": [identifier],
        "body": {"status": "suspended", "alternative": "By the embassy."},
    }
    portal.send("consultation.channel", content, by="bry", thread=thread)
    text = page(portal, "ald-drafter", f"/consultation/{thread}")
    assert "A side suspended the channel and said so." in text
    assert "The clock is stopped." in text
    assert "Only that is known." not in text


def test_a_receipt_that_no_witness_cosigned_is_not_called_so(portal):
    """Without a witness the page says recorded, not yet cosigned, and never more than that."""
    from detente.store.models import VaultKey

    VaultKey.objects.filter(name__startswith="witness:").delete()
    thread, _ = portal.request()
    text = page(portal, "bry-duty", f"/consultation/{thread}")
    assert "not yet cosigned" in text
    assert "cosigned by" not in text
    assert "verified" not in text


def test_pages_turn_right_to_left_with_the_language(opened):
    """In Arabic the same page is right to left, and references and marks stay as they are."""
    portal, thread, _ = opened
    client = portal.client("bry-duty")
    client.cookies["django_language"] = "ar"
    for path in ("/", "/consultation", f"/consultation/{thread}"):
        text = client.get(path).content.decode()
        assert '<html lang="ar" dir="rtl">' in text
        assert 'dir="ltr" translate="no">HN-ALD-2026-0001</bdi>' in text
        assert "برايهولت" in text
