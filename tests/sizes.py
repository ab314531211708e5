"""How many cases a property walks.

By default what the Hypothesis profile says (``HYPOTHESIS_PROFILE``: default 100, ci 10,000, million). A property
whose single case is costly, because it signs, seals or writes to a database, takes at most what it can afford:
``@at_most(200)`` above ``@given``. Parsers of untrusted bytes never cap themselves.
"""

from __future__ import annotations

from hypothesis import settings


def at_most(cases: int) -> settings:
    """Return settings with the profile's number of cases, or ``cases`` if that is fewer."""
    return settings(max_examples=min(settings.default.max_examples, cases))
