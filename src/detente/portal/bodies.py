"""From a statement's body to labelled rows, the same on every page that shows what was said."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from detente.clock import parse_instant
from detente.errors import MalformedError
from detente.portal import marks
from detente.portal.languages import language_name

Row = dict[str, Any]

VERBS: dict[str, str | Promise] = {
    "consultation.notification": _("Notification of an incident"),
    "consultation.request": _("Request for clarification"),
    "consultation.acknowledgement": _("Acknowledgement"),
    "consultation.answer": _("Answer"),
    "consultation.decline": _("Declines to answer"),
    "consultation.referral": _("Referral"),
    "consultation.more_information": _("Asks for more information"),
    "consultation.information": _("Further information"),
    "consultation.meeting": _("Meeting"),
    "consultation.correction": _("Correction"),
    "consultation.withdrawal": _("Withdrawal"),
    "consultation.closure": _("Closure"),
    "consultation.channel": _("Status of the channel"),
    "transparency.notice": _("Advance notice of activity"),
    "transparency.view": _("National view"),
    "transparency.invitation": _("Invitation to observe"),
    "cooperation.offer": _("Offer of assistance"),
    "restraint.commitment": _("Commitment of restraint"),
    "crosswalk.mapping": _("Mapping of two measures"),
    "exercise.opening": _("Opening of an exercise"),
    "exercise.closing": _("Closing of an exercise"),
    "evidence.handed_over": _("Handed over (machine receipt, no political meaning)"),
    "evidence.quarantined": _("Kept apart until called back (machine receipt, no political meaning)"),
    "evidence.callback": _("Outcome of calling back"),
}

LABELS: dict[str, str | Promise] = {
    "subject": _("Subject"),
    "title": _("Title"),
    "text": _("Text"),
    "observed": _("What was observed"),
    "reading": _("How we read it"),
    "questions": _("Questions"),
    "answers": _("Answers"),
    "when": _("When"),
    "where": _("Where"),
    "sector": _("Sector"),
    "systems": _("Systems affected"),
    "severity": _("Severity"),
    "link": _("Link to your territory"),
    "effect": _("Effect so far"),
    "reassurance": _("What would reassure"),
    "next_step": _("Proposed next step"),
    "cross_border": _("Effect across borders"),
    "cause": _("Cause"),
    "actions": _("Measures taken"),
    "measures": _("Measures taken"),
    "advice": _("Advice"),
    "told": _("Who else was told"),
    "public_statement": _("Plan for a public statement"),
    "attributes_nothing": _("Attribution"),
    "translation": _("Courtesy translation, not authentic"),
    "meaning": _("Meaning"),
    "answer_expected_by": _("Answer expected by"),
    "nature": _("Kind of answer"),
    "next_update_by": _("Next update by"),
    "reason": _("Reason"),
    "channel": _("Channel"),
    "event": _("Event"),
    "forum": _("Forum"),
    "within_hours": _("Within hours"),
    "at": _("Time"),
    "level": _("Level"),
    "agenda": _("Agenda"),
    "outcome": _("Outcome"),
    "public_line": _("Public line"),
    "lessons": _("Lessons"),
    "status": _("Status"),
    "scope": _("Scope"),
    "alternative": _("Other way to reach us"),
    "until": _("Until"),
    "activity": _("Activity"),
    "window": _("Window"),
    "ranges": _("Source ranges"),
    "markers": _("Markers"),
    "stop_contact": _("Contact for a stop request"),
    "purpose": _("Purpose"),
    "topic": _("Topic"),
    "nothing_new": _("Nothing new"),
    "period": _("Period"),
    "form": _("Form"),
    "places": _("Places"),
    "reply_by": _("Reply by"),
    "conditions": _("Conditions"),
    "capacity": _("What is offered"),
    "cost": _("Cost"),
    "languages": _("Languages"),
    "valid_until": _("Valid until"),
    "towards": _("Towards"),
    "reservations": _("Reservations"),
    "begins_at": _("Begins"),
    "ends_at": _("Ends"),
    "withdrawal_notice_days": _("Days of notice before withdrawal"),
    "object": _("Related to"),
    "relation": _("Relation"),
    "rationale": _("Rationale"),
    "explanation": _("Explanation"),
    "fields": _("Corrected"),
    "exercise_id": _("Exercise"),
    "participants": _("Participants"),
    "stop_word": _("Stop word"),
    "about": _("About"),
    "note": _("Note"),
    "office": _("Office"),
    "participant": _("Participant"),
    "outside": _("Outside this system"),
}

WORDS: dict[str, str | Promise] = {
    "received": _("received"),
    "under-review": _("received, under review"),
    "interim": _("interim"),
    "substantive": _("in substance"),
    "answered": _("answered"),
    "partial": _("answered in part"),
    "not-known": _("not known"),
    "not-disclosed": _("not disclosed"),
    "not-competent": _("not competent"),
    "legal-limit": _("legal limit"),
    "security": _("security"),
    "not-accepted-as-basis": _("not accepted as a basis"),
    "no-reason-given": _("no reason given"),
    "satisfied": _("satisfied"),
    "partly": _("partly satisfied"),
    "not-satisfied": _("not satisfied"),
    "no-answer": _("no answer recorded"),
    "withdrawn": _("withdrawn"),
    "moved-elsewhere": _("moved elsewhere"),
    "asked": _("asked for"),
    "accepted": _("accepted"),
    "refused": _("not accepted"),
    "held": _("held"),
    "bilateral": _("bilateral"),
    "facilitated": _("with a facilitator"),
    "all-participants": _("all participants"),
    "open": _("open"),
    "limited": _("limited"),
    "suspended": _("suspended"),
    "thread": _("this thread"),
    "exercise": _("exercise"),
    "survey": _("survey"),
    "sinkhole": _("sinkhole"),
    "takedown": _("takedown"),
    "other": _("other"),
    "observe": _("observe"),
    "visit": _("visit"),
    "briefing": _("briefing"),
    "unilateral": _("unilateral"),
    "reciprocal": _("reciprocal"),
    "joint": _("joint"),
    "equal": _("asks the same"),
    "subset-of": _("asks less (subset of)"),
    "superset-of": _("asks more (superset of)"),
    "intersects": _("overlaps"),
    "disjoint": _("nothing in common"),
    "syntactic": _("by the words"),
    "semantic": _("by the meaning"),
    "functional": _("by the effect"),
    "draft": _("draft"),
    "candidate": _("candidate"),
    "final": _("final"),
    "unknown": _("unknown"),
    "accident": _("accident"),
    "malicious": _("malicious"),
    "suspected-state": _("suspected state"),
    "not-assessed": _("not assessed"),
}
_CODED = frozenset(
    [
        "meaning",
        "nature",
        "reason",
        "outcome",
        "event",
        "forum",
        "status",
        "scope",
        "activity",
        "form",
        "relation",
        "rationale",
        "cause",
    ]
)
_LEFT_OUT = frozenset({"statement_id", "copy_to_secretariat", "notices", "facilitator", "translation_language"})
_CODES = frozenset({"ranges", "stop_word", "exercise_id"})


def body_rows(body: dict[str, Any], language: str = "") -> list[Row]:
    """Return labelled rows for a body; what it does not say has no row."""
    rows: list[Row] = []
    for name, value in body.items():
        if name in _LEFT_OUT or value in (None, "", []):
            continue
        try:
            rows += _of_member(name, value, body, language)
        except (KeyError, TypeError, ValueError, AttributeError, MalformedError):
            # A draft may hold anything; what no statement could be is shown as it stands.
            rows.append({"label": LABELS.get(name, name), "value": str(value), "long": True})
    return rows


def _of_member(name: str, value: Any, body: dict[str, Any], language: str) -> list[Row]:
    label = LABELS.get(name, name)
    if name == "attributes_nothing":
        return [{"label": label, "value": gettext("This message attributes nothing to anybody.")}] if value else []
    if name == "translation":
        return [_translation(value, str(body.get("translation_language") or ""))]
    if name == "questions":
        return [_numbered(_("Question %(number)s"), each, language) for each in value]
    if name == "answers":
        return [_answer(each, language) for each in value]
    if name == "fields":
        return [{"label": marks.isolate(each["field"]), "was": each["was"], "value": each["now"]} for each in value]
    return _rows(name, label, value, language)


def _rows(  # noqa: PLR0911 - one line for each shape that a value can have
    name: str, label: str | Promise, value: Any, language: str
) -> list[Row]:
    if isinstance(value, dict) and "absent" in value:
        return [{"label": label, "standing": value["absent"]}]
    if isinstance(value, dict) and "value" in value and set(value) <= {"value", "absent"}:
        return _rows(name, label, value["value"], language)
    if isinstance(value, dict) and {"begins_at", "ends_at", "estimate"} & set(value):
        return _span(label, value)
    if isinstance(value, dict) and "scale" in value:
        return [{"label": label, "value": f"{value['value']} · {value['scale']}"}]
    if isinstance(value, dict):
        return [{"label": label, "value": " · ".join(str(part) for part in value.values())}]
    if name.endswith(("_at", "_by", "until")) or (name == "at" and isinstance(value, str)):
        return [{"label": label, "at": parse_instant(value)}]
    if isinstance(value, bool):
        return [{"label": label, "value": gettext("yes") if value else gettext("no")}]
    if isinstance(value, list):
        return [{"label": label, "value": ", ".join(map(str, value)), "code": name in _CODES}]
    if name in _CODED:
        return [{"label": label, "value": WORDS.get(value, value)}]
    text = str(value)
    return [{"label": label, "value": text, "long": len(text) > 60 or "\n" in text, "language": language}]


def _span(label: str | Promise, value: dict[str, Any]) -> list[Row]:
    estimate = bool(value.get("estimate"))
    rows = []
    for name, part in (("begins_at", gettext("%s: from")), ("ends_at", gettext("%s: to"))):
        if value.get(name):
            rows.append({"label": part % label, "at": parse_instant(value[name]), "estimate": estimate})
    return rows


def _translation(text: str, language: str) -> Row:
    label: str | Promise = LABELS["translation"]
    if language:
        label = gettext("Courtesy translation into %(language)s, not authentic") % {"language": language_name(language)}
    return {"label": label, "value": text, "long": True, "language": language}


def _numbered(label: str | Promise, question: dict[str, Any], language: str) -> Row:
    return {
        "label": str(label) % {"number": question["number"]},
        "value": question["text"],
        "long": True,
        "language": language,
    }


def _answer(answer: dict[str, Any], language: str) -> Row:
    label = gettext("Answer to question %(number)s: %(status)s") % {
        "number": answer["number"],
        "status": WORDS.get(answer["status"], answer["status"]),
    }
    return {"label": label, "value": answer.get("text") or "–", "long": True, "language": language}
