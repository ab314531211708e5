"""`detente verify` as an auditor runs it: files in, sentences and an exit code out."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from detente.ledger.policy import render_policy
from detente.verification import LAST_LINE, render_bundle
from harbour import ALDERMERE, ANNEX, LOG, POLICY, WITNESSES, Harbour, request

BOTH = render_policy(LOG.mldsa44_key, {name: key.verifier for name, key in WITNESSES.items()}, 2)


def detente(*arguments, folder, **environment):
    done = subprocess.run(
        [sys.executable, "-m", "detente", *map(str, arguments)],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.fixture
def proof(tmp_path):
    """A folder with a bundle of one whole and one withheld statement, and its policy."""
    harbour = Harbour()
    statements = [
        harbour.shown(request(attachments=(ANNEX,)), ALDERMERE, attachments=(ANNEX,)),
        harbour.withheld(request("Kept back.")),
    ]
    (tmp_path / "a.bundle").write_bytes(render_bundle(harbour.bundle(*statements)))
    (tmp_path / "a.policy").write_bytes(POLICY)
    return tmp_path


def verify(folder, *options):
    return detente("verify", "a.bundle", "--policy", "a.policy", *options, folder=folder)


def test_what_is_proven_is_counted_and_the_last_line_says_what_it_is_not(proof):
    """Each line counts one thing that was checked; the withheld statement and the standing of proof are named."""
    done = verify(proof)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        " 1 statement  each signed twice by a key listed at that time                   ok",
        " 2 receipts   recorded in this order, 6 Mar 2026 18:05 - 6 Mar 2026 18:06 UTC  ok",
        " cosigned     COR; 1 of 1 needed                                               ok",
        " attachments  1 of 1 here, as they were signed                                 ok",
        " directory    complete up to entry 6                                           ok",
        " withheld     1 statement: order and time proven, text not shown",
        LAST_LINE,
    ]


def test_full_says_what_is_proven_of_each_statement(proof):
    """With --full every line of the report is printed, the same last line at the end."""
    lines = verify(proof, "--full").stdout.splitlines()
    assert lines[-1] == LAST_LINE
    assert any("consultation.request from Aldermere (diplomatic) to Bryholt" in line for line in lines)


def test_json_carries_the_same_for_machines(proof):
    """One object says what was counted; a refusal is an object too, with its class and code."""
    found = json.loads(verify(proof, "--json").stdout)
    assert found["verified"]
    assert found["counts"]["shown"] == found["counts"]["withheld"] == 1
    assert found["lines"][-1] == LAST_LINE
    (proof / "a.bundle").write_bytes(b"{}")
    done = verify(proof, "--json")
    assert done.returncode == 2
    refused = json.loads(done.stdout)
    assert (refused["verified"], refused["error"], refused["code"]) == (False, "MalformedError", "bundle-version")


def test_changed_words_are_refused_with_the_name_of_whoever_did_not_sign_them(tmp_path):
    """A statement signed by other keys than those listed ends with exit code 2 and one sentence on standard error."""
    harbour = Harbour()
    data = request()
    index = harbour.record(data, "BRY")
    forged = harbour.shown(request("Not these words."), ALDERMERE, index=index)
    (tmp_path / "a.bundle").write_bytes(render_bundle(harbour.bundle(forged)))
    (tmp_path / "a.policy").write_bytes(POLICY)
    done = verify(tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == ("refused: statement 1, SignatureError: The receipt is not of these words for this reader.\n")


def test_too_few_cosignatures_end_with_three_unless_pending_is_allowed(tmp_path):
    """Lacking quorum is exit code 3; with --allow-pending it is said on every line that rests on it."""
    harbour = Harbour()
    (tmp_path / "a.bundle").write_bytes(render_bundle(harbour.bundle(harbour.shown(request(), ALDERMERE))))
    (tmp_path / "a.policy").write_bytes(BOTH)
    done = verify(tmp_path)
    assert done.returncode == 3
    assert done.stderr.startswith("refused: receipt of directory statement 1, QuorumError: ")
    allowed = verify(tmp_path, "--allow-pending")
    assert allowed.returncode == 0
    assert allowed.stdout.count(" pending\n") == 2
    assert " pending      until enough witnesses cosign, order and time are not verified" in allowed.stdout


def test_two_histories_end_with_three(tmp_path):
    """A tree that does not hold the entry is evidence: exit code 3."""
    harbour, other = Harbour(), Harbour()
    shown = harbour.shown(request(), ALDERMERE)()
    other.record(request("Another history."), "BRY")
    bundle = harbour.bundle(lambda: shown)
    (tmp_path / "a.bundle").write_bytes(
        render_bundle(
            type(bundle)(
                **{**vars(bundle), "entries": tuple(entry.render() for entry in other.entries)},
            )
        )
    )
    (tmp_path / "a.policy").write_bytes(POLICY)
    done = verify(tmp_path)
    assert done.returncode == 3
    assert "InclusionError" in done.stderr


@pytest.mark.parametrize("name", ["a.bundle", "a.policy"])
def test_a_file_that_cannot_be_read_ends_with_five(proof, name):
    """A missing file is the reader's own to mend: exit code 5 and its name."""
    (proof / name).unlink()
    done = verify(proof)
    assert done.returncode == 5
    assert done.stderr == f"not possible: {name} cannot be read: No such file or directory. Name another file.\n"


def test_a_line_that_cannot_be_understood_ends_with_sixty_four(tmp_path):
    """A mistyped option is told apart from a refused proof."""
    assert detente("verify", "--polcy", folder=tmp_path).returncode == 64


def test_words_of_others_cannot_steer_the_terminal(tmp_path):
    """An escape sequence in what is refused is written out as a code point."""
    (tmp_path / "a.bundle").write_bytes(b"{}")
    (tmp_path / "a.policy").write_bytes("log \u202e\x9b31m\n".encode())
    done = verify(tmp_path)
    assert done.returncode == 2
    assert "\u202e" not in done.stderr
    assert "\x9b" not in done.stderr


BLOCK = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition('.')[0] in ('django', 'ninja', 'granian', 'psycopg', 'sqlite3'):
            raise ImportError(name + ' is blocked')
sys.meta_path.insert(0, Blocked())
def refuse(event, arguments):
    if event.startswith('socket.'):
        raise RuntimeError(event + ' is blocked')
sys.addaudithook(refuse)
"""


def test_neither_django_nor_network_nor_a_home_is_needed(proof):
    """With Django, servers and databases missing and every socket refused, the bundle is verified all the same."""
    (proof / "sitecustomize.py").write_text(BLOCK)
    environment = {"PYTHONPATH": str(proof), "DETENTE_HOME": "/nowhere"}
    done = detente("verify", "a.bundle", "--policy", "a.policy", folder=proof, **environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(LAST_LINE + "\n")
    for code in ("import django", "import socket; socket.socket()"):
        blocked = subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, **environment}, capture_output=True, check=False
        )
        assert b"is blocked" in blocked.stderr


def test_without_django_a_command_of_a_node_says_what_to_install(proof):
    """Where only the verifier is installed, running a node is refused with the name of what is missing."""
    (proof / "sitecustomize.py").write_text(BLOCK)
    done = detente("init", "--origin", "harbour.example.org/x", "--home", "h", folder=proof, PYTHONPATH=str(proof))
    assert done.returncode == 5
    assert "install detente[node]" in done.stderr
    assert not (proof / "h").exists()
