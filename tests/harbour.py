"""A small recorded arrangement for tests: Harbour Network with two states, a ledger and a witness.

Every instance says and records the same opening: the arrangement, two members and their key sets. Tests then record
more and take bundles.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta

from detente.clock import render_instant
from detente.envelopes.sealing import derive_salt, seal_digest
from detente.envelopes.signing import sign, statement_id
from detente.keys import PrivateKeySet, decode, encode
from detente.ledger.cosignature import add_cosignatures, cosign
from detente.ledger.log import Entry, LogSigner, Tree
from detente.ledger.merkle import inclusion_proof, leaf_hash
from detente.ledger.note import COSIGNATURE_MLDSA44, SigningKey, parse_note
from detente.ledger.policy import render_policy
from detente.ledger.proof import render_receipt
from detente.statements.codec import render_object
from detente.statements.statement import KINDS
from detente.verification import Bundle, BundledAttachment, Recorded, Shown, Withheld

ORIGIN = "harbour.example.org/2026"
START = datetime(2026, 3, 6, 18, 0, tzinfo=UTC)
SECRETARIAT, ALDERMERE, BRYHOLT, NEW, NODE, STRANGER = (PrivateKeySet(bytes([seed]) * 32) for seed in range(6))
LOG = LogSigner(ORIGIN, b"1" * 32, b"2" * 32)
WITNESSES = {
    "COR": SigningKey("corvane.example.net/witness", COSIGNATURE_MLDSA44, b"3" * 32),
    "BRY": SigningKey("bryholt.example.net/witness", COSIGNATURE_MLDSA44, b"4" * 32),
}
POLICY = render_policy(LOG.mldsa44_key, {"COR": WITNESSES["COR"].verifier}, 1)
ANNEX = b'{"indicator":"198.51.100.7"}'


def payload(kind, issuer, body, to="*", office="diplomatic", **more):
    """Payload bytes of a statement whose nonce and thread follow from its text."""
    number = hashlib.sha256(repr((kind, issuer, body, to, more)).encode()).digest()
    recipients = ["*"] if to == "*" else to
    members = {
        "v": 1,
        "kind": kind,
        "arrangement": ORIGIN,
        "context": "real",
        "issuer": {"participant": issuer, "office": office},
        "addressees": to if to == "*" else [{"participant": each} for each in to],
        "thread": f"0195{number.hex()[:4]}-{number.hex()[:4]}-7000-8000-{number.hex()[:12]}",
        "tlp": "GREEN" if to == "*" else "AMBER",
        "language": "en",
        "issued_at": render_instant(START),
        "nonce": encode(number),
        "sequence": dict.fromkeys(recipients, 1),
        "body": body,
    }
    if to == "*":
        members["members_at"] = 0
    return render_object(members | more)


def enrolment(participant, keys, scope="office", **more):
    """The body that lists a key set."""
    body = {
        "action": "enrol",
        "participant": participant,
        "scope": scope,
        "custody": "self",
        "keyset": keys.public.to_json(),
        "keyset_id": keys.public.id,
    }
    return body | ({"office": "diplomatic"} if scope == "office" else {}) | more


class Harbour:
    """What was said and recorded so far."""

    def __init__(self):
        self.entries: list[Entry] = []
        self.tree = Tree()
        self.directory: list[tuple[bytes, int]] = []
        opening = {
            "names": {"en": "Harbour Network"},
            "operator": "HNS",
            "operator_names": {"en": "Harbour Network Secretariat"},
            "office": "diplomatic",
            "keyset": SECRETARIAT.public.to_json(),
            "languages": ["en", "ar"],
        }
        self.publish(payload("directory.arrangement", "HNS", opening), SECRETARIAT)
        for participant, name, keys in (("ALD", "Aldermere", ALDERMERE), ("BRY", "Bryholt", BRYHOLT)):
            member = {"participant": participant, "names": {"ar": "…", "en": name}}
            self.publish(payload("directory.member", "HNS", member), SECRETARIAT)
            self.publish(payload("directory.keyset", "HNS", enrolment(participant, keys)), SECRETARIAT)

    def record(self, data, recipient="*", at=None, entry_class=None):
        """Record a payload for one recipient, without any check, and return its index."""
        name = statement_id(data)
        members = json.loads(data)
        digest = seal_digest(derive_salt(decode(members["nonce"]), name, recipient), name)
        kind = entry_class or KINDS[members["kind"]].entry_class
        at = at or START + timedelta(minutes=len(self.entries))
        self.entries.append(Entry(kind, digest, at))
        self.tree.append([leaf_hash(self.entries[-1].render())])
        return len(self.entries) - 1

    def publish(self, data, keys, **more):
        """Sign and record a statement to everyone, and keep it for the directory part of bundles."""
        index = self.record(data, **more)
        self.directory.append((sign(data, keys), index))
        return index

    def receipt(self, index, size=None, witnesses=("COR",)):
        """A receipt in the tree of ``size`` entries, cosigned by ``witnesses``."""
        size = size or len(self.entries)
        at = START + timedelta(hours=1)
        note = LOG.sign_checkpoint(size, self.tree.root(size), at)
        for name in witnesses:
            key = WITNESSES[name]
            note = add_cosignatures(note, cosign(key, parse_note(note).text, at).render(), [key.verifier])
        return render_receipt(self.entries[index], index, inclusion_proof(self.tree, index, size), note)

    def shown(self, data, keys, recipient="BRY", attachments=(), index=None, **how):
        """Record a statement and show it whole."""
        index = self.record(data, recipient) if index is None else index
        named = tuple(BundledAttachment(hashlib.sha256(each).hexdigest(), each) for each in attachments)
        return lambda: Shown(sign(data, keys), recipient, self.receipt(index, **how), named)

    def withheld(self, data, recipient="BRY"):
        """Record a statement and show its record alone."""
        index = self.record(data, recipient)
        name = statement_id(data)
        salt = derive_salt(decode(json.loads(data)["nonce"]), name, recipient)
        return lambda: Withheld(name, salt, self.receipt(index))

    def bundle(self, *statements, entries=True, **changes):
        """Everything of the directory, and ``statements`` as shown."""
        parts = {
            "arrangement": ORIGIN,
            "statements": tuple(each() for each in statements),
            "directory": tuple(Recorded(envelope, self.receipt(index)) for envelope, index in self.directory),
            "note": "for the arbiter",
            "entries": tuple(entry.render() for entry in self.entries) if entries else None,
        }
        return Bundle(**(parts | changes))


def request(text="Was this a test of yours?", to=("BRY",), attachments=(), **more):
    """Aldermere's request for clarification."""
    labels = [
        {
            "sha256": hashlib.sha256(each).hexdigest(),
            "media_type": "application/json",
            "size": len(each),
            "name": "annex.json",
            "tlp": "AMBER",
        }
        for each in attachments
    ]
    body = {"subject": "Port of Aldermere", "observed": text}
    return payload("consultation.request", "ALD", body, list(to), attachments=labels, **more)
