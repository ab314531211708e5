"""Every error of the project, sorted by who must act.

    DetenteError                 code (a stable slug), message (one sentence)
    ├── RejectedError            the sender must change something   → 4xx, exit 2
    │   ├── MalformedError         bytes that are not what they claim to be
    │   ├── SignatureError         signatures or keys that do not hold
    │   ├── PolicyError            a rule of the arrangement or the release rule forbids it
    │   └── IrregularError         it cannot be said at this stage
    ├── EvidenceError            somebody must be told; carries the bytes that show it → alarm, exit 3
    │   ├── InclusionError         an entry is not in the tree that a checkpoint commits to
    │   ├── ConsistencyError       two trees are not one history
    │   └── QuorumError            not enough witnesses cosigned
    ├── UnavailableError         try again later                    → 503, exit 4
    └── OperatorError            this node's keys, disk or settings → 500, exit 5

Third-party exceptions never cross a floor: a parser, fed any bytes, returns a value or raises
``MalformedError``. Codes are documented in ``docs/reference/errors.md``.
"""

from __future__ import annotations


class DetenteError(Exception):
    """Root of the tree: a stable ``code`` for machines and a ``message`` that says what to change."""

    exit_code = 5
    http_status = 500

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return self.message


class RejectedError(DetenteError):
    """The sender must change something before it can be accepted."""

    exit_code = 2
    http_status = 422


class MalformedError(RejectedError):
    """The bytes are not what they claim to be."""

    http_status = 400


class SignatureError(RejectedError):
    """A signature or a key does not hold."""

    http_status = 403


class PolicyError(RejectedError):
    """A rule of the arrangement, or a participant's release rule, forbids it."""

    http_status = 403


class IrregularError(RejectedError):
    """It cannot be said at this stage of the procedure."""

    http_status = 409


class EvidenceError(DetenteError):
    """Somebody must be told. ``evidence_bytes`` is what shows it, kept exactly as received."""

    exit_code = 3
    http_status = 422

    def __init__(self, code: str, message: str, evidence_bytes: bytes) -> None:
        super().__init__(code, message)
        self.evidence_bytes = evidence_bytes


class InclusionError(EvidenceError):
    """An entry is not in the tree that the checkpoint commits to."""


class ConsistencyError(EvidenceError):
    """Two trees are not one history."""


class QuorumError(EvidenceError):
    """The checkpoint lacks the cosignatures that the policy asks for."""


class UnavailableError(DetenteError):
    """Something needed is busy or away; trying again may succeed."""

    exit_code = 4
    http_status = 503


class OperatorError(DetenteError):
    """This node's own keys, disk or settings are wrong; only its operator can mend it."""
