"""Statements as they were signed: metadata, exact bytes, receipts, attachments; and submitting one."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from ninja import Router

from detente.api.access import Caller
from detente.api.answers import Shape, file, made, reply, write
from detente.api.consultation import Entry
from detente.envelopes.sealing import MAX_ATTACHMENT_BYTES, MAX_ATTACHMENTS_BYTES
from detente.envelopes.signing import MAX_ENVELOPE_BYTES, parse_envelope
from detente.errors import MalformedError, RejectedError
from detente.node import build, records
from detente.node.idempotency import Answer
from detente.node.submission import submit
from detente.statements.statement import AttachmentLabel
from detente.statements.values import Digest, Instant, Sha256

router = Router(tags=["statements"])

ENVELOPE_TYPE = "application/jose+json"
RAW_TYPES = (ENVELOPE_TYPE, "application/json")
# Boundaries and headers of the parts of a form.
FORM_SLACK = 64 << 10
_BYTES: dict[str, Any] = {"type": "string", "contentMediaType": "application/octet-stream"}


class Attachment(Shape):
    """What the signed text says of an attachment."""

    sha256: str
    media_type: str
    size: int
    name: str
    tlp: str


class StatementAnswer(Shape):
    """A statement's header; what it says is in its envelope and in its thread."""

    statement_id: str
    kind: str
    thread: str
    issuer: str
    office: str
    recipients: list[str]
    context: str
    exercise_id: str | None
    reference: str | None
    urgency: str
    tlp: str
    language: str
    follows: list[str]
    supersedes: str | None
    issued_at: Instant
    received_at: Instant
    keyset_id: str
    entries: list[Entry]
    attachments: list[Attachment]


class Receipt(Shape):
    """A receipt (C2SP tlog-proof) for one recipient's parcel; not ``cosigned`` means pending."""

    recipient: str
    index: int
    cosigned: bool
    receipt: str


class ReceiptsAnswer(Shape):
    """The receipts of a statement."""

    items: list[Receipt]


class Submission(Shape):
    """A statement that is recorded, and its receipts."""

    statement_id: str
    receipts: list[Receipt]


@router.get("/statements/{statement_id}", response=StatementAnswer)
def read_statement(request: Caller, statement_id: Digest) -> HttpResponse:
    """Return a statement's header."""
    kept, statement = records.statement(request.auth, statement_id)
    return reply(
        StatementAnswer(
            statement_id=statement_id,
            kind=statement.kind,
            thread=statement.thread,
            issuer=statement.issuer.participant,
            office=statement.issuer.office,
            recipients=list(statement.recipients),
            context=statement.context,
            exercise_id=statement.exercise_id,
            reference=statement.reference,
            urgency=statement.urgency,
            tlp=statement.tlp,
            language=statement.language,
            follows=list(statement.follows),
            supersedes=statement.supersedes,
            issued_at=statement.issued_at,
            received_at=kept.received_at,
            keyset_id=parse_envelope(kept.envelope_bytes).keyset_id,
            entries=[
                Entry(recipient=recipient, index=index, registered_at=at) for recipient, index, at in kept.entries
            ],
            attachments=[_attachment(label) for label in statement.attachments],
        )
    )


@router.get(
    "/statements/{statement_id}/envelope",
    openapi_extra={"responses": {200: {"content": {ENVELOPE_TYPE: {"schema": {"type": "object"}}}}}},
)
def read_envelope(request: Caller, statement_id: Digest) -> HttpResponse:
    """Return the exact bytes that were signed and recorded."""
    kept, _ = records.statement(request.auth, statement_id)
    return file(kept.envelope_bytes, ENVELOPE_TYPE)


@router.get("/statements/{statement_id}/receipts", response=ReceiptsAnswer)
def read_receipts(request: Caller, statement_id: Digest) -> HttpResponse:
    """Return a receipt for each recipient."""
    return reply(ReceiptsAnswer(items=_receipts(request, statement_id)))


@router.get(
    "/statements/{statement_id}/attachments/{sha256}",
    openapi_extra={"responses": {200: {"content": {"application/octet-stream": {"schema": _BYTES}}}}},
)
def read_attachment(request: Caller, statement_id: Digest, sha256: Sha256) -> HttpResponse:
    """Return an attachment's bytes, always as a download: its sender chose its type and name."""
    name, _, data = records.attachment(request.auth, statement_id, sha256)
    return file(data, "application/octet-stream", name)


@router.post(
    "/statements",
    response={201: Submission, 200: Submission},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                ENVELOPE_TYPE: {"schema": {"type": "object"}},
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": ["envelope"],
                        "properties": {"envelope": _BYTES, "attachment": {"type": "array", "items": _BYTES}},
                    }
                },
            },
        }
    },
)
def submit_statement(request: Caller) -> HttpResponse:
    """Record a statement of the caller's participant that was signed elsewhere, with the attachments that it names.

    The same one again changes nothing and is answered 200, with receipts for its first place in the ledger.
    """
    envelope_bytes, attachments = _received(request)

    def act() -> Answer:
        submitted = submit(build.current(), request.auth, envelope_bytes, attachments)
        answer = Submission(statement_id=submitted.statement_id, receipts=_receipts(request, submitted.statement_id))
        return made(answer, 200 if submitted.repeated else 201, f"/api/v1/statements/{submitted.statement_id}")

    return write(request, [envelope_bytes, *attachments], act)


def _received(request: Caller) -> tuple[bytes, list[bytes]]:
    """Return envelope and attachments of a submission, whose size is checked before any of it is read."""
    if request.content_type in RAW_TYPES:
        refuse_larger(request, MAX_ENVELOPE_BYTES)
        return request.body, []
    if request.content_type == "multipart/form-data":
        refuse_larger(request, MAX_ENVELOPE_BYTES + MAX_ATTACHMENTS_BYTES + FORM_SLACK)
        envelopes = request.FILES.getlist("envelope")
        if len(envelopes) != 1:
            raise MalformedError("submission-parts", "A form has one file part named envelope, and parts attachment.")
        attachments = [read_part(part, MAX_ATTACHMENT_BYTES) for part in request.FILES.getlist("attachment")]
        return read_part(envelopes[0], MAX_ENVELOPE_BYTES), attachments
    raise RejectedError("content-type", f"Send an envelope as {ENVELOPE_TYPE}, or as a form with its attachments.")


def refuse_larger(request: Caller, limit: int) -> None:
    """Raise ``RejectedError`` for a request that says it is larger than ``limit`` bytes, before it is read."""
    length = request.headers.get("Content-Length", "")
    if length.isdecimal() and int(length[:20]) > limit:
        raise RejectedError("body-size", f"The request has more than {limit} bytes; nothing of it was read.")


def read_part(part: UploadedFile[Any], limit: int) -> bytes:
    """Return a part of a form; raise ``RejectedError`` when it has more than ``limit`` bytes."""
    if (part.size or 0) > limit:
        raise RejectedError("body-size", f"A part of the form has more than {limit} bytes.")
    return bytes(part.read())


def _receipts(request: Caller, statement_id: str) -> list[Receipt]:
    return [
        Receipt(
            recipient=each.recipient,
            index=each.index,
            cosigned=each.cosigned,
            receipt=each.receipt_bytes.decode(),
        )
        for each in records.receipts(build.current(), request.auth, statement_id)
    ]


def _attachment(label: AttachmentLabel) -> Attachment:
    return Attachment(sha256=label.sha256, media_type=label.media_type, size=label.size, name=label.name, tlp=label.tlp)
