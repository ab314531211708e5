"""The test runner counts honestly and says what it left out."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import postgresql
import run_tests
from run_tests import Counts, Need

REPORT = '<testsuites><testsuite tests="7" failures="2" errors="1" skipped="1"/></testsuites>'


def test_counts_of_a_report_add_up(tmp_path):
    """Failures and errors both count as failed, and what is skipped is not passed."""
    report = tmp_path / "report.xml"
    report.write_text(REPORT)
    assert run_tests.read_counts(report) == Counts(passed=3, failed=3, skipped=1)


def test_a_missing_report_is_a_failure(tmp_path):
    """A pytest that died before it wrote its report counts as failed."""
    assert run_tests.read_counts(tmp_path / "none.xml") == Counts(failed=1)


@pytest.mark.parametrize(
    ("counts", "line"),
    [(Counts(3, 0), "3 passed, 0 failed"), (Counts(3, 1, 2), "3 passed, 1 failed, 2 skipped")],
)
def test_the_closing_line_has_the_plain_form(counts, line):
    """The closing line reads N passed, N failed, and mentions skips only if there are any."""
    assert str(counts) == line


def test_missing_lists_only_what_is_not_there():
    """A need that the machine meets is not asked for."""
    here, away = Need("here", lambda: True, "browser"), Need("away", lambda: False, "postgresql")
    assert run_tests.missing([here, away]) == [away]


def test_what_cannot_run_is_said_in_one_line(capsys):
    """Without leave to install, one line names the tests left out and the command that would bring them."""
    needs = [Need("chromium", lambda: False, "browser"), Need("a-font", lambda: False, "browser")]
    assert run_tests.left_out(needs, may_install=False) == {"browser": "chromium, a-font"}
    line = "Left out: the browser tests. To run them: sudo apt-get install chromium a-font\n"
    assert capsys.readouterr().out == line


def test_nothing_is_said_when_nothing_is_missing(capsys):
    """A machine that has everything is told nothing and installs nothing."""
    assert run_tests.left_out([Need("here", lambda: True, "browser")], may_install=True) == {}
    assert capsys.readouterr().out == ""


def test_a_run_that_collects_nothing_fails(tmp_path):
    """A pytest run without a single test counts as failed, although nothing in it failed."""
    (tmp_path / "test_empty.py").write_text("")
    counts = run_tests.run_pytest([str(tmp_path), "-p", "no:cacheprovider"], tmp_path / "report.xml")
    assert counts == Counts(failed=1)


def test_the_newest_postgresql_is_chosen_by_number(tmp_path):
    """Version 15 is newer than version 9, whatever their names sort like."""
    for version in ("9", "15"):
        (tmp_path / version / "bin").mkdir(parents=True)
        (tmp_path / version / "bin" / "initdb").touch()
    assert postgresql.binaries(tmp_path) == tmp_path / "15" / "bin"
    assert postgresql.binaries(tmp_path / "9") is None


@pytest.mark.postgresql
def test_a_throw_away_server_answers_and_leaves_nothing():
    """The server answers on its socket while it is needed; afterwards its directory is gone."""
    script = (
        "import os, psycopg; url = os.environ['DETENTE_DATABASE'];"
        "print(url.partition('?host=')[2]); print(psycopg.connect(url).execute('select 40 + 2').fetchone()[0])"
    )
    command = [sys.executable, postgresql.__file__, sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    folder, answer = done.stdout.split()
    assert answer == "42"
    assert not Path(folder).exists()
