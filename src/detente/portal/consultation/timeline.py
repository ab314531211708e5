"""The timeline of a thread: what was said, what machines confirmed, what the clock did, in one order of time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext

from detente.clock import from_milliseconds, parse_instant
from detente.node import records
from detente.node.records import LedgerState
from detente.portal import bodies, vocabulary
from detente.portal.acting import Acting
from detente.portal.consultation.corrected import Corrected
from detente.procedures.consultation import verb_of
from detente.projections import registers
from detente.projections.consultation import ShownStatement, ThreadView
from detente.statements.statement import EVERYONE

_BOXED = frozenset({"reading", "questions", "answers", "attributes_nothing", "translation", "subject"})
_RECEIPTS_SHOWN = 4
_PLACE = "STATEMENT"
_SAME_TIME = timedelta(minutes=1)
_DETAILS = (
    "about",
    "questions",
    "answers",
    "reading",
    "attributes_nothing",
    "translation",
    "notices",
    "no_admission",
    "unacknowledged_by",
)


@dataclass(frozen=True)
class Known:
    """What a whole page reads once: the ledger's reach, releases of the own side, notices that answers name."""

    ledger: LedgerState
    released: dict[str, Any]
    notices: dict[str, registers.Item]


def timeline(who: Acting, view: ThreadView) -> list[dict[str, Any]]:
    """Return the entries of the page, oldest first."""
    known = _known(who, view)
    corrected = Corrected(who, view)
    entries = [
        _machine(who, each) if each.is_evidence else said(who, view, each, known, corrected) for each in view.statements
    ]
    entries += _clock(who, view)
    return sorted(entries, key=lambda entry: (entry["at"], entry["order"]))


def receipt_of(who: Acting, each: ShownStatement | registers.Item, ledger: LedgerState) -> list[dict[str, Any]]:
    """Return what can be said of the places that the ledger gave a statement, those of its issuer's readers only."""
    mine = who.person.participant
    seen = [at for at in each.entries if mine == each.issuer or at.recipient in (mine, EVERYONE)]
    names = [who.name(name) for name in ledger.cosigners]
    return [
        {
            "standing": "cosigned" if names and at.index < ledger.cosigned_size else "recorded",
            "index": at.index,
            "cosigners": names if at.index < ledger.cosigned_size else [],
            "needed": ledger.needed,
        }
        for at in seen[:_RECEIPTS_SHOWN]
    ] or [{"standing": "pending"}]


def key_of(who: Acting, keyset_id: str, participant: str, *, fingerprint: bool = False) -> dict[str, Any] | None:
    """Return who keeps the key set that signed."""
    listed = who.key(keyset_id)
    if listed is None:
        return None
    return {
        "custody": listed.custody,
        "participant": who.name(participant),
        "host": who.name(who.directory.operator),
        "fingerprint": listed.keys.fingerprint if fingerprint else "",
    }


def statement_url(statement_id: str) -> str:
    """Return the address of a statement's page."""
    return _statement_url().replace(_PLACE, statement_id)


@lru_cache(maxsize=1)
def _statement_url() -> str:
    """Resolve the address once: a page names hundreds of statements."""
    return reverse("portal:statement", args=[_PLACE])


def verb_name(each: ShownStatement) -> Any:
    """Return how pages call what a statement says."""
    return vocabulary.called(vocabulary.SAID, verb_of(each.kind, each.body))


def recorded_at(each: ShownStatement) -> datetime:
    """Return when a statement was recorded first, or came while it is not."""
    return min((at.registered_at for at in each.entries), default=each.received_at)


def _known(who: Acting, view: ThreadView) -> Known:
    mine = who.person.participant
    own = [each.statement_id for each in view.statements if each.issuer == mine and not each.is_evidence]
    named = [
        notice
        for each in view.statements
        if each.kind == "consultation.answer"
        for notice in each.body.get("notices", ())
    ]
    return Known(
        ledger=records.ledger_state(who.node),
        released=records.released_by(own) if own else {},
        notices=registers.find(named, mine) if named else {},
    )


