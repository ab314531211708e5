"""Trust policies: reading, writing and judging checkpoints."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from detente.errors import MalformedError, PolicyError, QuorumError, SignatureError
from detente.ledger.checkpoint import Checkpoint
from detente.ledger.cosignature import add_cosignatures, cosign, sign_text
from detente.ledger.log import LogSigner
from detente.ledger.note import (
    COSIGNATURE_ED25519,
    COSIGNATURE_MLDSA44,
    ED25519,
    Note,
    Signature,
    SigningKey,
    parse_note,
)
from detente.ledger.policy import parse_policy, render_policy

AT = datetime(2026, 3, 6, 18, 20, 3, tzinfo=UTC)
LOG = LogSigner("ledger.example.org/harbour", b"1" * 32, b"2" * 32)
KEYS = {
    name: SigningKey(f"{name.lower()}.example/w", COSIGNATURE_MLDSA44, name.encode() * 8 + b"w" * 8)
    for name in ("ALD", "BRY", "COR")
}
WITNESSES = {name: key.verifier for name, key in KEYS.items()}
NOTE = LOG.sign_checkpoint(7, b"r" * 32, AT)
VKEYS = {name: key.render() for name, key in WITNESSES.items()}


def cosigned(*names: str) -> bytes:
    """Return the log's checkpoint with the cosignatures of these witnesses."""
    note = NOTE
    for name in names:
        note = add_cosignatures(note, cosign(KEYS[name], parse_note(note).text, AT).render(), [WITNESSES[name]])
    return note


def test_a_written_policy_names_post_quantum_keys_only() -> None:
    """A policy of ours reads back as written and refuses every key that is not ML-DSA-44."""
    data = render_policy(LOG.mldsa44_key, WITNESSES, 2, ["in force from entry 0"])
    policy = parse_policy(data)
    assert policy.logs == (LOG.mldsa44_key,)
    assert policy.witnesses == WITNESSES
    assert list(policy.groups.values()) == [(2, ("ALD", "BRY", "COR"))]
    weak = SigningKey("cor.example/w", COSIGNATURE_ED25519, b"5" * 32).verifier
    for log, witnesses in ((LOG.ed25519_key, WITNESSES), (LOG.mldsa44_key, {"COR": weak})):
        with pytest.raises(PolicyError):
            render_policy(log, witnesses, 1)


@pytest.mark.parametrize(
    ("names", "quorum", "comments"),
    [
        ({"A B": "ALD"}, 1, []),
        ({"A\nquorum none": "ALD"}, 1, []),
        ({"none": "ALD"}, 1, []),
        ({"quorum-of-witnesses": "ALD"}, 1, []),
        ({"#ALD": "ALD", "COR": "ALD"}, 1, []),
        ({"ALD": "ALD"}, 2, []),
        ({"ALD": "ALD"}, -1, []),
        ({}, 1, []),
        ({"ALD": "ALD"}, 1, ["two\nlines"]),
        ({"ALD": "ALD"}, 1, ["two\n# comments"]),
        ({"ALD": "ALD"}, 1, ["bell\a"]),
    ],
)
def test_a_policy_that_would_mean_something_else_is_not_written(
    names: dict[str, str], quorum: int, comments: list[str]
) -> None:
    """A name, threshold or comment that would change the file's meaning is refused."""
    with pytest.raises(MalformedError):
        render_policy(LOG.mldsa44_key, {name: WITNESSES[key] for name, key in names.items()}, quorum, comments)


def test_quorum_is_an_answer_until_it_is_required() -> None:
    """A checkpoint with too few cosignatures verifies without quorum, and raises only when quorum is asked for."""
    policy = parse_policy(render_policy(LOG.mldsa44_key, WITNESSES, 2))
    note = cosigned("BRY")
    one = policy.verify_checkpoint(note)
    assert (one.log_name, one.cosigned_by, one.quorum_met) == (LOG.origin, (("BRY", 1772821203),), False)
    with pytest.raises(QuorumError) as refusal:
        one.require_quorum()
    assert refusal.value.evidence_bytes == note
    assert "BRY" in refusal.value.message
    two = policy.verify_checkpoint(cosigned("COR", "ALD"))
    assert two.require_quorum() is two
    assert [each.name for each in two.cosigned_by] == ["ALD", "COR"]


def test_a_policy_without_witnesses_asks_for_none() -> None:
    """Quorum none is met by the log's signature alone."""
    policy = parse_policy(render_policy(LOG.mldsa44_key, {}, 0))
    assert policy.verify_checkpoint(NOTE).require_quorum().checkpoint.size == 7


@pytest.mark.parametrize("key", [LOG.ed25519_key, LOG.mldsa44_key], ids=["0x01", "0x06"])
def test_a_log_is_known_by_either_kind_of_key(key: object) -> None:
    """A policy that lists the log by its Ed25519 or by its ML-DSA-44 key verifies the same note."""
    policy = replace(parse_policy(b"quorum none\n"), logs=(key,))
    assert policy.verify_checkpoint(NOTE).checkpoint == Checkpoint(LOG.origin, 7, b"r" * 32)


def test_a_checkpoint_needs_its_own_logs_signature() -> None:
    """Cosignatures, strangers' signatures and another log's key make no checkpoint valid."""
    policy = parse_policy(render_policy(LOG.mldsa44_key, WITNESSES, 1))
    note = parse_note(cosigned("ALD"))
    without_log = Note(note.text, note.signatures[2:]).render()
    only_ed25519 = Note(note.text, note.signatures[:1]).render()
    other = LogSigner("other.example.org/log", b"3" * 32, b"4" * 32)
    text = note.text
    foreign = Note(text, (cosign(SigningKey(other.origin, 6, other.mldsa44_seed), text, AT),)).render()
    for data in (without_log, only_ed25519, foreign):
        with pytest.raises(SignatureError):
            policy.verify_checkpoint(data)
    with pytest.raises(SignatureError):
        replace(policy, logs=(other.mldsa44_key,)).verify_checkpoint(foreign)


