"""``detente verify``: what an auditor runs. It needs no Django, no network and no home."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from detente.cli.plain import read, visible
from detente.clock import render_instant
from detente.errors import DetenteError
from detente.verification import LAST_LINE, Report, verify_bundle


def verify(
    bundle: Annotated[Path, typer.Argument(help="The bundle that a party shows.")],
    policy: Annotated[Path, typer.Option("--policy", help="The policy file: which ledger, which witnesses count.")],
    allow_pending: Annotated[
        bool, typer.Option("--allow-pending", help="Take receipts that are not cosigned yet, and say so.")
    ] = False,
    full: Annotated[bool, typer.Option("--full", help="Say what is proven of each statement.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Verify a bundle offline.

    The first thing that fails is named, and nothing after it is looked at. Exit codes: 0 proven, 2 refused,
    3 refused and somebody must be told, 5 a file cannot be read.
    """
    try:
        report = verify_bundle(read(bundle), read(policy), allow_pending=allow_pending)
    except DetenteError as error:
        if as_json:
            refused = {"verified": False, "error": type(error).__name__, "code": error.code, "message": error.message}
            typer.echo(json.dumps(refused))
        raise
    if as_json:
        typer.echo(json.dumps(_as_json(report)))
        return
    for line in report.lines if full else [*summary(report), LAST_LINE]:
        typer.echo(visible(line))


def summary(report: Report) -> list[str]:
    """Return what was found, counted, one aligned line for each thing that was checked."""
    counts = report.counts
    cosigned = "ok" if report.quorum_met else "pending"
    rows = [
        (_number(counts.shown, "statement"), "each signed twice by a key listed at that time", "ok"),
        (
            _number(counts.receipts, "receipt"),
            f"recorded in this order, {_span(counts.first_at, counts.last_at)}",
            cosigned,
        ),
        ("cosigned", f"{', '.join(counts.cosigned_by) or 'not yet'}; {counts.needed} needed", cosigned),
    ]
    if counts.attachments_named:
        here = f"{counts.attachments} of {counts.attachments_named} here, as they were signed"
        rows.append(("attachments", here, "ok"))
    if report.revocation_checked:
        rows.append(("directory", f"complete up to entry {report.directory_complete_to}", "ok"))
    else:
        rows.append(("directory", f"revocation not checked beyond entry {report.directory_complete_to}", ""))
    if counts.withheld:
        rows.append(("withheld", f"{_number(counts.withheld, 'statement')}: order and time proven, text not shown", ""))
    if counts.not_real:
        rows.append(("not real", f"{_number(counts.not_real, 'statement')} of an exercise or test", ""))
    if counts.in_doubt:
        rows.append(
            ("in doubt", f"{_number(counts.in_doubt, 'statement')}: recorded after the key came into doubt", "")
        )
    if not report.quorum_met:
        rows.append(("pending", "until enough witnesses cosign, order and time are not verified", ""))
    first, second = (max(len(row[place]) for row in rows) for place in (0, 1))
    return [f" {name:<{first}}  {text:<{second}}  {mark}".rstrip() for name, text, mark in rows]


def _number(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _span(first: datetime | None, last: datetime | None) -> str:
    if first is None or last is None:
        return "none"
    begin, end = (f"{at.day} {at:%b %Y %H:%M}" for at in (first, last))
    return f"{begin} UTC" if begin == end else f"{begin} - {end} UTC"


def _as_json(report: Report) -> dict[str, object]:
    found = asdict(report.counts)
    for name in ("first_at", "last_at"):
        found[name] = render_instant(found[name]) if found[name] else None
    return {
        "verified": True,
        "cosigned": report.quorum_met,
        "revocation_checked": report.revocation_checked,
        "directory_complete_to": report.directory_complete_to,
        "counts": found,
        "lines": list(report.lines),
    }
