"""What needs an officer now: one list in one order, cut at twenty, hiding what is marked red."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

NOW = datetime(2026, 3, 6, 18, 0, tzinfo=UTC)


def need(why, number=0, **more):
    from detente.node.needs import Need, Why

    return Need(Why[why], f"{why} {number}", thread=f"{number:04d}", **more)


def chosen(*found):
    from detente.node.needs import choose

    return choose(found)


def home(portal, officer):
    answer = portal.client(officer).get("/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_order_is_fixed():
    """Drafts, immediate messages, answers, the own entry, then other messages; within each, the soonest first."""
    found = chosen(
        need("ACKNOWLEDGE", asked_by=NOW - timedelta(days=3)),
        need("ENTRY"),
        need("ANSWER", 1, asked_by=NOW + timedelta(hours=3)),
        need("ANSWER", 2, asked_by=NOW - timedelta(hours=3)),
        need("IMMEDIATE"),
        need("RELEASE", 2, since=NOW),
        need("RELEASE", 1, since=NOW - timedelta(hours=1)),
    )
    subjects = [line.subject for line in found.real]
    assert subjects == [
        "RELEASE 1",
        "RELEASE 2",
        "IMMEDIATE 0",
        "ANSWER 2",
        "ANSWER 1",
        "ENTRY 0",
        "ACKNOWLEDGE 0",
    ]


def test_twenty_lines_and_no_more():
    """The twenty-first line waits, and the page knows how many do."""
    found = chosen(*(need("ACKNOWLEDGE", number) for number in range(23)))
    assert len(found.real) == 20
    assert found.real_left == 3


def test_an_exercise_never_crowds_out_what_is_real():
    """What is real fills the page first; what is not stands apart and takes the room that is left."""
    exercise = [need("IMMEDIATE", number, context="exercise", exercise_id="TIDE-26") for number in range(30)]
    found = chosen(*exercise, *(need("ACKNOWLEDGE", number) for number in range(18)))
    assert [line.context for line in found.real] == ["real"] * 18
    assert [line.context for line in found.other] == ["exercise"] * 2
    assert found.other_left == 28


@pytest.mark.parametrize("tlp", ["RED", "AMBER"])
def test_a_red_subject_is_not_on_the_list(portal, tlp):
    """The subject of a message marked red shows neither on the first page nor in the list of threads."""
    portal.request(tlp=tlp)
    for path in ("/", "/consultation"):
        text = portal.client("bry-duty").get(path).content.decode()
        assert ("Connections to hospital" in text) == (tlp != "RED")
        assert ("subject not shown (TLP:RED)" in text) == (tlp == "RED")
    drafts = home(portal, "ald-releaser")
    assert "Connections" not in drafts


def test_a_draft_waits_for_a_second_person(portal):
    """A draft is on the releaser's page with one button, and not on that of who wrote it."""
    from detente.node import actions
    from portal_world import REQUEST

    row = actions.save_draft(portal.node, portal.person("ald-drafter"), "consultation.request", REQUEST)
    text = home(portal, "ald-releaser")
    assert "A draft waits for your release" in text
    assert f'href="/draft/{row.id}">Read and release' in text
    assert "A draft waits" not in home(portal, "ald-drafter")
    own = actions.save_draft(portal.node, portal.person("ald-releaser"), "consultation.request", REQUEST)
    assert f"/draft/{own.id}" not in home(portal, "ald-releaser")


def test_a_line_says_who_what_and_when_in_three_zones(portal):
    """Sender, subject, reference and asked-by time: mine, theirs and universal; the rest is one button."""
    portal.request()
    text = home(portal, "bry-duty")
    for piece in (
        "Aldermere",
        "Connections to hospital booking service",
        "HN-ALD-2026-0001",
        "Sat 7 Mar 2026, 22:02",
        "Sat 7 Mar 2026, 15:02",
        "Sat 7 Mar 2026, 18:02",
        ">Acknowledge</a>",
    ):
        assert piece in text, piece
    assert text.count('class="needs-do"') == 1


def test_an_answer_comes_up_a_day_before_it_is_asked_for(portal):
    """Answers asked for in the next day are on the page, and stay when the time has passed, in neutral words."""
    thread, identifier = portal.request()
    portal.client("bry-duty").post(f"/consultation/{thread}/acknowledge/{identifier}", {"meaning": "received"})
    assert "An answer is asked for" not in home(portal, "bry-duty")
    portal.clock.advance(timedelta(hours=49))
    text = home(portal, "bry-duty")
    assert "An answer is asked for" in text
    assert f'href="/consultation/{thread}/say/answer.interim">Answer' in text
    portal.clock.advance(timedelta(days=6))
    assert "Asked-by time passed" in home(portal, "bry-duty")


def test_nothing_says_so_and_when_it_last_looked(portal):
    """An empty page says that nothing needs the officer, and at what time it looked."""
    text = home(portal, "cor-duty")
    assert "Nothing needs you now." in text
    assert re.search(r"Last looked:.*2026-03-06T18:02", text, re.DOTALL)


def test_an_old_entry_is_confirmed_with_one_question(portal):
    """After half a year the office's own entry comes up; confirming records it again as it stands."""
    portal.clock.advance(timedelta(days=183))
    text = home(portal, "bry-duty")
    assert "last confirmed 183 days ago" in text
    client = portal.client("bry-duty")
    before = portal.node.directory().office("BRY", "desk")
    assert "Is this entry still right?" in client.get("/confirm-entry").content.decode()
    assert client.post("/confirm-entry").status_code == 302
    after = portal.node.directory().office("BRY", "desk")
    assert after.entry == before.entry
    assert after.since_index > before.since_index
    assert "last confirmed" not in home(portal, "bry-duty")


def test_an_exercise_stands_apart_under_its_mark(portal):
    """A message of an exercise is in a box of its own, which says that nothing in it is real; so does its page."""
    portal.open_exercise()
    portal.request()
    thread, _ = portal.request(context="exercise", exercise_id="TIDE-26")
    text = home(portal, "bry-duty")
    real, _, apart = text.partition('<section class="not-real"')
    assert real.count('class="needs-do"') == 1
    assert apart.count('class="needs-do"') == 1
    assert "EXERCISE" in apart
    assert "Tide 26" in apart
    page = portal.client("bry-duty").get(f"/consultation/{thread}").content.decode()
    assert 'class="in-exercise"' in page
    assert "Nothing on this page is real." in page