def test_a_bad_signature_of_a_listed_witness_refuses_the_checkpoint() -> None:
    """A known witness's line that does not hold is no missing cosignature but a refusal."""
    policy = parse_policy(render_policy(LOG.mldsa44_key, WITNESSES, 1))
    note = parse_note(cosigned("ALD", "COR"))
    last = note.signatures[-1]
    bad = Signature(last.name, last.key_id, last.blob[:-1] + bytes([last.blob[-1] ^ 1]))
    with pytest.raises(SignatureError):
        policy.verify_checkpoint(Note(note.text, (*note.signatures[:-1], bad)).render())


def test_extension_lines_need_a_signature_that_covers_them() -> None:
    """Extension lines vouched for by ML-DSA-44 alone are refused, since anybody could have written them."""
    text = Checkpoint(LOG.origin, 7, b"r" * 32, ("added",)).render()
    quantum = SigningKey(LOG.origin, COSIGNATURE_MLDSA44, LOG.mldsa44_seed)
    classic = SigningKey(LOG.origin, ED25519, LOG.ed25519_seed)
    data = Note(text, (sign_text(classic, text), cosign(quantum, text, AT))).render()
    with pytest.raises(SignatureError):
        parse_policy(render_policy(LOG.mldsa44_key, {}, 0)).verify_checkpoint(data)
    policy = replace(parse_policy(b"quorum none\n"), logs=(LOG.ed25519_key,))
    assert policy.verify_checkpoint(data).checkpoint.extensions == ("added",)


def test_a_cosignature_without_a_time_does_not_count() -> None:
    """A witness's signature with time zero verifies and adds nothing to the quorum."""
    key = KEYS["ALD"]
    text = parse_note(NOTE).text
    origin = LOG.origin.encode()
    message = b"".join(
        (b"subtree/v1\n\0", bytes([len(key.name)]), key.name.encode(), bytes(8), bytes([len(origin)]), origin)
    )
    message += bytes(8) + (7).to_bytes(8, "big") + b"r" * 32
    line = Signature(key.name, key.verifier.key_id, bytes(8) + key.sign(message))
    note = parse_note(NOTE)
    found = parse_policy(render_policy(LOG.mldsa44_key, WITNESSES, 1)).verify_checkpoint(
        Note(text, (*note.signatures, line)).render()
    )
    assert (found.cosigned_by, found.quorum_met) == ((), False)


def test_groups_of_groups() -> None:
    """Nested groups are judged by threshold, `any` and `all`."""
    lines = [f"witness {name} {vkey}" for name, vkey in VKEYS.items()]
    text = "\n".join([*lines, "group x any ALD BRY", "group y all x COR", "quorum y", ""]).encode()
    policy = parse_policy(text)
    assert policy.satisfied_by(["ALD", "COR"])
    assert policy.satisfied_by(["ALD", "BRY", "COR", "unknown"])
    assert not policy.satisfied_by(["ALD", "BRY"])
    assert not policy.satisfied_by(["x", "y", "none"])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "quorum none",
        "quorum none\r\n",
        "quorum\n",
        "quorum none none\n",
        "log\nquorum none\n",
        "log not-a-vkey\nquorum none\n",
        "log {log} url more\nquorum none\n",
        "log {log}\nlog {log}\nquorum none\n",
        "log {log}\nlog {renamed}\nquorum none\n",
        "witness a {log}\nquorum a\n",
        "witness a {ALD}\ngroup a any a\nquorum a\n",
        "witness a {ALD}\ngroup g any\nquorum a\n",
        "witness a {ALD}\ngroup g 01 a\nquorum a\n",
        "witness a {ALD}\ngroup g -1 a\nquorum a\n",
        "witness a {ALD}\ngroup g some a\nquorum a\n",
        "witness a {ALD}\ngroup g any none\nquorum a\n",
        "witness a {ALD}\ngroup g any a\ngroup h any a\nquorum g\n",
        "witness a {ALD}\ngroup g any g\nquorum g\n",
        "quorum a\nwitness a {ALD}\n",
        "quorum none\f\n",
    ],
)
def test_policies_out_of_form_are_malformed(text: str) -> None:
    """Every rule of tlog-policy that a file breaks makes it malformed."""
    renamed = replace(LOG.ed25519_key, name="renamed.example/log").render()
    with pytest.raises(MalformedError):
        parse_policy(text.format(log=LOG.ed25519_key.render(), renamed=renamed, **VKEYS).encode())


def test_octets_that_are_not_text_are_for_comments_only() -> None:
    """A comment may hold any octets above 0x7F; a name must be UTF-8."""
    assert parse_policy(b"# caf\xe9\n \t# \xff\n\t quorum \t none \n").quorum == "none"
    with pytest.raises(MalformedError):
        parse_policy(b"quorum \xff\n")
    assert "Ж" in parse_policy(f"witness Ж {VKEYS['ALD']} https://example.org/\nquorum Ж\n".encode()).witnesses


def test_a_policy_of_more_than_a_mebibyte_is_malformed() -> None:
    """A file that nobody would write is not read."""
    with pytest.raises(MalformedError):
        parse_policy(b"#" * 1024 * 1024 + b"\nquorum none\n")
