"""Why some bytes are no envelope: the slow path that names the trick, taken after the one byte form did not match.

``explain`` never accepts anything: whatever it is given, it returns an error. It decodes no payload, inflates
nothing and touches no key.
"""

from __future__ import annotations

import re
from typing import Any

from detente import keys
from detente.envelopes.profile import (
    ALGORITHMS,
    MAX_ENVELOPE_BYTES,
    MAX_PAYLOAD_BYTES,
    SIGNATURE_BYTES,
    STATEMENT_CTY,
    STATEMENT_TYP,
    encoded_length,
)
from detente.errors import MalformedError, RejectedError, SignatureError
from detente.statements.codec import Limits, parse_object

_ENVELOPE_LIMITS = Limits(max_bytes=MAX_ENVELOPE_BYTES, max_depth=8, max_members=200)
_HEADER_LIMITS = Limits(max_bytes=8192, max_depth=4, max_members=50)
_COMPACT = re.compile(rb"\s*[A-Za-z0-9_=-]*(?:\.[A-Za-z0-9_=-]*)+\s*")
_JWE_MEMBERS = frozenset({"ciphertext", "iv", "tag", "encrypted_key", "recipients", "aad", "unprotected"})
_EMBEDDED_KEYS = frozenset({"jwk", "jku", "x5u", "x5c", "x5t", "x5t#S256"})
_HEADER_MEMBERS = ("alg", "kid", "typ", "cty")


def explain(envelope_bytes: bytes) -> RejectedError:
    """Return the error that says which rule of ``docs/spec/envelope.md`` these bytes break."""
    try:
        _walk(envelope_bytes)
    except (MalformedError, SignatureError) as refusal:
        return refusal
    return MalformedError(
        "jws-not-canonical",
        "The envelope is JSON of the right shape but not in its one byte form: no white space, no escapes, "
        "payload before signatures, protected before signature, header members in the order alg, kid, typ, cty.",
    )


def _walk(envelope_bytes: bytes) -> None:
    if len(envelope_bytes) > MAX_ENVELOPE_BYTES:
        raise MalformedError("jws-size", f"An envelope has at most {MAX_ENVELOPE_BYTES} bytes.")
    if _COMPACT.fullmatch(envelope_bytes):
        if envelope_bytes.count(b".") == 4:
            raise _is_jwe()
        raise MalformedError("jws-compact", "This is a compact JWS; a statement needs the General JSON form.")
    wrapper = parse_object(envelope_bytes, _ENVELOPE_LIMITS)
    _check_wrapper(wrapper)
    headers = [_read_header(signature) for signature in wrapper["signatures"]]
    for header in headers:
        _check_header(header)
    _check_pair(headers)
    for header, signature in zip(headers, wrapper["signatures"], strict=True):
        _check_characters(signature["signature"], header["alg"], SIGNATURE_BYTES[header["alg"]])
    if not 1 <= len(wrapper["payload"]) <= encoded_length(MAX_PAYLOAD_BYTES):
        raise MalformedError("jws-payload", f"A payload has between 1 and {MAX_PAYLOAD_BYTES} bytes.")
    _check_base64url(wrapper["payload"], "payload")


def _is_jwe() -> MalformedError:
    return MalformedError(
        "jws-is-jwe", "This is an encrypted JWE; a statement comes as a signed JWS, and a parcel is what seals it."
    )


def _check_wrapper(wrapper: dict[str, Any]) -> None:
    """Check members and types outside the protected headers."""
    if _JWE_MEMBERS & set(wrapper):
        raise _is_jwe()
    if {"signature", "protected", "header"} & set(wrapper):
        raise MalformedError("jws-flattened", "This is a flattened JWS; a statement needs the General JSON form.")
    if set(wrapper) != {"payload", "signatures"}:
        raise MalformedError("jws-member", "An envelope has the members payload and signatures, and no other.")
    if not isinstance(wrapper["payload"], str) or not isinstance(wrapper["signatures"], list):
        raise MalformedError("jws-member", "The payload must be a string and the signatures an array.")
    for signature in wrapper["signatures"]:
        if isinstance(signature, dict) and "header" in signature:
            raise MalformedError("jws-unprotected-header", "A signature has an unprotected header; none is allowed.")
        if (
            not isinstance(signature, dict)
            or set(signature) != {"protected", "signature"}
            or not all(isinstance(part, str) for part in signature.values())
        ):
            raise MalformedError("jws-member", "A signature has the strings protected and signature, and no other.")


