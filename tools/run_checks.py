"""Run every check that needs no test: all of them, also after one has failed, so that one run shows everything.

Prints one line for each check, and below a failed one what it said.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
CHECKS: tuple[tuple[str, list[str | Path]], ...] = (
    ("style", [BIN / "ruff", "check", "--quiet", "."]),
    ("format", [BIN / "ruff", "format", "--quiet", "--diff", "."]),
    ("types", [BIN / "mypy"]),
    ("floors", [BIN / "lint-imports", "--no-cache"]),
    ("sizes", [sys.executable, "tools/check_sizes.py"]),
    ("tree", [sys.executable, "tools/check_tree.py"]),
    ("documents", [sys.executable, "tools/check_docs.py"]),
    ("messages", [sys.executable, "tools/messages.py", "check"]),
)


def main(wanted: list[str]) -> int:
    """Run the checks, or only those named; return 1 if any failed."""
    if unknown := set(wanted) - {name for name, _ in CHECKS}:
        print(f"There is no check {', '.join(sorted(unknown))}.")
        return 2
    failed = 0
    for name, command in CHECKS:
        if wanted and name not in wanted:
            continue
        began = time.monotonic()
        done = subprocess.run(
            command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        failed += done.returncode != 0
        print(f"{name:10} {'FAILED' if done.returncode else 'ok':6} {time.monotonic() - began:5.1f} s", flush=True)
        if done.returncode:
            print(done.stdout, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
