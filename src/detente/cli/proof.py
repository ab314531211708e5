"""``detente verify`` and ``detente show``: what an auditor runs. No Django, no network, no home."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from detente.envelopes.sealing import parse_parcel
from detente.envelopes.signing import parse_envelope
from detente.errors import DetenteError, MalformedError, OperatorError
from detente.ledger.checkpoint import parse_checkpoint
from detente.ledger.log import parse_entry
from detente.ledger.note import parse_note
from detente.ledger.policy import parse_policy
from detente.ledger.proof import parse_proof
from detente.statements.statement import parse_statement
from detente.verification import Shown, parse_bundle, verify_bundle

MAX_FILE_BYTES = 512 * 1024 * 1024
# Directional marks and controls: shown by name, so that a file cannot rearrange what a terminal prints.
_HIDDEN = re.compile("[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def register(app: typer.Typer) -> None:
    """Add the commands of this file to ``app``."""
    app.command()(verify)
    app.command()(show)


def verify(
    bundle: Annotated[Path, typer.Argument(help="The bundle that a party shows.")],
    policy: Annotated[Path, typer.Option("--policy", help="The policy file: whose ledger, whose cosignatures.")],
    allow_pending: Annotated[
        bool, typer.Option("--allow-pending", help="Accept receipts that are not cosigned yet; they are named so.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Verify a bundle offline; the first thing that fails is named and nothing after it is looked at."""
    try:
        report = verify_bundle(read(bundle), read(policy), allow_pending=allow_pending)
    except DetenteError as error:
        if as_json:
            typer.echo(json.dumps({"verified": False, "code": error.code, "message": error.message}))
            raise typer.Exit(error.exit_code) from error
        raise
    if as_json:
        typer.echo(
            json.dumps({"verified": True, "cosigned": report.quorum_met, "lines": report.lines}, ensure_ascii=False)
        )
        return
    for line in report.lines:
        typer.echo(visible(line))


def show(
    file: Annotated[Path, typer.Argument(help="Envelope, parcel, receipt, checkpoint, policy or bundle.")],
) -> None:
    """Show what a file holds, whichever of our files it is. Nothing is verified."""
    data = read(file)
    for name, reader in _READERS:
        try:
            lines = reader(data)
        except DetenteError:
            continue
        typer.echo(f"{name} (shown, not verified)")
        for line in lines:
            typer.echo("  " + visible(line))
        return
    raise MalformedError("file-unknown", f"{file} is no envelope, parcel, receipt, checkpoint, policy or bundle.")


def read(path: Path) -> bytes:
    """Return a file's bytes; raise ``OperatorError`` when it cannot be read or is too large."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise OperatorError("file-large", f"{path} has more than 512 MiB; no file of ours is that large.")
        return path.read_bytes()
    except OSError as error:
        raise OperatorError("file-read", f"{path} cannot be read: {error.strerror}.") from error


def visible(text: str) -> str:
    """Return ``text`` with every hidden or directional character written out as its code point."""
    return _HIDDEN.sub(lambda found: f"<U+{ord(found[0]):04X}>", text)


def _envelope(data: bytes) -> list[str]:
    envelope = parse_envelope(data.strip())
    statement = parse_statement(envelope.payload_bytes)
    body = statement.body.model_dump(mode="json", exclude_none=True)
    issuer = statement.issuer
    return [
        f"statement {envelope.statement_id}",
        f"signed with key set {envelope.keyset_id}",
        f"TLP:{statement.tlp}",
        f"{statement.kind} by {issuer.participant} ({issuer.office}) for {', '.join(statement.recipients)}",
        *_pretty(body),
    ]


def _bundle(data: bytes) -> list[str]:
    bundle = parse_bundle(data)
    lines = [f"arrangement {bundle.arrangement}", f"{len(bundle.directory)} directory statements"]
    for number, each in enumerate(bundle.statements, 1):
        if isinstance(each, Shown):
            lines += [f"statement {number}, shown:", *(f"  {line}" for line in _envelope(each.envelope_bytes))]
        else:
            lines.append(f"statement {number}, withheld: {each.statement_id}")
    return lines


def _receipt(data: bytes) -> list[str]:
    proof = parse_proof(data)
    entry = parse_entry(proof.extra or b"")
    return [
        f"entry {proof.index}, {entry.entry_class}, recorded {entry.registered_at.isoformat()}",
        f"seal digest {entry.seal_digest.hex()}",
        *_checkpoint(proof.checkpoint_bytes),
    ]


def _checkpoint(data: bytes) -> list[str]:
    note = parse_note(data)
    checkpoint = parse_checkpoint(note.text)
    signers = ", ".join(signature.name for signature in note.signatures)
    return [
        f"ledger {checkpoint.origin}",
        f"{checkpoint.size} entries, root {checkpoint.root.hex()}",
        f"signed by {signers}",
    ]


def _policy(data: bytes) -> list[str]:
    policy = parse_policy(data)
    return [f"witness {name}" for name in policy.witnesses] + [f"quorum {policy.quorum}"]


def _parcel(data: bytes) -> list[str]:
    parcel = parse_parcel(data)
    return [
        f"seal digest {parcel.seal_digest.hex()}",
        f"{len(parcel.wraps)} wraps, {len(parcel.ciphertext)} bytes sealed",
    ]


def _pretty(value: dict[str, Any]) -> list[str]:
    return json.dumps(value, indent=1, ensure_ascii=False).splitlines()


_READERS: tuple[tuple[str, Callable[[bytes], list[str]]], ...] = (
    ("Envelope", _envelope),
    ("Bundle", _bundle),
    ("Receipt", _receipt),
    ("Checkpoint", _checkpoint),
    ("Parcel", _parcel),
    ("Policy", _policy),
)
