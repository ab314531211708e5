"""The named door to what is kept as it was said: envelopes, receipts, attachments, drafts, bundles.

Every reader is checked: a participant reads what it said, what was addressed to it, and what is public. A refusal
never says whether the thing exists.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Subquery

from detente.errors import PolicyError
from detente.ledger.checkpoint import parse_checkpoint
from detente.ledger.note import parse_note
from detente.ledger.proof import parse_proof
from detente.node.actions import DRAFT, Person
from detente.node.build import Node
from detente.statements.statement import EVERYONE, Statement, parse_statement
from detente.store import statements
from detente.store.models import Act, Checkpoint, Draft, SentReminder
from detente.verification import Bundle, BundledAttachment, Recorded, Shown, render_bundle

WHOLE_LEDGER = 10_000


@dataclass(frozen=True)
class Receipt:
    """A receipt for one recipient's parcel, and whether its checkpoint is cosigned as the policy asks."""

    recipient: str
    index: int
    receipt_bytes: bytes
    cosigned: bool


@dataclass(frozen=True)
class LedgerState:
    """What the ledger has reached: entries, and up to which size it is cosigned, by whom, of how many needed."""

    size: int
    cosigned_size: int
    witnesses: tuple[str, ...]
    needed: int
    cosigners: tuple[str, ...] = ()


def statement(person: Person, statement_id: str) -> tuple[statements.Kept, Statement]:
    """Return a stored statement that the person's participant may read; raise ``PolicyError`` otherwise."""
    kept = statements.get([statement_id]).get(statement_id)
    if kept is not None:
        parsed = parse_statement(kept.payload_bytes)
        if person.participant in (parsed.issuer.participant, *parsed.recipients) or EVERYONE in parsed.recipients:
            return kept, parsed
    raise PolicyError("statement-unknown", "There is no such statement that your office may read.")


def receipts(node: Node, person: Person, statement_id: str) -> list[Receipt]:
    """Return the receipts of a statement: one for each recipient whose parcel is recorded."""
    kept, _ = statement(person, statement_id)
    made = node.ledger.receipts([index for _, index, _ in kept.entries])
    cosigned = ledger_state(node).cosigned_size
    return [Receipt(recipient, index, made[index], index < cosigned) for recipient, index, _ in kept.entries]


def attachment(person: Person, statement_id: str, sha256: str) -> tuple[str, str, bytes]:
    """Return name, media type and bytes of an attachment that the statement names."""
    _, parsed = statement(person, statement_id)
    for label in parsed.attachments:
        if label.sha256 == sha256 and (data := statements.attachments([sha256]).get(sha256)) is not None:
            return label.name, label.media_type, data
    raise PolicyError("attachment-unknown", "The statement names no such attachment.")


def draft_attachment(draft: Draft, sha256: str) -> bytes:
    """Return the bytes of an attachment that a draft names."""
    if any(label["sha256"] == sha256 for label in draft.content.get("attachments", ())):
        found = statements.attachments([sha256]).get(sha256)
        if found is not None:
            return found
    raise PolicyError("attachment-unknown", "The draft names no such attachment.")


def drafts(person: Person, limit: int = 100) -> list[Draft]:
    """Return the open drafts of the person's participant, newest first."""
    found = Draft.objects.filter(participant=person.participant, stage=DRAFT)
    return list(found.order_by("-changed_at", "id")[:limit])


def released_by(statement_ids: list[str]) -> dict[str, Draft]:
    """Return, by statement id, the draft from which each of the statements was released here."""
    return {row.statement_id: row for row in Draft.objects.filter(statement_id__in=statement_ids)}


def acts(person: Person, limit: int = 100) -> list[Act]:
    """Return what people of the person's participant did, newest first."""
    return list(Act.objects.filter(participant=person.participant).order_by("-at", "-id")[:limit])


def reminders(thread: str) -> list[SentReminder]:
    """Return the reminders sent in a thread."""
    return list(SentReminder.objects.filter(thread=thread).order_by("at", "id"))


def ledger_state(node: Node) -> LedgerState:
    """Return what the ledger has reached."""
    cosigned = Checkpoint.objects.filter(cosigned=True).order_by("-size")
    found = (
        Checkpoint.objects.order_by("-size")
        .annotate(cosigned_size=Subquery(cosigned.values("size")[:1]), note=Subquery(cosigned.values("last_note")[:1]))
        .values_list("size", "cosigned_size", "note")
        .first()
    )
    size, cosigned_size, note = found or (0, 0, None)
    witnesses = node.witness_names()
    # Only verified cosignatures are kept under a note, so that their names are enough here.
    signed = {each.name for each in parse_note(bytes(note)).signatures} if note else set()
    return LedgerState(
        size=size,
        cosigned_size=cosigned_size or 0,
        witnesses=witnesses,
        needed=len(witnesses) // 2 + 1 if witnesses else 0,
        cosigners=tuple(name for name in witnesses if node.witness_key_name(name) in signed),
    )


def bundle(node: Node, person: Person, thread: str, note: str = "") -> bytes:
    """Return the bundle that proves a thread: what the person's participant said in it or was told.

    Raises ``PolicyError`` when the participant takes no part in the thread.
    """
    shown: list[tuple[int, Shown]] = []
    kept_list = []
    for kept in statements.of_thread(thread):
        parsed = parse_statement(kept.payload_bytes)
        if person.participant in (parsed.issuer.participant, *parsed.recipients):
            kept_list.append((kept, parsed))
    if not kept_list:
        raise PolicyError("thread-unknown", "There is no such thread among those of your office.")
    directory = statements.directory_after(0)
    wanted = [index for kept, _ in kept_list for _, index, _ in kept.entries]
    wanted += [index for kept in directory for _, index, _ in kept.entries]
    made = node.ledger.receipts(wanted)
    for kept, parsed in kept_list:
        files = statements.attachments([label.sha256 for label in parsed.attachments])
        annexes = tuple(BundledAttachment(sha256, data) for sha256, data in files.items())
        for recipient, index, _ in kept.entries:
            if person.participant in (parsed.issuer.participant, recipient):
                shown.append((index, Shown(kept.envelope_bytes, recipient, made[index], annexes)))
    recorded = [Recorded(kept.envelope_bytes, made[index]) for kept in directory for _, index, _ in kept.entries]
    size = max(_tree_size(receipt) for receipt in made.values())
    entries = node.ledger.entries(0, size) if size <= WHOLE_LEDGER else None
    return render_bundle(
        Bundle(
            arrangement=node.config.origin,
            statements=tuple(each for _, each in sorted(shown, key=lambda pair: pair[0])),
            directory=tuple(recorded),
            note=note,
            entries=tuple(entries) if entries is not None else None,
        )
    )


def _tree_size(receipt_bytes: bytes) -> int:
    note = parse_note(parse_proof(receipt_bytes).checkpoint_bytes)
    return parse_checkpoint(note.text).size
