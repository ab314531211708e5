"""Print the figures of docs/performance.md: ratios and rates taken in this run. Nothing here fails for being slow."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def measure(script: str, home: Path) -> dict[str, float]:
    """Run one measuring script in a process of its own and return its figures."""
    done = subprocess.run(
        [sys.executable, str(HERE / script), str(home)], capture_output=True, text=True, check=False, timeout=900
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def row(name: str, value: str, target: str, met: bool) -> None:
    """Print one line of the table."""
    print(f"  {name:<58} {value:>14}   {target:<22} {'met' if met else 'NOT MET'}")


def test_accept(tmp_path):
    """Statements are accepted whole, in batches and singly, on SQLite with full sync."""
    figures = measure("measure_accept.py", tmp_path / "home")
    print(
        f"\n{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, SQLite, synchronous=FULL"
    )
    print(f"  parsing and verifying alone: {figures['bound']:,.0f}/s; accepted whole: {figures['whole']:,.0f}/s")
    row(
        "accepted whole in batches of 100, ratio to that",
        f"{figures['ratio']:.2f}",
        ">= 0.65",
        figures["ratio"] >= 0.65,
    )
    row("accepted whole, singly", f"{figures['singly']:,.0f}/s", ">= 400/s", figures["singly"] >= 400)


def test_replay(tmp_path):
    """Projections of 50,000 statements are dropped and replayed, and a thread of 200 statements is shown."""
    figures = measure("measure_replay.py", tmp_path / "home")
    rate, page, queries = figures["per_second"], figures["page_ms"], figures["page_queries"]
    row("replay of 50,000 statements", f"{rate:,.0f}/s", ">= 15,000/s", rate >= 15_000)
    row("thread page of 200 statements, server time", f"{page:.0f} ms", "<= 60 ms", page <= 60)
    first = figures["page_first_ms"]
    print(f"  the same, shown for the first time by this process{first:>20.0f} ms")
    row("the same, queries", f"{queries}", "<= 12", queries <= 12)


def test_demo(tmp_path):
    """The story is played to its end and proven, as a whole process."""
    import time

    begin = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "detente", "demo", "--check"],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env=os.environ | {"DETENTE_HOME": str(tmp_path / "none")},
    )
    seconds = time.perf_counter() - begin
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    row("detente demo --check, whole process", f"{seconds:.1f} s", "<= 20 s", seconds <= 20)
