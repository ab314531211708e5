"""How often a password may be tried.

Counted per account and address, per address, and per account. The first is tight. The last is wide, so that a
stranger who knows a duty officer's name cannot keep the officer out during a crisis; the second factor stands
behind it. Counters live in Django's cache: they are shared by all workers if the cache is, and forgotten when the
node starts again.
"""

from __future__ import annotations

import hashlib
import ipaddress

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

WINDOW_SECONDS = 15 * 60
PAIR_LIMIT = 5
ADDRESS_LIMIT = 30
ACCOUNT_LIMIT = 100


def address_of(request: HttpRequest) -> str:
    """Return where the request came from: an IPv4 address, or the /64 network of an IPv6 one.

    The last entry of ``X-Forwarded-For`` counts only where settings say that a proxy stands in front.
    """
    text = request.META.get("REMOTE_ADDR", "")
    if getattr(settings, "SECURE_PROXY_SSL_HEADER", None):
        text = request.META.get("HTTP_X_FORWARDED_FOR", text).rsplit(",", 1)[-1].strip()
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return "unknown"
    if address.version == 6:
        return str(ipaddress.ip_network(f"{address}/64", strict=False))
    return str(address)


def take(request: HttpRequest, account: str) -> bool:
    """Count one attempt before it is made; return whether it may be made."""
    counts = [(_count(key), limit) for key, limit in _keys(request, account)]
    return all(count <= limit for count, limit in counts)


def give_back(request: HttpRequest, account: str) -> None:
    """Forget this account's failures from this address after a success, and do not hold the success against it."""
    (pair, _), *others = _keys(request, account)
    cache.delete(pair)
    for key, _limit in others:
        if (cache.get(key) or 0) > 0:
            cache.decr(key)


def _keys(request: HttpRequest, account: str) -> list[tuple[str, int]]:
    address, name = address_of(request), account.strip().casefold()
    return [
        (_key("pair", name, address), PAIR_LIMIT),
        (_key("address", address), ADDRESS_LIMIT),
        (_key("account", name), ACCOUNT_LIMIT),
    ]


def _key(*parts: str) -> str:
    return "attempts-" + hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _count(key: str) -> int:
    cache.add(key, 0, timeout=WINDOW_SECONDS)
    try:
        return cache.incr(key)
    except ValueError:  # it expired between the two lines
        cache.set(key, 1, timeout=WINDOW_SECONDS)
        return 1
