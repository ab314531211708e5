"""The directory and exercises in the portal: what an officer sees of others, and who may open and close an exercise."""

from __future__ import annotations

import pytest

from detente.errors import PolicyError
from detente.node import opening, registrar
from detente.statements.exercise import Closing, Opening

EXERCISE = {
    "title": "Tide 26",
    "exercise_id": "TIDE-26",
    "participants": ["ALD", "BRY"],
    "begins_at": "2026-03-07T06:00",
    "ends_at": "2026-03-07T14:00",
    "stop_word": "LIGHTHOUSE",
}


def page(portal, address, name="ald-drafter"):
    """Return the text of a page that opens."""
    answer = portal.client(name).get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_everybody_is_listed(portal):
    """The directory names every participant with its offices and links to its entry."""
    text = page(portal, "/directory")
    for name, identifier in (("Aldermere", "ALD"), ("Bryholt", "BRY"), ("Corvane", "COR"), ("Secretariat", "HNS")):
        assert name in text
        assert f'href="/directory/{identifier}"' in text


def test_an_entry_tells_how_to_reach_and_how_to_trust(portal):
    """An entry shows zone, hours, weekend, languages, release rule and each live key with its digits and keeper."""
    text = page(portal, "/directory/BRY")
    assert "09:00–17:00" in text
    assert "UTC+4" in text
    assert "Friday" in text
    assert "Arabic" in text
    assert "two persons" in text
    keys = portal.node.directory().live_keys("BRY")
    assert keys
    assert all(key.keys.fingerprint in text for key in keys)
    assert "which could therefore sign with it" in text
    assert f"since entry {keys[0].since_index}" in text


def test_an_unknown_participant_has_no_page(portal):
    """Whoever asks for a participant that there is not is told that there is no such page."""
    assert portal.client("ald-drafter").get("/directory/ZZZ").status_code == 404


def test_the_secretariat_opens_an_exercise(portal):
    """What the form says is open for those named, and for nobody else."""
    assert portal.client("hns-desk").post("/exercises/open", EXERCISE).status_code == 302
    directory = portal.node.directory()
    size = portal.node.ledger.size
    assert directory.exercise_open("TIDE-26", ["ALD", "BRY"], size)
    assert not directory.exercise_open("TIDE-26", ["ALD", "COR"], size)
    text = page(portal, "/exercises")
    assert "LIGHTHOUSE" in text
    assert "open since entry" in text


def test_the_stop_word_is_for_those_who_take_part(portal):
    """Participants and the secretariat read the stop word; for others the exercise is listed without it."""
    portal.client("hns-desk").post("/exercises/open", EXERCISE)
    for name in ("ald-drafter", "bry-duty", "hns-desk"):
        assert "LIGHTHOUSE" in page(portal, "/exercises", name)
    text = page(portal, "/exercises", "cor-duty")
    assert "Tide 26" in text
    assert "LIGHTHOUSE" not in text


def test_an_exercise_is_opened_and_closed_by_nobody_outside_it(portal):
    """What an outsider signs to open or close the exercise of others is refused at the ledger's door."""
    portal.open_exercise()
    others = {"title": "Theirs", "participants": ["ALD", "BRY"], "stop_word": "STOP"}
    span = {"begins_at": portal.clock.now(), "ends_at": portal.clock.now()}
    outside = [
        ("exercise.opening", Opening(exercise_id="THEIRS", **others, **span)),
        ("exercise.closing", Closing(exercise_id="TIDE-26")),
    ]
    for kind, body in outside:
        said = opening.public_statement(portal.node, kind, "COR", "desk", body)
        with pytest.raises(PolicyError, match="COR may not issue"):
            registrar.issue(portal.node, said)


def test_one_that_takes_part_closes_it(portal):
    """A participant that takes part closes the exercise after one question; afterwards nothing can be said in it."""
    portal.client("hns-desk").post("/exercises/open", EXERCISE)
    client = portal.client("ald-releaser")
    assert "Tide 26" in client.get("/exercises/close?exercise=TIDE-26").content.decode()
    assert client.post("/exercises/close", {"exercise": "TIDE-26"}).status_code == 302
    assert not portal.node.directory().exercise_open("TIDE-26", ["ALD", "BRY"], portal.node.ledger.size)
    assert client.post("/exercises/close", {"exercise": "TIDE-26"}).status_code == 409


@pytest.mark.parametrize(
    ("name", "changes", "status"),
    [
        ("ald-drafter", {}, 403),
        ("cor-duty", {}, 400),
        ("ald-releaser", {"ends_at": "2026-03-06T06:00"}, 400),
        ("ald-releaser", {"participants": ["ALD", "ZZZ"]}, 400),
        ("ald-releaser", {"stop_word": ""}, 400),
    ],
)
def test_what_opens_no_exercise(portal, name, changes, status):
    """No exercise opens without the role, by one that takes no part, backwards in time, or for a stranger."""
    answer = portal.client(name).post("/exercises/open", {**EXERCISE, **changes})
    assert answer.status_code == status
    assert portal.node.directory().exercises == {}


def test_an_exercise_id_is_used_once(portal):
    """A second exercise under the same id is refused with the text kept, even after the first one closed."""
    client = portal.client("hns-desk")
    client.post("/exercises/open", EXERCISE)
    client.post("/exercises/close", {"exercise": "TIDE-26"})
    answer = client.post("/exercises/open", {**EXERCISE, "about": "The second tide"})
    assert answer.status_code == 400
    text = answer.content.decode()
    assert "choose another id" in text
    assert "The second tide" in text


def test_only_who_takes_part_closes(portal):
    """A participant outside the exercise cannot close it."""
    portal.client("hns-desk").post("/exercises/open", EXERCISE)
    assert portal.client("cor-duty").post("/exercises/close", {"exercise": "TIDE-26"}).status_code == 403
    assert portal.node.directory().exercise_open("TIDE-26", ["ALD", "BRY"], portal.node.ledger.size)
