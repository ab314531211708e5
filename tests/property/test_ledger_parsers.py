"""Parsers of the ledger: any bytes are a value or malformed, and every value has one form."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.errors import MalformedError
from detente.ledger.checkpoint import Checkpoint, parse_checkpoint
from detente.ledger.log import Entry, LogSigner, parse_entry
from detente.ledger.note import (
    COSIGNATURE_MLDSA44,
    MAX_DECIMAL,
    Note,
    Signature,
    SigningKey,
    decode_base64,
    decode_decimal,
    encode_base64,
    parse_note,
    parse_signature_lines,
    parse_vkey,
)
from detente.ledger.policy import parse_policy, render_policy
from detente.ledger.proof import Proof, parse_proof
from detente.ledger.tiles import Tile, parse_bundle, parse_tile, parse_tile_path, render_bundle
from detente.ledger.witness import parse_request, render_request

AT = datetime(2026, 3, 6, 18, 20, 3, tzinfo=UTC)
SIGNER = LogSigner("ledger.example.org/harbour", bytes(32), bytes(range(32)))
WITNESS = SigningKey("witness.example/cor", COSIGNATURE_MLDSA44, b"w" * 32)
NOTE = SIGNER.sign_checkpoint(3, b"r" * 32, AT)
POLICY = render_policy(SIGNER.mldsa44_key, {"COR": WITNESS.verifier}, 1)

PARSERS: dict[str, tuple[Callable[[bytes], Any], Callable[[Any], bytes], bytes]] = {
    "note": (parse_note, Note.render, NOTE),
    "lines": (parse_signature_lines, lambda lines: b"".join(line.render() for line in lines), NOTE.split(b"\n\n")[1]),
    "checkpoint": (parse_checkpoint, Checkpoint.render, NOTE.split(b"\n\n")[0] + b"\n"),
    "entry": (parse_entry, Entry.render, Entry("sealed", b"d" * 32, AT).render()),
    "proof": (parse_proof, Proof.render, Proof(1, (b"a" * 32, b"b" * 32), NOTE, b"extra").render()),
    "request": (
        parse_request,
        lambda request: render_request(request.old_size, request.proof, request.note_bytes),
        render_request(2, [b"a" * 32], NOTE),
    ),
    "bundle": (parse_bundle, render_bundle, render_bundle([b"one", b"", b"three"])),
}


def bytes_near(example: bytes) -> st.SearchStrategy[bytes]:
    """Return arbitrary bytes, and the example with a slice of it replaced."""

    def splice(start: int, length: int, middle: bytes) -> bytes:
        return example[:start] + middle + example[start + length :]

    spliced = st.builds(splice, st.integers(0, len(example)), st.integers(0, 80), st.binary(max_size=40))
    return st.binary(max_size=400) | spliced


@pytest.mark.parametrize("name", PARSERS)
@given(data=st.data())
def test_any_bytes_are_a_value_in_its_one_form_or_malformed(name: str, data: st.DataObject) -> None:
    """A parser raises MalformedError alone, and what it reads it would have written byte for byte."""
    parse, render, example = PARSERS[name]
    assert render(parse(example)) == example
    given_bytes = data.draw(bytes_near(example))
    try:
        value = parse(given_bytes)
    except MalformedError:
        return
    assert render(value) == given_bytes


@given(bytes_near(POLICY))
def test_any_bytes_are_a_policy_or_malformed(data: bytes) -> None:
    """A policy file is read or malformed, and what is read names a quorum that it defines."""
    try:
        policy = parse_policy(data)
    except MalformedError:
        return
    assert policy.quorum == "none" or policy.quorum in {*policy.witnesses, *policy.groups}


@given(st.text(max_size=60) | st.text(alphabet="tile/x0123456789.pentris", max_size=30))
def test_any_text_is_a_tile_path_or_malformed(text: str) -> None:
    """A tile has one path."""
    try:
        tile = parse_tile_path(text)
    except MalformedError:
        return
    assert tile.path == text


@given(st.integers(0, 63) | st.none(), st.integers(0, MAX_DECIMAL), st.integers(1, 256))
def test_tile_paths_round_trip(level: int | None, index: int, width: int) -> None:
    """Every tile's path leads back to it."""
    assert parse_tile_path(Tile(level, index, width).path) == Tile(level, index, width)


@given(st.text(max_size=80) | st.sampled_from([WITNESS.verifier.render(), SIGNER.ed25519_key.render()]))
def test_any_text_is_a_vkey_or_malformed(text: str) -> None:
    """A verifier key is read in its one form or malformed."""
    try:
        key = parse_vkey(text)
    except MalformedError:
        return
    assert key.render() == text


@given(st.binary(max_size=80), st.text(max_size=80))
def test_base64_has_one_form(data: bytes, text: str) -> None:
    """Base64 round-trips, and any other text for the same bytes is malformed."""
    assert decode_base64(encode_base64(data)) == data
    try:
        read = decode_base64(text)
    except MalformedError:
        return
    assert encode_base64(read) == text


@given(st.text(alphabet="0123456789+-_ ３٣", max_size=22) | st.integers(0, 2**64).map(str))
def test_decimals_have_one_form(text: str) -> None:
    """A decimal is read when Python writes the same number that way and it is at most 2^63-1."""
    try:
        value = decode_decimal(text)
    except MalformedError:
        assert not (text.isascii() and text.isdigit() and str(int(text)) == text and int(text) <= MAX_DECIMAL)
    else:
        assert str(value) == text
        assert 0 <= value <= MAX_DECIMAL


@given(
    st.sampled_from(["sealed", "directory"]),
    st.binary(min_size=32, max_size=32),
    st.integers(0, 10**12),
)
def test_entries_round_trip(entry_class: Any, digest: bytes, milliseconds: int) -> None:
    """An entry is read as it was written."""
    entry = Entry(entry_class, digest, datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds))
    assert parse_entry(entry.render()) == entry


@given(st.binary(max_size=33 * 8), st.integers(0, 8))
def test_any_bytes_are_a_tile_or_malformed(data: bytes, width: int) -> None:
    """A tile has exactly the hashes that its width says."""
    try:
        hashes = parse_tile(data, width)
    except MalformedError:
        assert len(data) != 32 * width
        return
    assert b"".join(hashes) == data


_TEXT = st.lists(st.text(alphabet=st.characters(min_codepoint=32, exclude_categories=["Cs"]), max_size=10), min_size=1)
_LINE = st.builds(
    Signature,
    st.text(alphabet="abcé.example/π", min_size=1, max_size=20),
    st.binary(min_size=4, max_size=4),
    st.binary(min_size=1, max_size=90),
)


@given(_TEXT, st.lists(_LINE, min_size=1, max_size=20))
def test_notes_round_trip(lines: list[str], signatures: list[Signature]) -> None:
    """A note with any text, empty lines among it, is read as it was written."""
    note = Note("".join(line + "\n" for line in lines).encode(), tuple(signatures))
    assert parse_note(note.render()) == note
