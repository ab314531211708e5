"""Bundles: what they prove, and the first thing that fails."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

import harbour
from detente.envelopes.signing import parse_envelope, sign
from detente.errors import (
    ConsistencyError,
    DetenteError,
    InclusionError,
    MalformedError,
    PolicyError,
    QuorumError,
    SignatureError,
)
from detente.ledger.policy import render_policy
from detente.verification import LAST_LINE, BundledAttachment, Recorded, parse_bundle, render_bundle, verify_bundle
from harbour import ALDERMERE, ANNEX, BRYHOLT, NEW, NODE, POLICY, SECRETARIAT, STRANGER, Harbour, enrolment, request


def verify(bundle, policy=POLICY, **options):
    return verify_bundle(render_bundle(bundle), policy, **options)


def refusal(bundle, kind, policy=POLICY):
    with pytest.raises(DetenteError) as caught:
        verify(bundle, policy)
    assert type(caught.value) is kind, caught.value
    return caught.value


@pytest.fixture
def network():
    return Harbour()


def answer(text="It was not ours."):
    return harbour.payload("consultation.information", "BRY", {"text": text}, ["ALD"])


def test_a_bundle_proves_who_said_what_and_when(network):
    """The report says who said it with which keys, when it was recorded, who cosigned, and what a proof is not."""
    asked = network.shown(request(attachments=[ANNEX]), ALDERMERE, attachments=[ANNEX])
    hidden = network.withheld(answer())
    report = verify(network.bundle(asked, hidden))
    signed = "Statement 1: consultation.request from Aldermere (diplomatic) to Bryholt, signed twice with the key set"
    assert report.lines == (
        "Arrangement: harbour.example.org/2026, kept by Harbour Network Secretariat.",
        f"{signed} {ALDERMERE.public.id[:8]}…, listed since entry 2; key kept by the participant itself.",
        "Statement 1: 1 of 1 attachments are here and match.",
        "Statement 1: recorded as entry 5 on 2026-03-06T18:05:00.000Z, cosigned by COR; the policy asks for 1 of 1.",
        "Statement 2: withheld. That it was recorded is proven; its words and its author are not shown.",
        "Statement 2: recorded as entry 6 on 2026-03-06T18:06:00.000Z, cosigned by COR; the policy asks for 1 of 1.",
        "Order: all receipts belong to one history of 7 entries, and its times never go backwards.",
        "Directory: complete up to entry 6; no key set used here was ended before its use.",
        LAST_LINE,
    )
    assert report.quorum_met
    assert report.revocation_checked
    assert LAST_LINE == ("This proves who said what, and when it was recorded. It does not prove that it is true.")


def test_a_bundle_is_read_back_as_it_was_written(network):
    """Rendering and parsing a bundle give the same parts, with and without entries."""
    asked = network.shown(request(attachments=[ANNEX]), ALDERMERE, attachments=[ANNEX])
    hidden = network.withheld(answer())
    for entries in (True, False):
        bundle = network.bundle(asked, hidden, entries=entries)
        assert parse_bundle(render_bundle(bundle)) == bundle


def test_without_entries_it_says_how_far_revocation_was_checked(network):
    """A bundle that does not show all entries says up to which entry a revocation cannot be missing."""
    asked = network.shown(request(), ALDERMERE)
    network.record(answer(), "ALD")
    told = network.shown(request("And this?"), ALDERMERE)
    report = verify(network.bundle(asked, told, entries=False))
    assert report.directory_complete_to == 5
    assert not report.revocation_checked
    assert any("revocation not checked beyond entry 5" in line for line in report.lines)


def test_a_revocation_left_out_is_noticed(network):
    """A bundle that shows all entries but not the revocation that came before its statement is refused."""
    body = {"action": "revoke", "participant": "ALD", "scope": "office", "custody": "self", "keyset_id": "A" * 43}
    network.publish(harbour.payload("directory.keyset", "HNS", body), SECRETARIAT)
    asked = network.shown(request(), ALDERMERE)
    bundle = network.bundle(asked)
    verify(bundle)
    hiding = replace(bundle, directory=bundle.directory[:-1])
    assert refusal(hiding, PolicyError).code == "directory-incomplete"
    report = verify(replace(hiding, entries=None))
    assert not report.revocation_checked


def test_a_statement_after_revocation_is_refused_and_one_before_is_flagged(network):
    """Keys are judged as of the entry; what was recorded after they came into doubt and before the end is flagged."""
    before = network.shown(request(), ALDERMERE)
    body = {"action": "revoke", "participant": "ALD", "scope": "office", "custody": "self"}
    body |= {"keyset_id": ALDERMERE.public.id, "suspected_since": "2026-03-06T18:04:30.000Z"}
    network.publish(harbour.payload("directory.keyset", "HNS", body), SECRETARIAT)
    after = network.shown(request("And this?"), ALDERMERE)
    report = verify(network.bundle(before))
    assert any("Statement 1: in doubt" in line for line in report.lines)
    error = refusal(network.bundle(before, after), SignatureError)
    assert error.code == "keyset-ended"
    assert error.message.startswith("statement 2, SignatureError: ")


def test_an_old_signature_stays_good_after_rotation(network):
    """The old set counts before the rotation, the new one after it, and neither the other way round."""
    early = request("early")
    old = network.shown(early, ALDERMERE)
    rotation = enrolment("ALD", NEW, action="rotate", replaces=ALDERMERE.public.id)
    network.publish(harbour.payload("directory.keyset", "ALD", rotation), ALDERMERE)
    new = network.shown(request("late"), NEW)
    report = verify(network.bundle(old, new))
    assert any(f"{NEW.public.id[:8]}…, listed since entry 6" in line for line in report.lines)
    too_early = network.shown(early, NEW, index=5)
    assert refusal(network.bundle(too_early), SignatureError).code == "keyset-unknown"


def test_words_that_were_not_signed_are_told_apart(network):
    """A changed word is named as words that Aldermere did not sign."""
    asked = network.shown(request(), ALDERMERE)
    bundle = network.bundle(asked)
    (shown,) = bundle.statements
    changed = shown.envelope_bytes.replace(b'{"payload":"ey', b'{"payload":"eg', 1)
    error = refusal(replace(bundle, statements=(replace(shown, envelope_bytes=changed),)), SignatureError)
    assert str(error) == "statement 1, SignatureError: the words are not those that Aldermere signed."


def test_a_receipt_of_other_words_is_refused(network):
    """A receipt that was given for another statement, or for another reader, proves nothing about this one."""
    asked = network.shown(request(), ALDERMERE)
    told = network.shown(request("And this?", to=["BRY", "HNS"]), ALDERMERE)
    bundle = network.bundle(asked, told)
    first, second = bundle.statements
    exchanged = (replace(first, receipt_bytes=second.receipt_bytes),)
    assert refusal(replace(bundle, statements=exchanged), SignatureError).code == "receipt-other"
    for other_reader in ("HNS", "COR", "*"):
        moved = replace(second, recipient=other_reader)
        error = refusal(
            replace(bundle, statements=(first, moved)), SignatureError if other_reader == "HNS" else PolicyError
        )
        assert error.code == ("receipt-other" if other_reader == "HNS" else "bundle-recipient")


def test_attachments_must_be_what_was_signed(network):
    """An annex that was changed, doubled or never named is refused; a missing one is said."""
    asked = network.shown(request(attachments=[ANNEX]), ALDERMERE, attachments=[ANNEX])
    bundle = network.bundle(asked)
    (shown,) = bundle.statements
    (annex,) = shown.attachments

    def with_attachments(*attachments):
        return replace(bundle, statements=(replace(shown, attachments=attachments),))

    error = refusal(with_attachments(replace(annex, data=ANNEX + b" ")), SignatureError)
    assert str(error) == ("statement 1, SignatureError: Attachment 1 is not what Aldermere sent with these words.")
    for wrong in ((annex, annex), (BundledAttachment("0" * 64, ANNEX),)):
        assert refusal(with_attachments(*wrong), MalformedError).code == "attachment-unknown"
    assert (
        "Statement 1: 0 of 1 attachments are here and match; not in this bundle: annex.json."
        in verify(with_attachments()).lines
    )


def test_pending_is_never_verified(network):
    """Without quorum a bundle is refused; asked to, the report says *not yet cosigned* and that nothing is verified."""
    asked = network.shown(request(), ALDERMERE, witnesses=())
    bundle = network.bundle(asked)
    error = refusal(bundle, QuorumError)
    assert error.message.startswith("receipt of statement 1, QuorumError: ")
    assert error.evidence_bytes == bundle.statements[0].receipt_bytes
    report = verify(bundle, allow_pending=True)
    assert not report.quorum_met
    assert any("not yet cosigned (no witness so far)" in line for line in report.lines)
    assert "not verified" in report.lines[-2]


def test_the_policy_decides_whom_to_trust(network):
    """A policy without witnesses says so; one of another log, or no policy at all, refuses."""
    bundle = network.bundle(network.shown(request(), ALDERMERE))
    lone = render_policy(harbour.LOG.mldsa44_key, {}, 0)
    assert any("the policy asks for no witness" in line for line in verify(bundle, lone).lines)
    other = harbour.LogSigner("other.example.org", b"8" * 32, b"9" * 32)
    error = refusal(bundle, SignatureError, render_policy(other.mldsa44_key, {}, 0))
    assert error.message.startswith("receipt of directory statement 1, ")
    assert refusal(bundle, MalformedError, b"nonsense").message.startswith("policy, MalformedError: ")


def test_the_arrangement_is_entry_0_of_its_own_ledger(network):
    """A bundle without entry 0, or under another arrangement's name, is refused."""
    bundle = network.bundle(network.shown(request(), ALDERMERE))
    assert refusal(replace(bundle, directory=bundle.directory[1:]), MalformedError).code == "arrangement-missing"
    assert refusal(replace(bundle, directory=(), statements=()), MalformedError).code == "bundle-entries"
    empty = replace(bundle, directory=(), statements=(), entries=None)
    assert refusal(empty, MalformedError).code == "arrangement-missing"
    assert refusal(replace(bundle, arrangement="other.example.org"), PolicyError).code == "bundle-arrangement"


