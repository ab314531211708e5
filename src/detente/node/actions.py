"""What people and machines do: draft, release, say, acknowledge. Every act is permission-checked and attributable.

A draft's content is a dictionary of the header members that its writer chose, and ``body``. Releasing binds to the
digest of exactly what the releaser saw: an edit in between voids it.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from detente.clock import render_instant, to_milliseconds
from detente.errors import IrregularError, MalformedError, PolicyError
from detente.keys import encode
from detente.node import registrar
from detente.node.build import Node
from detente.procedures import drafting
from detente.projections import consultation as threads
from detente.projections.projector import OPENERS
from detente.statements.statement import EVERYONE, KINDS, Statement, check_form, statement_from, thread_id
from detente.store import statements
from detente.store.faults import faults_named
from detente.store.models import Draft, Officer

DRAFT, RELEASED, DISCARDED = (stage.value for stage in drafting.DraftStage)
MAY_DRAFT = ("drafter", "releaser", "duty", "authority", "directory-manager")
MAY_RELEASE = ("releaser", "authority")
MAY_ACKNOWLEDGE = ("duty", "releaser", "drafter", "authority")
REFERENCE_PREFIX = "HN"
# What a writer chooses; the rest of a statement's header is filled in when it is signed.
CHOSEN = frozenset(
    {
        "context",
        "exercise_id",
        "addressees",
        "follows",
        "supersedes",
        "reference",
        "urgency",
        "tlp",
        "language",
        "authoritative",
        "ack_by",
        "answer_by",
        "events",
        "basis",
        "attachments",
        "body",
    }
)


@dataclass(frozen=True)
class Person:
    """Who acts: account name, participant, office, roles; ``machine`` accounts never release."""

    name: str
    participant: str
    office: str
    roles: tuple[str, ...] = ()
    display_name: str = ""
    machine: bool = False

    def require(self, roles: Sequence[str], what: str) -> None:
        """Raise ``PolicyError`` unless the person holds one of ``roles``."""
        if not set(roles) & set(self.roles):
            raise PolicyError(
                "role-missing", f"Your account may not {what}; somebody with the role {' or '.join(roles)} may."
            )


def digest_of(kind: str, content: dict[str, Any]) -> str:
    """Return the digest that a release binds to."""
    text = json.dumps([kind, content], sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return encode(hashlib.sha256(text.encode()).digest())


def save_draft(
    node: Node,
    person: Person,
    kind: str,
    content: dict[str, Any],
    *,
    thread: str = "",
    draft_id: uuid.UUID | None = None,
    attachments: Sequence[tuple[str, str, bytes]] = (),
) -> Draft:
    """Keep a draft; nothing blocks it but a form that no statement could have.

    ``attachments`` are (name, media type, bytes). Raises ``MalformedError`` for such a form, and ``PolicyError`` for a
    kind that does not leave by release, or a draft that is not the person's participant's or not open any more.
    """
    person.require(MAY_DRAFT, "write drafts")
    if kind not in KINDS:
        raise IrregularError("kind-unknown", f"{kind[:60]} is not a kind of statement.")
    if not KINDS[kind].released:
        raise PolicyError("draft-kind", f"{kind} does not leave by release, so no draft of it is kept.")
    check_form(kind, content)
    now = to_milliseconds(node.clock.now())
    row = open_draft(person, draft_id) if draft_id else Draft(participant=person.participant, created_at=now)
    labels = _known_labels(content, row)
    for name, media_type, data in attachments:
        with faults_named():
            sha256 = statements.keep_attachment(data)
        labels.append(
            {
                "sha256": sha256,
                "media_type": media_type,
                "size": len(data),
                "name": name,
                "tlp": content.get("tlp", "AMBER"),
            }
        )
    content = {**content, "attachments": labels}
    row.kind, row.thread, row.content, row.stage = kind, thread, content, DRAFT
    row.digest, row.drafter, row.changed_at = digest_of(kind, content), person.name, now
    with faults_named():
        row.save()
    node.on_step("drafted")
    return row


def _known_labels(content: dict[str, Any], row: Draft) -> list[Any]:
    """Return the attachments that ``content`` names; only what was attached to this very draft can be named.

    Otherwise the hash of another participant's attachment would be enough to get a copy of it.
    """
    labels = content.get("attachments") or []
    known = [_unmarked(label) for label in (row.content or {}).get("attachments", [])]
    if not isinstance(labels, list) or any(_unmarked(label) not in known for label in labels):
        raise PolicyError("attachment-foreign", "A draft names only what was attached to it; attach the file again.")
    return list(labels)


def _unmarked(label: Any) -> Any:
    """Return a label without its handling mark, which changes with that of the statement."""
    return {name: value for name, value in label.items() if name != "tlp"} if isinstance(label, dict) else label


def open_draft(person: Person, draft_id: uuid.UUID) -> Draft:
    """Return a draft of the person's own participant that is still open; raise ``PolicyError`` otherwise."""
    row = Draft.objects.filter(id=draft_id, participant=person.participant).first()
    if row is None:
        raise PolicyError("draft-unknown", "There is no such draft among those of your office.")
    if row.stage != DRAFT:
        raise IrregularError("draft-ended", f"This draft was {row.stage}; write a new one.")
    return row


