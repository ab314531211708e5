"""A witness beyond the shared vectors: its store, races, evidence and keys."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from detente.errors import OperatorError
from detente.ledger.checkpoint import Checkpoint
from detente.ledger.cosignature import cosign
from detente.ledger.log import LogSigner, Tree
from detente.ledger.merkle import consistency_proof, leaf_hash
from detente.ledger.note import COSIGNATURE_MLDSA44, ED25519, MAX_NOTE_BYTES, Note, SigningKey
from detente.ledger.policy import parse_policy, render_policy
from detente.ledger.witness import (
    SIZE_TYPE,
    Answer,
    Witness,
    WitnessedTree,
    check_method,
    parse_request,
    render_evidence,
    render_request,
)

AT = datetime(2026, 3, 6, 18, 20, 3, tzinfo=UTC)
LOG = LogSigner("ledger.example.org/harbour", b"1" * 32, b"2" * 32)
KEY = SigningKey("cor.example/witness", COSIGNATURE_MLDSA44, b"3" * 32)
TREE = Tree(leaf_hash(b"%d" % index) for index in range(20))
FORK = Tree(leaf_hash(b"%d!" % index) for index in range(20))


class Shelf:
    """A witness's store in memory; ``between`` runs once, after a load, as another process might."""

    def __init__(self) -> None:
        self.trees: dict[str, WitnessedTree] = {}
        self.between: Callable[[], None] | None = None

    def load(self, origin: str) -> WitnessedTree | None:
        found = self.trees.get(origin)
        if self.between is not None:
            between, self.between = self.between, None
            between()
        return found

    def swap(self, origin: str, expected: WitnessedTree | None, new: WitnessedTree) -> bool:
        if self.trees.get(origin) != expected:
            return False
        self.trees[origin] = new
        return True


class StuckShelf(Shelf):
    """A store that breaks its contract: it always says that somebody else was faster."""

    def swap(self, origin: str, expected: WitnessedTree | None, new: WitnessedTree) -> bool:  # noqa: ARG002
        return False


def witness(shelf: Shelf) -> Witness:
    """Return a witness of the log that knows its ML-DSA-44 key only, as our policies do."""
    return Witness([KEY], {LOG.origin: [LOG.mldsa44_key]}, shelf)


def request(old: int, new: int, tree: Tree = TREE) -> bytes:
    """Return the honest request from ``old`` to ``new`` in ``tree``."""
    proof = consistency_proof(tree, old, new) if old <= new else ()
    return render_request(old, proof, LOG.sign_checkpoint(new, tree.root(new), AT))


def test_a_log_grows_under_a_witness() -> None:
    """Each growth is cosigned, and the cosigned checkpoints satisfy a policy that names the witness."""
    shelf = Shelf()
    policy = parse_policy(render_policy(LOG.mldsa44_key, {"COR": KEY.verifier}, 1))
    old = 0
    for new in (0, 1, 1, 7, 8, 20):
        body = request(old, new)
        answer = witness(shelf).add_checkpoint(body, AT + timedelta(seconds=new))
        assert (answer.status, answer.evidence) == (200, None)
        found = policy.verify_checkpoint(parse_request(body).note_bytes + answer.body)
        assert found.require_quorum().cosigned_by == (("COR", 1772821203 + new),)
        assert shelf.trees[LOG.origin].size == new
        old = new


def test_two_roots_of_one_size_are_kept_as_evidence() -> None:
    """A second root for a cosigned size is refused, and both signed checkpoints are kept exactly as received."""
    shelf = Shelf()
    server = witness(shelf)
    first = request(0, 7)
    assert server.add_checkpoint(first, AT).status == 200
    for old, status in ((7, 422), (0, 409)):
        body = request(old, 7, FORK)
        answer = server.add_checkpoint(body, AT)
        assert answer.status == status
        assert answer.evidence is not None
        assert answer.evidence.code == "two-roots"
        assert answer.evidence.evidence_bytes == render_evidence(parse_request(first).note_bytes, body)
    assert shelf.trees[LOG.origin].root == TREE.root(7)


