"""Trust policies: which logs and witnesses count, after C2SP ``tlog-policy``.

A policy says whether a checkpoint is signed by a listed log and cosigned by enough listed witnesses. It says
nothing about the keys of those who speak inside entries. Lacking quorum is an answer, not an exception: who
needs it calls ``require_quorum``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from detente.errors import MalformedError, PolicyError, QuorumError, SignatureError
from detente.ledger.checkpoint import Checkpoint, parse_checkpoint
from detente.ledger.cosignature import VerifiedSignature, verify_signatures
from detente.ledger.note import COSIGNATURE_MLDSA44, ED25519, VerifierKey, parse_note, parse_vkey

MAX_POLICY_BYTES = 1024 * 1024
NO_QUORUM = "none"

_FORBIDDEN = re.compile(rb"[^\x09\x0a\x20-\x7e\x80-\xff]")
_THRESHOLD = re.compile(r"[1-9][0-9]{0,5}", re.ASCII)
_GROUP_NAME = "quorum-of-witnesses"


class Cosigned(NamedTuple):
    """A witness, by its name in the policy, and when it cosigned, in seconds since the epoch."""

    name: str
    timestamp: int


@dataclass(frozen=True)
class VerifiedCheckpoint:
    """A checkpoint that a listed log signed; ``note_bytes`` is what was verified."""

    checkpoint: Checkpoint
    log_name: str
    cosigned_by: tuple[Cosigned, ...]
    quorum_met: bool
    note_bytes: bytes = field(repr=False)

    def require_quorum(self) -> VerifiedCheckpoint:
        """Return itself; raise ``QuorumError`` when too few witnesses cosigned."""
        require_quorum(self.quorum_met, self.cosigned_by, self.note_bytes)
        return self


def require_quorum(quorum_met: bool, cosigned_by: Sequence[Cosigned], evidence: bytes) -> None:
    """Raise ``QuorumError`` unless ``quorum_met``."""
    if not quorum_met:
        names = ", ".join(cosigned.name for cosigned in cosigned_by) or "no witness"
        raise QuorumError("quorum", f"The policy asks for more cosignatures than those of {names}.", evidence)


@dataclass(frozen=True)
class Policy:
    """Logs, witnesses by name, groups (threshold and members) in the order of their definition, and the quorum."""

    logs: tuple[VerifierKey, ...]
    witnesses: Mapping[str, VerifierKey]
    groups: Mapping[str, tuple[int, tuple[str, ...]]]
    quorum: str
    urls: Mapping[str, str] = field(default_factory=dict)

    def satisfied_by(self, witnesses: Collection[str]) -> bool:
        """Return whether cosignatures of these witnesses, by their names in the policy, make the quorum."""
        met = {name for name in self.witnesses if name in witnesses} | {NO_QUORUM}
        for name, (threshold, members) in self.groups.items():
            if sum(member in met for member in members) >= threshold:
                met.add(name)
        return self.quorum in met

    def verify_checkpoint(self, note_bytes: bytes) -> VerifiedCheckpoint:
        """Return what the note commits to and who cosigned it.

        Raises ``MalformedError``, or ``SignatureError`` when no listed log signed under its own origin, or any
        signature of a listed key does not hold.
        """
        note = parse_note(note_bytes)
        checkpoint = parse_checkpoint(note.text)
        verified = verify_signatures(note, (*self.logs, *self.witnesses.values()))
        check_log_signed(checkpoint, verified, self.logs)
        times = {found.key: found.timestamp for found in verified}
        # A cosignature without a time does not say that this was the largest tree its maker knew.
        cosigned_by = tuple(
            Cosigned(name, timestamp) for name, key in self.witnesses.items() if (timestamp := times.get(key))
        )
        quorum_met = self.satisfied_by({cosigned.name for cosigned in cosigned_by})
        return VerifiedCheckpoint(checkpoint, checkpoint.origin, cosigned_by, quorum_met, note_bytes)


def check_log_signed(
    checkpoint: Checkpoint, verified: Sequence[VerifiedSignature], logs: Collection[VerifierKey]
) -> None:
    """Raise ``SignatureError`` unless one of ``logs``, named like the origin, signed all that the checkpoint says."""
    signers = [found.key for found in verified if found.key in logs and found.key.name == checkpoint.origin]
    if not signers:
        raise SignatureError("checkpoint-log", f"No known key of the log {checkpoint.origin[:80]!r} signed.")
    if checkpoint.extensions and all(key.algorithm == COSIGNATURE_MLDSA44 for key in signers):
        raise SignatureError("checkpoint-extension", "No known key of the log signed the checkpoint's extension lines.")


class _Reader:
    """Collects the definitions of one policy file, line by line."""

    def __init__(self) -> None:
        self.logs: list[VerifierKey] = []
        self.witnesses: dict[str, VerifierKey] = {}
        self.groups: dict[str, tuple[int, tuple[str, ...]]] = {}
        self.quorum: str | None = None
        self.urls: dict[str, str] = {}
        self._members: set[str] = set()

    def read(self, items: Sequence[str]) -> None:
        match items:
            case ["log", vkey, *url] if len(url) <= 1:
                self._log(parse_vkey(vkey), url)
            case ["witness", name, vkey, *url] if len(url) <= 1:
                self._witness(name, parse_vkey(vkey), url)
            case ["group", name, threshold, *members] if members:
                self._group(name, threshold, tuple(members))
            case ["quorum", name]:
                self._set_quorum(name)
            case _:
                raise MalformedError("policy-line", f"A policy has no line such as {' '.join(items)[:80]!r}.")

    def _log(self, key: VerifierKey, url: Sequence[str]) -> None:
        if any(key.public == other.public for other in self.logs):
            raise MalformedError("policy-duplicate", f"The key of the log {key.name[:80]} is listed twice.")
        self.logs.append(key)
        self.urls.update({key.render(): address for address in url})

    def _witness(self, name: str, key: VerifierKey, url: Sequence[str]) -> None:
        self._define(name)
        if key.algorithm == ED25519:
            raise MalformedError("policy-witness-key", f"The key of witness {name[:80]} makes no cosignatures.")
        if any(key.public == other.public for other in self.witnesses.values()):
            raise MalformedError("policy-duplicate", f"The key of witness {name[:80]} is listed twice.")
        self.witnesses[name] = key
        self.urls.update({key.render(): address for address in url})

    def _group(self, name: str, threshold: str, members: tuple[str, ...]) -> None:
        self._define(name)
        for member in members:
            if member not in self.witnesses and member not in self.groups:
                raise MalformedError("policy-name", f"The group {name[:80]} names {member[:80]} before its definition.")
            if member in self._members:
                raise MalformedError("policy-member", f"{member[:80]} is a member more than once.")
            self._members.add(member)
        words = {"any": 1, "all": len(members)}
        least = words.get(threshold) or (int(threshold) if _THRESHOLD.fullmatch(threshold) else 0)
        if not 1 <= least <= len(members):
            raise MalformedError("policy-threshold", f"The group {name[:80]} asks for {threshold[:20]} members.")
        self.groups[name] = (least, members)

    def _set_quorum(self, name: str) -> None:
        if self.quorum is not None:
            raise MalformedError("policy-quorum", "A policy has exactly one quorum line.")
        if name != NO_QUORUM and name not in self.witnesses and name not in self.groups:
            raise MalformedError("policy-name", f"The quorum names {name[:80]} before its definition.")
        self.quorum = name

    def _define(self, name: str) -> None:
        if name == NO_QUORUM or name in self.witnesses or name in self.groups:
            raise MalformedError("policy-name", f"The name {name[:80]} is taken.")


def parse_policy(data: bytes) -> Policy:
    """Return the policy; raise ``MalformedError`` (tlog-policy, "Policy file syntax and structure")."""
    if len(data) > MAX_POLICY_BYTES:
        raise MalformedError("policy-size", f"A policy has at most {MAX_POLICY_BYTES} bytes.")
    if not data.endswith(b"\n") or _FORBIDDEN.search(data):
        raise MalformedError(
            "policy-form", "A policy's lines end with newlines; tab is the only other control allowed."
        )
    reader = _Reader()
    for line in data.split(b"\n"):
        if not (line := line.strip(b" \t")) or line.startswith(b"#"):
            continue
        try:
            reader.read(re.split(r"[ \t]+", line.decode()))
        except UnicodeDecodeError as error:
            raise MalformedError("policy-form", "A policy is UTF-8 outside its comments.") from error
    if reader.quorum is None:
        raise MalformedError("policy-quorum", "A policy has exactly one quorum line.")
    return Policy(tuple(reader.logs), reader.witnesses, reader.groups, reader.quorum, reader.urls)


def render_policy(
    log: VerifierKey, witnesses: Mapping[str, VerifierKey], quorum: int, comments: Sequence[str] = ()
) -> bytes:
    """Return a policy file of one log, its witnesses by name, and how many of them must cosign (0: none).

    Raises ``PolicyError`` for any key that is not ML-DSA-44 (type 0x06): a second key of another type would be an
    alternative, so the policy would be as weak as the weaker of both. Raises ``MalformedError`` when the result
    would be no policy.
    """
    if any(key.algorithm != COSIGNATURE_MLDSA44 for key in (log, *witnesses.values())):
        raise PolicyError("policy-key-type", "A policy of this project names ML-DSA-44 keys (type 0x06) only.")
    lines = [f"# {comment}" for comment in comments]
    lines.append(f"log {log.render()}")
    lines += [f"witness {name} {key.render()}" for name, key in witnesses.items()]
    if quorum:
        lines.append(f"group {_GROUP_NAME} {quorum} {' '.join(witnesses)}")
    lines.append(f"quorum {_GROUP_NAME if quorum else NO_QUORUM}")
    data = "".join(line + "\n" for line in lines).encode()
    policy = parse_policy(data)
    if policy.logs != (log,) or policy.witnesses != witnesses or len(data.split(b"\n")) != len(lines) + 1:
        raise MalformedError("policy-form", "A witness name or comment would change the policy's meaning.")
    return data
