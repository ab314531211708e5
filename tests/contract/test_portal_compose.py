"""Writing and releasing in the portal: what people type becomes what is signed, and nothing else leaves."""

from __future__ import annotations

import json
import re
from datetime import datetime

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from detente import clock
from detente.node import records
from detente.statements.statement import parse_statement
from detente.store import statements
from portal_world import NOTICE

FORM = {
    "addressees": ["BRY"],
    "context": "real",
    "urgency": "priority",
    "tlp": "AMBER",
    "language": "en",
    "subject": "Connections to hospital booking service",
    "observed": "4,112 connection attempts from 198.51.100.0/24; booking page slow.",
    "attributes_nothing": "on",
    "when_begins": "2026-03-06T10:10",  # 13:10 UTC, typed at UTC-3
    "when_ends": "2026-03-06T12:40",
    "question_1": "Why?",
    "question_3": "Until when?",
    "effect_value": "Booking page slow.",
    "sector_state": "not-known",
    "link_state": "not-disclosed",
}


def drafts_of(portal, name="ald-drafter"):
    return records.drafts(portal.person(name))


def compose(portal, name="ald-drafter", **changes):
    """Type the form and save it; return the answer."""
    return portal.client(name).post("/compose/request", {**FORM, **changes})


def page_of(portal, draft, name="ald-releaser"):
    """Read the page before release, without the marks that keep names apart."""
    return re.sub("</?bdi>", "", portal.client(name).get(f"/draft/{draft.id}").content.decode())


def release(portal, name, draft, **more):
    """Read the page before release and press its button."""
    digest = re.search(r'name="digest" value="([^"]+)"', page_of(portal, draft, name))[1]
    return portal.client(name).post(f"/draft/{draft.id}/release", {"digest": digest, **more})


def test_what_is_typed_is_what_is_signed(portal):
    """Fields, absences, questions and times of the form stand in the signed statement; empty ones are left out."""
    assert compose(portal).status_code == 302
    (draft,) = drafts_of(portal)
    answer = release(portal, "ald-releaser", draft)
    assert answer.status_code == 302
    (row,) = portal.threads("BRY")
    view = portal.view(row.thread, "BRY")
    payload = parse_statement(statements.get([view.statements[0].statement_id]).popitem()[1].payload_bytes)
    body = payload.body.model_dump(mode="json", exclude_none=True)
    assert body["when"] == {
        "value": {
            "begins_at": "2026-03-06T13:10:00.000Z",
            "ends_at": "2026-03-06T15:40:00.000Z",
            "estimate": False,
        }
    }
    assert body["questions"] == [{"number": 1, "text": "Why?"}, {"number": 2, "text": "Until when?"}]
    assert (body["effect"], body["sector"], body["link"]) == (
        {"value": "Booking page slow."},
        {"absent": "not-known"},
        {"absent": "not-disclosed"},
    )
    assert body["attributes_nothing"] is True
    assert "reading" not in body
    assert answer["Location"] == f"/consultation/{row.thread}"


def test_the_page_before_release_says_what_the_reader_can_prove(portal):
    """It names the reader, its zone and language, the times asked for, and that the reader can prove this."""
    compose(portal)
    (draft,) = drafts_of(portal)
    page = page_of(portal, draft)
    assert "Reads as: Bryholt, in English." in page
    assert "Bryholt will be able to prove to others that Aldermere said this." in page
    assert "Acknowledgement asked by" in page
    assert "Answer asked by" in page
    assert "Time in Bryholt" in page
    assert "Drafted by ald-drafter · released by you" in page
    assert draft.digest[:8] in page
    assert "Fri 6 Mar 2026, 17:10" in page  # 13:10 UTC, as the one reader at UTC+4 sees it
    assert "This message attributes nothing to anybody." in page


def test_who_drafted_does_not_release(portal):
    """The drafter's page says so, and posting the form anyway is refused with what to do."""
    compose(portal, "ald-releaser")
    (draft,) = drafts_of(portal)
    assert "somebody else has to release it" in page_of(portal, draft)
    answer = portal.client("ald-releaser").post(f"/draft/{draft.id}/release", {"digest": draft.digest})
    assert answer.status_code == 409
    assert "somebody other than the drafter has to release this. Ask a colleague" in answer.content.decode()
    assert portal.threads("BRY") == []


def test_only_what_is_immediate_leaves_by_one_person(portal):
    """Its drafter releases nothing alone that is not immediate, nor anything without saying that it is an emergency."""
    compose(portal, "ald-releaser")
    (draft,) = drafts_of(portal)
    client = portal.client("ald-releaser")
    answer = client.post(f"/draft/{draft.id}/release", {"digest": draft.digest, "emergency": "yes"})
    assert "Only an immediate message may leave by one person" in answer.content.decode()
    compose(portal, "ald-releaser", urgency="immediate")
    draft = next(each for each in drafts_of(portal) if each.content["urgency"] == "immediate")
    assert client.post(f"/draft/{draft.id}/release", {"digest": draft.digest}).status_code == 409
    assert portal.threads("BRY") == []


