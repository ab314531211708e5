"""The acceptance scenarios of a consultation, played through the portal's own forms and buttons."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest


def post(portal, officer, path, status=302, **data):
    """Send a form and return where it leads, or the page."""
    answer = portal.client(officer).post(path, data)
    assert answer.status_code == status, (path, answer.status_code, answer.content.decode()[-3000:])
    return answer["Location"] if status == 302 else answer.content.decode()


def read(portal, officer, path):
    """The text of a page that opens."""
    answer = portal.client(officer).get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.content.decode()


def release(portal, officer, draft):
    """Read a draft's page and press *Release* on it."""
    text = read(portal, officer, draft)
    digest = re.search(r'name="digest" value="([^"]+)"', text).group(1)
    return post(portal, officer, f"{draft}/release", digest=digest)


def send(portal, officer, path, **data):
    """Fill in a form that needs no release, confirm it, and return the page that asked."""
    asked = post(portal, officer, path, 200, **data)
    once = re.search(r'name="once" value="([^"]+)"', asked).group(1)
    for _ in range(2):  # a button pressed twice
        post(portal, officer, path, step="send", once=once, **data)
    return asked


def kinds(portal, thread, viewer="ALD"):
    """What offices said in a thread, without evidence."""
    return [each.kind.partition(".")[2] for each in portal.view(thread, viewer).statements if not each.is_evidence]


def stage(portal, thread, viewer="ALD"):
    """Where the thread stands for ``viewer``."""
    return portal.view(thread, viewer).first.reading.stage.value


def test_declining_closes_quietly_and_both_sides_agree(portal):
    """Bryholt declines as not accepted as a basis: nothing is public, and both sides read the same (scenario 10)."""
    thread, _ = portal.request()
    draft = post(
        portal, "bry-drafter", f"/consultation/{thread}/say/decline", reason="not-accepted-as-basis", language="en"
    )
    assert draft.startswith("/draft/")
    release(portal, "bry-releaser", draft)
    assert stage(portal, thread) == stage(portal, thread, "BRY") == "declined"
    ours, theirs = portal.view(thread, "ALD"), portal.view(thread, "BRY")
    assert [each.statement_id for each in ours.statements] == [each.statement_id for each in theirs.statements]
    assert ours.first.reading == theirs.first.reading
    text = read(portal, "ald-drafter", f"/consultation/{thread}")
    assert "not accepted as a basis" in text
    assert "ask for a meeting" in text.lower()
    assert "That is not silence." in text
    assert portal.client("cor-duty").get(f"/consultation/{thread}").status_code == 404
    portal.clock.advance(timedelta(days=20))
    assert stage(portal, thread) == "closed"


def test_a_meeting_is_asked_for_with_an_agenda_from_the_thread(portal):
    """After an insufficient answer Aldermere asks for a meeting; that it is not accepted is recorded (scenario 11)."""
    thread, _ = portal.request()
    path = f"/consultation/{thread}/say/answer.substantive"
    answered = {"status_1": "answered", "answer_1": "A survey.", "status_2": "partial", "status_3": "not-disclosed"}
    release(portal, "bry-releaser", post(portal, "bry-drafter", path, language="en", **answered))
    form = read(portal, "ald-drafter", f"/consultation/{thread}/say/meeting.asked")
    assert "2. Will they go on? (answered in part)" in form
    assert "3. Who runs them? (not disclosed)" in form
    assert "1. What is the purpose" not in form
    meeting = {"forum": "bilateral", "within_hours": "48", "agenda": "2. Will they go on?", "language": "en"}
    send(portal, "ald-drafter", f"/consultation/{thread}/say/meeting.asked", **meeting)
    assert kinds(portal, thread).count("meeting") == 1
    send(portal, "bry-drafter", f"/consultation/{thread}/say/meeting.refused", text="Not now.", language="en")
    assert stage(portal, thread) == "closed"
    text = read(portal, "ald-drafter", f"/consultation/{thread}")
    assert "the meeting was not accepted" in text
    for judging in ("violat", "overdue", "failed to"):
        assert judging not in text.lower()


@pytest.fixture
def corrected(portal):
    """A thread towards Bryholt and Corvane, both acknowledged, in which Aldermere corrected what it observed."""
    thread, identifier = portal.request(addressees=[{"participant": "BRY"}, {"participant": "COR"}])
    for officer in ("bry-duty", "cor-duty"):
        post(portal, officer, f"/consultation/{thread}/acknowledge/{identifier}", meaning="received")
    path = f"/consultation/{thread}/say/correction"
    assert "4,112 connection attempts" in read(portal, "ald-drafter", path)
    changes = {
        "now_subject": "Connections to hospital booking service",
        "now_observed": "412 connection attempts from 198.51.100.0/24.",
        "field_1": "sector",
        "was_1": "finance",
        "is_1": "health",
    }
    draft = post(portal, "ald-drafter", path, language="en", addressees=["BRY", "COR"], **changes)
    release(portal, "ald-releaser", draft)
    (correction,) = portal.view(thread).corrections[identifier]
    return portal, thread, correction.statement_id