def test_an_arrangement_signed_by_another_is_refused():
    """Entry 0 must be signed with the operator's keys that it carries."""
    network = Harbour()
    bundle = network.bundle()
    first = bundle.directory[0]
    forged = replace(first, envelope_bytes=sign(parse_envelope(first.envelope_bytes).payload_bytes, STRANGER))
    assert (
        refusal(replace(bundle, directory=(forged, *bundle.directory[1:])), SignatureError).code == "signature-keyset"
    )


def test_keys_outside_their_scope_or_participant_are_refused(network):
    """Node keys, another participant's keys and unlisted keys sign no consultation of Aldermere's."""
    network.publish(harbour.payload("directory.keyset", "HNS", enrolment("ALD", NODE, scope="node")), SECRETARIAT)
    for keys, code in ((NODE, "keyset-scope"), (BRYHOLT, "keyset-foreign"), (STRANGER, "keyset-unknown")):
        shown = network.shown(request(), keys)
        error = refusal(network.bundle(shown), SignatureError)
        assert error.code == code
        assert error.message.startswith("statement 1, SignatureError: ")


def test_a_directory_statement_by_someone_else_is_refused(network):
    """Only the operator enrols keys: an enrolment by a member does not count."""
    data = harbour.payload("directory.keyset", "BRY", enrolment("ALD", NEW))
    network.publish(data, BRYHOLT)
    assert refusal(network.bundle(), PolicyError).code == "directory-issuer"