def test_pressing_release_twice_sends_once(portal):
    """The second press leads to the thread that the first one opened."""
    compose(portal)
    (draft,) = drafts_of(portal)
    client = portal.client("ald-releaser")
    first, second = (client.post(f"/draft/{draft.id}/release", {"digest": draft.digest}) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert len(portal.threads("BRY")) == 1


def test_an_edit_after_reading_voids_the_release(portal):
    """A release carries what was read; when the draft has changed since, it is refused and nothing leaves."""
    compose(portal)
    (draft,) = drafts_of(portal)
    edited = portal.client("ald-drafter").post(f"/draft/{draft.id}/edit", {**FORM, "subject": "Other words"})
    assert edited.status_code == 302
    answer = portal.client("ald-releaser").post(f"/draft/{draft.id}/release", {"digest": draft.digest})
    assert answer.status_code == 409
    assert "read it again" in answer.content.decode()
    assert portal.threads("BRY") == []


def test_an_emergency_is_released_alone_and_marked(portal):
    """Scenario 14: an immediate message may be released by its drafter alone; the record of acts says so."""
    compose(portal, "ald-releaser", urgency="immediate")
    (draft,) = drafts_of(portal)
    assert release(portal, "ald-releaser", draft, emergency="yes").status_code == 302
    assert next(act.verb for act in records.acts(portal.person("ald-releaser"))) == "released in emergency"


def test_exercise_is_refused_while_none_is_open(portal):
    """Scenario 6: a real leak marked as an exercise becomes no draft: the form says what to choose instead."""
    answer = compose(portal, context="exercise", exercise_word="EXERCISE")
    assert answer.status_code == 400
    page = answer.content.decode()
    assert "No exercise is open in which you take part. If this is real, choose real" in page
    assert "4,112 connection attempts" in page
    assert drafts_of(portal) == []


def test_an_exercise_is_chosen_and_typed_out(portal):
    """While one is open, a draft becomes part of it only when it is chosen, EXERCISE is typed, and all take part."""
    portal.open_exercise()
    typed = {"context": "exercise", "exercise_id": "TIDE-26", "exercise_word": "EXERCISE"}
    for changes, sentence in (
        ({"exercise_id": ""}, "Choose the exercise that this is part of."),
        ({"exercise_word": "exercise"}, "Type EXERCISE, in capital letters."),
        ({"addressees": ["BRY", "COR"]}, "Corvane takes no part in this exercise."),
    ):
        answer = compose(portal, **{**typed, **changes})
        assert answer.status_code == 400
        assert sentence in answer.content.decode()
    assert compose(portal, **typed).status_code == 302
    (draft,) = drafts_of(portal)
    assert (draft.content["context"], draft.content["exercise_id"]) == ("exercise", "TIDE-26")
    assert "Nothing on this page is real." in portal.client("ald-releaser").get(f"/draft/{draft.id}").content.decode()


def test_nothing_is_assumed_to_be_real(portal):
    """A draft without a context is kept, is named as a gap, and is not released."""
    unsaid = {name: value for name, value in FORM.items() if name != "context"}
    assert portal.client("ald-drafter").post("/compose/request", unsaid).status_code == 302
    (draft,) = drafts_of(portal)
    assert (
        "real, a test, or part of an exercise"
        in portal.client("ald-releaser").get(f"/draft/{draft.id}").content.decode()
    )
    answer = portal.client("ald-releaser").post(f"/draft/{draft.id}/release", {"digest": draft.digest})
    assert answer.status_code == 409
    assert portal.threads("BRY") == []


def test_an_empty_form_is_a_draft(portal):
    """Whoever is interrupted keeps what there is; the page names each gap, and nothing is blocked but the release."""
    assert (
        portal.client("ald-drafter")
        .post("/compose/request", {"urgency": "routine", "tlp": "AMBER", "language": "en"})
        .status_code
        == 302
    )
    (draft,) = drafts_of(portal)
    page = portal.client("ald-releaser").get(f"/draft/{draft.id}").content.decode()
    for gap in ("No reader is chosen.", "There is no subject.", "asks nothing and observes nothing"):
        assert gap in page


def test_a_published_notice_that_covers_the_addresses_is_named(portal):
    """The page before release says that the addresses lie in Bryholt's notice, and not when the time differs."""
    portal.publish_notice()
    compose(portal)
    (draft,) = drafts_of(portal)
    page = portal.client("ald-releaser").get(f"/draft/{draft.id}").content.decode()
    assert "lies in an advance notice" in page
    assert "National resilience survey" in page
    portal.client("ald-drafter").post(
        f"/draft/{draft.id}/edit", {**FORM, "when_begins": "2026-03-05T10:10", "when_ends": "2026-03-05T12:40"}
    )
    assert "lies in an advance notice" not in portal.client("ald-releaser").get(f"/draft/{draft.id}").content.decode()


def test_a_notice_that_tests_the_channel_explains_nothing_real(portal):
    """What is not real is not held against a real request, whatever addresses it names."""
    portal.send("transparency.notice", NOTICE, by="bry", context="test")
    compose(portal)
    (draft,) = drafts_of(portal)
    assert "lies in an advance notice" not in portal.client("ald-releaser").get(f"/draft/{draft.id}").content.decode()


def test_an_annex_is_read_for_addresses_too(portal):
    """An address that stands only in an attached JSON file is held against notices as well."""
    portal.publish_notice()
    annex = SimpleUploadedFile("annex.json", b'{"value": "198.51.100.77"}', "application/json")
    compose(portal, observed="See the annex.", attachments=[annex])
    page = portal.client("ald-releaser").get(f"/draft/{drafts_of(portal)[0].id}").content.decode()
    assert "198.51.100.77" in page
    assert "lies in an advance notice" in page


def test_a_file_too_large_is_refused_and_the_text_kept(portal, settings):
    """The form comes back with the file's name, the limit and everything that was typed."""
    settings.ATTACHMENT_LIMIT = 1000
    large = SimpleUploadedFile("large.bin", b"x" * 1001, "application/octet-stream")
    answer = compose(portal, attachments=[large])
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "large.bin is larger than" in page
    assert "4,112 connection attempts" in page
    assert drafts_of(portal) == []


def test_an_attachment_travels_with_the_statement_and_can_be_removed_before(portal):
    """Two files are attached, one is removed; the signed statement names the other and the reader can fetch it."""
    files = [SimpleUploadedFile(f"annex-{n}.json", json.dumps({"n": n}).encode(), "application/json") for n in (1, 2)]
    compose(portal, attachments=files)
    (draft,) = drafts_of(portal)
    first = draft.content["attachments"][0]["sha256"]
    portal.client("ald-drafter").post(f"/draft/{draft.id}/edit", {**FORM, "remove": [first]})
    (draft,) = drafts_of(portal)
    release(portal, "ald-releaser", draft)
    view = portal.view(portal.threads("BRY")[0].thread, "BRY")
    (label,) = view.statements[0].members["attachments"]
    name, _, data = records.attachment(portal.person("bry-duty"), view.statements[0].statement_id, label["sha256"])
    assert (name, data) == ("annex-2.json", b'{"n": 2}')


def test_a_reader_who_lists_other_languages_is_named(portal):
    """Scenario 15: Spanish words for an office of Arabic and English get a warning; the original governs."""
    compose(portal, language="es", translation="Courtesy text in English.", translation_language="en")
    (draft,) = drafts_of(portal)
    page = page_of(portal, draft)
    assert "This office does not list Spanish; it works in: Arabic, English. The original governs." in page
    assert "in Spanish, courtesy translation into English attached (not authentic)." in page
    assert release(portal, "ald-releaser", draft).status_code == 302
    statement = portal.view(portal.threads("BRY")[0].thread, "BRY").statements[0]
    assert (statement.members["language"], statement.members["authoritative"]) == ("es", True)
    assert (statement.body["translation"], statement.body["translation_language"]) == (
        "Courtesy text in English.",
        "en",
    )


def test_a_text_that_is_not_known_is_not_sent_by_half(portal):
    """Whoever writes a value and says that it is not disclosed is asked which; both stay on the form."""
    answer = compose(portal, effect_state="not-disclosed")
    assert answer.status_code == 400
    page = answer.content.decode()
    assert "You wrote something and chose that nothing is said." in page
    assert "Booking page slow." in page


def test_how_we_read_it_is_off_unless_written(portal):
    """The second box is folded away and leaves no trace in what is signed; once used, it stands open."""
    page = portal.client("ald-drafter").get("/compose/request").content.decode()
    assert re.search(r"<details><summary>How we read it", page)
    compose(portal)
    (draft,) = drafts_of(portal)
    assert "reading" not in draft.content["body"]
    portal.client("ald-drafter").post(f"/draft/{draft.id}/edit", {**FORM, "reading": "A survey, perhaps."})
    page = portal.client("ald-drafter").get(f"/draft/{draft.id}/edit").content.decode()
    assert re.search(r"<details open><summary>How we read it", page)


def test_every_field_comes_back_for_editing(portal):
    """What was typed is typed again into the form that goes on with the draft, and saving it changes nothing."""
    typed = {
        "severity_value": "3 of 5",
        "severity_scale": "Aldermere scale",
        "when_estimate": "on",
        "ack_by": "2026-03-08T09:30",
        "basis": "harbour-3\nharbour-5",
        "events": "EV-7, Aldermere CSIRT",
        "reading": "A survey, perhaps.",
        "translation": "Text in Arabic.",
        "translation_language": "ar",
        **{f"question_{number}": f"Question no. {number}?" for number in range(1, 10)},
    }
    compose(portal, **typed)
    (draft,) = drafts_of(portal)
    before = draft.content
    assert len(before["body"]["questions"]) == 9
    assert before["events"] == [{"id": "EV-7", "issued_by": "Aldermere CSIRT"}]
    form = portal.client("ald-drafter").get(f"/draft/{draft.id}/edit").context["form"]
    with timezone.override(clock.zone("Etc/GMT+3")):  # as the page was rendered for this officer
        shown = {field.html_name: field.value() for field in form}
    again = {
        name: f"{value:%Y-%m-%dT%H:%M}" if isinstance(value, datetime) else value
        for name, value in shown.items()
        if value not in (None, False, [], "")
    }
    assert portal.client("ald-drafter").post(f"/draft/{draft.id}/edit", again).status_code == 302
    (draft,) = drafts_of(portal)
    assert draft.content == before


def test_a_stricter_label_covers_what_is_attached(portal):
    """Attachments carry the label of their statement, also after it was changed."""
    compose(portal, attachments=[SimpleUploadedFile("annex.json", b"{}", "application/json")])
    (draft,) = drafts_of(portal)
    assert portal.client("ald-drafter").post(f"/draft/{draft.id}/edit", {**FORM, "tlp": "GREEN"}).status_code == 302
    (draft,) = drafts_of(portal)
    assert [label["tlp"] for label in draft.content["attachments"]] == ["GREEN"]
    assert release(portal, "ald-releaser", draft).status_code == 302


def test_attachments_count_together(portal, settings):
    """What is attached already and what is added count together; too much is refused before any of it is kept."""
    settings.STATEMENT_ATTACHMENTS_LIMIT = 1500
    compose(portal, attachments=[SimpleUploadedFile("one.bin", b"x" * 1000)])
    (draft,) = drafts_of(portal)
    more = {**FORM, "observed": "Still here", "attachments": [SimpleUploadedFile("two.bin", b"y" * 1000)]}
    answer = portal.client("ald-drafter").post(f"/draft/{draft.id}/edit", more)
    assert answer.status_code == 400
    assert "Still here" in answer.content.decode()
    assert [label["name"] for label in drafts_of(portal)[0].content["attachments"]] == ["one.bin"]


def test_another_participant_sees_no_draft(portal):
    """Drafts of Aldermere do not exist for Bryholt and Corvane."""
    compose(portal)
    (draft,) = drafts_of(portal)
    for name in ("bry-releaser", "cor-duty"):
        for path in (f"/draft/{draft.id}", f"/draft/{draft.id}/edit"):
            assert portal.client(name).get(path).status_code == 404
        assert portal.client(name).post(f"/draft/{draft.id}/release", {"digest": draft.digest}).status_code == 404
        assert FORM["subject"] not in portal.client(name).get("/drafts").content.decode()


def test_a_discarded_draft_is_gone_for_good(portal):
    """Discarding ends the draft; releasing it afterwards finds nothing."""
    compose(portal)
    (draft,) = drafts_of(portal)
    assert portal.client("ald-drafter").post(f"/draft/{draft.id}/discard").status_code == 302
    assert portal.client("ald-releaser").post(f"/draft/{draft.id}/release", {"digest": draft.digest}).status_code == 404
    assert drafts_of(portal) == []


def test_red_subjects_stay_out_of_lists(portal):
    """The list of drafts does not show the subject of what is marked TLP:RED."""
    compose(portal, tlp="RED")
    page = portal.client("ald-releaser").get("/drafts").content.decode()
    assert FORM["subject"] not in page
    assert "subject not shown (TLP:RED)" in page


def test_markup_in_a_draft_is_shown_and_never_run(portal):
    """What somebody types is text, on the form and on the page before release."""
    compose(portal, subject="<script>alert(1)</script>", observed="<img src=x onerror=alert(1)>")
    (draft,) = drafts_of(portal)
    for path in (f"/draft/{draft.id}", f"/draft/{draft.id}/edit", "/drafts"):
        page = portal.client("ald-releaser").get(path).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page