def test_a_correction_strikes_the_old_and_asks_everybody_again(corrected):
    """The old text stays struck through, the new beside it, and who has not acknowledged again is named (16)."""
    portal, thread, correction = corrected
    text = read(portal, "ald-drafter", f"/consultation/{thread}")
    assert re.search(r"<del>.*?4,112 connection attempts", text, re.DOTALL)
    assert "412 connection attempts" in text
    assert re.search(r"<del>.*?finance", text, re.DOTALL)
    assert re.search(r"Not yet acknowledged again by: <bdi>Bryholt</bdi>, <bdi>Corvane</bdi>", text)
    assert "A correction is not acknowledged yet" in read(portal, "bry-duty", "/")
    post(portal, "bry-duty", f"/consultation/{thread}/acknowledge/{correction}", meaning="under-review")
    text = read(portal, "ald-drafter", f"/consultation/{thread}")
    assert "Not yet acknowledged again by: <bdi>Corvane</bdi>" in text
    assert "A correction is not acknowledged yet" not in read(portal, "bry-duty", "/")


def test_an_addressee_never_learns_of_anothers_answers(corrected):
    """Corvane sees its own row of a thread to two, and nothing that Bryholt said in it."""
    portal, thread, _ = corrected
    path = f"/consultation/{thread}/say/answer.substantive"
    release(portal, "bry-releaser", post(portal, "bry-drafter", path, language="en", text="It was us, sorry."))
    assert "It was us, sorry." in read(portal, "ald-drafter", f"/consultation/{thread}")
    theirs = read(portal, "cor-duty", f"/consultation/{thread}")
    assert "It was us" not in theirs
    assert "Answered" not in theirs


def test_acknowledging_takes_two_taps_and_happens_once(portal):
    """From the first page the duty officer taps the line, then the meaning; twice is once."""
    thread, identifier = portal.request(urgency="immediate")
    first = read(portal, "bry-duty", "/")
    link = re.search(r'class="button" href="([^"]+)"', first).group(1)
    page = read(portal, "bry-duty", link)
    assert "Received, under review" in page
    assert "This is no admission and no attribution." in page
    for _ in range(2):
        post(portal, "bry-duty", link, meaning="received")
    assert kinds(portal, thread).count("acknowledgement") == 1
    assert stage(portal, thread) == "acknowledged"
    assert "An immediate message is not acknowledged yet" not in read(portal, "bry-duty", "/")
    assert link.endswith(identifier)


def test_an_answer_may_attach_the_notice_that_covers_it(portal):
    """The answer form finds Bryholt's survey by the address and time of the request, and attaches it when told to."""
    notice = portal.publish_notice()
    thread, _ = portal.request()
    path = f"/consultation/{thread}/say/answer.interim"
    form = read(portal, "bry-drafter", path)
    assert "198.51.100.0/24 lies in an advance notice that Bryholt published" in form
    assert "National resilience survey" in form
    data = {"status_1": "answered", "answer_1": "A survey.", "language": "en", "notices": [notice]}
    assert "next_update_by" in post(portal, "bry-drafter", path, 422, **data)
    draft = post(portal, "bry-drafter", path, next_update_by="2026-03-09T12:00", **data)
    release(portal, "bry-releaser", draft)
    text = read(portal, "ald-drafter", f"/consultation/{thread}")
    assert "National resilience survey" in text
    answer = next(each for each in portal.view(thread).statements if each.kind == "consultation.answer")
    assert answer.body["next_update_by"] == "2026-03-09T08:00:00.000Z"
    assert answer.body["notices"] == [notice]


def test_what_will_be_sent_can_be_changed_once_more(portal):
    """From the page that asks, *Change it* leads back to the form with the text still in it."""
    thread, _ = portal.request()
    path = f"/consultation/{thread}/say/more_information"
    asked = post(portal, "bry-duty", path, 200, text="From which port?", language="en")
    assert "Send this?" in asked
    form = post(portal, "bry-duty", path, 200, text="From which port?", language="en", step="change")
    assert "From which port?</textarea>" in form
    assert kinds(portal, thread) == ["request"]


