"""Addresses in what people write: found in free text and annexes, so that a draft can be held against notices."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

MAX_CHARACTERS = 2_000_000
MAX_FOUND = 200
_CANDIDATE = re.compile(
    r"(?<![\w.:])(?:(?:\d{1,3}\.){3}\d{1,3}|(?=[0-9A-Fa-f]*:)[0-9A-Fa-f:]{2,39}(?:\.\d{1,3}){0,3})(?:/\d{1,3})?(?![\w:]|\.\d)"
)


def addresses_in(texts: Iterable[str]) -> list[str]:
    """Return the IPv4 and IPv6 addresses and ranges in ``texts``, each once, in order, at most ``MAX_FOUND``.

    Host bits under a prefix are dropped: ``198.51.100.7/24`` is the range. Only the first ``MAX_CHARACTERS`` of each
    text are read.
    """
    found: dict[str, None] = {}
    for text in texts:
        for match in _CANDIDATE.finditer(text[:MAX_CHARACTERS]):
            try:
                network = ipaddress.ip_network(match[0], strict=False)
            except ValueError:
                continue
            single = network.num_addresses == 1
            found.setdefault(str(network.network_address) if single else str(network), None)
            if len(found) == MAX_FOUND:
                return list(found)
    return list(found)
