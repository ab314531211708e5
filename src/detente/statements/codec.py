"""Strict JSON: what is read in one way by every reader, or refused.

``parse_object`` takes any bytes and returns one object or raises ``MalformedError``; Python's own parser lets
through duplicate members, infinities, huge integers, U+0000 and lone surrogates, and ends deep nesting in
``RecursionError``. It knows no schema, and it never renders again what it read: signed bytes are kept as they
are. Rules: ``docs/spec/envelope.md``, section "JSON".
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from detente.errors import MalformedError

MAX_INTEGER = 2**53 - 1
_MAX_NUMBER_CHARACTERS = 32


@dataclass(frozen=True)
class Limits:
    """How much JSON is read: size in bytes, depth of nesting, and members and elements in all."""

    max_bytes: int
    max_depth: int
    max_members: int


STATEMENT_LIMITS = Limits(max_bytes=1 << 20, max_depth=32, max_members=10_000)

_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_ONE_KIND_OF_BRACKET = bytes.maketrans(b"{}", b"[]")
_NOT_A_BRACKET = bytes(set(range(256)) - set(b"[]{}"))


def parse_object(data: bytes, limits: Limits = STATEMENT_LIMITS) -> dict[str, Any]:
    """Return the one JSON object in ``data``.

    Raises ``MalformedError`` unless ``data`` is UTF-8 without a byte order mark, within ``limits``, without
    duplicate members, non-finite numbers, integers beyond ±(2^53 - 1), U+0000 or lone surrogates
    (``docs/spec/envelope.md``).
    """
    _check_size(data, limits)
    try:
        value = _DECODER.decode(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise MalformedError("json-utf8", "The text is not UTF-8.") from error
    except json.JSONDecodeError as error:
        raise MalformedError("json-syntax", f"This is not JSON: {error.msg} at character {error.pos}.") from error
    if not isinstance(value, dict):
        raise MalformedError("json-object", "The outermost value must be one JSON object.")
    if rb"\u" in data:
        # Only an escape can bring in U+0000 or half a surrogate pair: raw ones are no JSON or no UTF-8.
        _check_characters(value)
    return value


def render_object(value: dict[str, Any], limits: Limits = STATEMENT_LIMITS) -> bytes:
    """Return ``value`` as compact UTF-8 JSON, members in the order given.

    Raises ``MalformedError`` for anything that ``parse_object`` would refuse, so that nobody signs what nobody reads.
    """
    try:
        data = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8")
    except UnicodeEncodeError as error:
        raise MalformedError("json-surrogate", "A text holds half a surrogate pair, which is no character.") from error
    except (ValueError, TypeError, RecursionError) as error:
        raise MalformedError("json-value", "A value cannot be written as JSON.") from error
    parse_object(data, limits)
    return data


def _check_size(data: bytes, limits: Limits) -> None:
    """Refuse too much before any parser sees it."""
    if len(data) > limits.max_bytes:
        raise MalformedError("json-size", f"The JSON has {len(data)} bytes; at most {limits.max_bytes} are read.")
    if data.startswith(b"\xef\xbb\xbf"):
        raise MalformedError("json-bom", "The JSON begins with a byte order mark; leave it out.")
    opened = data.count(b"{") + data.count(b"[")
    if opened <= limits.max_depth and opened + data.count(b",") <= limits.max_members:
        return
    outside = _STRING.sub(b"", data)
    opened = outside.count(b"{") + outside.count(b"[")
    if opened + outside.count(b",") > limits.max_members:
        raise MalformedError("json-members", f"The JSON has more than {limits.max_members} members and elements.")
    if opened > limits.max_depth:
        _check_depth(outside, limits.max_depth)


def _check_depth(outside_strings: bytes, max_depth: int) -> None:
    """Refuse nesting deeper than ``max_depth``: each round strikes out the innermost pairs of brackets."""
    brackets = outside_strings.translate(_ONE_KIND_OF_BRACKET, _NOT_A_BRACKET)
    for _ in range(max_depth):
        fewer = brackets.replace(b"[]", b"")
        if fewer == brackets:
            break
        brackets = fewer
    if brackets:
        raise MalformedError("json-depth", f"The JSON is nested deeper than {max_depth}, or its brackets do not match.")


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise MalformedError("json-duplicate", f"The member {twice[:40]!r} stands twice in one object.")
    return members


def _integer(digits: str) -> int:
    if len(digits) > _MAX_NUMBER_CHARACTERS or not -MAX_INTEGER <= (number := int(digits)) <= MAX_INTEGER:
        raise MalformedError("json-integer", "An integer lies beyond ±(2^53 - 1).")
    return number


def _decimal(digits: str) -> float:
    if len(digits) > _MAX_NUMBER_CHARACTERS or not math.isfinite(number := float(digits)):
        raise MalformedError("json-number", "A number is not finite, or longer than 32 characters.")
    return number


def _constant(name: str) -> float:
    raise MalformedError("json-number", f"{name} is no JSON number.")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_members, parse_int=_integer, parse_float=_decimal, parse_constant=_constant
)


def _check_characters(value: object) -> None:
    """Refuse U+0000 (no PostgreSQL text holds it) and lone surrogates (no UTF-8 holds them)."""
    if isinstance(value, str):
        if "\0" in value:
            raise MalformedError("json-nul", "A text holds U+0000.")
        if not value.isascii():
            try:
                value.encode("utf-8")
            except UnicodeEncodeError as error:
                raise MalformedError(
                    "json-surrogate", "A text holds half a surrogate pair, which is no character."
                ) from error
    elif isinstance(value, dict):
        for name, member in value.items():
            _check_characters(name)
            _check_characters(member)
    elif isinstance(value, list):
        for element in value:
            _check_characters(element)
