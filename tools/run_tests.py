"""Run the whole suite: everything on SQLite, then the contract tests on PostgreSQL; end with one line of counts.

What the browser and PostgreSQL tests need from Debian is installed when this runs as root. Otherwise one line says
what to install, and which tests were left out for want of it. With ``--complete``, as in CI, anything left out or
skipped is a failure. Options that it does not know go to pytest.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import postgresql

ROOT = Path(__file__).resolve().parent.parent
ARABIC_FONT = Path("/usr/share/fonts/truetype/noto/NotoSansArabic-Regular.ttf")
NOTHING_COLLECTED = 5


@dataclass(frozen=True)
class Need:
    """One Debian package: how to see that it is there, and which tests want it."""

    package: str
    is_there: Callable[[], bool]
    tests: str


NEEDS = (
    Need("chromium", lambda: shutil.which("chromium") is not None, "browser"),
    Need("fonts-noto-core", ARABIC_FONT.exists, "browser"),
    Need("postgresql", lambda: postgresql.binaries() is not None, "postgresql"),
)


@dataclass(frozen=True)
class Counts:
    """What one or more pytest runs came to. An error outside a test counts as failed."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed" + (f", {self.skipped} skipped" if self.skipped else "")


def read_counts(report: Path) -> Counts:
    """Return the counts of a JUnit report; an absent one counts as one failure."""
    if not report.exists():
        return Counts(failed=1)
    total = Counts()
    # The report was written by our own pytest a moment ago; it is no input from outside.
    for suite in ET.parse(report).getroot().iter("testsuite"):  # noqa: S314
        tests, skipped = int(suite.get("tests", 0)), int(suite.get("skipped", 0))
        failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        total += Counts(max(tests - failed - skipped, 0), failed, skipped)
    return total


def missing(needs: Iterable[Need] = NEEDS) -> list[Need]:
    """Return the needs that this machine does not meet."""
    return [need for need in needs if not need.is_there()]


def install(packages: Sequence[str]) -> None:
    """Install Debian packages; refresh the package lists only when the first try fails."""
    command = ["apt-get", "install", "-q", "-y", "--no-install-recommends", *packages]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    print(f"Installing {', '.join(packages)} from Debian for the browser and PostgreSQL tests (once).", flush=True)
    for refresh in (False, True):
        if refresh:
            print("Refreshing Debian's package lists first (apt-get update).", flush=True)
            subprocess.run(["apt-get", "update", "-q"], stdin=subprocess.DEVNULL, env=environment, check=False)
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, env=environment, check=False, capture_output=True, text=True
        )
        if done.returncode == 0:
            return
    print(done.stdout[-1000:] + done.stderr[-1000:], flush=True)


def left_out(needs: Sequence[Need], may_install: bool) -> dict[str, str]:
    """Install what is missing, if that is allowed; return why tests cannot run, by their marker."""
    if may_install and (lacking := missing(needs)):
        install([need.package for need in lacking])
    lacking = missing(needs)
    reasons: dict[str, str] = {}
    for need in lacking:
        reasons[need.tests] = f"{reasons[need.tests]}, {need.package}" if need.tests in reasons else need.package
    if lacking:
        packages = " ".join(need.package for need in lacking)
        print(f"Left out: the {' and '.join(reasons)} tests. To run them: sudo apt-get install {packages}", flush=True)
    return reasons


def run_pytest(arguments: Sequence[str], report: Path, database: str | None = None) -> Counts:
    """Run pytest once and return its counts; a run that collected nothing counts as one failure."""
    environment = dict(os.environ)
    environment.pop(postgresql.VARIABLE, None)
    if database is not None:
        environment[postgresql.VARIABLE] = database
    command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadgroup", f"--junitxml={report}", *arguments]
    code = subprocess.run(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, check=False).returncode
    counts = read_counts(report)
    if code and not counts.failed:
        why = "it collected no test" if code == NOTHING_COLLECTED else f"it ended with {code}"
        print(f"This pytest run counts as failed: {why}.", flush=True)
        counts += Counts(failed=1)
    return counts


def run_suite(extra: Sequence[str]) -> tuple[Counts, dict[str, str]]:
    """Run both passes and return their counts and the reasons for what was left out."""
    reasons = left_out(NEEDS, os.geteuid() == 0 and shutil.which("apt-get") is not None)
    markers = ["not long", *(f"not {marker}" for marker in reasons)]
    selection = ["-m", " and ".join(markers), *extra]
    with tempfile.TemporaryDirectory(prefix="detente-report-") as folder:
        print("Tests on SQLite", flush=True)
        counts = run_pytest([*selection, "--ignore=tests/bench", "tests"], Path(folder, "sqlite.xml"))
        if "postgresql" not in reasons:
            print("Contract tests on PostgreSQL", flush=True)
            with postgresql.cluster() as url:
                counts += run_pytest([*selection, "tests/contract"], Path(folder, "postgresql.xml"), url)
    return counts, reasons


def main(arguments: Sequence[str]) -> int:
    """Run the suite, print the closing line last, return 0 only if all that was asked for held."""
    # A terminated run unwinds like an interrupted one, so that no database server is left behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--complete", action="store_true", help="fail when a test is skipped or left out")
    options, extra = parser.parse_known_args(arguments)
    counts, reasons = run_suite(extra)
    for marker, packages in reasons.items():
        print(f"Not run: {marker} tests (not installed: {packages}).")
    incomplete = options.complete and bool(counts.skipped or reasons)
    if incomplete:
        print("The run is not complete: a test was skipped or left out.")
    print(counts)
    return 1 if counts.failed or incomplete or not counts.passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
