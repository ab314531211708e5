"""What verification found, in ordered lines for people.

The lines say what is proven and what is not checked; they hold no word that nothing proves, such as a bundle's note.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from detente.clock import render_instant
from detente.ledger.policy import NO_QUORUM, Policy
from detente.ledger.proof import VerifiedReceipt
from detente.procedures.directory import Directory, ListedKey
from detente.statements.statement import EVERYONE, Statement

LAST_LINE = "This proves who said what, and when it was recorded. It does not prove that it is true."
_CUSTODY = {"self": "the participant itself", "host": "its host"}


@dataclass(frozen=True)
class Counts:
    """What a summary counts: statements shown and withheld, their receipts with first and last time, attachments.

    ``cosigned_by`` names the witnesses whose cosignatures every receipt carries; ``needed`` says how many the policy
    asks for. ``in_doubt`` were recorded after their keys came into doubt; ``not_real`` are exercise or test.
    """

    shown: int
    withheld: int
    receipts: int
    first_at: datetime | None
    last_at: datetime | None
    cosigned_by: tuple[str, ...]
    needed: str
    attachments: int
    attachments_named: int
    in_doubt: int
    not_real: int


@dataclass(frozen=True)
class Report:
    """Ordered ``lines``; whether every receipt has its quorum; up to which entry the directory is complete."""

    lines: tuple[str, ...]
    quorum_met: bool
    directory_complete_to: int
    revocation_checked: bool
    counts: Counts


def name_of(participant: str, directory: Directory) -> str:
    """Return the participant's English name for itself, else its first, else its id."""
    if participant == EVERYONE:
        return "all members"
    names = directory.names(participant)
    return names.get("en") or next(iter(names.values()), participant)


def signed_line(place: str, statement: Statement, key: ListedKey, recipient: str, directory: Directory) -> str:
    """Return who said it, to whom, and with whose keys."""
    context = "" if statement.context == "real" else f" ({statement.context.upper()}, not real)"
    return (
        f"{place}{context}: {statement.kind} from {name_of(statement.issuer.participant, directory)}"
        f" ({statement.issuer.office}) to {name_of(recipient, directory)}, signed twice with the key set"
        f" {key.keyset_id[:8]}…, listed since entry {key.since_index}; key kept by {_CUSTODY[key.custody]}."
    )


def is_in_doubt(key: ListedKey, receipt: VerifiedReceipt) -> bool:
    """Say whether a statement was recorded after its keys came into doubt."""
    return key.suspected_since is not None and receipt.entry.registered_at >= key.suspected_since


def doubt_line(place: str, key: ListedKey, receipt: VerifiedReceipt) -> str | None:
    """Return the flag for a statement recorded after its keys came into doubt, None when there is none."""
    if key.suspected_since is None or not is_in_doubt(key, receipt):
        return None
    return (
        f"{place}: in doubt. Its key set is suspected since {render_instant(key.suspected_since)}, before this record."
    )


def recorded_line(place: str, receipt: VerifiedReceipt, policy: Policy, directory: Directory) -> str:
    """Return entry, time, who cosigned, and how many the policy asks for."""
    who = ", ".join(name_of(one.name, directory) for one in receipt.cosigned_by)
    signed = f"cosigned by {who}" if receipt.quorum_met and who else f"not yet cosigned ({who or 'no witness'} so far)"
    if policy.quorum == NO_QUORUM:
        signed = f"cosigned by {who or 'no witness'}"
    time = render_instant(receipt.entry.registered_at)
    return f"{place}: recorded as entry {receipt.index} on {time}, {signed}; the policy asks for {quorum_text(policy)}."


def quorum_text(policy: Policy) -> str:
    """Return how many witnesses the policy asks for."""
    if policy.quorum in policy.groups:
        threshold, members = policy.groups[policy.quorum]
        return f"{threshold} of {len(members)}"
    return "no witness" if policy.quorum == NO_QUORUM else policy.quorum


def attachments_line(place: str, statement: Statement, present: set[str]) -> str | None:
    """Return how many of the named attachments are in the bundle and match, None when none is named."""
    if not statement.attachments:
        return None
    missing = [one.name for one in statement.attachments if one.sha256 not in present]
    matching = len(statement.attachments) - len(missing)
    left_out = f"; not in this bundle: {', '.join(missing)}" if missing else ""
    return f"{place}: {matching} of {len(statement.attachments)} attachments are here and match{left_out}."


def history_line(sizes: set[int], entries_shown: bool) -> str:
    """Return on what it rests that all receipts speak of one history."""
    if entries_shown or len(sizes) == 1:
        return f"Order: all receipts belong to one history of {max(sizes)} entries, and its times never go backwards."
    listed = ", ".join(str(size) for size in sorted(sizes))
    return (
        f"Order: the times never go backwards. The receipts name trees of {listed} entries;"
        " that these are one history rests on the witnesses, who cosign no other."
    )


def directory_line(complete_to: int, revocation_checked: bool) -> str:
    """Return up to which entry nothing about keys can be missing."""
    if revocation_checked:
        return f"Directory: complete up to entry {complete_to}; no key set used here was ended before its use."
    return f"Directory: revocation not checked beyond entry {complete_to}; later entries are not in this bundle."
