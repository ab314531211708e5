"""Envelopes, fed anything."""

from __future__ import annotations

import json
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.envelopes.signing import parse_envelope, sign, statement_id, verify
from detente.errors import MalformedError, SignatureError
from detente.keys import PrivateKeySet, decode
from detente.statements.codec import parse_object, render_object
from sizes import at_most

KEYS = PrivateKeySet(bytes(range(32)))
OTHER = PrivateKeySet(bytes(32))
SMALL = sign(b"{}", KEYS)


@cache
def parts():
    return json.loads(SMALL)


def accepted(data, keys=KEYS):
    """Whether the bytes are read and both signatures hold."""
    try:
        verify(parse_envelope(data), keys.public)
    except (MalformedError, SignatureError):
        return False
    return True


pieces = st.sampled_from(
    [
        b'{"payload":"',
        b'","signatures":[',
        b'{"protected":"',
        b'","signature":"',
        b'"},',
        b'"}]}',
        parts()["payload"].encode(),
        parts()["signatures"][0]["protected"].encode(),
        parts()["signatures"][1]["protected"].encode(),
        parts()["signatures"][0]["signature"].encode(),
        parts()["signatures"][1]["signature"].encode(),
        b'"header":{}',
        b"=",
        b"A",
        b" ",
    ]
)


@given(st.binary(max_size=300) | st.lists(pieces, max_size=14).map(b"".join))
def test_any_bytes_give_an_envelope_or_a_refusal(data):
    """Any bytes are an envelope that renders to the same bytes, or are refused, never another error."""
    try:
        envelope = parse_envelope(data)
    except (MalformedError, SignatureError) as refusal:
        assert refusal.code  # noqa: PT017 - either outcome is right, another exception is not
        return
    assert envelope.render() == data


@at_most(500)
@given(st.binary(min_size=1, max_size=2000))
def test_a_signed_payload_comes_back_as_it_was(payload):
    """Signing and parsing return the payload byte for byte, under its id, and both signatures hold."""
    data = sign(payload, KEYS)
    envelope = parse_envelope(data)
    verify(envelope, KEYS.public)
    assert envelope.payload_bytes == payload
    assert envelope.statement_id == statement_id(payload)
    assert envelope.render() == data
    assert envelope.keyset_id == KEYS.public.id


@at_most(500)
@given(st.dictionaries(st.text("abcxyz", min_size=1), st.integers(0, 9) | st.text("اب"), max_size=5))
def test_unknown_members_survive(members):
    """Members that nobody knows come through signing and reading unchanged and in order."""
    payload = render_object({"v": 1, **members})
    envelope = parse_envelope(sign(payload, KEYS))
    assert render_object(parse_object(envelope.payload_bytes)) == payload


@at_most(1000)
@given(st.binary(min_size=1, max_size=200), st.data())
def test_a_flipped_bit_anywhere_is_refused(payload, data):
    """A random bit of a random envelope, flipped, is refused."""
    good = sign(payload, KEYS)
    bit = data.draw(st.integers(0, len(good) * 8 - 1))
    flipped = bytearray(good)
    flipped[bit // 8] ^= 1 << bit % 8
    assert not accepted(bytes(flipped))


def test_every_bit_of_an_envelope_counts():
    """Of one small envelope, each single bit flipped is refused: there are no slack bits."""
    assert accepted(SMALL)
    flipped = bytearray(SMALL)
    for bit in range(len(SMALL) * 8):
        flipped[bit // 8] ^= 1 << bit % 8
        assert not accepted(bytes(flipped)), f"bit {bit}"
        flipped[bit // 8] ^= 1 << bit % 8


@given(st.integers(0, len(SMALL)), st.integers(0, len(SMALL)))
def test_an_envelope_cut_or_doubled_is_refused(start, end):
    """No part of an envelope, and no envelope with a part repeated, is one."""
    if start != 0 or end != len(SMALL):
        assert not accepted(SMALL[start:end])
    if start < end:
        assert not accepted(SMALL[:end] + SMALL[start:])


@at_most(300)
@given(st.binary(min_size=1, max_size=100))
def test_signatures_do_not_move_to_another_payload_or_key_set(payload):
    """Signatures hold for their own payload and their own key set alone."""
    good = parse_envelope(sign(payload + b"x", KEYS))
    moved = type(good)(payload, good.keyset_id, good.ed25519_signature, good.mldsa65_signature)
    assert not accepted(moved.render())
    assert not accepted(good.render(), OTHER)
    renamed = type(good)(good.payload_bytes, OTHER.public.id, good.ed25519_signature, good.mldsa65_signature)
    assert not accepted(renamed.render(), OTHER)


@pytest.mark.parametrize("broken", ["ed25519", "mldsa65"])
def test_one_good_signature_is_not_enough(broken):
    """When either signature is of another key, the envelope is refused with the code of that signature."""
    good = parse_envelope(SMALL)
    ours = {"ed25519": good.ed25519_signature, "mldsa65": good.mldsa65_signature}
    ours[broken] = getattr(parse_envelope(sign(b"{}", OTHER)), f"{broken}_signature")
    mixed = type(good)(good.payload_bytes, good.keyset_id, ours["ed25519"], ours["mldsa65"])
    with pytest.raises(SignatureError) as refusal:
        verify(parse_envelope(mixed.render()), KEYS.public)
    assert refusal.value.code == f"signature-{broken}"


@pytest.mark.parametrize("payload", [b"", bytes((1 << 20) + 1)])
def test_a_payload_of_no_or_too_many_bytes_is_not_signed(payload):
    """An empty payload and one above 1 MiB are refused before any key is used."""
    with pytest.raises(MalformedError) as refusal:
        sign(payload, KEYS)
    assert refusal.value.code == "jws-payload"


def test_a_payload_of_exactly_one_mebibyte_is_signed_and_read():
    """The largest payload there may be goes through."""
    payload = bytes(1 << 20)
    assert parse_envelope(sign(payload, KEYS)).payload_bytes == payload
    assert len(decode(statement_id(payload))) == 32