def said(who: Acting, view: ThreadView, each: ShownStatement, known: Known, corrected: Corrected) -> dict[str, Any]:
    """Return one statement by an office as the timeline shows it."""
    members, body, language = each.members, each.body, str(each.members["language"])
    shown = {name: value for name, value in body.items() if name not in _BOXED}
    withdrawn = corrected.withdrawn(each.statement_id)
    entry = {
        "what": "said",
        "at": recorded_at(each),
        "order": each.position,
        "anchor": f"s{each.position}",
        "verb": verb_name(each),
        "subject": body.get("subject", ""),
        "from_participant": who.name(each.issuer),
        "from_office": who.office_name(each.issuer, each.office),
        "to": [who.name(name) for name in each.recipients],
        "issued_at": each.issued_at if abs(recorded_at(each) - each.issued_at) > _SAME_TIME else None,
        "tlp": each.tlp,
        "urgency": vocabulary.called(vocabulary.URGENCY, members.get("urgency", "")) if body.get("subject") else "",
        "reference": members.get("reference", ""),
        "language": language,
        "irregular": any(each.statement_id in row.reading.irregular for row in view.rows),
        "struck": withdrawn is not None,
        "withdrawn_url": f"#s{withdrawn.position}" if withdrawn else "",
        "fields": corrected.rows(each, bodies.body_rows(shown, language)),
        "corrections": corrected.notes(each),
        "unacknowledged_by": corrected.unacknowledged_by(each),
        "about": _about(view, each),
        "questions": _questions(who, view, each),
        "answers": _answers(view, each),
        "reading": body.get("reading") or "",
        "attributes_nothing": bool(body.get("attributes_nothing")),
        "translation": body.get("translation") or "",
        "notices": [known.notices[name] for name in body.get("notices", ()) if name in known.notices],
        "no_admission": each.kind == "consultation.acknowledgement",
        "attachments": attachments_of(each),
        **_provenance(who, each, known),
    }
    # Most statements are a text and nothing else; only the others need the longer template.
    entry["detail"] = "portal/consultation/said.html" if any(entry[name] for name in _DETAILS) else ""
    return entry


def _provenance(who: Acting, each: ShownStatement, known: Known) -> dict[str, Any]:
    """Return who drafted and released a statement, under which key, and where it is recorded."""
    released = known.released.get(each.statement_id)
    return {
        "receipts": receipt_of(who, each, known.ledger),
        "more_receipts": max(len(each.entries) - _RECEIPTS_SHOWN, 0) if each.issuer == who.person.participant else 0,
        "key": key_of(who, each.keyset_id, each.issuer),
        "drafter": released.drafter if released else "",
        "releaser": released.releaser if released else "",
        "single_release": bool(released and released.emergency),
        "envelope_url": statement_url(each.statement_id),
    }


def attachments_of(each: ShownStatement) -> list[dict[str, Any]]:
    """Return the attachments that a statement names, with the address from which each is downloaded."""
    return [
        {
            "url": reverse("portal:attachment", args=[each.statement_id, label["sha256"]]),
            "name": label["name"],
            "note": f"{label['media_type']} · {filesizeformat(label['size'])}",
            "tlp": label["tlp"],
        }
        for label in each.members.get("attachments", ())
    ]


def _about(view: ThreadView, each: ShownStatement) -> dict[str, Any] | None:
    """Return the statement that ``each`` is about, where its body names one of this thread."""
    named = each.body.get("statement_id")
    about = next((one for one in view.statements if one.statement_id == named), None)
    return {"verb": verb_name(about), "url": f"#s{about.position}"} if about else None


