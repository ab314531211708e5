"""What people of one's own participant did: every act that changed something, for those who watch over it."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from detente.clock import from_milliseconds
from detente.node import records
from detente.portal.acting import acting
from detente.portal.bodies import VERBS

MAY_LOOK = ("auditor", "authority")
_WORDS: dict[str, str | Promise] = {
    "released": _("released"),
    "released in emergency": _("released alone, in an emergency"),
    "discarded": _("discarded a draft"),
}


@require_safe
def acts(request: HttpRequest) -> HttpResponse:
    """List the newest acts; there is no such page for those who do not watch over the office."""
    who = acting(request)
    if not set(MAY_LOOK) & set(who.person.roles):
        raise Http404
    lines = [
        {
            "at": from_milliseconds(act.at),
            "officer": act.officer,
            "verb": _WORDS.get(act.verb) or VERBS.get(act.verb, act.verb),
            "subject": act.subject,
            "marked": act.verb == "released in emergency",
        }
        for act in records.acts(who.person)
    ]
    return render(request, "portal/acts.html", {"lines": lines, "now": who.now})
