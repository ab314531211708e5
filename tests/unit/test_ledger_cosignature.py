"""Cosignatures: what they cover, and how a witness's answer joins a note."""

from __future__ import annotations

import struct
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from detente.errors import MalformedError, SignatureError
from detente.ledger.checkpoint import Checkpoint
from detente.ledger.cosignature import add_cosignatures, cosign, sign_text, verify_signatures
from detente.ledger.log import LogSigner
from detente.ledger.note import (
    COSIGNATURE_ED25519,
    COSIGNATURE_MLDSA44,
    ED25519,
    MAX_NOTE_BYTES,
    MAX_SIGNATURES,
    MAX_TEXT_BYTES,
    Note,
    Signature,
    SigningKey,
    VerifierKey,
    parse_note,
    parse_signature_lines,
    parse_vkey,
)

AT = datetime(2026, 3, 6, 18, 20, 3, tzinfo=UTC)
LOG = LogSigner("ledger.example.org/harbour", b"1" * 32, b"2" * 32)
CLASSIC = SigningKey("cor.example/witness", COSIGNATURE_ED25519, b"3" * 32)
QUANTUM = SigningKey("cor.example/witness", COSIGNATURE_MLDSA44, b"4" * 32)
TEXT = Checkpoint(LOG.origin, 7, b"r" * 32).render()
BOTH = [CLASSIC.verifier, QUANTUM.verifier]


@pytest.mark.parametrize("key", [CLASSIC, QUANTUM], ids=["0x04", "0x06"])
def test_a_cosignature_states_its_time(key: SigningKey) -> None:
    """A cosignature verifies with the second in which it was made, and with no other."""
    line = cosign(key, TEXT, AT)
    (found,) = verify_signatures(Note(TEXT, (line,)), BOTH)
    assert (found.key, found.timestamp) == (key.verifier, 1772821203)
    later = struct.pack(">Q", 1772821204) + line.blob[8:]
    with pytest.raises(SignatureError):
        verify_signatures(Note(TEXT, (replace(line, blob=later),)), BOTH)


def test_mldsa_covers_what_the_standard_lists() -> None:
    """A type 0x06 signature is one over label, names with their lengths, time, bounds and root."""
    message = b"".join(
        (
            b"subtree/v1\n\x00",
            bytes([len(QUANTUM.name)]) + QUANTUM.name.encode(),
            (1772821203).to_bytes(8, "big"),
            bytes([len(LOG.origin)]) + LOG.origin.encode(),
            (0).to_bytes(8, "big"),
            (7).to_bytes(8, "big"),
            b"r" * 32,
        )
    )
    QUANTUM.verifier.verify(cosign(QUANTUM, TEXT, AT).blob[8:], message)


def test_mldsa_binds_the_cosigners_name() -> None:
    """The same key under another name is another cosigner."""
    other = SigningKey("bry.example/witness", COSIGNATURE_MLDSA44, QUANTUM.seed)
    line = cosign(QUANTUM, TEXT, AT)
    moved = Signature(other.name, other.verifier.key_id, line.blob)
    with pytest.raises(SignatureError):
        verify_signatures(Note(TEXT, (moved,)), [other.verifier])


@pytest.mark.parametrize("blob", [b"1", b"1234567", b"12345678", b"\xff" * 72, b"\xff" * 2428])
def test_a_blob_of_a_wrong_shape_does_not_hold(blob: bytes) -> None:
    """Too short a signature and an impossible time are refused like any bad signature."""
    for key in BOTH:
        with pytest.raises(SignatureError):
            verify_signatures(Note(TEXT, (Signature(key.name, key.key_id, blob),)), BOTH)


def test_every_signature_of_a_known_key_must_hold() -> None:
    """A second, bad line of a key that also signed well refuses the note; a second good one counts once."""
    first, second = cosign(QUANTUM, TEXT, AT), cosign(QUANTUM, TEXT, AT + timedelta(seconds=9))
    (found,) = verify_signatures(Note(TEXT, (first, second)), BOTH)
    assert found.timestamp == 1772821203
    bad = replace(second, blob=first.blob[:-1] + bytes([first.blob[-1] ^ 1]))
    with pytest.raises(SignatureError):
        verify_signatures(Note(TEXT, (first, bad)), BOTH)


def test_a_text_that_is_no_checkpoint_is_not_cosigned() -> None:
    """Cosigning and verifying a cosignature need a checkpoint; a plain signature takes any text."""
    plain = SigningKey("cor.example/plain", ED25519, b"5" * 32)
    text = b"no checkpoint\n"
    verify_signatures(Note(text, (sign_text(plain, text),)), [plain.verifier])
    for key in (CLASSIC, QUANTUM):
        with pytest.raises(MalformedError):
            cosign(key, text, AT)
        with pytest.raises(MalformedError):
            verify_signatures(Note(text, (cosign(key, TEXT, AT),)), BOTH)


