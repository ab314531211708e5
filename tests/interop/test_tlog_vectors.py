"""The ledger against vectors that other people's implementations made (tlog_vectors/README.md)."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from detente.errors import ConsistencyError, InclusionError, MalformedError, SignatureError
from detente.ledger import note as notes
from detente.ledger.checkpoint import parse_checkpoint
from detente.ledger.cosignature import add_cosignatures, verify_signatures
from detente.ledger.log import Tree
from detente.ledger.merkle import (
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    leaf_hashes,
    verify_consistency,
    verify_inclusion,
)
from detente.ledger.note import SigningKey, parse_note, parse_vkey
from detente.ledger.policy import parse_policy
from detente.ledger.proof import parse_proof
from detente.ledger.tiles import Tile, hash_tiles, parse_bundle, parse_tile_path, render_bundle
from detente.ledger.witness import SIZE_TYPE, Answer, Witness, WitnessedTree, check_method, parse_request

FOLDER = Path(__file__).parent / "tlog_vectors"
AT = datetime(2026, 3, 6, 18, 20, 3, tzinfo=UTC)

# Where the references disagree with each other, or both read C2SP more loosely than we do: our verdict.
# tlog_vectors/README.md says why, and a test below holds the two lists together.
VERDICTS = {
    "checkpoints": {
        "empty extension line": False,
        "extension, empty, extension": False,
        "leading zero in size": False,
        "size 2^63": False,
        "empty origin": False,
        "31-byte root": False,
        "33-byte root": False,
        "hex root": False,
        "root with non-zero trailing bits": False,
    },
    "cosignatures": {"with extension line, log + cosignature": True},
    "policies": {
        "two quorum lines": False,
        "k zero": False,
        "duplicate key under two names": False,
        "member twice": False,
        "witness without url": True,
    },
    "tlog_proofs": {"index with leading zero": False, "empty extra": False, "CRLF": False},
    "tiles": {
        "tile/0/000.p/01": False,
        "tile/0/x000/001": False,
        "tile/00/000": False,
        "tile/64/000": False,
        "tile/data/000": False,
        "empty bundle": False,
    },
    "vkeys": {"upper-case hex id": False, "id does not match": False},
}


def load(name: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())
    return value


def cases(name: str, key: str = "cases") -> Any:
    return [pytest.param(case, id=case.get("name") or case["path"]) for case in load(name)[key]]


def b64(text: str) -> bytes:
    return base64.b64decode(text)


def hashes(values: list[str] | None) -> tuple[bytes, ...]:
    return tuple(b64(value) for value in values or ())


def entry(index: int) -> bytes:
    return b"entry-%d" % index


def verdict(area: str, name: str, *references: bool) -> bool:
    """Return what we must say: our table's word, else that of the references, which then agree."""
    if name in VERDICTS[area]:
        assert set(references) != {VERDICTS[area][name]}, "the table names a case on which nobody differs"
        return VERDICTS[area][name]
    assert len(set(references)) == 1, "the references differ and the table is silent"
    return references[0]


@pytest.fixture(scope="module")
def tree() -> Tree:
    return Tree(leaf_hashes(entry(index) for index in range(70_000)))


def test_readme_explains_every_verdict_of_our_own() -> None:
    """The README's table names every case on which we follow C2SP rather than a reference."""
    text = (FOLDER / "README.md").read_text()
    for names in VERDICTS.values():
        for name in names:
            assert f"`{name}`" in text


# Trees and proofs


def test_roots_of_every_size(tree: Tree) -> None:
    """Every root of the reference trees is ours, and so are the leaf hashes."""
    data = load("roots")
    assert [tree.hash_at(0, index) for index in range(16)] == [b64(value) for value in data["leaf_hashes_b64_0_15"]]
    for size, root in data["roots_b64_by_size"].items():
        assert tree.root(int(size)) == b64(root), size


def test_classic_reference_tree() -> None:
    """The eight entries that Certificate Transparency has always been tested with give the known roots."""
    data = load("roots")["rfc6962_reference_inputs"]
    leaves = leaf_hashes(bytes.fromhex(text) for text in data["entries_hex"])
    assert [leaf.hex() for leaf in leaves] == data["leaf_hashes_hex"]
    tree = Tree(leaves)
    assert [tree.root(size).hex() for size in range(9)] == data["roots_hex_size_0_8"]


def test_inclusion_proofs(tree: Tree) -> None:
    """Every reference inclusion proof is the one that we build, and it verifies."""
    for case in load("proofs")["inclusion"]:
        index, size, proof = case["index"], case["size"], hashes(case["proof"])
        assert inclusion_proof(tree, index, size) == proof
        verify_inclusion(leaf_hash(entry(index)), index, size, proof, tree.root(size))


