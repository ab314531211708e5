"""Bundles, fed anything, and with any bit flipped."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.errors import DetenteError, MalformedError
from detente.verification import Shown, parse_bundle, render_bundle, verify_bundle
from harbour import ALDERMERE, ANNEX, POLICY, Harbour, payload, request
from sizes import at_most

NETWORK = Harbour()
ASKED = NETWORK.shown(request(attachments=[ANNEX]), ALDERMERE, attachments=[ANNEX])
HELD = NETWORK.withheld(payload("consultation.information", "BRY", {"text": "It was not ours."}, ["ALD"]))
BUNDLE = NETWORK.bundle(ASKED, HELD)
DATA = render_bundle(BUNDLE)
REPORT = verify_bundle(DATA, POLICY)


def outcome(data):
    """The report, or the error that came instead of one."""
    try:
        return verify_bundle(data, POLICY)
    except DetenteError as error:
        return error


def flip(data, bit):
    flipped = bytearray(data)
    flipped[bit // 8] ^= 1 << bit % 8
    return bytes(flipped)


@given(
    st.binary(max_size=200)
    | st.tuples(st.integers(0, len(DATA)), st.binary(max_size=5)).map(lambda cut: DATA[: cut[0]] + cut[1])
)
def test_any_bytes_give_a_bundle_or_a_refusal(data):
    """Any bytes are a bundle that renders to the same bytes, or MalformedError, never another error."""
    try:
        bundle = parse_bundle(data)
    except MalformedError:
        return
    assert render_bundle(bundle) == data


@at_most(3000)
@given(st.integers(0, len(DATA) * 8 - 1))
def test_a_flipped_bit_is_refused_or_changes_nothing_that_is_shown(bit):
    """With one bit flipped a bundle is refused, or says exactly what it said: the bit lay where nothing is proven."""
    found = outcome(flip(DATA, bit))
    if isinstance(found, DetenteError):
        assert ", " in found.message
        assert found.code
    else:
        assert found == REPORT


def places():
    """Where the proven parts of the first statement stand in the file."""
    (shown,) = (item for item in BUNDLE.statements if isinstance(item, Shown))
    receipt = shown.receipt_bytes
    for name, part in (
        ("envelope", shown.envelope_bytes.replace(b'"', rb"\"")),
        ("receipt", receipt[: receipt.index("—".encode())].replace(b"\n", rb"\n")),
        ("annex", DATA[DATA.index(b'"data":"') + 8 :].split(b'"')[0]),
        ("entries", DATA[DATA.index(b'"entries":') :]),
    ):
        start = DATA.rindex(part) if name != "receipt" else DATA.index(part)
        yield pytest.param(start, start + len(part), id=name)


@pytest.mark.parametrize(("start", "end"), list(places()))
def test_a_flipped_bit_in_what_is_proven_is_refused(start, end):
    """In envelope, receipt up to its signatures, annex and entries, every bit tried refuses the bundle."""

    @at_most(500)
    @given(st.integers(start * 8, end * 8 - 1))
    def walk(bit):
        assert isinstance(outcome(flip(DATA, bit)), DetenteError)

    walk()


def outcome_under(policy):
    try:
        return verify_bundle(DATA, policy)
    except DetenteError as error:
        return error


@given(st.binary(max_size=200))
def test_any_policy_gives_a_report_or_a_refusal(policy):
    """Any bytes as a policy are refused as malformed or judged, never another error."""
    found = outcome_under(policy)
    assert isinstance(found, DetenteError)


@at_most(200)
@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40))
def test_a_note_is_kept_and_never_shown(note):
    """The note comes back as written, and the report, which says what is proven, does not repeat it."""
    data = render_bundle(NETWORK.bundle(ASKED, HELD, note=note))
    assert parse_bundle(data).note == note
    assert verify_bundle(data, POLICY) == REPORT