def _questions(who: Acting, view: ThreadView, each: ShownStatement) -> list[dict[str, Any]]:
    """Return the questions of a statement, beside each what was answered last, by whom."""
    questions = each.body.get("questions") or ()
    if not questions:
        return []
    later = [
        one
        for one in view.statements
        if one.kind == "consultation.answer" and one.position > each.position and _asked_in(view, one) is each
    ]
    found = []
    for question in questions:
        answers: dict[str, dict[str, Any]] = {}
        for one in later:
            for answer in one.body.get("answers", ()):
                if answer["number"] == question["number"]:
                    answers[one.issuer] = {
                        "who": who.name(one.issuer),
                        "status": bodies.WORDS.get(answer["status"], answer["status"]),
                        "text": answer.get("text", ""),
                        "language": one.members["language"],
                        "url": f"#s{one.position}",
                    }
        found.append({"number": question["number"], "text": question["text"], "answers": list(answers.values())})
    return found


def _answers(view: ThreadView, each: ShownStatement) -> list[dict[str, Any]]:
    """Return the answers of a statement, each beside its question."""
    given = each.body.get("answers") or ()
    if not given:
        return []
    asked = _asked_in(view, each)
    texts = {one["number"]: one["text"] for one in asked.body.get("questions", ())} if asked else {}
    return [
        {
            "number": answer["number"],
            "question": texts.get(answer["number"], ""),
            "question_language": asked.members["language"] if asked else "",
            "status": bodies.WORDS.get(answer["status"], answer["status"]),
            "text": answer.get("text", ""),
        }
        for answer in given
    ]


def _asked_in(view: ThreadView, answer: ShownStatement) -> ShownStatement | None:
    """Return the statement with questions that ``answer`` follows, else the last one by another side before it."""
    asking = [one for one in view.statements if one.body.get("questions") and one.position < answer.position]
    follows = answer.members.get("follows") or ()
    named = [one for one in asking if one.statement_id in follows]
    others = [one for one in asking if one.issuer != answer.issuer]
    return next(iter((named or others)[-1:]), None)


def _machine(who: Acting, each: ShownStatement) -> dict[str, Any]:
    verb = verb_of(each.kind, each.body)
    refused = len(each.body.get("refused_attachments") or ())
    return {
        "what": "machine",
        "at": recorded_at(each),
        "order": each.position,
        "verb": verb,
        "words": vocabulary.called(vocabulary.SAID, verb),
        "who": who.name(each.issuer),
        "refused": refused,
        "index": each.entries[0].index if each.entries else None,
        "url": statement_url(each.statement_id),
        "claimed_at": parse_instant(each.body["received_at"]) if "received_at" in each.body else None,
    }


def _clock(who: Acting, view: ThreadView) -> Iterable[dict[str, Any]]:
    """Return what the clock did: steps that changed the stage, and reminders that came due."""
    several = len(view.rows) > 1
    reminded = records.reminders(view.thread)
    found: list[dict[str, Any]] = []
    for row in view.rows:
        name, zone = who.name(row.addressee), who.zone(row.addressee)
        steps = [
            (step.at, vocabulary.called(vocabulary.CLOCK_STEPS, step.verb))
            for step in row.reading.history
            if step.statement_id is None
        ]
        steps += [
            (step.due_at, vocabulary.LADDER_DONE.get(step.name, vocabulary.REMINDED))
            for step in row.reading.ladder
            if step.due
        ]
        for sent in reminded:
            number, _, step_name = sent.step.partition("/")
            if sent.addressee == row.addressee and number.isdigit() and int(number) < row.reading.round:
                at = from_milliseconds(sent.at)
                steps.append((at, vocabulary.LADDER_DONE.get(step_name, vocabulary.REMINDED)))
        found += [
            {
                "what": "clock",
                "at": at,
                "order": 1 << 62,
                "words": gettext("%(who)s: %(words)s") % {"who": name, "words": words} if several else words,
                "zone": zone,
                "name": name,
            }
            for at, words in steps
        ]
    return found