def test_consistency_proofs(tree: Tree) -> None:
    """Every reference consistency proof is the one that we build, and it verifies."""
    for case in load("proofs")["consistency"]:
        old, new, proof = case["old"], case["new"], hashes(case["proof"])
        assert consistency_proof(tree, old, new) == proof
        verify_consistency(old, new, proof, tree.root(old), tree.root(new))


def test_bad_proofs_are_refused() -> None:
    """Each proof that both references refuse is refused with evidence; the one good proof among them verifies."""
    for case in load("proofs_negative")["cases"]:
        assert case["go_tlog_rejects"] == case["tdev_merkle_rejects"]
        proof = hashes(case["proof"])
        if case["kind"] == "inclusion":
            arguments = (b64(case["leaf_hash"]), case["index"], case["size"], proof, b64(case["root"]))
            with pytest.raises(InclusionError) as refusal:
                verify_inclusion(*arguments)
        elif case["go_tlog_rejects"]:
            with pytest.raises(ConsistencyError) as refusal:
                verify_consistency(case["old"], case["new"], proof, b64(case["old_root"]), b64(case["new_root"]))
        else:
            verify_consistency(case["old"], case["new"], proof, b64(case["old_root"]), b64(case["new_root"]))
            continue
        assert refusal.value.evidence_bytes


# Notes and keys


@pytest.mark.parametrize("case", cases("signed_notes"))
def test_signed_note(case: dict[str, Any]) -> None:
    """A note is accepted, and its verified and ignored signatures told apart, as the Go library does."""
    keys = [parse_vkey(text) for text in load("signed_notes")["known_vkeys"]]
    data = b64(case["note_b64"])
    if not case["accepts"]:
        malformed = case["error"] == "malformed note"
        with pytest.raises(MalformedError if malformed else SignatureError):
            verify_signatures(parse_note(data), keys)
        return
    note = parse_note(data)
    assert note.text == b64(case["text_b64"])
    assert note.render() == data
    verified = [f"{found.key.name}+{found.key.key_id.hex()}" for found in verify_signatures(note, keys)]
    assert verified == case["verified"]
    others = [f"{line.name}+{line.key_id.hex()}" for line in note.signatures]
    assert [name for name in others if name not in verified] == (case["unverified"] or [])


@pytest.mark.parametrize("case", cases("signed_notes", "vkeys"))
def test_vkey(case: dict[str, Any]) -> None:
    """A verifier key is read when every reference reads it and its id is the lower-case one of its key."""
    references = (case["x_mod_note_accepts"], case["formats_note_accepts"], case["formats_cosigv1_accepts"])
    if verdict("vkeys", case["name"], *references):
        assert parse_vkey(case["vkey"]).render() == case["vkey"]
    else:
        with pytest.raises(MalformedError):
            parse_vkey(case["vkey"])


def test_seeds_make_the_keys() -> None:
    """The documented seeds make the documented keys, and the note signed by them is signed alike by us."""
    data = load("signed_notes")
    keys = [
        SigningKey(name, notes.ED25519, hashlib.sha256(b"cbm vector key " + label.encode()).digest())
        for name, label in data["seeds"]["labels"].items()
    ]
    by_name = {key.name: key for key in keys}
    assert {key.verifier.render() for key in keys} == {*data["known_vkeys"], data["unknown_vkey"]}
    note = parse_note(b64(data["cases"][0]["note_b64"]))
    assert by_name[note.signatures[0].name].sign(note.text) == note.signatures[0].blob


# Checkpoints and cosignatures


@pytest.mark.parametrize("case", cases("checkpoints"))
def test_checkpoint(case: dict[str, Any]) -> None:
    """A checkpoint's text is read as the references read it, or refused."""
    text = case["text"].encode()
    if verdict("checkpoints", case["name"], case["formats_accepts"], case["torchwood_accepts"]):
        checkpoint = parse_checkpoint(text)
        assert (checkpoint.origin, checkpoint.size) == (case["origin"], case["size"])
        assert checkpoint.root == b64(case["root"])
        assert "".join(line + "\n" for line in checkpoint.extensions) == case["extension"]
        assert checkpoint.render() == text
    else:
        with pytest.raises(MalformedError):
            parse_checkpoint(text)


