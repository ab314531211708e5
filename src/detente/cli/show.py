"""``detente show``: what a file holds, recognised by its content. It verifies nothing and says so.

Everything printed is somebody's untrusted text: characters that hide or turn others are written as code points.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from detente.cli.plain import columns, read, visible
from detente.clock import from_milliseconds, render_instant
from detente.envelopes.sealing import MAGIC, parse_parcel
from detente.envelopes.signing import parse_envelope, statement_id
from detente.errors import DetenteError, MalformedError
from detente.ledger.checkpoint import parse_checkpoint
from detente.ledger.log import parse_entry
from detente.ledger.note import COSIGNATURE_MLDSA44, ED25519, VerifierKey, parse_note
from detente.ledger.policy import parse_policy
from detente.ledger.proof import parse_proof
from detente.statements.statement import Statement, parse_statement
from detente.verification import Bundle, Shown, Withheld, parse_bundle
from detente.verification.report import quorum_text

Rows = list[tuple[str, str]]
UNVERIFIED = "Shown as it stands; nothing here has been verified."


def show(
    file: Annotated[Path, typer.Argument(help="An envelope, parcel, receipt, checkpoint, policy or bundle.")],
) -> None:
    """Show what a file holds, whichever of our files it is. Nothing is verified; no node is needed."""
    for line in lines_of(read(file)):
        typer.echo(line)
    typer.echo(UNVERIFIED)


def lines_of(data: bytes) -> list[str]:
    """Return what ``data`` holds, in lines made safe to print; raise ``MalformedError`` for anything not ours."""
    name, reader = _recognise(data)
    try:
        found = list(reader(data))
    except MalformedError:
        raise
    except DetenteError as error:
        raise MalformedError(error.code, f"This {name} cannot be read: {error.message}") from error
    return [name[0].upper() + name[1:], *found]


def _recognise(data: bytes) -> tuple[str, Callable[[bytes], Iterator[str]]]:
    """Return which of our files these bytes begin like, and who reads it."""
    for name, begins, reader in _FILES:
        if data.startswith(begins):
            return name, reader
    if "\n\n— ".encode() in data:
        return "checkpoint", _checkpoint
    if any(line.lstrip().startswith((b"log ", b"quorum ", b"witness ", b"group ")) for line in data.split(b"\n")):
        return "policy", _policy
    raise MalformedError(
        "file-unknown", "This is no envelope, parcel, receipt, checkpoint, policy or bundle; take the file as exported."
    )


def _lines(rows: Rows) -> Iterator[str]:
    yield from columns([(name, visible(text)) for name, text in rows], indent="  ")


def _envelope(data: bytes) -> Iterator[str]:
    envelope = parse_envelope(data)
    yield from _lines([("signed with", f"key set {envelope.keyset_id}, Ed25519 and ML-DSA-65")])
    yield from _payload(envelope.payload_bytes)


def _payload(data: bytes) -> Iterator[str]:
    yield from _lines([("statement", statement_id(data)), *_header(parse_statement(data))])
    yield "  body"
    yield from _tree(json.loads(data)["body"], "    ")


def _header(statement: Statement) -> Rows:
    issuer = statement.issuer
    return [
        ("mark", f"TLP:{statement.tlp}"),
        ("kind", statement.kind),
        ("context", statement.context + (f", exercise {statement.exercise_id}" if statement.exercise_id else "")),
        ("from", f"{issuer.participant}, office {issuer.office}"),
        ("to", "all members" if isinstance(statement.addressees, str) else ", ".join(statement.recipients)),
        ("arrangement", statement.arrangement),
        ("thread", statement.thread),
        *([("reference", statement.reference)] if statement.reference else []),
        ("urgency", statement.urgency),
        ("language", statement.language + ("" if statement.authoritative else ", a courtesy text")),
        ("issued at", render_instant(statement.issued_at)),
        *([("acknowledge", f"asked by {render_instant(statement.ack_by)}")] if statement.ack_by else []),
        *([("answer", f"asked by {render_instant(statement.answer_by)}")] if statement.answer_by else []),
        *[
            (
                f"attachment {number}",
                f"{one.name}, {one.size} bytes, {one.media_type}, TLP:{one.tlp}, SHA-256 {one.sha256}",
            )
            for number, one in enumerate(statement.attachments, 1)
        ],
    ]


def _tree(value: Any, indent: str) -> Iterator[str]:
    """Yield JSON as an indented outline, long texts on lines of their own."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value, 1)
    for name, member in pairs:
        label = visible(str(name))
        if isinstance(member, dict | list):
            yield f"{indent}{label}" + ("" if member else ": none")
            yield from _tree(member, indent + "  ")
        elif isinstance(member, str) and "\n" in member:
            yield f"{indent}{label}"
            yield from (f"{indent}  {visible(line)}" for line in member.split("\n"))
        else:
            text = member if isinstance(member, str) else json.dumps(member)
            yield f"{indent}{label}: {visible(text)}"


