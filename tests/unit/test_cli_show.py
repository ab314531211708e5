"""`detente show`: every file of ours is recognised by what it holds, and no other bytes end in a traceback."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import sizes
from detente.cli import call
from detente.cli.plain import visible
from detente.cli.show import UNVERIFIED, lines_of
from detente.envelopes.sealing import MAGIC, Contents, seal
from detente.envelopes.signing import sign
from detente.errors import MalformedError
from detente.keys import decode
from detente.ledger.proof import parse_proof
from detente.statements.codec import parse_object
from detente.statements.hidden import is_hidden
from detente.verification import render_bundle
from harbour import ALDERMERE, ANNEX, BRYHOLT, POLICY, Harbour, request


def files():
    """One file of each sort, by the word that `show` has for it."""
    harbour = Harbour()
    data = request("Eine Zeile\nund noch eine", attachments=(ANNEX,))
    envelope = sign(data, ALDERMERE)
    shown = harbour.shown(data, ALDERMERE, attachments=(ANNEX,))
    bundle = harbour.bundle(shown, harbour.withheld(request("Kept back.")))
    receipt = bundle.statements[0].receipt_bytes
    nonce = decode(parse_object(data)["nonce"])
    return {
        "Envelope": envelope,
        "Statement without signatures": data,
        "Parcel": seal(Contents(envelope, (ANNEX,)), "BRY", nonce, [BRYHOLT.public]),
        "Receipt": receipt,
        "Checkpoint": parse_proof(receipt).checkpoint_bytes,
        "Policy": POLICY,
        "Bundle": render_bundle(bundle),
    }


FILES = files()


@pytest.mark.parametrize("name", FILES)
def test_each_file_is_recognised_by_its_content(name, tmp_path, capsys):
    """The first line names what it is, the last says that nothing was verified."""
    path = tmp_path / "file"
    path.write_bytes(FILES[name])
    assert call(["show", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert (lines[0], lines[-1]) == (name, UNVERIFIED)


def test_an_envelope_is_shown_with_its_mark_parties_and_words():
    """Traffic-light mark, sender, reader, subject and every line of a longer text can be read."""
    text = "\n".join(lines_of(FILES["Envelope"]))
    for part in ("TLP:AMBER", "ALD, office diplomatic", "BRY", "subject: Port of Aldermere", "und noch eine"):
        assert part in text


def test_a_parcel_shows_its_digest_and_size_alone():
    """Neither sender, nor reader, nor a word of the content is in what is shown."""
    text = "\n".join(lines_of(FILES["Parcel"]))
    assert FILES["Parcel"][18:50].hex() in text
    assert f"{len(FILES['Parcel'])} bytes" in text
    for part in ("ALD", "BRY", "Port"):
        assert part not in text


def test_a_bundle_lists_what_is_shown_and_what_is_withheld():
    """Each statement comes with its place in the ledger; a withheld one by its id alone."""
    text = "\n".join(lines_of(FILES["Bundle"]))
    for part in (
        "statement 1",
        "recorded",
        "entry 5,",
        "statement 2",
        "withheld",
        "directory statement 1: directory.arr",
    ):
        assert part in text


def test_characters_that_hide_or_turn_others_are_written_out():
    """A direction override, an escape and a carriage return in signed words appear as code points."""
    text = "\n".join(lines_of(sign(request("safe \u202egnihtemos\u202c \x1b[31m \r and\tmore"), ALDERMERE)))
    for part in ("<U+202E>", "<U+202C>", "<U+001B>[31m", "<U+000D>"):
        assert part in text
    assert not {each for each in text if unicodedata.category(each) in ("Cf", "Cc")} - {"\n", "\t"}


def test_what_is_not_ours_is_refused_with_two(tmp_path, capsys):
    """A picture is refused in one sentence."""
    path = tmp_path / "file"
    path.write_bytes(b"\x89PNG\r\n\x1a\n")
    assert call(["show", str(path)]) == 2
    assert capsys.readouterr().err.startswith("refused: This is no envelope, parcel, receipt, checkpoint, policy")


BEGINNINGS = st.sampled_from([b"", MAGIC, *(data[:60] for data in FILES.values()), *FILES.values(), b"log ", b"{"])


def printed(data):
    """The lines that `show` would print: what the file holds, or the one sentence that refuses it."""
    try:
        return lines_of(data)
    except MalformedError as error:
        return [visible(error.message)]


def is_safe(line):
    return not {each for each in line if is_hidden(each) or each == "\n"}


@given(BEGINNINGS, st.binary(max_size=300))
@example(b"c2sp.org/tlog-proof@v1\nindex 0\n\n", b"a\n0\n\n\n\xe2\x80\x94 a AAAA\n")
def test_any_bytes_are_shown_or_refused(begin, rest):
    """Whatever follows whatever beginning, lines without a hidden character are printed."""
    lines = printed(begin + rest)
    assert lines
    assert all(map(is_safe, lines))


@given(st.sampled_from(sorted(FILES)), st.data())
@sizes.at_most(1000)
def test_a_file_with_one_byte_changed_is_shown_or_refused(name, data):
    """No single damaged byte of a file of ours ends in anything else."""
    whole = FILES[name]
    at = data.draw(st.integers(0, len(whole) - 1))
    lines = printed(whole[:at] + bytes([data.draw(st.integers(0, 255))]) + whole[at + 1 :])
    assert lines
    assert all(map(is_safe, lines))
