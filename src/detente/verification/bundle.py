"""The bundle file: one JSON object in one byte form.

Parsing checks shape and byte form only; nothing in a parsed bundle has been verified.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from detente.errors import MalformedError
from detente.keys import decode, encode
from detente.ledger.note import decode_base64, encode_base64
from detente.statements.codec import Limits, parse_object, render_object

BUNDLE_LIMITS = Limits(max_bytes=128 << 20, max_depth=8, max_members=1_000_000)
VERSION = 1

Item = TypeVar("Item")


@dataclass(frozen=True)
class BundledAttachment:
    """An attachment and the SHA-256 (hex) under which the statement names it."""

    sha256: str
    data: bytes


@dataclass(frozen=True)
class Shown:
    """A statement shown whole: its envelope, the recipient whose parcel was recorded, its receipt, its attachments."""

    envelope_bytes: bytes
    recipient: str
    receipt_bytes: bytes
    attachments: tuple[BundledAttachment, ...] = ()


@dataclass(frozen=True)
class Withheld:
    """A statement of which only id and record are shown, not the words."""

    statement_id: str
    salt: bytes
    receipt_bytes: bytes


@dataclass(frozen=True)
class Recorded:
    """A directory or exercise statement, which is addressed to everyone, and its receipt."""

    envelope_bytes: bytes
    receipt_bytes: bytes


@dataclass(frozen=True)
class Bundle:
    """What a party shows.

    ``note`` is the party's own word, proven by nothing. ``entries`` are the bytes of all entries of the largest tree
    that a receipt names; with them nobody can leave out a revocation unseen. None: they are not shown.
    """

    arrangement: str
    statements: tuple[Shown | Withheld, ...]
    directory: tuple[Recorded, ...]
    note: str = ""
    entries: tuple[bytes, ...] | None = None


def render_bundle(bundle: Bundle) -> bytes:
    """Return the bundle's bytes; raise ``MalformedError`` when it is too large or holds what no reader takes."""
    value: dict[str, Any] = {
        "v": VERSION,
        "arrangement": bundle.arrangement,
        "note": bundle.note,
        "statements": [_render_item(item) for item in bundle.statements],
        "directory": [
            {"envelope": _text(one.envelope_bytes), "receipt": _text(one.receipt_bytes)} for one in bundle.directory
        ],
    }
    if bundle.entries is not None:
        value["entries"] = [_text(entry) for entry in bundle.entries]
    return render_object(value, BUNDLE_LIMITS)


def parse_bundle(data: bytes) -> Bundle:
    """Return the bundle; raise ``MalformedError`` for any bytes that ``render_bundle`` would not write."""
    value = parse_object(data, BUNDLE_LIMITS)
    if value.get("v") != VERSION:
        raise MalformedError("bundle-version", "This is no bundle of version 1.")
    required = {"v": int, "arrangement": str, "note": str, "statements": list, "directory": list}
    _check_members(value, required | ({"entries": list} if "entries" in value else {}), "the bundle")
    entries = value.get("entries")
    bundle = Bundle(
        arrangement=value["arrangement"],
        note=value["note"],
        statements=_each(value["statements"], _parse_item),
        directory=_each(value["directory"], _parse_recorded),
        entries=None if entries is None else _each(entries, _parse_entry),
    )
    if render_bundle(bundle) != data:
        raise MalformedError(
            "bundle-not-canonical", "The bundle is not in its one byte form; take the file as exported."
        )
    return bundle


def _render_item(item: Shown | Withheld) -> dict[str, Any]:
    if isinstance(item, Withheld):
        parts = {"statement_id": item.statement_id, "salt": encode(item.salt), "receipt": _text(item.receipt_bytes)}
        return {"withheld": parts}
    return {
        "envelope": _text(item.envelope_bytes),
        "recipient": item.recipient,
        "receipt": _text(item.receipt_bytes),
        "attachments": [{"sha256": one.sha256, "data": encode_base64(one.data)} for one in item.attachments],
    }


def _parse_item(value: Any) -> Shown | Withheld:
    if isinstance(value, dict) and "withheld" in value:
        _check_members(value, {"withheld": dict}, "a withheld statement")
        parts = value["withheld"]
        _check_members(parts, {"statement_id": str, "salt": str, "receipt": str}, "a withheld statement")
        salt = decode(parts["salt"])
        if len(salt) != 32 or len(decode(parts["statement_id"])) != 32:
            raise MalformedError("bundle-shape", "A withheld statement has an id and a salt of 32 bytes each.")
        return Withheld(parts["statement_id"], salt, parts["receipt"].encode())
    _check_members(value, {"envelope": str, "recipient": str, "receipt": str, "attachments": list}, "a statement")
    attachments = _each(value["attachments"], _parse_attachment)
    return Shown(value["envelope"].encode(), value["recipient"], value["receipt"].encode(), attachments)


def _parse_attachment(value: Any) -> BundledAttachment:
    _check_members(value, {"sha256": str, "data": str}, "an attachment")
    return BundledAttachment(value["sha256"], decode_base64(value["data"]))


def _parse_recorded(value: Any) -> Recorded:
    _check_members(value, {"envelope": str, "receipt": str}, "a directory statement")
    return Recorded(value["envelope"].encode(), value["receipt"].encode())


def _parse_entry(value: Any) -> bytes:
    if not isinstance(value, str):
        raise MalformedError("bundle-shape", "An entry of the bundle is a text.")
    return value.encode()


def _each(values: list[Any], parse: Callable[[Any], Item]) -> tuple[Item, ...]:
    return tuple(parse(value) for value in values)


def _check_members(value: Any, types: Mapping[str, type], what: str) -> None:
    if not isinstance(value, dict) or set(value) != set(types):
        raise MalformedError("bundle-shape", f"In the bundle, {what} has the members {', '.join(types)}, and no other.")
    for name, expected in types.items():
        if type(value[name]) is not expected:
            raise MalformedError("bundle-shape", f"In the bundle, the member {name} of {what} is of another type.")


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedError("bundle-shape", "A bundle holds texts in UTF-8 only.") from error