def test_an_exercise_is_marked_and_needs_its_opening(network):
    """An exercise statement shows that it is not real, and counts only between opening and closing."""
    play = request("Exercise text", context="exercise", exercise_id="EX-1")
    early = network.record(play, "BRY")
    opening = {"exercise_id": "EX-1", "title": "Lantern", "participants": ["ALD", "BRY"], "stop_word": "HARBOUR"}
    opening |= {"begins_at": "2026-03-06T18:00:00.000Z", "ends_at": "2026-03-07T18:00:00.000Z"}
    network.publish(harbour.payload("exercise.opening", "HNS", opening), SECRETARIAT)
    later = request("More exercise text", context="exercise", exercise_id="EX-1")
    report = verify(network.bundle(network.shown(later, ALDERMERE)))
    assert any(line.startswith("Statement 1 (EXERCISE, not real): ") for line in report.lines)
    assert refusal(network.bundle(network.shown(play, ALDERMERE, index=early)), PolicyError).code == "exercise-closed"


def test_a_kind_outside_the_directory_is_refused_there(network):
    """The directory part of a bundle holds what changes the directory, and nothing else."""
    index = network.record(request(), "BRY")
    bundle = network.bundle()
    stray = Recorded(sign(request(), ALDERMERE), network.receipt(index))
    assert refusal(replace(bundle, directory=(*bundle.directory, stray)), PolicyError).code == "bundle-recipient"


def test_an_entry_of_the_wrong_class_is_refused(network):
    """A directory statement recorded as sealed could hide a revocation, so its entry must say directory."""
    network.publish(
        harbour.payload("directory.keyset", "HNS", enrolment("ALD", NEW)), SECRETARIAT, entry_class="sealed"
    )
    assert refusal(network.bundle(), PolicyError).code == "entry-class"


def test_times_that_go_backwards_are_refused(network):
    """A ledger whose times go backwards is no witness of order, shown entries or not."""
    asked = network.shown(request(), ALDERMERE)
    backwards = request("earlier")
    index = network.record(backwards, "BRY", at=harbour.START + timedelta(minutes=1))
    told = network.shown(backwards, ALDERMERE, index=index)
    for entries in (True, False):
        assert refusal(network.bundle(asked, told, entries=entries), PolicyError).code == "time-backwards"


