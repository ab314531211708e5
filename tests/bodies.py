"""For each kind of statement, the least that its body says, and one that says a lot; from whom, to whom."""

from __future__ import annotations

from detente.keys import PrivateKeySet

_KEYS = PrivateKeySet(b"k" * 32).public
ID = "A" * 43
_SHA = "0" * 64
_AT, _LATER = "2026-03-06T13:10:00.000Z", "2026-03-06T15:40:00.000Z"
_SPAN = {"begins_at": _AT, "ends_at": _LATER, "estimate": True}
_NAMES = {"en": "Bryholt", "ar": "بريهولت"}
_MEASURE = {"framework": "Harbour Network", "version": "2025", "element": "hn-3", "title": "Notice of activity"}
_OTHER = {**_MEASURE, "element": "hn-5", "title": "Consultation"}
_OFFICE = {
    "participant": "BRY",
    "office": "duty",
    "category": "diplomatic",
    "names": _NAMES,
    "time_zone": "Etc/GMT-4",
    "weekend": [4, 5],
    "languages": ["ar", "en"],
}

LEAST = {
    "directory.arrangement": {
        "names": {"en": "Harbour Network"},
        "operator": "HNS",
        "operator_names": {"en": "Secretariat"},
        "office": "desk",
        "keyset": _KEYS.to_json(),
        "languages": ["en"],
    },
    "directory.member": {"participant": "BRY", "names": _NAMES},
    "directory.keyset": {
        "action": "revoke",
        "participant": "BRY",
        "scope": "node",
        "custody": "self",
        "keyset_id": _KEYS.id,
    },
    "directory.office": _OFFICE,
    "directory.calendar": {"participant": "BRY", "office": "duty", "holidays": ["2026-03-20"]},
    "exercise.opening": {
        "exercise_id": "HN-EX-1",
        "title": "Tide",
        "participants": ["ALD"],
        "begins_at": _AT,
        "ends_at": _LATER,
        "stop_word": "harbour light",
    },
    "exercise.closing": {"exercise_id": "HN-EX-1"},
    "consultation.notification": {"subject": "Outage"},
    "consultation.request": {"subject": "Connections to hospital booking service"},
    "consultation.acknowledgement": {"statement_id": ID, "meaning": "under-review"},
    "consultation.answer": {"nature": "substantive"},
    "consultation.decline": {"reason": "not-accepted-as-basis"},
    "consultation.referral": {},
    "consultation.more_information": {"text": "At what time?"},
    "consultation.information": {"text": "At 13:10 UTC."},
    "consultation.meeting": {"event": "asked"},
    "consultation.correction": {"statement_id": ID, "fields": [{"field": "window", "was": "12:00", "now": "13:00"}]},
    "consultation.withdrawal": {"statement_id": ID},
    "consultation.closure": {"outcome": "satisfied"},
    "consultation.channel": {"status": "suspended"},
    "evidence.handed_over": {"statement_id": ID, "seal_digest": _SHA, "node": "bryholt.example", "received_at": _AT},
    "evidence.quarantined": {"statement_id": ID, "seal_digest": _SHA, "keyset_id": ID, "received_at": _AT},
    "evidence.callback": {"statement_id": ID, "outcome": "confirmed"},
    "transparency.notice": {"title": "National resilience survey", "activity": "survey", "window": {}},
    "transparency.view": {"title": "How we rate scanning", "topic": "ratings"},
    "transparency.invitation": {"title": "Visit to the survey team"},
    "cooperation.offer": {"title": "Rate limits", "topic": "availability"},
    "restraint.commitment": {"title": "Five days' notice before surveys", "begins_at": _AT},
    "crosswalk.mapping": {
        "subject": _MEASURE,
        "object": _OTHER,
        "relation": "subset-of",
        "rationale": "functional",
        "explanation": "The first asks for notice alone, the second for notice and for talks about it.",
    },
}
MORE = {
    "directory.keyset": {
        "action": "rotate",
        "participant": "BRY",
        "office": "duty",
        "scope": "office",
        "custody": "host",
        "keyset": _KEYS.to_json(),
        "keyset_id": _KEYS.id,
        "replaces": ID,
        "compared": "by telephone",
    },
    "directory.office": {
        **_OFFICE,
        "opens": "08:00",
        "closes": "16:30",
        "holidays": ["2026-03-20", "2028-02-29"],
        "channels": [{"kind": "email", "value": "duty@example.org"}],
        "release_persons": 1,
    },
    "consultation.notification": {
        "subject": "Outage",
        "text": "The port's booking pages were slow.",
        "when": {"value": _SPAN},
        "where": {"absent": "not-disclosed"},
        "cause": {"value": "not-assessed"},
        "severity": {"value": {"scale": "Aldermere 2024", "value": "3 of 5"}},
    },
    "consultation.request": {
        "subject": "Connections to hospital booking service",
        "observed": "4,112 connection attempts from 198.51.100.0/24.",
        "reading": "Perhaps a survey.",
        "questions": [{"number": 1, "text": "Was it yours?"}, {"number": 2, "text": "When did it stop?"}],
        "when": {"value": _SPAN},
        "effect": {"absent": "not-known"},
        "attributes_nothing": False,
    },
    "consultation.answer": {
        "nature": "interim",
        "answers": [{"number": 1, "status": "answered", "text": "Yes."}, {"number": 2, "status": "not-disclosed"}],
        "measures": {"value": "The survey stopped."},
        "next_update_by": _LATER,
        "notices": [ID],
    },
    "transparency.notice": {
        "title": "National resilience survey",
        "activity": "survey",
        "window": _SPAN,
        "ranges": ["198.51.100.0/24", "2001:db8::/32"],
        "purpose": {"absent": "not-disclosed"},
    },
    "cooperation.offer": {
        "title": "Rate limits",
        "topic": "availability",
        "languages": ["ar", "en"],
        "cost": {"value": "none"},
        "valid_until": _LATER,
    },
}
SAMPLES = [*LEAST.items(), *MORE.items()]