def test_only_what_may_be_said_has_a_form(portal):
    """A verb out of turn gets no form, keeps what was typed in sight, and sends nothing."""
    thread, _ = portal.request()
    answer = portal.client("bry-drafter").post(
        f"/consultation/{thread}/say/closure", {"outcome": "satisfied", "lessons": "Keep this text."}
    )
    assert answer.status_code == 409
    assert "Keep this text." in answer.content.decode()
    assert portal.client("bry-drafter").get(f"/consultation/{thread}/say/applause").status_code == 404
    assert kinds(portal, thread) == ["request"]


def test_a_refusal_by_the_node_keeps_what_was_typed(portal):
    """A duty officer who may not write drafts is told so at the form, with the text still there."""
    from detente.store.models import Officer

    Officer.objects.filter(user__username="bry-duty").update(roles=["auditor"])
    thread, _ = portal.request()
    path = f"/consultation/{thread}/say/decline"
    page = post(portal, "bry-duty", path, 422, reason="security", text="Keep this text.", language="en")
    assert "Keep this text." in page
    assert "Your account may not write drafts" in page


def test_the_proof_is_a_bundle_that_verifies_offline(portal):
    """Either side downloads bundle and policy, which verify without the node."""
    from detente.verification import verify_bundle

    thread, _ = portal.request()
    page = read(portal, "bry-duty", f"/consultation/{thread}/proof")
    assert "It does not prove that it is true." in page
    assert "detente verify HN-ALD-2026-0001.bundle --policy ledger.policy" in page
    answers = [portal.client("bry-duty").get(path) for path in (f"/consultation/{thread}/proof/bundle", "/policy")]
    for answer in answers:
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["X-Content-Type-Options"] == "nosniff"
    report = verify_bundle(*(answer.content for answer in answers))
    assert report.lines[-1] == (
        "This proves who said what, and when it was recorded. It does not prove that it is true."
    )


def test_an_attachment_is_only_ever_downloaded(portal):
    """An attachment that calls itself a page comes as a file of no type that a browser would run."""
    files = [("page.html", "text/html", b"<script>alert(1)</script>")]
    thread, identifier = portal.request(files=files)
    label = portal.view(thread).statement(identifier).members["attachments"][0]
    answer = portal.client("bry-duty").get(f"/statement/{identifier}/attachment/{label['sha256']}")
    assert answer.content == files[0][2]
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == 'attachment; filename="page.html"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]


def test_a_closed_thread_is_opened_again_by_new_facts(portal):
    """After closing, *ask again* opens the next round in the same thread, with the subject filled in."""
    thread, _ = portal.request()
    path = f"/consultation/{thread}/say"
    draft = post(portal, "ald-drafter", f"{path}/closure", outcome="partly", language="en")
    release(portal, "ald-releaser", draft)
    assert stage(portal, thread) == "closed"
    assert "Closed: partly satisfied" in read(portal, "ald-drafter", f"/consultation/{thread}")
    form = read(portal, "ald-drafter", f"{path}/request")
    assert 'value="Connections to hospital booking service"' in form
    again = {"subject": "Connections again", "observed": "900 more.", "questions": "Why?\nFor how long?"}
    release(portal, "ald-releaser", post(portal, "ald-drafter", f"{path}/request", language="en", **again))
    reading = portal.view(thread).first.reading
    assert (reading.stage.value, reading.round) == ("delivered", 2)
    text = read(portal, "bry-duty", f"/consultation/{thread}")
    assert "round 2" in text
    assert "For how long?" in text


@pytest.mark.parametrize(
    ("officer", "verb", "data"),
    [
        ("bry-drafter", "referral", {"to_office": "BRY/desk"}),
        ("bry-drafter", "referral.outside", {"channel": "The embassy"}),
        ("ald-drafter", "withdrawal", {}),
        ("bry-drafter", "channel.limited", {"reason": "Holiday"}),
        ("ald-drafter", "channel.suspended", {"until": "2026-03-20T12:00", "alternative": "The embassy"}),
    ],
)
def test_each_form_makes_a_draft_that_can_be_released(portal, officer, verb, data):
    """What needs release becomes a draft from its form, and the draft leaves as that verb."""
    thread, identifier = portal.request()
    if verb == "withdrawal":
        data = {"statement_id": identifier}
    draft = post(portal, officer, f"/consultation/{thread}/say/{verb}", language="en", **data)
    release(portal, officer.replace("drafter", "releaser"), draft)
    assert kinds(portal, thread)[-1] == verb.partition(".")[0]
    assert not portal.view(thread).first.reading.irregular
