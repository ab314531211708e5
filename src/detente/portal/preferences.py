"""How a viewer wants pages: language and time zone, kept in the browser, with the officer's record as default.

A choice belongs to the device on which it was made: an officer on duty abroad reads times where she is, while the
desk at home goes on in its own zone. Nothing is written to the store.
"""

from __future__ import annotations

import zoneinfo
from datetime import UTC, tzinfo
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import get_language_info

from detente import clock
from detente.errors import MalformedError

ZONE_COOKIE = "detente_zone"
_YEAR_SECONDS = 365 * 24 * 60 * 60


def officer_of(request: HttpRequest) -> Any | None:
    """Return the officer record behind the request, or None for a visitor or an account without an office."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return None
    return getattr(user, "officer", None)


def is_verified(request: HttpRequest) -> bool:
    """Say whether the person behind the request gave both factors in this session."""
    verified = getattr(request.user, "is_verified", None)  # django-otp's middleware puts it there
    return request.user.is_authenticated and verified is not None and bool(verified())


def zone_of(request: HttpRequest) -> tzinfo:
    """Return the zone chosen on this device, else the officer's, else UTC."""
    for name in (request.COOKIES.get(ZONE_COOKIE, ""), getattr(officer_of(request), "time_zone", "")):
        try:
            if name:
                return clock.zone(name)
        except MalformedError:
            continue
    return UTC


def zone_choices() -> list[tuple[str, str]]:
    """Return every zone of the pinned release: fixed distances from UTC first, in their order, then named zones."""
    fixed = [("UTC", "UTC")]
    for hours in [h for h in range(-12, 15) if h]:
        # The names of these zones carry the sign of POSIX, which is the opposite of the one that people use.
        sign = "+" if hours > 0 else "\N{MINUS SIGN}"
        fixed.append((f"Etc/GMT{-hours:+d}", f"UTC{sign}{abs(hours)}"))
    listed = sorted(name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith("Etc/"))
    return fixed + [(name, name.replace("_", " ")) for name in listed]


def language_choices(active: str) -> list[dict[str, str | bool]]:
    """Return the node's languages, each named in itself."""
    choices: list[dict[str, str | bool]] = []
    for code, _name in settings.LANGUAGES:
        info = get_language_info(code)
        choices.append(
            {
                "code": code,
                "name": info["name_local"],
                "direction": "rtl" if info["bidi"] else "ltr",
                "current": code == active,
            }
        )
    return choices


def keep(response: HttpResponseBase, name: str, value: str) -> None:
    """Keep a choice in the browser for a year."""
    response.set_cookie(
        name, value, max_age=_YEAR_SECONDS, httponly=True, samesite="Lax", secure=bool(settings.SESSION_COOKIE_SECURE)
    )
