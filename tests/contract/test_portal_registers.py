"""The registers in the portal: who reads an entry, what a form turns into, and who may say a newer version."""

from __future__ import annotations

import pytest
from django.urls import reverse

from detente.node import records
from detente.portal import cooperation, crosswalk, restraint, transparency
from detente.projections import registers
from portal_world import NOTICE

REGISTERS = [
    transparency.NOTICES,
    transparency.VIEWS,
    transparency.INVITATIONS,
    cooperation.OFFERS,
    restraint.COMMITMENTS,
    crosswalk.MAPPINGS,
]
FORMS = {
    "transparency.notice": (
        {
            "title": "Survey of own ranges",
            "activity": "survey",
            "window_begins_at": "2026-03-09T09:00",
            "window_ends_at": "2026-03-09T17:30",
            "ranges": "198.51.100.0/24\r\n\r\n2001:db8::/32",
            "purpose_absent": "not-disclosed",
        },
        {
            "title": "Survey of own ranges",
            "activity": "survey",
            "window": {"begins_at": "2026-03-09T12:00:00.000Z", "ends_at": "2026-03-09T20:30:00.000Z"},
            "ranges": ["198.51.100.0/24", "2001:db8::/32"],
            "purpose": {"absent": "not-disclosed"},
        },
    ),
    "transparency.view": (
        {"title": "Our view", "topic": "due diligence", "text": "One.\r\nTwo.", "nothing_new": "on"},
        {"title": "Our view", "topic": "due diligence", "text": "One.\nTwo.", "nothing_new": True},
    ),
    "transparency.invitation": (
        {"title": "See our exercise", "form": "visit", "places": "12", "reply_by": "2026-04-01T12:00"},
        {"title": "See our exercise", "form": "visit", "places": 12, "reply_by": "2026-04-01T15:00:00.000Z"},
    ),
    "cooperation.offer": (
        {"title": "Log analysis", "topic": "forensics", "cost": "None.", "languages": ["en", "ar"]},
        {"title": "Log analysis", "topic": "forensics", "cost": {"value": "None."}, "languages": ["en", "ar"]},
    ),
    "restraint.commitment": (
        {
            "title": "Hospitals",
            "form": "unilateral",
            "text": "We leave them alone.",
            "begins_at": "2026-03-10T00:00",
            "withdrawal_notice_days": "0",
        },
        {
            "title": "Hospitals",
            "form": "unilateral",
            "text": "We leave them alone.",
            "begins_at": "2026-03-10T03:00:00.000Z",
            "withdrawal_notice_days": 0,
        },
    ),
    "crosswalk.mapping": (
        {
            "subject_framework": "Framework A",
            "subject_version": "2023",
            "subject_element": "4.1",
            "subject_title": "Points of contact",
            "object_framework": "Framework B",
            "object_version": "1",
            "object_element": "8",
            "object_title": "Contact points",
            "relation": "subset-of",
            "rationale": "semantic",
            "explanation": "Both ask for one contact point; the first leaves open at what hours it answers.",
            "status": "candidate",
        },
        {
            "relation": "subset-of",
            "rationale": "semantic",
            "explanation": "Both ask for one contact point; the first leaves open at what hours it answers.",
            "status": "candidate",
            "subject": {"framework": "Framework A", "version": "2023", "element": "4.1", "title": "Points of contact"},
            "object": {"framework": "Framework B", "version": "1", "element": "8", "title": "Contact points"},
        },
    ),
}
HEADER = {"audience": "*", "tlp": "GREEN", "language": "en", "context": "real"}


def address(name, *arguments):
    return reverse(f"portal:{name}", args=arguments)


def drafts(portal, name="ald-drafter"):
    return records.drafts(portal.person(name))


@pytest.mark.parametrize("register", REGISTERS, ids=lambda register: register.kind)
def test_a_form_becomes_the_draft_that_it_says(portal, register):
    """What is typed, times in the writer's zone, is the body of a draft of the register's kind."""
    typed, body = FORMS[register.kind]
    answer = portal.client("ald-drafter").post(address(register.new_name), {**HEADER, **typed})
    (row,) = drafts(portal)
    assert answer.url == address("draft", row.id)
    assert (row.kind, row.content["addressees"], row.content["body"]) == (register.kind, "*", body)


