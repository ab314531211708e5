"""A million damaged inputs for each parser of untrusted bytes: a value, or an error of ours, and nothing else.

Valid samples are damaged by a generator with a fixed seed: bits flipped, pieces cut out, doubled, moved or replaced
by characters that matter to some parser. Marked ``long``; ``make test`` leaves it out (docs/how-to/test.md).
"""

from __future__ import annotations

import random

import pytest

import harbour
from detente.envelopes.sealing import Contents, parse_parcel, seal
from detente.envelopes.signing import parse_envelope, sign
from detente.errors import DetenteError
from detente.keys import decode
from detente.ledger.checkpoint import parse_checkpoint
from detente.ledger.log import parse_entry
from detente.ledger.note import parse_note, parse_vkey
from detente.ledger.policy import parse_policy
from detente.ledger.proof import parse_proof
from detente.ledger.tiles import parse_bundle as parse_entry_bundle
from detente.ledger.tiles import parse_tile_path, render_bundle
from detente.ledger.witness import parse_request, render_request
from detente.statements.addresses import addresses_in
from detente.statements.codec import parse_object
from detente.statements.statement import parse_statement

CASES = 1_000_000
PAYLOAD = harbour.payload(
    "consultation.request", "ALD", {"subject": "Connections", "observed": "4,112 attempts"}, to=["BRY"]
)
ENVELOPE = sign(PAYLOAD, harbour.ALDERMERE)
PARCEL = seal(Contents(ENVELOPE), "BRY", decode(parse_object(PAYLOAD)["nonce"]), [harbour.BRYHOLT.public])
ENTRY = b"detente.entry/v1\nsealed\n" + b"ab" * 32 + b"\n1772821203000\n"
NOTE = harbour.LOG.sign_checkpoint(1, b"r" * 32, harbour.START)
CHECKPOINT = parse_note(NOTE).text
PROOF = (
    b"c2sp.org/tlog-proof@v1\nextra ZXh0cmE=\nindex 5\n"
    + b"GUu1otW9EOXRqm/V1CmAs1bK8dpiPNmYfEv6L4F3Htc=\n" * 3
    + b"\n"
    + NOTE
)
PIECES = [
    b'"',
    b"{",
    b"}",
    b"[",
    b"]",
    b"\\u0000",
    b"\\ud800",
    b"1e999",
    b"-",
    b"\n",
    b"\r",
    b"\0",
    b"\xff",
    b"=",
    b"+",
    b" ",
    b"\xe2\x80\x94 ",
    b"0",
    b"NaN",
    b"{" * 40,
]
PARSERS = {
    "object": (parse_object, PAYLOAD),
    "statement": (parse_statement, PAYLOAD),
    "envelope": (parse_envelope, ENVELOPE),
    "parcel": (parse_parcel, PARCEL),
    "note": (parse_note, NOTE),
    "checkpoint": (parse_checkpoint, CHECKPOINT),
    "proof": (parse_proof, PROOF),
    "policy": (parse_policy, harbour.POLICY),
    "entry": (parse_entry, ENTRY),
    "entry bundle": (parse_entry_bundle, render_bundle([ENTRY, ENTRY])),
    "witness request": (parse_request, render_request(1, (b"h" * 32,), NOTE)),
    "tile path": (lambda data: parse_tile_path(data.decode("latin-1")), b"tile/0/x001/234.p/17"),
    "vkey": (lambda data: parse_vkey(data.decode("latin-1")), harbour.LOG.ed25519_key.render().encode()),
    "addresses": (lambda data: addresses_in([data.decode("latin-1")]), b"198.51.100.0/24, 2001:db8::1 and 192.0.2.7"),
}


def damaged(sample: bytes, chance: random.Random) -> bytes:
    """Return ``sample`` with one to three pieces of damage."""
    data = bytearray(sample)
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(data) + 1)
        length = chance.choice((1, 1, 2, 4, 16, 64))
        kind = chance.randrange(5)
        if kind == 0 and at < len(data):
            data[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            del data[at : at + length]
        elif kind == 2:
            data[at:at] = data[at : at + length]
        elif kind == 3:
            data[at : at + chance.choice((0, 1, length))] = chance.choice(PIECES)
        else:
            other = chance.randrange(len(data) + 1)
            data[at : at + length] = data[other : other + length]
    return bytes(data)


@pytest.mark.long
@pytest.mark.parametrize("name", PARSERS)
def test_a_million_damaged_inputs(name):
    """Each gives a value or an error with a code and a sentence."""
    parse, sample = PARSERS[name]
    chance = random.Random(name)
    parse(sample)
    refused = 0
    for _ in range(CASES):
        data = damaged(sample, chance)
        try:
            parse(data)
        except DetenteError as error:
            refused += bool(error.code and error.message)
    # Proofs and requests carry a checkpoint that is looked at later; in addresses nothing can be wrong.
    assert (refused > CASES // 100) == (name != "addresses")
