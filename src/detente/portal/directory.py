"""The directory: participants, their offices, when and how to reach them, and the keys with which they speak.

It shows what is recorded and nothing that was measured; no participant is compared with another. Keys are shown as
the six groups of digits that two people read to each other by telephone.
"""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_safe

from detente import clock
from detente.node.needs import ENTRY_INTERVAL
from detente.portal.acting import Acting, acting
from detente.portal.languages import language_name
from detente.portal.times import active_locale, zone_label
from detente.procedures.directory import NEVER, ListedKey, ListedOffice

CATEGORIES: dict[str, str | Promise] = {
    "diplomatic": _("Diplomatic contact"),
    "technical": _("Technical contact"),
    "authority": _("National authority"),
    "secretariat": _("Secretariat"),
}
CHANNELS: dict[str, str | Promise] = {
    "email": _("E-mail"),
    "telephone": _("Telephone"),
    "sms": _("Text message"),
    "node": _("Machine address"),
    "other": pgettext_lazy("channel", "Other"),
}
_ORDER = tuple(CATEGORIES)


@require_safe
def participants(request: HttpRequest) -> HttpResponse:
    """List the participants with their offices and the time that it is there."""
    who = acting(request)
    context = {"participants": [_line(who, each) for each in _everybody(who)], "now": who.now}
    return render(request, "portal/directory/participants.html", context)


@require_safe
def participant(request: HttpRequest, participant_id: str) -> HttpResponse:
    """Show one participant's entry."""
    who = acting(request)
    if participant_id not in _everybody(who):
        raise Http404
    keys = [key for key in who.directory.keys.values() if key.participant == participant_id]
    context: dict[str, Any] = {
        "name": who.name(participant_id),
        "id": participant_id,
        "is_operator": participant_id == who.directory.operator,
        "now": who.now,
        "offices": [_office(who, each) for each in _offices(who, participant_id)],
        "keys": [_key(who, key) for key in keys if key.until_index == NEVER],
        "ended_keys": [_key(who, key) for key in reversed(keys) if key.until_index != NEVER],
    }
    return render(request, "portal/directory/participant.html", context)


def _everybody(who: Acting) -> list[str]:
    """Return the ids of all participants, ordered by the name that the page shows; the operator comes last."""
    members = sorted((each for each in who.directory.members if each != who.directory.operator), key=who.name)
    return [*members, who.directory.operator]


def _offices(who: Acting, participant_id: str) -> list[ListedOffice]:
    return sorted(who.directory.offices_of(participant_id), key=lambda each: _ORDER.index(each.entry.category))


def _line(who: Acting, participant_id: str) -> dict[str, Any]:
    offices = _offices(who, participant_id)
    first = offices[0].entry if offices else None
    return {
        "name": who.name(participant_id),
        "id": participant_id,
        "url": reverse("portal:participant", args=[participant_id]),
        "offices": [
            {"name": who.office_name(participant_id, each.entry.office), "category": CATEGORIES[each.entry.category]}
            for each in offices
        ],
        "zone": first.time_zone if first else "",
        "languages": [language_name(code) for code in first.languages] if first else [],
    }


def _office(who: Acting, listed: ListedOffice) -> dict[str, Any]:
    entry = listed.entry
    zone = clock.zone(entry.time_zone)
    return {
        "id": entry.office,
        "name": who.office_name(entry.participant, entry.office),
        "category": CATEGORIES[entry.category],
        "zone": entry.time_zone,
        "zone_label": zone_label(who.now, zone),
        "weekend_now": who.now.astimezone(zone).weekday() in entry.weekend,
        "hours": "" if entry.around_the_clock else f"{entry.opens}–{entry.closes}",
        "weekend": [day_name(day) for day in sorted(entry.weekend)],
        "holidays": _holidays(listed, who.now, zone),
        "languages": [language_name(code) for code in entry.languages],
        "channels": [{"kind": CHANNELS[each.kind], "value": each.value, "note": each.note} for each in entry.channels],
        "release_persons": entry.release_persons,
        "authority_reference": entry.authority_reference or "",
        "registered_at": listed.registered_at,
        "is_old": who.now - listed.registered_at > ENTRY_INTERVAL,
        "since": listed.since_index,
    }


def _holidays(listed: ListedOffice, now: datetime, zone: tzinfo) -> list[str]:
    today = now.astimezone(zone).date()
    return [day.isoformat() for day in sorted(listed.holidays) if day >= today]


def _key(who: Acting, key: ListedKey) -> dict[str, Any]:
    operator = who.directory.operator
    return {
        "office": who.office_name(key.participant, key.office) if key.office else "",
        "scope": key.scope,
        "fingerprint": key.keys.fingerprint,
        "self_kept": key.custody == "self",
        "kept_by": who.name(key.participant if key.custody == "self" else operator),
        "since": key.since_index,
        "until": key.until_index,
        "suspected_since": key.suspected_since,
    }


def day_name(day: int) -> str:
    """Return the name of a day of the week, 0 being Monday, in the language of the page."""
    return str(active_locale().days["stand-alone"]["wide"][day])
