"""The checks, in order: policy, form, receipts, one history, then each statement as of its entry.

Statements are judged as registration judged them (``detente.registration.admit``), with the directory as it stood at
their entry and with the recorded time, which the receipt proves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from detente.envelopes.sealing import derive_salt, seal_digest
from detente.envelopes.signing import Envelope, parse_envelope, verify
from detente.errors import (
    ConsistencyError,
    DetenteError,
    EvidenceError,
    InclusionError,
    MalformedError,
    PolicyError,
    SignatureError,
)
from detente.keys import PublicKeySet, decode
from detente.ledger.log import Entry, Tree, first_backwards, parse_entry
from detente.ledger.merkle import leaf_hashes
from detente.ledger.policy import Policy, parse_policy
from detente.ledger.proof import VerifiedReceipt, verify_receipt
from detente.procedures.directory import Directory, ListedKey
from detente.registration import admit
from detente.statements.directory import Arrangement
from detente.statements.exercise import Closing, Opening
from detente.statements.statement import EVERYONE, Statement, parse_statement
from detente.verification import report as lines
from detente.verification.bundle import Bundle, Recorded, Shown, Withheld, parse_bundle
from detente.verification.report import LAST_LINE, Report


@dataclass(frozen=True)
class _Item:
    """One thing of the bundle with its name for people and its verified receipt."""

    place: str
    content: Shown | Withheld | Recorded
    receipt: VerifiedReceipt


@dataclass(frozen=True)
class _Judged:
    statement: Statement
    keyset_id: str


def verify_bundle(bundle_bytes: bytes, policy_bytes: bytes, allow_pending: bool = False) -> Report:
    """Return what the bundle proves under the policy.

    Raises a ``DetenteError`` at the first thing that does not hold, its message naming it; ``QuorumError`` when
    cosignatures are wanting, unless ``allow_pending``.
    """
    with _at("policy"):
        policy = parse_policy(policy_bytes)
    with _at("bundle"):
        bundle = parse_bundle(bundle_bytes)
    items = list(_items(bundle, policy, allow_pending))
    with _at("order"):
        known = _one_history(bundle, items)
    directory, judged = _judge(items)
    complete_to = _complete_to(known, set(judged))
    last_used = max((item.receipt.index for item in items if isinstance(item.content, Shown)), default=0)
    if bundle.entries is not None and complete_to < last_used:
        raise PolicyError(
            "directory-incomplete",
            f"directory, PolicyError: entry {complete_to + 1} changes the directory and is not shown, so nobody can"
            " say whether the keys still counted; export the bundle with every directory statement.",
        )
    return _report(bundle, policy, items, directory, judged, complete_to, complete_to >= last_used)


@contextmanager
def _at(place: str) -> Iterator[None]:
    """Name the place in whatever error of ours comes out."""
    try:
        yield
    except EvidenceError as error:
        message = f"{place}, {type(error).__name__}: {error.message}"
        raise type(error)(error.code, message, error.evidence_bytes) from error
    except DetenteError as error:
        raise type(error)(error.code, f"{place}, {type(error).__name__}: {error.message}") from error


def _items(bundle: Bundle, policy: Policy, allow_pending: bool) -> Iterator[_Item]:
    """Yield everything in the bundle with its verified receipt."""
    named: list[tuple[str, Shown | Withheld | Recorded]] = [
        *((f"directory statement {number}", one) for number, one in enumerate(bundle.directory, start=1)),
        *((f"statement {number}", one) for number, one in enumerate(bundle.statements, start=1)),
    ]
    seen: set[int] = set()
    for place, content in named:
        with _at(f"receipt of {place}"):
            receipt = verify_receipt(content.receipt_bytes, policy)
            if receipt.checkpoint.origin != bundle.arrangement:
                raise PolicyError("bundle-arrangement", "It comes from the ledger of another arrangement.")
            if not allow_pending:
                receipt.require_quorum()
            if receipt.index in seen:
                raise MalformedError("bundle-twice", f"Entry {receipt.index} is in the bundle twice.")
        seen.add(receipt.index)
        yield _Item(place, content, receipt)


def _one_history(bundle: Bundle, items: list[_Item]) -> dict[int, Entry]:
    """Return the known entries by index, after checking that no two receipts contradict each other or the entries."""
    known = {item.receipt.index: item.receipt.entry for item in items}
    roots: dict[int, VerifiedReceipt] = {}
    for item in items:
        receipt = item.receipt
        other = roots.setdefault(receipt.checkpoint.size, receipt)
        if other.checkpoint.root != receipt.checkpoint.root:
            evidence = other.receipt_bytes + b"\n" + receipt.receipt_bytes
            raise ConsistencyError(
                "two-histories", "Two receipts name two trees of one size: tell the members.", evidence
            )
    if bundle.entries is not None:
        known = _all_entries(bundle.entries, roots, known)
    times = [known[index].registered_at for index in sorted(known)]
    if (place := first_backwards(times)) is not None:
        index = sorted(known)[place]
        raise PolicyError("time-backwards", f"Entry {index} was recorded earlier than an entry before it.")
    return known


def _all_entries(
    entries: tuple[bytes, ...], roots: dict[int, VerifiedReceipt], known: dict[int, Entry]
) -> dict[int, Entry]:
    if not entries or len(entries) != max(roots, default=0):
        raise MalformedError("bundle-entries", "The entries are those of the largest tree that a receipt names, all.")
    tree = Tree(leaf_hashes(entries))
    largest = roots[len(entries)]
    if tree.root() != largest.checkpoint.root:
        message = "The entries do not lead to the tree of the largest receipt."
        raise InclusionError("entries-root", message, largest.receipt_bytes)
    for size, receipt in roots.items():
        if tree.root(size) != receipt.checkpoint.root:
            evidence = receipt.receipt_bytes + b"\n" + largest.receipt_bytes
            message = f"The trees of {size} and {len(entries)} entries are not one history: tell the members."
            raise ConsistencyError("two-histories", message, evidence)
    every = {index: parse_entry(entry) for index, entry in enumerate(entries)}
    if any(every[index] != entry for index, entry in known.items()):
        raise MalformedError("bundle-entries", "An entry is not the one that its receipt carries.")
    return every


def _judge(items: list[_Item]) -> tuple[Directory, dict[int, _Judged]]:
    """Return the directory and each shown statement by index, judged in the order of the ledger."""
    directory = Directory()
    judged: dict[int, _Judged] = {}
    for item in sorted(items, key=lambda one: one.receipt.index):
        with _at(item.place):
            if isinstance(item.content, Withheld):
                _check_digest(item, item.content.salt, item.content.statement_id)
                continue
            judged[item.receipt.index] = _judge_one(item, item.content, directory)
    if directory.arrangement is None:
        raise MalformedError(
            "arrangement-missing",
            "directory, MalformedError: entry 0, which opens the arrangement, is not in the bundle.",
        )
    return directory, judged


def _judge_one(item: _Item, content: Shown | Recorded, directory: Directory) -> _Judged:
    receipt = item.receipt
    envelope = parse_envelope(content.envelope_bytes)
    _check_words(envelope, receipt.index, directory)
    admitted = admit(content.envelope_bytes, directory, receipt.index, receipt.entry.registered_at)
    statement = admitted.statement
    recipient = content.recipient if isinstance(content, Shown) else EVERYONE
    if recipient not in statement.recipients:
        raise PolicyError("bundle-recipient", f"The statement is not addressed to {recipient[:40]!r}.")
    _check_digest(item, derive_salt(decode(statement.nonce), admitted.statement_id, recipient), admitted.statement_id)
    if statement.rule.entry_class != receipt.entry.entry_class:
        raise PolicyError("entry-class", f"Its entry is marked {receipt.entry.entry_class}, which this kind is not.")
    if statement.arrangement != receipt.checkpoint.origin:
        raise PolicyError("bundle-arrangement", "The statement names another arrangement than the ledger's.")
    if isinstance(content, Shown):
        _check_attachments(content, statement, lines.name_of(statement.issuer.participant, directory))
    elif statement.rule.entry_class != "directory" and not isinstance(statement.body, Opening | Closing):
        raise MalformedError("bundle-shape", f"A {statement.kind} does not belong to the directory.")
    directory.apply(statement, receipt.index, receipt.entry.registered_at)
    return _Judged(statement, envelope.keyset_id)


def _check_words(envelope: Envelope, index: int, directory: Directory) -> None:
    """Check the signatures before anything is read into the words, and say whose words they are not."""
    if directory.arrangement is None:
        keys, signer = _opening_keys(envelope, index), "the operator"
    else:
        listed = directory.key_at(envelope.keyset_id, index)
        keys, signer = listed.keys, lines.name_of(listed.participant, directory)
    try:
        verify(envelope, keys)
    except SignatureError as error:
        raise SignatureError(error.code, f"the words are not those that {signer} signed.") from error


def _opening_keys(envelope: Envelope, index: int) -> PublicKeySet:
    """Return the operator's keys, which entry 0 itself carries: the policy's trust in the ledger extends to it."""
    body = parse_statement(envelope.payload_bytes).body
    if index != 0 or not isinstance(body, Arrangement):
        raise MalformedError("arrangement-missing", "Entry 0, which opens the arrangement, is not in the bundle.")
    return PublicKeySet.from_json(body.keyset)


def _check_digest(item: _Item, salt: bytes, statement_id: str) -> None:
    if seal_digest(salt, statement_id) != item.receipt.entry.seal_digest:
        raise SignatureError("receipt-other", "The receipt is not of these words for this reader.")


def _check_attachments(content: Shown, statement: Statement, signer: str) -> None:
    named = {one.sha256: one for one in statement.attachments}
    seen: set[str] = set()
    for number, one in enumerate(content.attachments, start=1):
        if one.sha256 not in named or one.sha256 in seen:
            raise MalformedError("attachment-unknown", f"Attachment {number} is not one that {signer} named.")
        if hashlib.sha256(one.data).hexdigest() != one.sha256 or len(one.data) != named[one.sha256].size:
            raise SignatureError("attachment-hash", f"Attachment {number} is not what {signer} sent with these words.")
        seen.add(one.sha256)


def _complete_to(known: dict[int, Entry], shown: set[int]) -> int:
    """Return the last entry up to which every entry is known and every directory entry is shown."""
    index = 0
    while index in known and (known[index].entry_class == "sealed" or index in shown):
        index += 1
    return index - 1


def _report(
    bundle: Bundle,
    policy: Policy,
    items: list[_Item],
    directory: Directory,
    judged: dict[int, _Judged],
    complete_to: int,
    revocation_checked: bool,
) -> Report:
    found: list[str | None] = [
        f"Arrangement: {bundle.arrangement}, kept by {lines.name_of(directory.operator, directory)}."
    ]
    for item in items:
        if isinstance(item.content, Recorded):
            continue
        place = item.place.capitalize()
        found += _statement_lines(place, item, directory, judged.get(item.receipt.index))
        found.append(lines.recorded_line(place, item.receipt, policy, directory))
    found.append(lines.history_line({item.receipt.checkpoint.size for item in items}, bundle.entries is not None))
    found.append(lines.directory_line(complete_to, revocation_checked))
    quorum_met = all(item.receipt.quorum_met for item in items)
    if not quorum_met:
        found.append(
            "Not everything here is cosigned as the policy asks; until it is, order and time are not verified."
        )
    counts = _counts(policy, items, directory, judged)
    return Report((*filter(None, found), LAST_LINE), quorum_met, complete_to, revocation_checked, counts)


def _counts(policy: Policy, items: list[_Item], directory: Directory, judged: dict[int, _Judged]) -> lines.Counts:
    said = [item for item in items if not isinstance(item.content, Recorded)]
    whole = {
        item.content.envelope_bytes: (item, item.content, judged[item.receipt.index])
        for item in said
        if isinstance(item.content, Shown)
    }
    times = [item.receipt.entry.registered_at for item in said]
    by_all = set.intersection(*({one.name for one in item.receipt.cosigned_by} for item in said)) if said else set()
    return lines.Counts(
        shown=len(whole),
        withheld=len(said) - sum(isinstance(item.content, Shown) for item in said),
        receipts=len(said),
        first_at=min(times, default=None),
        last_at=max(times, default=None),
        cosigned_by=tuple(lines.name_of(name, directory) for name in sorted(by_all)),
        needed=lines.quorum_text(policy),
        attachments=sum(len(content.attachments) for _, content, _ in whole.values()),
        attachments_named=sum(len(one.statement.attachments) for _, _, one in whole.values()),
        in_doubt=sum(lines.is_in_doubt(directory.keys[one.keyset_id], item.receipt) for item, _, one in whole.values()),
        not_real=sum(one.statement.context != "real" for _, _, one in whole.values()),
    )


def _statement_lines(place: str, item: _Item, directory: Directory, judged: _Judged | None) -> list[str | None]:
    if judged is None or not isinstance(item.content, Shown):
        return [f"{place}: withheld. That it was recorded is proven; its words and its author are not shown."]
    key: ListedKey = directory.keys[judged.keyset_id]
    present = {one.sha256 for one in item.content.attachments}
    return [
        lines.signed_line(place, judged.statement, key, item.content.recipient, directory),
        lines.doubt_line(place, key, item.receipt),
        lines.attachments_line(place, judged.statement, present),
    ]