@pytest.mark.parametrize("case", cases("cosignatures"))
def test_cosignature(case: dict[str, Any]) -> None:
    """Cosignatures of both types verify with their times, and altered ones refuse the whole note."""
    data = load("cosignatures")
    keys = [parse_vkey(data[name]) for name in ("log_vkey", "witness_cosig_vkey", "mldsa_vkey")]
    note = parse_note(b64(case["note_b64"]))
    if verdict("cosignatures", case["name"], case["formats_accepts"], case["torchwood_accepts"]):
        found = [
            {"name": each.key.name, "key_id": each.key.key_id.hex()}
            | ({} if each.timestamp is None else {"timestamp": each.timestamp})
            for each in verify_signatures(note, keys)
        ]
        assert found == case["verified"]
    else:
        with pytest.raises(SignatureError):
            verify_signatures(note, keys)


# Policies


@pytest.mark.parametrize("case", cases("policies"))
def test_policy(case: dict[str, Any]) -> None:
    """A policy is read or refused as C2SP says, and the same sets of cosigners satisfy it as in the reference."""
    data = load("policies")
    text = case["policy"].encode()
    if not verdict("policies", case["name"], case["formats_accepts"]):
        with pytest.raises(MalformedError):
            parse_policy(text)
        return
    policy = parse_policy(text)
    if not policy.logs:  # tlog-policy lets the log come from elsewhere, which is how the reference was asked
        policy = replace(policy, logs=(parse_vkey(data["log_vkey"]),))
    for cosigners, note in data["checkpoints_b64_by_cosigners"].items():
        verified = policy.verify_checkpoint(b64(note))
        known = [name for name in policy.witnesses if cosigners != "none" and name in cosigners]
        assert [cosigned.name for cosigned in verified.cosigned_by] == known
        if "satisfied_by" in case:
            assert verified.quorum_met == case["satisfied_by"][cosigners], cosigners
        else:  # the reference did not read this policy: the one witness, `a`, is its quorum
            assert verified.quorum_met == ("a" in cosigners.replace("none", ""))


# Proof files


@pytest.mark.parametrize("case", cases("tlog_proofs"))
def test_tlog_proof(case: dict[str, Any]) -> None:
    """A proof file is read or refused as C2SP says; its checkpoint and inclusion hold as in the reference."""
    data = load("tlog_proofs")
    text = b64(case["proof_b64"])
    if not verdict("tlog_proofs", case["name"], case["formats_accepts"]):
        with pytest.raises(MalformedError):
            parse_proof(text)
        return
    proof = parse_proof(text)
    assert proof.render() == text
    assert (proof.index, len(proof.hashes)) == (case["index"], case["hashes"])
    log, witness = data["log_vkey"], data["witness_cosig_vkey"]
    policy = parse_policy(f"log {log}\nwitness w {witness}\nquorum w\n".encode())
    checkpoint = policy.verify_checkpoint(proof.checkpoint_bytes).require_quorum().checkpoint
    assert case["checkpoint_verifies"]
    assert checkpoint.size == case["size"]
    leaf = leaf_hash(entry(proof.index))
    if case["inclusion_verifies_for_recipe_entry"]:
        verify_inclusion(leaf, proof.index, checkpoint.size, proof.hashes, checkpoint.root)
    else:
        with pytest.raises(InclusionError):
            verify_inclusion(leaf, proof.index, checkpoint.size, proof.hashes, checkpoint.root)


# Tiles


@pytest.mark.parametrize("case", cases("tiles", "paths"))
def test_tile_path_is_written(case: dict[str, Any]) -> None:
    """A tile's path is the reference's, both ways."""
    tile = Tile(None if case["level"] < 0 else case["level"], case["index"], case["width"])
    assert tile.path == case["path"] == case["tessera"]
    assert parse_tile_path(case["path"]) == tile


@pytest.mark.parametrize("case", cases("tiles", "path_parse"))
def test_tile_path_is_read(case: dict[str, Any]) -> None:
    """A path is read only in its one canonical form, with levels 0 to 63."""
    if verdict("tiles", case["path"], case["torchwood_ok"], case["tessera_ok"]):
        level = None if case["level"] < 0 else case["level"]
        assert parse_tile_path(case["path"]) == Tile(level, case["index"], case["width"])
    else:
        with pytest.raises(MalformedError):
            parse_tile_path(case["path"])


def bundle_of(case: dict[str, Any]) -> bytes:
    """Return the bundle's bytes, rebuilt from the recipe where the vector gives only a digest."""
    if "bundle_b64" in case:
        return b64(case["bundle_b64"])
    first = 256 if "256..299" in case["name"] else 0
    entries = [entry(first + index) for index in range(case["entries"])]
    data = render_bundle([bytes(65_535)] if case["bytes"] == 65_537 else entries)
    assert hashlib.sha256(data).hexdigest() == case["sha256"]
    return data