def discard(node: Node, person: Person, draft_id: uuid.UUID) -> None:
    """End a draft that never left."""
    row = open_draft(person, draft_id)
    row.stage, row.changed_at = DISCARDED, to_milliseconds(node.clock.now())
    row.save()
    statements.record_act(person.name, person.participant, "discarded", str(draft_id), node.clock.now())


def preview(node: Node, person: Person, row: Draft) -> Statement:
    """Return the statement that releasing the draft would sign; raise ``MalformedError`` with what is missing."""
    return _statement(node, person, row.kind, row.content, row.thread)


def release(node: Node, person: Person, draft_id: uuid.UUID, digest: str, *, emergency: bool = False) -> str:
    """Sign, seal and record a draft as the participant's release rule says; return the statement's id.

    ``digest`` is that of the content which the releaser saw. Raises ``PolicyError`` when the rule is not met.
    """
    person.require(MAY_RELEASE, "release")
    if person.machine:
        raise PolicyError("machine-release", "A machine account never releases; a person has to.")
    with node.ledger.writing():
        released = Draft.objects.filter(
            id=draft_id, participant=person.participant, stage=RELEASED, releaser=person.name, digest=digest
        ).first()
        if released is not None:  # the same release twice, such as a button pressed twice
            return released.statement_id
        row = open_draft(person, draft_id)
        if row.digest != digest:
            raise PolicyError("draft-changed", "The draft was changed after you read it; read it again, then release.")
        statement = _statement(node, person, row.kind, row.content, row.thread)
        # A machine is nobody: who releases what it wrote stands for the text alone.
        drafter = person.name if _is_machine(row.drafter) else row.drafter
        emergency = drafting.check_release(
            release_persons(node, person), drafter, person.name, _urgency(statement), emergency=emergency
        )
        _check_permitted(node, person, statement)
        files = _files(statement)

        def keep(accepted: registrar.Accepted) -> None:
            row.stage, row.releaser, row.emergency = RELEASED, person.name, emergency
            row.statement_id, row.changed_at = accepted.statement_id, to_milliseconds(node.clock.now())
            row.save()
            verb = "released in emergency" if emergency else "released"
            statements.record_act(person.name, person.participant, verb, accepted.statement_id, node.clock.now())

        accepted = registrar.issue(node, statement, files, keep)
    node.on_step("released")
    registrar.try_settle(node)
    return accepted.statement_id


def _urgency(statement: Statement) -> str:
    """Return how urgent a message is; what a register holds never is, so that nobody releases it alone."""
    return statement.urgency if statement.kind.startswith("consultation.") else "routine"


def _is_machine(name: str) -> bool:
    return Officer.objects.filter(user__username=name).exclude(token_digest="").exists()


def release_persons(node: Node, person: Person) -> int:
    """Return how many persons the participant's release rule asks for: two unless its office entry says one."""
    listed = node.directory().office(person.participant, person.office)
    return listed.entry.release_persons if listed else 2


def say(node: Node, person: Person, kind: str, content: dict[str, Any], *, thread: str = "") -> str:
    """Sign and send at once what needs no release (an acknowledgement, a question back, a meeting)."""
    identifier = speak(node, person, kind, content, thread)
    registrar.try_settle(node)
    return identifier