def _read_header(signature: dict[str, str]) -> dict[str, Any]:
    _check_base64url(signature["protected"], "protected header")
    try:
        return parse_object(keys.decode(signature["protected"]), _HEADER_LIMITS)
    except MalformedError as error:
        raise MalformedError("jws-header", f"A protected header cannot be read. {error.message}") from error


def _check_header(header: dict[str, Any]) -> None:
    """Check one protected header against the allow-list, the dangerous members first."""
    members = set(header)
    if "enc" in members:
        raise _is_jwe()
    if isinstance(header.get("alg"), str) and header["alg"].lower() == "none":
        raise SignatureError("jws-alg-none", 'The algorithm "none" signs nothing; use Ed25519 and ML-DSA-65.')
    if header.get("alg") not in ALGORITHMS:
        raise SignatureError("jws-alg", "The only algorithms of an envelope are Ed25519 and ML-DSA-65.")
    _check_tricks(members)
    if unknown := sorted(members.difference(_HEADER_MEMBERS)):
        raise MalformedError("jws-header-member", f"The header has the member {unknown[0][:40]!r}; leave it out.")
    if missing := sorted(set(_HEADER_MEMBERS) - members):
        raise MalformedError("jws-header-member", f"The header lacks the member {missing[0]}.")
    if header["typ"] != STATEMENT_TYP:
        raise MalformedError("jws-typ", f"The header's typ must be {STATEMENT_TYP}.")
    if header["cty"] != STATEMENT_CTY:
        raise MalformedError("jws-cty", f"The header's cty must be {STATEMENT_CTY}.")
    if not isinstance(header["kid"], str) or len(header["kid"]) != 43:
        raise MalformedError("jws-kid", "The header's kid must be a key-set id of 43 characters.")
    _check_base64url(header["kid"], "kid")


def _check_tricks(members: set[str]) -> None:
    """Refuse the header members that change how a JWS is read or where its key comes from."""
    if embedded := sorted(_EMBEDDED_KEYS & members):
        raise SignatureError(
            "jws-embedded-key", f"The header brings its own key ({embedded[0]}); keys come from the directory alone."
        )
    if "b64" in members:
        raise MalformedError("jws-b64", "The header says b64; a payload is always base64url.")
    if "zip" in members:
        raise MalformedError("jws-zip", "The header says zip; nothing in an envelope is compressed.")
    if "crit" in members:
        raise MalformedError("jws-crit", "The header names critical extensions; an envelope knows none.")


def _check_pair(headers: list[dict[str, Any]]) -> None:
    """Check that there are two signatures, one per algorithm, in order, of one key set."""
    algorithms = [header["alg"] for header in headers]
    if not algorithms:
        raise SignatureError("jws-no-signature", "This envelope carries no signature; a statement needs two.")
    if len(algorithms) == 1:
        raise SignatureError(
            "jws-one-signature", "This envelope carries one signature; a statement needs two, Ed25519 and ML-DSA-65."
        )
    if len(algorithms) > 2:
        raise SignatureError(
            "jws-many-signatures", f"This envelope carries {len(algorithms)} signatures; a statement needs exactly two."
        )
    if algorithms[0] == algorithms[1]:
        raise SignatureError(
            "jws-signature-twice",
            f"Both signatures are {algorithms[0]}; a statement needs one Ed25519 and one ML-DSA-65.",
        )
    if headers[0]["kid"] != headers[1]["kid"]:
        raise SignatureError("jws-kids-differ", "The two signatures name two key sets; both must come from one.")
    if tuple(algorithms) != ALGORITHMS:
        raise MalformedError("jws-order", "The Ed25519 signature comes first, the ML-DSA-65 signature second.")


def _check_characters(text: str, algorithm: str, size: int) -> None:
    _check_base64url(text, "signature")
    if len(text) != encoded_length(size):
        raise MalformedError("jws-signature-size", f"An {algorithm} signature has {size} bytes.")


def _check_base64url(text: str, what: str) -> None:
    try:
        keys.decode(text)
    except MalformedError as error:
        raise MalformedError(
            "jws-base64url",
            f"The {what} is not canonical base64url: no padding, no spare bits, only A-Z a-z 0-9 - and _.",
        ) from error
