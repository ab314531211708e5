"""Where a thread stands towards each addressee, in words: stage, asked-by times, who may say what, what comes next."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from detente.portal import bodies, vocabulary
from detente.portal.acting import Acting
from detente.procedures.reading import Permit, Reading
from detente.projections.consultation import Row, ThreadView

# Four things that are not the same, although nothing is said in any of them (design invariant 25).
SILENCES: dict[str, str | Promise] = {
    "undelivered": _("Nothing shows that it arrived. Use the call sheet, or another channel."),
    "silent": _("It arrived, and nothing is recorded since. Only that is known."),
    "declined": _("The office said that it will not answer. That is not silence."),
    "suspended": _("A side suspended the channel and said so. All clocks stand still."),
}
# What is seldom said, folded away behind the rest.
_SELDOM = frozenset(
    {
        "correction",
        "withdrawal",
        "channel.limited",
        "channel.suspended",
        "channel.open",
        "referral.outside",
        "callback.confirmed",
        "callback.denied",
    }
)
_THE_CORRECTION = pgettext_lazy("may now", "acknowledge the correction")
# What the pages offer a form for; a call back is recorded elsewhere.
_NOT_OFFERED = frozenset({"callback.confirmed", "callback.denied"})


def standings(who: Acting, view: ThreadView) -> list[dict[str, Any]]:
    """Return one standing for each addressee that the viewer may know of."""
    return [_standing(who, row) for row in view.rows]


def offers(who: Acting, view: ThreadView) -> dict[str, list[dict[str, Any]]]:
    """Return what the viewer may say now, each with its form's address and its asked-by time: usual and seldom."""
    mine: dict[str, Permit] = {}
    for row in view.rows:
        for permit in row.permits(who.person.participant):
            known = mine.get(permit.verb)
            if known is None or (permit.until and (known.until is None or permit.until < known.until)):
                mine[permit.verb] = permit
    found: dict[str, list[dict[str, Any]]] = {"usual": [], "seldom": []}
    for verb, permit in mine.items():
        if verb in _NOT_OFFERED:
            continue
        if verb == "acknowledgement":
            found["usual"] += _to_acknowledge(who, view)
            continue
        found["seldom" if verb in _SELDOM else "usual"].append(
            {
                "label": vocabulary.called(vocabulary.MAY, verb),
                "url": reverse("portal:say", args=[view.thread, verb]),
                "until": permit.until,
            }
        )
    return found


def _to_acknowledge(who: Acting, view: ThreadView) -> list[dict[str, Any]]:
    """Return one offer for each statement that waits for the viewer's acknowledgement, the request first."""
    found: dict[str, dict[str, Any]] = {}
    for row in view.rows:
        for statement_id in row.unacknowledged(who.person.participant):
            asked = row.reading.deadline("acknowledgement")
            is_request = statement_id == row.reading.request_id
            found[statement_id] = {
                "label": vocabulary.called(vocabulary.MAY, "acknowledgement") if is_request else _THE_CORRECTION,
                "url": reverse("portal:acknowledge", args=[view.thread, statement_id]),
                "until": asked.by if asked and is_request else None,
            }
    return list(found.values())


def stage_words(reading: Reading) -> str:
    """Return the stage in words, with the outcome of one that ended."""
    words = str(vocabulary.called(vocabulary.STAGES, reading.stage))
    if reading.outcome is None:
        return words
    outcome = vocabulary.OUTCOMES.get(reading.outcome) or bodies.WORDS.get(reading.outcome, reading.outcome)
    return gettext("%(stage)s: %(outcome)s") % {"stage": words, "outcome": outcome}


def _standing(who: Acting, row: Row) -> dict[str, Any]:
    reading, mine = row.reading, who.person.participant
    other = row.other(mine)
    return {
        "addressee": who.name(row.addressee),
        "stage": stage_words(reading),
        "since": reading.since,
        "silence": SILENCES.get(reading.silence or ""),
        "round": reading.round if reading.round > 1 else 0,
        "deadlines": _deadlines(who, row),
        "theirs": _permitted(row, other),
        "their_name": who.name(other),
        "flags": [vocabulary.FLAGS[each] for each in sorted(reading.flags) if each in vocabulary.FLAGS],
        "next": _next(reading),
        "open": reading.is_open,
    }


def _deadlines(who: Acting, row: Row) -> list[dict[str, Any]]:
    paused = row.reading.silence == "suspended"
    other = row.other(who.person.participant)
    return [
        {
            "label": vocabulary.called(vocabulary.DEADLINES, each.name),
            "at": None if each.met_at else each.by,
            "met_at": each.met_at,
            "passed": each.passed,
            "paused": paused and each.met_at is None,
            "left": each.by - who.now,
            "their_zone": who.zone(other),
            "their_name": who.name(other),
        }
        for each in row.reading.deadlines
        if row.reading.is_open or each.met_at
    ]


def _permitted(row: Row, participant: str) -> list[dict[str, Any]]:
    return [
        {
            "label": vocabulary.called(vocabulary.MAY, permit.verb),
            # The time of the request stays behind when only a correction waits.
            "until": permit.until if permit.verb != "acknowledgement" or not row.reading.acknowledged_at else None,
        }
        for permit in row.permits(participant)
        if permit.verb not in _SELDOM
    ]


def _next(reading: Reading) -> list[dict[str, Any]]:
    """Return the steps of the ladder that are still to come; after the last nothing else follows."""
    if not reading.is_open:
        return []
    return [
        {"at": step.due_at, "what": vocabulary.LADDER_TO_COME.get(step.name, vocabulary.TO_REMIND)}
        for step in reading.ladder
        if not step.due
    ]