def test_an_origin_too_long_for_mldsa_is_malformed() -> None:
    """An origin of more than 255 bytes cannot be cosigned with ML-DSA-44."""
    with pytest.raises(MalformedError):
        cosign(QUANTUM, Checkpoint("o" * 256, 1, b"r" * 32).render(), AT)
    assert cosign(QUANTUM, Checkpoint("o" * 255, 1, b"r" * 32).render(), AT).blob


def test_keys_are_used_for_their_own_purpose() -> None:
    """A plain key makes no cosignature, a cosigner's key no plain signature, and no time before 1970 is stated."""
    plain = SigningKey("cor.example/plain", ED25519, b"5" * 32)
    with pytest.raises(ValueError, match="0x04 or 0x06"):
        cosign(plain, TEXT, AT)
    with pytest.raises(ValueError, match="type 0x01"):
        sign_text(CLASSIC, TEXT)
    with pytest.raises(ValueError, match="1970"):
        cosign(CLASSIC, TEXT, datetime(1970, 1, 1, tzinfo=UTC))


def test_a_witness_answer_joins_the_note() -> None:
    """Lines of known keys are added once each, lines of strangers are left out."""
    note = LOG.sign_checkpoint(7, b"r" * 32, AT)
    stranger = SigningKey("stranger.example/w", COSIGNATURE_ED25519, b"6" * 32)
    answer = b"".join(cosign(key, TEXT, AT).render() for key in (stranger, CLASSIC, QUANTUM))
    joined = add_cosignatures(note, answer, BOTH)
    assert [line.name for line in parse_note(joined).signatures] == [LOG.origin, LOG.origin, CLASSIC.name, QUANTUM.name]
    assert joined.startswith(note)
    assert add_cosignatures(joined, answer, BOTH) == joined


def test_a_witness_answer_that_does_not_hold_is_refused() -> None:
    """An answer for another checkpoint, from strangers only, or out of form, adds nothing."""
    note = LOG.sign_checkpoint(7, b"r" * 32, AT)
    other = Checkpoint(LOG.origin, 8, b"r" * 32).render()
    for answer in (cosign(QUANTUM, other, AT).render(), Signature("s.example", b"1234", b"sig").render()):
        with pytest.raises(SignatureError):
            add_cosignatures(note, answer, BOTH)
    for answer in (
        b"",
        b"cosigned\n",
        "— é a\n".encode("latin-1", "replace"),
        b"\xff\n",
        cosign(QUANTUM, TEXT, AT).render()[:-1],
    ):
        with pytest.raises(MalformedError):
            add_cosignatures(note, answer, BOTH)


def test_notes_have_limits_that_leave_room_for_mldsa() -> None:
    """A hundred ML-DSA-44 lines fit a note; one more line, or more bytes, do not."""
    line = cosign(QUANTUM, TEXT, AT)
    full = Note(TEXT, (line,) * MAX_SIGNATURES)
    assert parse_note(full.render()) == full
    for data in (
        Note(TEXT, (line,) * (MAX_SIGNATURES + 1)).render(),
        Note(b"x" * MAX_TEXT_BYTES + b"\n", (line,)).render(),
        Note(TEXT, (replace(line, blob=bytes(MAX_NOTE_BYTES)),)).render(),
    ):
        with pytest.raises(MalformedError):
            parse_note(data)
    with pytest.raises(MalformedError):
        parse_signature_lines(bytes(MAX_NOTE_BYTES + 1))
    with pytest.raises(MalformedError):
        add_cosignatures(Note(TEXT, (cosign(CLASSIC, TEXT, AT),) * MAX_SIGNATURES).render(), line.render(), BOTH)


def test_names_and_keys_that_cannot_be_are_malformed() -> None:
    """A key name with space, plus, control or lone surrogate, and a key of a wrong length, make no key."""
    for name in ("", "a b", "a+b", "a\u00a0b", "a\u2028b", "a\x1fb", "a\ud800"):
        with pytest.raises(MalformedError):
            VerifierKey(name, ED25519, bytes(32))
    for algorithm, size in [(ED25519, 31), (COSIGNATURE_MLDSA44, 32), (0x02, 32), (0xFF, 32)]:
        with pytest.raises(MalformedError):
            VerifierKey("w.example", algorithm, bytes(size))
    for vkey in ("w.example+00000000+", "w.example+00000000", "w.example++AQ=="):
        with pytest.raises(MalformedError):
            parse_vkey(vkey)
