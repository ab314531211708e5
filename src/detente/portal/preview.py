"""A draft as its reader will see it: made from the very statement that a release would sign.

What is missing, whom it reaches in which zone and language, by when what is asked, which published notices cover it.
A gap is named here and never blocks anything by itself; what no statement could be is what the release refuses.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from detente import clock
from detente.clock import parse_instant
from detente.errors import MalformedError, PolicyError
from detente.node import records
from detente.portal import vocabulary
from detente.portal.acting import Acting
from detente.portal.bodies import body_rows
from detente.portal.languages import language_name, same_language
from detente.procedures import clocks
from detente.projections import registers
from detente.projections.consultation import calendar_of
from detente.projections.projector import OPENERS
from detente.statements.addresses import addresses_in
from detente.statements.statement import EVERYONE, KINDS, Statement

_TEXT_TYPES = ("application/json", "application/xml", "application/yaml")
_TEXT_NAMES = (".json", ".txt", ".csv", ".xml", ".yaml", ".yml", ".stix", ".md", ".log")
_SCANNED_BYTES = 2_000_000
_ASKED_ADDRESSES = 60
_SAYS_SOMETHING = ("observed", "questions", "text", "reading")


def as_read(who: Acting, statement: Statement) -> dict[str, Any]:
    """Return what the page shows of ``statement``, which releasing the draft would sign."""
    body = statement.body.model_dump(mode="json", exclude_none=True)
    readers = [reader(who, each, statement, body) for each in statement.recipients if each != EVERYONE]
    return {
        "statement": statement,
        "language": language_name(statement.language),
        "urgency": vocabulary.called(vocabulary.URGENCY, statement.urgency),
        "rows": body_rows(body, statement.language),
        "everyone": statement.addressees == EVERYONE,
        "readers": readers,
        # Where one reader has a zone, times in the text are shown in it.
        **({"text_zone": clock.zone(readers[0]["zone"])} if len(readers) == 1 and readers[0]["zone"] else {}),
        "exercise": exercise_of(who, statement.exercise_id),
        "events": [f"{each.id} ({each.issued_by})" for each in statement.events],
        "attached_notices": _attached_notices(who, body),
        "me": who.name(who.person.participant),
    }


def reader(who: Acting, participant: str, statement: Statement, body: dict[str, Any]) -> dict[str, Any]:
    """Return how ``participant`` reads it: its languages, its zone, and what is asked of it by when."""
    offices = who.directory.offices_of(participant, "diplomatic") or who.directory.offices_of(participant)
    spoken = list(offices[0].entry.languages) if offices else []
    calendar = calendar_of(who.directory, participant)
    asked: list[tuple[str | Promise, datetime]] = []
    if statement.kind in OPENERS:
        by = statement.ack_by or clocks.acknowledge_by(statement.urgency, who.now, calendar)
        asked.append((_("Acknowledgement asked by"), by))
    if statement.kind == OPENERS[0]:
        by = statement.answer_by or clocks.answer_by(statement.urgency, who.now, calendar)
        asked.append((_("Answer asked by"), by))
    translated = body.get("translation_language", "") if body.get("translation") else ""
    return {
        "name": who.name(participant),
        "office": who.office_name(participant, offices[0].entry.office) if offices else "",
        "zone": offices[0].entry.time_zone if offices else "",
        "languages": [language_name(code) for code in spoken],
        "reads_it": not spoken or any(same_language(code, statement.language) for code in spoken),
        "translated": bool(body.get("translation")),
        "translation": language_name(translated) if translated else "",
        "asked": asked,
    }


def _attached_notices(who: Acting, body: dict[str, Any]) -> list[dict[str, str]]:
    found = []
    for statement_id in body.get("notices", ()):
        try:
            notice = registers.item(statement_id, who.person.participant)
        except PolicyError:
            continue
        found.append({"title": notice.title, "url": reverse("portal:notice", args=[statement_id])})
    return found


def exercise_of(who: Acting, exercise_id: str | None) -> dict[str, str] | None:
    """Return what the exercise's band shows, None for what is not part of one."""
    if not exercise_id:
        return None
    listed = who.directory.exercises.get(exercise_id)
    return {"id": exercise_id, "name": listed.opening.title if listed else ""}


