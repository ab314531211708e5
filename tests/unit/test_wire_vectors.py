"""Vectors: fixed seed, payload and nonce give the ids, digests and signature that ``docs/spec`` prints."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from detente.envelopes.sealing import Contents, derive_salt, open_parcel, parse_parcel, seal, seal_digest
from detente.envelopes.signing import parse_envelope, sign, statement_id, verify
from detente.keys import PrivateKeySet, encode

SPEC = Path(__file__).parents[2] / "docs" / "spec"
KEYS = PrivateKeySet(bytes(range(32)))
NONCE = bytes(range(32, 64))
PAYLOAD = b'{"v":1,"kind":"consultation.request","nonce":"ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8"}'
STATEMENT_ID = "ljgEZoKcO6F7kY5bBe-60Xe6EQFn3vubmXLf8TIHg4o"
ED25519_SIGNATURE = "2Gf4pmGgiHZR3adXFI9GbfqUp7TtJ2cVbWflSbBwwvfM3rjZXGnhMTaKgVaiwO0aWoEfcDkrzH-WvX-5pQHTBg"
SALT = "03ef8d84a1fc6fef89f22379b016d82126ca9f7ef72d32fba147a26eaf47e475"
SEAL_DIGEST = "70f5d769883c9cfbb9f2d1b6de1a865dde523916059b5399a0d45c95c5c4f878"
PUBLIC_DIGEST = "553c86eb530f5b0e2fbc9b7c4ba9c7067d76d498bb54d54d010b4118e81c635d"


def printed(page):
    return (SPEC / page).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (KEYS.public.ed25519.hex(), "59f8b85435f7db505d78ac878c901334ded0f0f96dd47bd1876b8b42dc2ba4e1"),
        (KEYS.public.x25519.hex(), "0d51aacf6d7fc5c1efddb8a28c48c08effa6212780819ac50243befd46a0ad1f"),
        (
            hashlib.sha256(KEYS.public.mldsa65).hexdigest(),
            "0ce9c6f08ec9ca1e3c052d80593cede68fba494d04bd5e0ab1eec5e07ed28bdb",
        ),
        (
            hashlib.sha256(KEYS.public.mlkem768).hexdigest(),
            "6d3f774e62ca8422cc389cef0ac068aa69690823c55aefc5d34bbd058ddcdc3a",
        ),
        (KEYS.public.id, "EU8o8G8FPJzPqv_YC97u4-MeXPn4REReB3m9sUsjWlI"),
        (KEYS.public.fingerprint, "72567 01376 66189 08704 23699 41219"),
    ],
)
def test_a_seed_gives_the_keys_that_the_specification_prints(value, expected):
    """One seed gives the four keys, the id and the fingerprint of docs/spec/keys.md."""
    assert value == expected
    assert expected in printed("keys.md")


def test_a_payload_gives_the_envelope_that_the_specification_prints():
    """Statement id, protected headers and Ed25519 signature are those of docs/spec/envelope.md."""
    data = sign(PAYLOAD, KEYS)
    first, second = json.loads(data)["signatures"]
    assert statement_id(PAYLOAD) == STATEMENT_ID
    assert first["signature"] == ED25519_SIGNATURE
    assert len(data) == 5074
    page = printed("envelope.md")
    for value in (PAYLOAD.decode(), STATEMENT_ID, first["protected"], ED25519_SIGNATURE, second["protected"]):
        assert value in page


def test_a_recipient_gives_the_digest_that_the_specification_prints():
    """Salt and seal digest are those of docs/spec/parcel.md."""
    salt = derive_salt(NONCE, STATEMENT_ID, "BRY")
    assert salt.hex() == SALT
    assert seal_digest(salt, STATEMENT_ID).hex() == SEAL_DIGEST
    assert seal_digest(derive_salt(NONCE, STATEMENT_ID, "*"), STATEMENT_ID).hex() == PUBLIC_DIGEST
    for value in (SALT, SEAL_DIGEST, PUBLIC_DIGEST):
        assert value in printed("parcel.md")


def test_a_parcel_made_before_still_opens():
    """A parcel stored when the format was fixed opens to the payload of the vector, and its signatures hold."""
    parcel = bytes.fromhex((Path(__file__).parent / "wire_vectors" / "parcel.hex").read_text(encoding="ascii"))
    opened = open_parcel(parcel, "BRY", KEYS)
    envelope = parse_envelope(opened.contents.envelope_bytes)
    verify(envelope, KEYS.public)
    assert envelope.payload_bytes == PAYLOAD
    assert encode(envelope.ed25519_signature) == ED25519_SIGNATURE
    assert opened.seal_digest.hex() == SEAL_DIGEST


def test_a_parcel_has_the_size_that_the_specification_prints():
    """Framing, wrap and size class add up to the sizes of docs/spec/parcel.md."""
    parcel = seal(Contents(sign(PAYLOAD, KEYS)), "BRY", NONCE, [KEYS.public])
    assert len(parcel) == 6359
    assert len(parse_parcel(parcel).ciphertext) == 5120 + 16
