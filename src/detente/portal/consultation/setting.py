"""What a form knows of its thread: who may be addressed, questions, notices that cover it, own statements."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext

from detente.clock import parse_instant
from detente.errors import PolicyError
from detente.node import records
from detente.portal import bodies, times
from detente.portal.acting import Acting
from detente.portal.consultation.saying_form import Choices, Setting
from detente.portal.consultation.timeline import recorded_at, verb_name
from detente.projections import registers
from detente.projections.consultation import Row, ShownStatement, ThreadView
from detente.statements.addresses import addresses_in

_ADDRESSES = 40
_TEXT_TYPES = ("application/json", "text/plain", "text/csv")
_CORRECTABLE = frozenset({"text", "observed", "reading", "subject", "agenda", "reason", "public_line", "lessons"})
_STRUCTURED = frozenset({"where", "systems", "sector", "link", "effect", "reassurance", "next_step", "measures"})


def setting_for(who: Acting, view: ThreadView, verb: str, rows: list[Row], about: ShownStatement | None) -> Setting:
    """Return what the form of ``verb`` needs; ``rows`` are those in which it may be said now."""
    mine = who.person.participant
    made = Setting(
        addressees=[(row.other(mine), who.name(row.other(mine))) for row in rows],
        language=_language(who, view, mine),
        subject=view.first.subject,
    )
    request = view.statement(rows[0].reading.request_id)
    if verb.startswith("answer."):
        made.questions = [(each["number"], each["text"]) for each in request.body.get("questions", ())]
        made.notices = _notices(who, request)
    elif verb == "referral":
        made.offices = _offices(who)
    elif verb == "meeting.asked":
        made.agenda = _agenda(view, request)
    elif verb == "withdrawal":
        made.own = [(each.statement_id, _named(each)) for each in own_statements(view, mine)]
    elif verb == "correction" and about is not None:
        made.correctable = _correctable(about)
    return made


def own_statements(view: ThreadView, mine: str) -> list[ShownStatement]:
    """Return what the viewer's offices said in the thread and may take back or correct, oldest first."""
    kinds = ("consultation.acknowledgement", "consultation.withdrawal", "consultation.correction")
    return [each for each in view.statements if each.issuer == mine and not each.is_evidence and each.kind not in kinds]


def _named(each: ShownStatement) -> str:
    at = times.format_instant(recorded_at(each), times.viewer_zone())
    return gettext("%(what)s of %(at)s") % {"what": verb_name(each), "at": at}


def _language(who: Acting, view: ThreadView, mine: str) -> str:
    own = [each.members["language"] for each in view.statements if each.issuer == mine and not each.is_evidence]
    return str(own[-1]) if own else who.language.partition("-")[0]


def _offices(who: Acting) -> Choices:
    return [
        (f"{participant}/{office}", f"{who.name(participant)} · {who.office_name(participant, office)}")
        for participant, office in sorted(who.directory.offices)
    ]


def _agenda(view: ThreadView, request: ShownStatement) -> str:
    """Return the questions that no answer settled, each with how far it came."""
    settled: dict[int, str] = {}
    for each in view.statements:
        if each.kind == "consultation.answer" and each.position > request.position:
            settled.update({answer["number"]: answer["status"] for answer in each.body.get("answers", ())})
    lines = []
    for each in request.body.get("questions", ()):
        status = settled.get(each["number"], "")
        if status != "answered":
            so_far = bodies.WORDS.get(status, gettext("no answer recorded"))
            lines.append(f"{each['number']}. {each['text']} ({so_far})")
    return "\n".join(lines)


def _correctable(about: ShownStatement) -> list[tuple[str, str | Promise, str]]:
    found: list[tuple[str, str | Promise, str]] = []
    for name, value in about.body.items():
        if name in _CORRECTABLE and isinstance(value, str):
            found.append((name, bodies.LABELS.get(name, name), value))
        elif name in _STRUCTURED and isinstance(value, dict) and isinstance(value.get("value"), str):
            found.append((name, bodies.LABELS.get(name, name), value["value"]))
    return found


def _notices(who: Acting, request: ShownStatement) -> Choices:
    """Return the notices that an answer may attach: those that cover an address of the request or its annexes."""
    mine = who.person.participant
    texts = [str(value) for value in request.body.values()]
    texts += [
        _annex(who, request.statement_id, label["sha256"])
        for label in request.members.get("attachments", ())
        if label["media_type"] in _TEXT_TYPES
    ]
    begins_at, ends_at = _observed(request.body)
    found: dict[str, str] = {}
    for address in addresses_in(texts)[:_ADDRESSES]:
        for coverage in registers.notices_covering(address, begins_at, ends_at, mine, request.members["context"]):
            found.setdefault(coverage.item.statement_id, _covers(who, address, coverage.item))
    return list(found.items())


def _annex(who: Acting, statement_id: str, sha256: str) -> str:
    try:
        _name, _type, data = records.attachment(who.person, statement_id, sha256)
    except PolicyError:
        return ""
    return data.decode("utf-8", "replace")


def _observed(body: dict[str, Any]) -> tuple[datetime | None, datetime | None]:
    span = (body.get("when") or {}).get("value") or {}
    begins, ends = span.get("begins_at"), span.get("ends_at")
    return (parse_instant(begins) if begins else None, parse_instant(ends) if ends else None)


def _covers(who: Acting, address: str, notice: registers.Item) -> str:
    zone = times.viewer_zone()
    window = notice.body.get("window") or {}
    edges = [
        times.format_instant(parse_instant(window[name]), zone) if window.get(name) else gettext("open")
        for name in ("begins_at", "ends_at")
    ]
    return gettext(
        "%(address)s lies in an advance notice that %(who)s published on %(at)s: “%(title)s”, %(begins)s to"
        " %(ends)s (%(zone)s). Attach it?"
    ) % {
        "address": address,
        "who": who.name(notice.issuer),
        "at": times.format_instant(notice.issued_at, zone),
        "title": notice.title,
        "begins": edges[0],
        "ends": edges[1],
        "zone": times.zone_label(notice.issued_at, zone),
    }