def gaps(kind: str, content: dict[str, Any]) -> list[str]:
    """Return what a reader would miss in a draft, as sentences; nothing of it keeps the draft from being kept."""
    body = content.get("body")
    body = body if isinstance(body, dict) else {}
    found = []
    if KINDS[kind].audience == "named" and not content.get("addressees"):
        found.append(gettext("No reader is chosen."))
    if not content.get("context"):
        found.append(gettext("It is not said whether this is real, a test, or part of an exercise."))
    if kind in OPENERS:
        found += _gaps_of_openers(kind, body)
    return found


def _gaps_of_openers(kind: str, body: dict[str, Any]) -> list[str]:
    found = []
    if not body.get("subject"):
        found.append(gettext("There is no subject."))
    if not any(body.get(name) for name in _SAYS_SOMETHING):
        found.append(gettext("It asks nothing and observes nothing."))
    elif kind == OPENERS[0] and not body.get("questions"):
        found.append(gettext("It asks no question."))
    if not body.get("when"):
        found.append(gettext("It does not say when this was observed, nor that the time is not known."))
    return found


def attachments(row: Any) -> list[dict[str, Any]]:
    """Return the draft's attachments with the address of each."""
    return [
        {**label, "url": reverse("portal:draft-attachment", args=[row.id, label["sha256"]])}
        for label in row.content.get("attachments", [])
    ]


def notices(who: Acting, row: Any) -> list[dict[str, Any]]:
    """Return the published notices whose ranges and window an address of the draft or an annex, and its time, fall in.

    Without a time every window counts. Annexes are read as far as the first two million bytes.
    """
    if KINDS[row.kind].audience != "named":
        return []
    body = row.content.get("body")
    body = body if isinstance(body, dict) else {}
    begins_at, ends_at = _observed(body)
    context = row.content.get("context") or "real"
    found: dict[str, dict[str, Any]] = {}
    for address in addresses_in([*_strings(body), *_annexes(row)])[:_ASKED_ADDRESSES]:
        for coverage in registers.notices_covering(address, begins_at, ends_at, who.person.participant, context):
            notice = coverage.item
            window = notice.body["window"]
            kept = found.setdefault(
                notice.statement_id,
                {
                    "title": notice.title,
                    "url": reverse("portal:notice", args=[notice.statement_id]),
                    "issuer": who.name(notice.issuer),
                    "own": notice.issuer == who.person.participant,
                    "at": notice.issued_at,
                    "begins_at": _instant(window.get("begins_at")),
                    "ends_at": _instant(window.get("ends_at")),
                    "timed": begins_at is not None or ends_at is not None,
                    "addresses": [],
                },
            )
            kept["addresses"].append(address)
    return list(found.values())


def _observed(body: dict[str, Any]) -> tuple[datetime | None, datetime | None]:
    when = body.get("when")
    span = when.get("value") if isinstance(when, dict) else None
    span = span if isinstance(span, dict) else {}
    return _instant(span.get("begins_at")), _instant(span.get("ends_at"))


def _instant(text: Any) -> datetime | None:
    try:
        return parse_instant(text) if isinstance(text, str) else None
    except MalformedError:
        return None


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    return [text for each in value for text in _strings(each)] if isinstance(value, list) else []


def _annexes(row: Any) -> list[str]:
    return [
        records.draft_attachment(row, label["sha256"])[:_SCANNED_BYTES].decode("utf-8", errors="replace")
        for label in row.content.get("attachments", [])
        if _is_text(label)
    ]


def _is_text(label: dict[str, Any]) -> bool:
    kind = str(label["media_type"])
    if kind in _TEXT_TYPES or kind.startswith("text/") or kind.endswith("+json"):
        return True
    return str(label["name"]).lower().endswith(_TEXT_NAMES)