def test_a_refused_proof_is_kept_apart_from_two_roots() -> None:
    """A larger tree whose proof fails is refused with evidence that says no more than that."""
    server = witness(Shelf())
    assert server.add_checkpoint(request(0, 7), AT).status == 200
    answer = server.add_checkpoint(request(7, 20, FORK), AT)
    assert answer.status == 422
    assert answer.evidence is not None
    assert answer.evidence.code == "proof-refused"


def test_an_empty_tree_with_a_root_is_evidence_too() -> None:
    """A signed checkpoint of nothing with the root of something is refused and kept."""
    body = render_request(0, (), LOG.sign_checkpoint(0, TREE.root(3), AT))
    answer = witness(Shelf()).add_checkpoint(body, AT)
    assert (answer.status, answer.evidence is not None) == (422, True)


def test_a_smaller_tree_is_never_cosigned_after_a_larger() -> None:
    """A request that was overtaken between its check and its storing gets the newer size and changes nothing."""
    shelf = Shelf()
    server = witness(shelf)
    assert server.add_checkpoint(request(0, 7), AT).status == 200

    def overtake() -> None:
        assert witness(shelf).add_checkpoint(request(7, 20), AT).status == 200

    for new in (8, 7):
        shelf.trees[LOG.origin] = WitnessedTree(7, TREE.root(7), b"as before")
        shelf.between = overtake
        answer = server.add_checkpoint(request(7, new), AT)
        assert answer == Answer(409, b"20\n", SIZE_TYPE)
        assert shelf.trees[LOG.origin].size == 20


def test_two_first_contacts_end_in_one_history() -> None:
    """Of two first checkpoints that race, with two roots, one is cosigned and the other is evidence."""
    shelf = Shelf()
    shelf.between = lambda: shelf.trees.update({LOG.origin: WitnessedTree(7, FORK.root(7), b"the other")})
    answer = witness(shelf).add_checkpoint(request(0, 7), AT)
    assert answer.status == 409
    assert answer.evidence is not None
    assert shelf.trees[LOG.origin].note_bytes == b"the other"


def test_a_store_that_breaks_its_contract_is_the_operators_business() -> None:
    """A store that neither stores nor shows a change stops the witness, which signs nothing."""
    with pytest.raises(OperatorError):
        witness(StuckShelf()).add_checkpoint(request(0, 7), AT)


def test_the_state_is_stored_before_the_signature_exists() -> None:
    """When storing fails, no cosignature leaves the witness."""

    class BrokenShelf(Shelf):
        def swap(self, origin: str, expected: WitnessedTree | None, new: WitnessedTree) -> bool:  # noqa: ARG002
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        witness(BrokenShelf()).add_checkpoint(request(0, 7), AT)


def test_extension_lines_that_no_trusted_key_covers_are_not_cosigned() -> None:
    """A checkpoint with an extension line under an ML-DSA-44 signature alone is refused."""
    text = Checkpoint(LOG.origin, 7, TREE.root(7), ("added",)).render()
    note = Note(text, (cosign(SigningKey(LOG.origin, COSIGNATURE_MLDSA44, LOG.mldsa44_seed), text, AT),)).render()
    assert witness(Shelf()).add_checkpoint(render_request(0, (), note), AT).status == 403


@pytest.mark.parametrize(
    "body", [b"old 0\n\n", b"old 0\n\n" + b"x" * MAX_NOTE_BYTES * 2, b"\xff\n\n", b"old 0\nold 0\n\n"]
)
def test_requests_out_of_form_are_bad_requests(body: bytes) -> None:
    """What is no request is answered with 400, whatever its size."""
    assert witness(Shelf()).add_checkpoint(body, AT).status == 400


def test_only_post_is_answered() -> None:
    """Every other method gets 405."""
    assert check_method("POST") is None
    for method in ("GET", "HEAD", "PUT", "post", ""):
        answer = check_method(method)
        assert answer is not None
        assert answer.status == 405


def test_a_witness_needs_cosigning_keys() -> None:
    """A witness without keys, or with a key that makes no cosignatures, does not start."""
    for keys in ([], [SigningKey("cor.example/w", ED25519, b"1" * 32)]):
        with pytest.raises(OperatorError):
            Witness(keys, {}, Shelf())
