"""Entries of a timeline as HTML, each rendered once for all who read it in one language and zone.

What was said never changes, and a thread is read often; rendering it is most of a page's time. The key of what is
kept is everything that the template is given, so that an entry that changed in any way is rendered anew.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language

TEMPLATES = {
    "said": "portal/parts/timeline_entry.html",
    "machine": "portal/consultation/machine_line.html",
    "clock": "portal/consultation/clock_line.html",
}
AT_MOST = 5_000

_kept: OrderedDict[bytes, SafeString] = OrderedDict()
_lock = threading.Lock()


def rendered(entries: Iterable[dict[str, Any]]) -> list[SafeString]:
    """Return the HTML of each entry of a timeline, for the language and zone of the page."""
    where = f"{get_language()} {timezone.get_current_timezone()} "
    return [_rendered(entry, where) for entry in entries]


def _rendered(entry: dict[str, Any], where: str) -> SafeString:
    given = where + repr(entry)
    key = hashlib.blake2b(given.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    with _lock:
        known = _kept.get(key)
        if known is not None:
            _kept.move_to_end(key)
            return known
    made = render_to_string(TEMPLATES[entry["what"]], {"entry": entry})
    with _lock:
        _kept[key] = made
        while len(_kept) > AT_MOST:
            _kept.popitem(last=False)
    return made
