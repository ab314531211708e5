"""The one JWS profile that envelopes follow: algorithms, types, sizes and the one form of protected header.

Constants and header bytes only; ``signing`` reads and writes envelopes, ``refusals`` names what is wrong with one.
Rules: ``docs/spec/envelope.md``.
"""

from __future__ import annotations

from detente import keys
from detente.statements.codec import STATEMENT_LIMITS

ED25519 = "Ed25519"
MLDSA65 = "ML-DSA-65"
ALGORITHMS = (ED25519, MLDSA65)
SIGNATURE_BYTES = {ED25519: 64, MLDSA65: 3309}

# RFC 7515, 4.1.9 and 4.1.10: "application/" is left out where no other slash follows.
STATEMENT_TYP = "detente-statement+jws"
STATEMENT_CTY = "vnd.detente.statement+json"

MAX_PAYLOAD_BYTES = STATEMENT_LIMITS.max_bytes


def encoded_length(size: int) -> int:
    """Return how many characters ``size`` bytes take in base64url without padding."""
    return (size * 8 + 5) // 6


def protected_header(algorithm: str, keyset_id: str) -> bytes:
    """Return the protected header as it stands in an envelope: base64url of JSON with fixed members in fixed order."""
    header = f'{{"alg":"{algorithm}","kid":"{keyset_id}","typ":"{STATEMENT_TYP}","cty":"{STATEMENT_CTY}"}}'
    return keys.encode(header.encode("ascii")).encode("ascii")


HEADER_CHARACTERS = {name: len(protected_header(name, "A" * 43)) for name in ALGORITHMS}
MAX_ENVELOPE_BYTES = (
    len('{"payload":"","signatures":[{"protected":"","signature":""},{"protected":"","signature":""}]}')
    + encoded_length(MAX_PAYLOAD_BYTES)
    + sum(HEADER_CHARACTERS.values())
    + sum(encoded_length(size) for size in SIGNATURE_BYTES.values())
)
