"""The story's texts and right values: one Friday evening, two states, one misread scan."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from typing import Any

ORIGIN = "harbour.example.org/2026"
REFERENCE = "HN-ALD-2026-0042"
RANGE = "198.51.100.0/24"
OPENED = datetime(2026, 2, 2, 8, 0, tzinfo=UTC)
EXERCISE_AT = datetime(2026, 2, 12, 9, 0, tzinfo=UTC)
NOTICE_AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BEGINS = datetime(2026, 3, 6, 18, 2, tzinfo=UTC)
RELEASED_AT = datetime(2026, 3, 6, 18, 20, 3, tzinfo=UTC)
HANDED_OVER_AT = datetime(2026, 3, 6, 18, 20, 7, tzinfo=UTC)
LADDER_AT = datetime(2026, 3, 7, 0, 20, 7, tzinfo=UTC)
ACKNOWLEDGED_AT = datetime(2026, 3, 7, 0, 31, tzinfo=UTC)
ANSWERED_AT = datetime(2026, 3, 7, 2, 10, tzinfo=UTC)
CORRECTED_AT = datetime(2026, 3, 7, 9, 5, tzinfo=UTC)
REACKNOWLEDGED_AT = datetime(2026, 3, 7, 12, 40, tzinfo=UTC)
SUBSTANTIVE_AT = datetime(2026, 3, 9, 7, 55, tzinfo=UTC)
CLOSED_AT = datetime(2026, 3, 9, 8, 12, tzinfo=UTC)
AFTERWARDS = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
OBSERVED_FROM = datetime(2026, 3, 6, 13, 10, tzinfo=UTC)
OBSERVED_UNTIL = datetime(2026, 3, 6, 15, 40, tzinfo=UTC)
ENTRY = 57
ACKNOWLEDGE_BY = datetime(2026, 3, 7, 18, 20, 7, tzinfo=UTC)
ANSWER_BY = datetime(2026, 3, 13, 18, 20, 7, tzinfo=UTC)

NOTICE: dict[str, Any] = {
    "title": "National resilience survey",
    "activity": "survey",
    "window": {"begins_at": "2026-03-06T12:00:00.000Z", "ends_at": "2026-03-06T16:00:00.000Z"},
    "ranges": [RANGE],
    "stop_contact": "csirt@bryholt.example.net",
    "purpose": {"value": "Counting services that answer to the whole network."},
    "text": "Connections are slow and open no session. They stop within minutes when asked.",
}
NOTHING_NEW: dict[str, Any] = {
    "title": "Nothing new in 2025",
    "topic": "Yearly exchange of views",
    "nothing_new": True,
}
EXERCISE: dict[str, Any] = {
    "exercise_id": "calm-water-2026",
    "title": "Calm Water 2026",
    "participants": ["ALD", "BRY", "COR"],
    "begins_at": "2026-02-12T09:00:00.000Z",
    "ends_at": "2026-02-12T17:00:00.000Z",
    "stop_word": "LIGHTHOUSE",
    "about": "Whether each desk can be reached, and how long it takes.",
}
EXERCISE_REQUEST: dict[str, Any] = {
    "subject": "Can your desk be reached?",
    "observed": "Nothing was observed. This asks whether a request reaches the desk.",
    "questions": [{"number": 1, "text": "Which languages does the desk read today?"}],
}
EXERCISE_ANSWER: dict[str, Any] = {
    "nature": "substantive",
    "answers": [{"number": 1, "status": "answered", "text": "Arabic and English."}],
}
# How the story's own thread is marked.
IN_EARNEST: dict[str, Any] = {"context": "real", "urgency": "priority"}
REQUEST: dict[str, Any] = {
    "addressees": [{"participant": "BRY"}],
    "context": "real",
    "urgency": "priority",
    "tlp": "AMBER",
    "language": "en",
    "reference": REFERENCE,
    "basis": ["harbour-3"],
    "body": {
        "subject": "Connections to hospital booking service",
        "observed": (
            f"4,112 connection attempts from {RANGE} between 13:10 and 15:40 UTC; booking page slow; "
            "no data loss known."
        ),
        "questions": [
            {
                "number": 1,
                "text": "Were these connections made from your territory with the knowledge of an authority?",
            },
            {"number": 2, "text": "Have they stopped, and will they come again?"},
            {"number": 3, "text": "Which other services were on the list?"},
        ],
        "when": {
            "value": {"begins_at": "2026-03-06T13:10:00.000Z", "ends_at": "2026-03-06T15:40:00.000Z", "estimate": False}
        },
        "sector": {"value": "Health"},
        "effect": {"value": "Booking page slow for two hours and a half."},
        "severity": {"value": {"scale": "Aldermere scale of five", "value": "3 (service slowed)"}},
        "link": {"absent": "not-known"},
        "reassurance": {"value": "A purpose, and a person whom our hospital can reach."},
        "attributes_nothing": True,
    },
}
INTERIM: dict[str, Any] = {
    "nature": "interim",
    "answers": [
        {"number": 1, "status": "answered", "text": "Yes. They belong to the survey announced on 2 March."},
        {
            "number": 2,
            "status": "partial",
            "text": "The survey stopped at 15:40. Whether it is repeated is being decided.",
        },
        {"number": 3, "status": "not-disclosed", "text": ""},
    ],
    "text": "The survey stopped at 15:40. Next update by Mon 9 Mar.",
    "next_update_by": "2026-03-09T12:00:00.000Z",
}
CORRECTION: dict[str, Any] = {
    "fields": [{"field": "Window of the survey", "was": "12:00-16:00 UTC", "now": "13:00-16:00 UTC"}],
    "text": "Our notice of 2 March gave the first hour wrongly.",
}
SUBSTANTIVE: dict[str, Any] = {
    "nature": "substantive",
    "answers": [
        {"number": 1, "status": "answered", "text": "Yes: the national resilience survey."},
        {
            "number": 2,
            "status": "answered",
            "text": "It stopped, and booking services of hospitals are left out from now on.",
        },
        {"number": 3, "status": "not-disclosed", "text": ""},
    ],
    "text": "We regret that the notice did not reach your duty desk.",
}
CLOSURE: dict[str, Any] = {"outcome": "satisfied", "public_line": "", "lessons": "Notices go to the duty desk as well."}
COMMITMENT: dict[str, Any] = {
    "title": "Five days' notice before surveys that reach other states",
    "form": "unilateral",
    "text": "Bryholt gives five days' notice before surveys that reach other states.",
    "scope": "Booking services of hospitals are left out.",
    "begins_at": "2026-03-15T00:00:00.000Z",
    "withdrawal_notice_days": 90,
}
VIEW: dict[str, Any] = {
    "title": "How we rate scanning",
    "topic": "Terminology and severity",
    "text": "Aldermere rates a scan by its effect on a service, not by its source.",
}
OFFER: dict[str, Any] = {
    "title": "Help with rate limits",
    "topic": "Resilience of public services",
    "capacity": "Two days, two engineers, by video.",
    "languages": ["ar", "en"],
    "valid_until": "2026-12-31T00:00:00.000Z",
    "cost": {"value": "None."},
}
INVITATION: dict[str, Any] = {
    "title": "Observe our autumn survey from our operations room",
    "form": "observe",
    "subject": "How ranges and rates are chosen, and how a stop request is handled.",
    "window": {"begins_at": "2026-10-05T06:00:00.000Z", "ends_at": "2026-10-05T14:00:00.000Z"},
    "places": 4,
}
MAPPING: dict[str, Any] = {
    "subject": {
        "framework": "Harbour Network",
        "version": "2026",
        "element": "harbour-3",
        "title": "Notice of activity",
    },
    "object": {
        "framework": "Invented global list",
        "version": "2025",
        "element": "global-5",
        "title": "Notice of activity and a contact to stop it",
    },
    "relation": "subset-of",
    "rationale": "semantic",
    "explanation": "Measure 3 asks for a notice; measure 5 asks for the same notice and for a contact who can stop it.",
    "status": "candidate",
}


@cache
def narrative(language: str) -> dict[str, Any]:
    """Return the story's texts for visitors in ``language``, in English where there are none in it."""
    texts: dict[str, Any] = json.loads(resources.files("detente.demo").joinpath("story.json").read_bytes())
    return dict(texts.get(language, texts["en"]))


