"""Drafts: texts that have not left their participant. Machines may write them; only people release them."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

from django.http import HttpResponse
from ninja import Router
from pydantic import BaseModel, ConfigDict, StringConstraints

from detente.api.access import Caller
from detente.api.answers import PAGE_DEFAULT, Limit, Shape, made, reply, write
from detente.api.consultation import Said
from detente.api.statements import FORM_SLACK, read_part, refuse_larger
from detente.clock import from_milliseconds
from detente.envelopes.sealing import MAX_ATTACHMENT_BYTES
from detente.errors import MalformedError, PolicyError
from detente.node import actions, build, records
from detente.node.idempotency import Answer
from detente.statements.values import Digest, Instant, ThreadId

router = Router(tags=["drafts"])

Kind = Annotated[str, StringConstraints(min_length=1, max_length=60)]


class DraftText(BaseModel):
    """What a draft says: ``content`` holds the header members that its writer chooses, and ``body``."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    thread: ThreadId | None = None
    content: dict[str, Any]


class Release(BaseModel):
    """Which words are released: ``digest`` is that of the draft as it was read."""

    model_config = ConfigDict(extra="forbid")

    digest: Digest
    emergency: bool = False


class Draft(Shape):
    """A draft and where it stands."""

    id: uuid.UUID
    kind: str
    thread: str | None
    stage: str
    digest: str
    drafter: str
    content: dict[str, Any]
    created_at: Instant
    changed_at: Instant


class DraftsAnswer(Shape):
    """Open drafts, newest first."""

    items: list[Draft]


@router.get("/drafts", response=DraftsAnswer)
def list_drafts(request: Caller, limit: Limit = PAGE_DEFAULT) -> HttpResponse:
    """Return the open drafts of the caller's participant; of one marked TLP:RED the text is left out."""
    return reply(DraftsAnswer(items=[_listed(row) for row in records.drafts(request.auth, limit)]))


def _listed(row: Any) -> Draft:
    shown = _draft(row)
    if row.content.get("tlp") != "RED":
        return shown
    return shown.model_copy(update={"content": {name: each for name, each in row.content.items() if name != "body"}})


@router.get("/drafts/{draft_id}", response=Draft)
def read_draft(request: Caller, draft_id: uuid.UUID) -> HttpResponse:
    """Return one open draft."""
    return reply(_draft(actions.open_draft(request.auth, draft_id)))


@router.post("/drafts", response={201: Draft})
def create_draft(request: Caller, text: DraftText) -> HttpResponse:
    """Write a draft."""
    return write(request, [text.model_dump_json()], lambda: _saved(request, text, None, 201), whole=True)


@router.put("/drafts/{draft_id}", response=Draft)
def change_draft(request: Caller, draft_id: uuid.UUID, text: DraftText) -> HttpResponse:
    """Write a draft anew; who read it for release has to read it again."""
    return write(request, [text.model_dump_json()], lambda: _saved(request, text, draft_id, 200), whole=True)


@router.post(
    "/drafts/{draft_id}/attachments",
    response={201: Draft},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": ["attachment"],
                        "properties": {
                            "attachment": {"type": "string", "contentMediaType": "application/octet-stream"}
                        },
                    }
                }
            },
        }
    },
)
def attach(request: Caller, draft_id: uuid.UUID) -> HttpResponse:
    """Attach one file to a draft; the draft comes back with a new digest."""
    refuse_larger(request, MAX_ATTACHMENT_BYTES + FORM_SLACK)
    parts = request.FILES.getlist("attachment")
    if len(parts) != 1:
        raise MalformedError("submission-parts", "A form has one file part named attachment.")
    name, media_type = str(parts[0].name)[:120], str(parts[0].content_type)[:100]
    data = read_part(parts[0], MAX_ATTACHMENT_BYTES)

    def act() -> Answer:
        row = actions.open_draft(request.auth, draft_id)
        changed = actions.save_draft(
            build.current(),
            request.auth,
            row.kind,
            row.content,
            thread=row.thread,
            draft_id=draft_id,
            attachments=[(name, media_type, data)],
        )
        return made(_draft(changed), 201, _address(changed.id))

    return write(request, [name, media_type, data], act, whole=True)


@router.post("/drafts/{draft_id}/release", response={201: Said})
def release(request: Caller, draft_id: uuid.UUID, how: Release) -> HttpResponse:
    """Release a draft as its participant's rule says; the same release twice is one statement."""

    def act() -> Answer:
        if request.auth.machine:
            raise PolicyError("machine-release", "A machine account never releases; a person has to.")
        said = actions.release(build.current(), request.auth, draft_id, how.digest, emergency=how.emergency)
        return made(Said(statement_id=said), 201, f"/api/v1/statements/{said}")

    return write(request, [how.model_dump_json()], act)


def _saved(request: Caller, text: DraftText, draft_id: uuid.UUID | None, status: int) -> Answer:
    row = actions.save_draft(
        build.current(), request.auth, text.kind, text.content, thread=text.thread or "", draft_id=draft_id
    )
    return made(_draft(row), status, _address(row.id))


def _draft(row: Any) -> Draft:
    return Draft(
        id=row.id,
        kind=row.kind,
        thread=row.thread or None,
        stage=row.stage,
        digest=row.digest,
        drafter=row.drafter,
        content=row.content,
        created_at=from_milliseconds(row.created_at),
        changed_at=from_milliseconds(row.changed_at),
    )


def _address(draft_id: uuid.UUID) -> str:
    return f"/api/v1/drafts/{draft_id}"