def speak(node: Node, person: Person, kind: str, content: dict[str, Any], thread: str) -> str:
    """Sign and record what needs no release; what follows from it is left to who called."""
    if KINDS[kind].released:
        raise PolicyError("release-needed", f"{kind} leaves only by release; save it as a draft first.")
    person.require(MAY_ACKNOWLEDGE, "answer for the office")
    if person.machine:
        raise PolicyError("machine-release", "A machine account never speaks for an office; a person has to.")
    statement = _statement(node, person, kind, content, thread)
    _check_permitted(node, person, statement)
    accepted = registrar.issue(
        node,
        statement,
        keep=lambda made: statements.record_act(
            person.name, person.participant, kind, made.statement_id, node.clock.now()
        ),
    )
    return accepted.statement_id


def acknowledge(node: Node, person: Person, thread: str, statement_id: str, meaning: str) -> str:
    """Acknowledge a statement of a thread to its issuer; the same acknowledgement twice is sent once."""
    with node.ledger.writing():
        node.project()  # so that an equal one, recorded a moment ago by another process, is seen
        identifier = _acknowledge(node, person, thread, statement_id, meaning)
    registrar.try_settle(node)
    return identifier


def _acknowledge(node: Node, person: Person, thread: str, statement_id: str, meaning: str) -> str:
    view = threads.thread(thread, person.participant, node.clock.now(), node.directory())
    to = view.statement(statement_id)
    again = [
        each
        for each in view.statements
        if each.kind == "consultation.acknowledgement"
        and each.issuer == person.participant
        and each.body.get("statement_id") == statement_id
        and each.body.get("meaning") == meaning
    ]
    if again:
        return again[0].statement_id
    content = {
        "addressees": [{"participant": to.issuer}],
        "tlp": to.tlp,
        "language": to.members["language"],
        "urgency": to.members.get("urgency", "routine"),
        "context": to.members["context"],
        "exercise_id": to.members.get("exercise_id"),
        "follows": [statement_id],
        "body": {"statement_id": statement_id, "meaning": meaning},
    }
    return speak(node, person, "consultation.acknowledgement", content, thread)


def _statement(node: Node, person: Person, kind: str, content: dict[str, Any], thread: str) -> Statement:
    now = node.clock.now()
    chosen = {name: value for name, value in content.items() if value is not None and name in CHOSEN}
    audience = KINDS[kind].audience
    addressees: Any = chosen.get("addressees") or (EVERYONE if audience == "everyone" else [])
    recipients = (EVERYONE,) if addressees == EVERYONE else _named(addressees)
    members: dict[str, Any] = {
        "v": 1,
        "kind": kind,
        "arrangement": node.config.origin,
        **{name: value for name, value in chosen.items() if name != "addressees"},
        "issuer": {"participant": person.participant, "office": person.office},
        "addressees": addressees,
        "thread": thread or thread_id(now, secrets.token_bytes(10)),
        "issued_at": render_instant(now),
        "nonce": encode(bytes(32)),
        "sequence": dict.fromkeys(recipients, 1),
    }
    if addressees == EVERYONE:
        members["members_at"] = max(node.ledger.size - 1, 0)
    if not thread and kind in OPENERS:
        members.setdefault("reference", next_reference(node, person.participant))
    return statement_from(members)


def _named(addressees: Any) -> tuple[str, ...]:
    listed = addressees if isinstance(addressees, list) else [None]
    named = tuple(each.get("participant") if isinstance(each, dict) else None for each in listed)
    if not all(isinstance(each, str) for each in named):
        raise MalformedError("statement-member", "In addressees: write a list of objects that name a participant.")
    return tuple(str(each) for each in named)


def next_reference(node: Node, participant: str) -> str:
    """Return a reference that can be dictated, such as HN-ALD-2026-0042: counted by issuer and year."""
    year = node.clock.now().year
    prefix = f"{REFERENCE_PREFIX}-{participant}-{year}-"
    return f"{prefix}{threads.count_opened(participant, prefix) + 1:04d}"


def _check_permitted(node: Node, person: Person, statement: Statement) -> None:
    if not statement.kind.startswith("consultation.") or statement.kind in OPENERS:
        return
    view = threads.thread(statement.thread, person.participant, node.clock.now(), node.directory())
    view.check_permitted(statement, person.participant)


def _files(statement: Statement) -> list[bytes]:
    digests = [label.sha256 for label in statement.attachments]
    kept = statements.attachments(digests)
    if missing := [digest for digest in digests if digest not in kept]:
        raise PolicyError(
            "attachment-missing", f"The attachment {missing[0][:12]}… is not stored any more; attach it again."
        )
    return [kept[digest] for digest in digests]