def annex() -> bytes:
    """Return the invented bundle: 30 observed-data, 6 indicators, 1 note, in the manner of STIX 2.1."""
    objects: list[dict[str, Any]] = []
    created = "2026-03-06T17:30:00.000Z"

    def add(kind: str, number: int, **more: Any) -> None:
        identifier = f"{kind}--00000000-0000-4000-8000-{len(objects) + 1:012d}"
        shared = {"type": kind, "spec_version": "2.1", "id": identifier, "created": created, "modified": created}
        objects.append({**shared, "name": f"{kind} {number}", **more})

    for number in range(1, 31):
        minute = 10 + 5 * number
        seen = f"2026-03-06T{13 + minute // 60:02d}:{minute % 60:02d}:00.000Z"
        add("observed-data", number, first_observed=seen, last_observed=seen, number_observed=137, x_source=RANGE)
    for number in range(1, 7):
        pattern = f"[ipv4-addr:value = '198.51.100.{number * 16}']"
        add("indicator", number, pattern=pattern, pattern_type="stix", valid_from="2026-03-06T13:10:00.000Z")
    add("note", 1, content="All of it invented. No data loss known.", object_refs=[objects[0]["id"]])
    bundle = {"type": "bundle", "id": "bundle--00000000-0000-4000-8000-000000000000", "objects": objects}
    return json.dumps(bundle, indent=1).encode()


def advisory() -> bytes:
    """Return the real advisory that the connections seem to look for."""
    return resources.files("detente.demo").joinpath("data/csaf-icsa-24-296-01.json").read_bytes()
