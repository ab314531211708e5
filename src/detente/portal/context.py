"""What every page shows around its content: arrangement, office, sections, languages."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from detente.portal import preferences
from detente.portal.acting import acting, in_language
from detente.portal.acts import MAY_LOOK

# The sections of the masthead: name of the URL, prefix of the pages that belong to it, label.
SECTIONS: tuple[tuple[str, str, str | Promise], ...] = (
    ("portal:home", "/", _("Needs me now")),
    ("portal:consultation", "/consultation", _("Consultation")),
    ("portal:drafts", "/draft", _("Drafts")),
    ("portal:directory", "/directory", _("Directory")),
    ("portal:notices", "/transparency", _("Transparency")),
    ("portal:offers", "/cooperation", _("Cooperation")),
    ("portal:commitments", "/restraint", _("Restraint")),
    ("portal:mappings", "/crosswalk", _("Crosswalk")),
    ("portal:exercises", "/exercises", _("Exercises")),
    ("portal:words", "/words", _("Words")),
)


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return ``shell``, from which the page's frame is made."""
    officer = preferences.officer_of(request)
    active = get_language() or settings.LANGUAGE_CODE
    return {
        "shell": {
            "arrangement": _arrangement(request) if officer else "",
            "demonstration": getattr(settings, "DEMO", False),
            "tour": getattr(request, "tour_template", ""),
            "officer": _badge(request, officer) if officer else None,
            "navigation": _navigation(request) if officer else [],
            "languages": preferences.language_choices(active),
            "here": request.get_full_path(),
            "home_url": reverse("portal:home"),
            "language_url": reverse("portal:language"),
            "words_url": reverse("portal:words") if officer else "",
            "account_url": reverse("portal:account"),
            "sign_out_url": "" if getattr(request, "demo_visitor", False) else reverse("portal:sign-out"),
        }
    }


def _arrangement(request: HttpRequest) -> str:
    who = acting(request)
    arrangement = who.directory.arrangement
    return in_language(arrangement.names, who.language) if arrangement else ""


def _badge(request: HttpRequest, officer: Any) -> dict[str, str]:
    who = acting(request)
    return {
        "participant_name": who.name(str(officer.participant)),
        "office_name": who.office_name(str(officer.participant), str(officer.office)),
        "display_name": str(officer.display_name),
    }


def _navigation(request: HttpRequest) -> list[dict[str, Any]]:
    officer = preferences.officer_of(request)
    watching = officer is not None and officer.has_role(*MAY_LOOK)
    sections = (*SECTIONS, ("portal:acts", "/acts", _("Who did what"))) if watching else SECTIONS
    return [
        {"url": reverse(name), "label": label, "current": _within(request.path, prefix)}
        for name, prefix, label in sections
    ]


def _within(path: str, prefix: str) -> bool:
    return path == prefix if prefix == "/" else path.startswith(prefix)