@pytest.mark.parametrize("case", cases("tiles", "entry_bundles"))
def test_entry_bundle(case: dict[str, Any]) -> None:
    """An entry bundle gives the reference's entries, or is refused for missing or dangling bytes."""
    data = bundle_of(case)
    assert len(data) == case["bytes"]
    if verdict("tiles", case["name"], case["tessera_accepts"]):
        entries = parse_bundle(data)
        assert len(entries) == case["entries"]
        wanted = hashes(case["first_leaf_hashes"])
        assert tuple(leaf_hashes(entries[: len(wanted)])) == wanted
        assert render_bundle(entries) == data
    else:
        with pytest.raises(MalformedError):
            parse_bundle(data)


def test_tiles_of_trees(tree: Tree) -> None:
    """Growing from nothing to each reference size brings exactly the reference's tiles."""
    for case in load("tiles")["trees"]:
        made = {tile.path: data for tile, data in hash_tiles(tree, 0, case["size"])}
        assert len(made) == case["tile_count"]
        for wanted in case["tiles"]:
            data = made.pop(wanted["path"])
            assert len(data) == wanted["bytes"]
            assert hashlib.sha256(data).hexdigest() == wanted["sha256"]
            assert data == b64(wanted["data_b64"]) if "data_b64" in wanted else True
        # The vectors leave out the full tiles in the middle of the large trees, and say so.
        assert bool(made) == ("omitted" in case["note"])
        assert all(2 <= parse_tile_path(path).index <= 251 for path in made)


# Witness


class Memory:
    """A witness's store in memory: one process, nothing to sync."""

    def __init__(self) -> None:
        self.trees: dict[str, WitnessedTree] = {}

    def load(self, origin: str) -> WitnessedTree | None:
        return self.trees.get(origin)

    def swap(self, origin: str, expected: WitnessedTree | None, new: WitnessedTree) -> bool:
        if self.trees.get(origin) != expected:
            return False
        self.trees[origin] = new
        return True


@pytest.fixture
def witness() -> tuple[Witness, Memory]:
    data = load("witness_requests")
    seed = hashlib.sha256(b"cbm vector key witness").digest()
    keys = [
        SigningKey("witness.example/w1", notes.COSIGNATURE_MLDSA44, seed),
        SigningKey("witness.example/w1", notes.COSIGNATURE_ED25519, seed),
    ]
    assert keys[1].verifier.render() == load("cosignatures")["witness_cosig_vkey"]
    log = parse_vkey(data["log_vkey"])
    memory = Memory()
    return Witness(keys, {log.name: (log,)}, memory), memory


def ask(witness: Witness, method: str, body: bytes) -> Answer:
    return check_method(method) or witness.add_checkpoint(body, AT)


@pytest.mark.parametrize("case", cases("witness_requests"))
def test_witness_request(case: dict[str, Any], witness: tuple[Witness, Memory]) -> None:
    """A witness answers each request with C2SP's status, and cosigns and remembers on 200 only."""
    server, memory = witness
    setup = load("witness_requests")["setup_requests_b64"]
    for name in case["setup"]:
        assert ask(server, "POST", b64(setup[name])).status == 200
    before = dict(memory.trees)
    body = b64(case["body_b64"])
    answer = ask(server, case["method"], body)
    assert answer.status in case["spec_status"]
    if answer.status == 409:
        assert (answer.body.decode(), answer.content_type) == (case["spec_409_body"], SIZE_TYPE)
    if answer.status != 200:
        assert memory.trees == before
        return
    request = parse_request(body)
    keys = [key.verifier for key in server._keys]
    cosigned = parse_note(add_cosignatures(request.note_bytes, answer.body, keys))
    found = verify_signatures(cosigned, keys)
    assert [(each.key.algorithm, each.timestamp) for each in found] == [(6, 1772821203), (4, 1772821203)]
    checkpoint = parse_checkpoint(cosigned.text)
    kept = memory.trees[checkpoint.origin]
    assert (kept.size, kept.root, kept.note_bytes) == (checkpoint.size, checkpoint.root, request.note_bytes)


def test_every_vector_file_is_used() -> None:
    """No file of vectors lies here unread, and each keeps its provenance."""
    source = Path(__file__).read_text()
    for path in FOLDER.glob("*.json"):
        assert f'"{path.stem}"' in source
        assert load(path.stem)["provenance"]["producers"]