def test_receipts_of_two_histories_are_evidence(network):
    """Two receipts of one size and two roots are refused, and the error carries both for the members."""
    twin = Harbour()
    asked = network.shown(request(), ALDERMERE)
    twin.record(request("Another history"), "BRY")
    bundle = network.bundle(asked, entries=False)
    (last,) = bundle.directory[-1:]
    foreign = replace(last, receipt_bytes=twin.receipt(4))
    both = replace(bundle, directory=(*bundle.directory[:-1], foreign))
    error = refusal(both, ConsistencyError)
    assert error.code == "two-histories"
    assert foreign.receipt_bytes in error.evidence_bytes


def test_receipts_of_an_older_tree_must_fit_the_entries(network):
    """With all entries shown, receipts of smaller trees are shown to be of the same history, or refused."""
    asked = network.shown(request(), ALDERMERE)
    network.record(answer(), "ALD")
    bundle = network.bundle(asked)
    (shown,) = bundle.statements
    older = replace(bundle, statements=(replace(shown, receipt_bytes=network.receipt(5, size=6)),))
    assert any("one history of 7 entries" in line for line in verify(older).lines)
    without = verify(replace(older, entries=None))
    assert any(
        "trees of 6, 7 entries; that these are one history rests on the witnesses" in each for each in without.lines
    )
    twin = Harbour()
    twin.record(request("another"), "BRY")
    forked = replace(
        older, directory=(*older.directory[:-1], Recorded(older.directory[-1].envelope_bytes, twin.receipt(4)))
    )
    assert refusal(forked, ConsistencyError).code == "two-histories"


def test_entries_must_be_all_and_lead_to_the_tree(network):
    """An entry left out, added or changed is refused."""
    asked = network.shown(request(), ALDERMERE)
    network.record(answer(), "ALD")
    bundle = network.bundle(asked)
    for entries in (bundle.entries[:-1], (*bundle.entries, bundle.entries[-1]), ()):
        assert refusal(replace(bundle, entries=entries), MalformedError).code == "bundle-entries"
    changed = (*bundle.entries[:-1], bundle.entries[-1].replace(b"sealed", b"directory"))
    assert refusal(replace(bundle, entries=changed), InclusionError).code == "entries-root"


def test_nothing_is_counted_twice(network):
    """The same entry twice in a bundle is refused."""
    bundle = network.bundle(network.shown(request(), ALDERMERE))
    assert refusal(replace(bundle, statements=bundle.statements * 2), MalformedError).code == "bundle-twice"


def test_a_withheld_statement_must_fit_its_receipt(network):
    """Id and salt that do not lead to the recorded digest are refused."""
    bundle = network.bundle(network.withheld(answer()))
    (held,) = bundle.statements
    wrong = replace(held, salt=bytes(32))
    error = refusal(replace(bundle, statements=(wrong,)), SignatureError)
    assert error.code == "receipt-other"
    assert error.message.startswith("statement 1, ")


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b'{"v":1,', b'{"v":2,', "bundle-version"),
        (b'{"v":1,', b'{"v":true,', "bundle-shape"),
        (b'{"v":1,', b'{"v": 1,', "bundle-not-canonical"),
        (b'{"v":1,', b'{"w":1,"v":1,', "bundle-shape"),
        (b'"note":"for the arbiter"', b'"note":7', "bundle-shape"),
        (b'"note":"for the arbiter",', b"", "bundle-shape"),
        (b'"statements":[{', b'"statements":[7,{', "bundle-shape"),
        (b'"recipient":"BRY"', b'"recipient":null', "bundle-shape"),
        (b'"withheld":{', b'"withheld":{"x":1,', "bundle-shape"),
        (b'"salt":"', b'"salt":"AAAA', "bundle-shape"),
        (b'"entries":["', b'"entries":[7,"', "bundle-shape"),
        (b'"entries":["detente', b'"entries":["\\u0064etente', "bundle-not-canonical"),
        (b'"data":"', b'"data":"=', "base64"),
        (b'"note":', b'"note"', "json-syntax"),
    ],
)
def test_a_bundle_has_one_byte_form(network, old, new, code):
    """Any other members, types or spelling than the exported ones are refused."""
    asked = network.shown(request(attachments=[ANNEX]), ALDERMERE, attachments=[ANNEX])
    data = render_bundle(network.bundle(asked, network.withheld(answer())))
    assert old in data
    with pytest.raises(MalformedError) as caught:
        verify_bundle(data.replace(old, new, 1), POLICY)
    assert caught.value.code == code
    assert caught.value.message.startswith("bundle, MalformedError: ")
