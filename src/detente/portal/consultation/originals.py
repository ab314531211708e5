"""The signed originals: header, keys, receipts, and the bytes themselves, which are only ever downloaded."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from detente.envelopes.signing import parse_envelope
from detente.errors import PolicyError
from detente.node import records
from detente.portal import bodies, vocabulary
from detente.portal.acting import Acting, acting
from detente.portal.consultation.timeline import key_of
from detente.procedures.consultation import verb_of
from detente.statements.statement import EVERYONE, Statement


@require_safe
def statement(request: HttpRequest, statement_id: str) -> HttpResponse:
    """Show what was signed, by which key, and what the ledger says of it."""
    who = acting(request)
    kept, parsed = _found(who, statement_id)
    keyset_id = parse_envelope(kept.envelope_bytes).keyset_id
    members = parsed.model_dump(mode="json")
    mine = who.person.participant
    receipts = [
        each
        for each in records.receipts(who.node, who.person, statement_id)
        if mine == parsed.issuer.participant or each.recipient in (mine, EVERYONE)
    ]
    context: dict[str, Any] = {
        "statement_id": statement_id,
        "kind": parsed.kind,
        "name": _name(parsed, members["body"]),
        "sender": who.name(parsed.issuer.participant),
        "office": who.office_name(parsed.issuer.participant, parsed.issuer.office),
        "to": [who.name(each) for each in parsed.recipients if each != EVERYONE],
        "everyone": EVERYONE in parsed.recipients,
        "statement": parsed,
        "thread_url": _thread_url(parsed),
        "keyset_id": keyset_id,
        "key": key_of(who, keyset_id, parsed.issuer.participant, fingerprint=True),
        "rows": bodies.body_rows(members["body"], parsed.language),
        "envelope_url": reverse("portal:statement-envelope", args=[statement_id]),
        "envelope_size": len(kept.envelope_bytes),
        "receipts": [
            {
                "who": who.name(each.recipient) if each.recipient != EVERYONE else "",
                "index": each.index,
                "cosigned": each.cosigned,
                "text": each.receipt_bytes.decode("utf-8", "replace"),
                "url": reverse("portal:statement-receipt", args=[statement_id, each.index]),
            }
            for each in receipts[:8]
        ],
        "exercise": {"id": parsed.exercise_id, "name": ""} if parsed.context != "real" else None,
    }
    return render(request, "portal/consultation/statement.html", context)


@require_safe
def envelope(request: HttpRequest, statement_id: str) -> HttpResponse:
    """Download the envelope, byte for byte as it was signed."""
    kept, _ = _found(acting(request), statement_id)
    return download(kept.envelope_bytes, f"{statement_id[:12]}.jws.json", "application/jose+json")


@require_safe
def receipt(request: HttpRequest, statement_id: str, index: int) -> HttpResponse:
    """Download the receipt of one ledger entry of a statement."""
    who = acting(request)
    _, parsed = _found(who, statement_id)
    mine = who.person.participant
    for each in records.receipts(who.node, who.person, statement_id):
        if each.index == index and (mine == parsed.issuer.participant or each.recipient in (mine, EVERYONE)):
            return download(each.receipt_bytes, f"entry-{index}.receipt", "application/octet-stream")
    raise Http404


@require_safe
def attachment(request: HttpRequest, statement_id: str, sha256: str) -> HttpResponse:
    """Download an attachment; its type is never one that a browser would show or run."""
    who = acting(request)
    try:
        name, _, data = records.attachment(who.person, statement_id, sha256)
    except PolicyError as refused:
        raise Http404 from refused
    return download(data, name, "application/octet-stream")


def download(data: bytes, name: str, content_type: str) -> HttpResponse:
    """Return ``data`` as a file to keep, which no browser renders or guesses about."""
    response = HttpResponse(data, content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def _found(who: Acting, statement_id: str) -> tuple[Any, Statement]:
    try:
        return records.statement(who.person, statement_id)
    except PolicyError as refused:
        raise Http404 from refused


def _name(parsed: Statement, body: dict[str, Any]) -> Any:
    area = parsed.kind.partition(".")[0]
    if area in ("consultation", "evidence"):
        return vocabulary.called(vocabulary.SAID, verb_of(parsed.kind, body))
    return bodies.VERBS.get(parsed.kind, parsed.kind)


def _thread_url(parsed: Statement) -> str:
    area = parsed.kind.partition(".")[0]
    return reverse("portal:thread", args=[parsed.thread]) if area in ("consultation", "evidence") else ""