def _parcel(data: bytes) -> Iterator[str]:
    parcel = parse_parcel(data)
    yield from _lines(
        [
            ("seal digest", parcel.seal_digest.hex()),
            ("sealed for", f"{len(parcel.wraps)} key sets of one reader, which it does not name"),
            ("size", f"{len(data)} bytes, {len(parcel.ciphertext)} of them sealed"),
        ]
    )


def _receipt(data: bytes) -> Iterator[str]:
    proof = parse_proof(data)
    rows: Rows = [("entry", str(proof.index)), ("proof", f"{len(proof.hashes)} hashes up to the root")]
    if proof.extra is not None:
        entry = parse_entry(proof.extra)
        rows += [
            ("class", entry.entry_class),
            ("seal digest", entry.seal_digest.hex()),
            ("recorded at", render_instant(entry.registered_at)),
        ]
    yield from _lines(rows)
    yield "  checkpoint"
    for line in _checkpoint(proof.checkpoint_bytes):
        yield "  " + line


def _checkpoint(data: bytes) -> Iterator[str]:
    note = parse_note(data)
    checkpoint = parse_checkpoint(note.text)
    rows: Rows = [
        ("ledger", checkpoint.origin),
        ("entries", str(checkpoint.size)),
        ("root", checkpoint.root.hex()),
        *[("extension", line) for line in checkpoint.extensions],
    ]
    for signature in note.signatures:
        rows.append(("signature", f"{signature.name}, key {signature.key_id.hex()}{_signed_at(signature.blob)}"))
    yield from _lines(rows)


def _signed_at(blob: bytes) -> str:
    """Return when a cosignature says that it was made; only those that carry a time are longer than a bare one."""
    if len(blob) not in (8 + 64, 8 + 2420):
        return ""
    try:
        return f", {render_instant(from_milliseconds(int.from_bytes(blob[:8], 'big') * 1000))}"
    except MalformedError:
        return ", at a time that cannot be shown"


def _policy(data: bytes) -> Iterator[str]:
    policy = parse_policy(data)
    rows: Rows = [("ledger", _key(key)) for key in policy.logs]
    rows += [("witness", f"{name}: {_key(key)}") for name, key in policy.witnesses.items()]
    rows += [
        ("group", f"{name}: {threshold} of {', '.join(members)}")
        for name, (threshold, members) in policy.groups.items()
    ]
    yield from _lines([*rows, ("cosigned by", f"{quorum_text(policy)} needed ({policy.quorum})")])


def _key(key: VerifierKey) -> str:
    algorithm = {ED25519: "Ed25519", COSIGNATURE_MLDSA44: "ML-DSA-44"}.get(key.algorithm, "Ed25519 cosignatures")
    return f"{key.name}, {algorithm}, key {key.key_id.hex()}"


def _bundle(data: bytes) -> Iterator[str]:
    bundle = parse_bundle(data)
    entries = "not in the bundle" if bundle.entries is None else f"all {len(bundle.entries)}"
    yield from _lines(
        [
            ("arrangement", bundle.arrangement),
            *([("note", bundle.note)] if bundle.note else []),
            ("statements", str(len(bundle.statements))),
            ("directory", f"{len(bundle.directory)} statements"),
            ("entries", entries),
        ]
    )
    yield from _items(bundle)


def _items(bundle: Bundle) -> Iterator[str]:
    for number, item in enumerate(bundle.statements, 1):
        yield f"statement {number}"
        if isinstance(item, Withheld):
            yield from _lines([("withheld", item.statement_id)])
        else:
            yield from _lines([("for", item.recipient)])
            yield from _envelope(item.envelope_bytes)
            yield from _lines([("file", f"{len(one.data)} bytes, SHA-256 {one.sha256}") for one in item.attachments])
        yield from _receipt_line(item)
    for number, recorded in enumerate(bundle.directory, 1):
        statement = parse_statement(parse_envelope(recorded.envelope_bytes).payload_bytes)
        yield f"directory statement {number}: {visible(statement.kind)} by {visible(statement.issuer.participant)}"


def _receipt_line(item: Shown | Withheld) -> Iterator[str]:
    proof = parse_proof(item.receipt_bytes)
    at = f", {render_instant(parse_entry(proof.extra).registered_at)}" if proof.extra is not None else ""
    yield from _lines([("recorded", f"entry {proof.index}{at}")])


_FILES: tuple[tuple[str, bytes, Callable[[bytes], Iterator[str]]], ...] = (
    ("parcel", MAGIC, _parcel),
    ("receipt", b"c2sp.org/tlog-proof@", _receipt),
    ("envelope", b'{"payload":', _envelope),
    ("statement without signatures", b'{"v":1,"kind":', _payload),
    ("bundle", b'{"v":1,"arrangement":', _bundle),
)