@pytest.mark.parametrize("register", REGISTERS, ids=lambda register: register.kind)
def test_a_released_draft_stands_in_its_register(portal, register):
    """What was written in the form and released is listed and has a page, for every member."""
    typed, _ = FORMS[register.kind]
    portal.client("ald-drafter").post(address(register.new_name), {**HEADER, **typed})
    (row,) = drafts(portal)
    answer = portal.client("ald-releaser").post(address("release", row.id), {"digest": row.digest})
    assert answer.status_code == 302
    (item,) = registers.items(register.kind, "COR")
    reader = portal.client("cor-duty")
    assert item.title in reader.get(address(register.list_name)).content.decode()
    page = reader.get(answer.url).content.decode()
    assert item.title in page
    assert "Key kept by <bdi>Secretariat</bdi> for <bdi>Aldermere</bdi>" in page
    assert "cosigned by <bdi>Corvane</bdi>" in page


def test_a_notice_without_times_says_nothing_of_a_window(portal):
    """Title and activity are enough; what the writer left out has no row on the entry's page."""
    typed = {**HEADER, "title": "A survey", "activity": "survey"}
    portal.client("ald-drafter").post(address("notice-new"), typed)
    (row,) = drafts(portal)
    answer = portal.client("ald-releaser").post(address("release", row.id), {"digest": row.digest})
    labels = [field["label"] for field in portal.client("bry-duty").get(answer.url).context["rows"]]
    assert labels == ["Activity"]


def test_the_title_of_a_red_entry_stands_on_its_own_page_alone(portal):
    """Lists and the titles of pages, which browsers keep and show to others, do not say it."""
    identifier = portal.send("transparency.notice", NOTICE | {"addressees": [{"participant": "BRY"}], "tlp": "RED"})
    reader = portal.client("bry-duty")
    listed = reader.get(address("notices")).content.decode()
    assert "National resilience survey" not in listed
    assert "subject not shown (TLP:RED)" in listed
    head, _, page = reader.get(address("notice", identifier)).content.decode().partition("</head>")
    assert "National resilience survey" not in head
    assert "National resilience survey" in page


def test_an_entry_for_named_members_exists_for_nobody_else(portal):
    """A notice to Bryholt is on Bryholt's list and page; for Corvane the list is empty and there is no such page."""
    named = {**NOTICE, "addressees": [{"participant": "BRY"}], "tlp": "AMBER"}
    identifier = portal.send("transparency.notice", named)
    for name in ("bry-duty", "ald-drafter"):
        assert "National resilience survey" in portal.client(name).get(address("notices")).content.decode()
        assert portal.client(name).get(address("notice", identifier)).status_code == 200
    outsider = portal.client("cor-duty")
    assert "National resilience survey" not in outsider.get(address("notices")).content.decode()
    assert outsider.get(address("notice", identifier)).status_code == 404


def test_an_entry_has_no_page_in_another_register(portal):
    """A notice's id leads nowhere among the offers, and neither does what is no id."""
    identifier = portal.publish_notice()
    client = portal.client("ald-drafter")
    assert client.get(address("offer", identifier)).status_code == 404
    assert client.get(address("notice", "nothing")).status_code == 404
    assert client.get(address("notices") + "?from=-1").status_code == 404


def test_only_the_issuer_says_a_newer_version(portal):
    """Bryholt's drafter finds its notice in the form; for Aldermere's there is nothing to replace."""
    identifier = portal.publish_notice()
    url = f"{address('notice-new')}?supersedes={identifier}"
    assert portal.client("ald-drafter").get(url).status_code == 404
    assert url not in portal.client("ald-drafter").get(address("notice", identifier)).content.decode()
    assert url in portal.client("bry-drafter").get(address("notice", identifier)).content.decode()
    page = portal.client("bry-drafter").get(url).content.decode()
    assert 'value="National resilience survey"' in page
    assert 'value="2026-03-06T16:00"' in page  # 12:00 UTC at UTC+4


