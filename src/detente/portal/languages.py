"""How languages are called in the language of the page."""

from __future__ import annotations

from babel import Locale, UnknownLocaleError

from detente.portal.times import active_locale


def language_name(code: str) -> str:
    """Return the name of the language with the tag ``code``, or the tag itself where no name is known."""
    try:
        name = Locale.parse(code, sep="-").get_display_name(active_locale())
    except (UnknownLocaleError, ValueError):
        name = None
    return name or active_locale().languages.get(code.partition("-")[0], code)


def same_language(one: str, other: str) -> bool:
    """Say whether two tags name one language, whatever its region."""
    return one.partition("-")[0].lower() == other.partition("-")[0].lower()