def test_a_newer_version_strikes_the_older_one(portal):
    """The newer version stands in the list, the older one keeps its page, struck, and each leads to the other."""
    first = portal.publish_notice()
    typed = {**HEADER, **FORMS["transparency.notice"][0]}
    portal.client("bry-drafter").post(f"{address('notice-new')}?supersedes={first}", typed)
    (row,) = drafts(portal, "bry-drafter")
    answer = portal.client("bry-releaser").post(address("release", row.id), {"digest": row.digest})
    assert [item.title for item in registers.items("transparency.notice", "ALD")] == ["Survey of own ranges"]
    page = portal.client("ald-drafter").get(address("notice", first)).content.decode()
    assert "<del><bdi>National resilience survey</bdi></del>" in page
    assert answer.url in page
    assert address("notice", first) in portal.client("ald-drafter").get(answer.url).content.decode()
    again = f"{address('notice-new')}?supersedes={first}"
    assert portal.client("bry-drafter").get(again).status_code == 404


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"tlp": "AMBER"}, "tlp"),
        ({"audience": "chosen", "tlp": "AMBER"}, "members"),
        ({"window_ends_at": "2026-03-08T09:00"}, "window_ends_at"),
        ({"ranges": "198.51.100.7/24"}, "ranges"),
        ({"purpose": "Ours.", "purpose_absent": "not-known"}, "purpose_absent"),
        ({"title": "One line\u202e"}, "__all__"),
        ({"window_begins_at": "0001-01-01T00:00"}, "window_begins_at"),
    ],
)
def test_a_form_that_needs_changing_keeps_what_was_typed(portal, changes, field):
    """The page names the field, shows the input again, and no draft is kept."""
    typed = {**HEADER, **FORMS["transparency.notice"][0], "text": "Kept as typed.", **changes}
    answer = portal.client("ald-drafter").post(address("notice-new"), typed)
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == [field]
    assert "Kept as typed." in answer.content.decode()
    assert drafts(portal) == []


def test_a_draft_of_a_register_is_gone_on_with(portal):
    """The form opens with what the draft says, and saving it again changes that draft."""
    client = portal.client("ald-drafter")
    client.post(address("offer-new"), {**HEADER, **FORMS["cooperation.offer"][0]})
    (row,) = drafts(portal)
    url = f"{address('offer-new')}?draft={row.id}"
    assert url in client.get(address("draft", row.id)).content.decode()
    assert client.get(url).context["form"]["cost"].value() == "None."
    client.post(url, {**HEADER, "title": "Log analysis", "topic": "forensics", "cost_absent": "not-known"})
    (changed,) = drafts(portal)
    assert changed.id == row.id
    assert changed.content["body"]["cost"] == {"absent": "not-known"}
    assert portal.client("bry-drafter").get(url).status_code == 404


def test_an_exercise_entry_carries_the_band(portal):
    """An open exercise can be chosen as the context, and the entry's page says that nothing on it is real."""
    portal.open_exercise()
    typed = {**HEADER, **FORMS["transparency.notice"][0], "context": "exercise:TIDE-26"}
    portal.client("ald-drafter").post(address("notice-new"), typed)
    (row,) = drafts(portal)
    assert (row.content["context"], row.content["exercise_id"]) == ("exercise", "TIDE-26")
    answer = portal.client("ald-releaser").post(address("release", row.id), {"digest": row.digest})
    assert "Nothing on this page is real." in portal.client("bry-duty").get(answer.url).content.decode()
    assert portal.client("cor-duty").post(address("notice-new"), typed).status_code == 400


def test_the_crosswalk_says_that_nobody_endorses_it(portal):
    """The list and the form carry the line."""
    for name in ("mappings", "mapping-new"):
        page = portal.client("ald-drafter").get(address(name)).content.decode()
        assert "No official of any framework has endorsed it." in page


def test_who_may_not_draft_is_told_so(portal):
    """An auditor reads the registers but is offered no form."""
    from detente.node import opening

    opening.add_officer("ald-auditor", None, participant="ALD", office="desk", display_name="A", roles=("auditor",))
    import portal_world

    client = portal_world._signed_in("ald-auditor")
    assert address("notice-new") not in client.get(address("notices")).content.decode()
    assert client.get(address("notice-new")).status_code == 403
