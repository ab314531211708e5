"""What no tracked file may hold, and what the locked requirements must.

No address of a package registry or mirror (an installation chooses its own), no path of one machine, no lock file
that names download addresses. Every requirement is pinned with hashes, and every dependency of ``pyproject.toml``
is among them.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

LOCKED = ("requirements/node.txt", "requirements/dev.txt")
# Files whose text comes from elsewhere and is kept as it came, each with the reason.
FOREIGN: dict[str, str] = {}
FORBIDDEN_NAMES = ("uv.lock", "poetry.lock", "Pipfile.lock")
# Written so that this file does not find itself: a one-letter class stands for the letter.
_FORBIDDEN = (
    (
        re.compile(
            r"\b(?:[a-z0-9-]+\.)*(?:pyp[i]|pythonhoste[d]|npmj[s]|mirror[s]?|artifactor[y]|nexu[s]|devp[i])"
            r"\.(?:[a-z0-9-]+\.)*(?:org|com|net|io|internal|local)\b|\bde[b]\.debian\.org\b"
        ),
        "names a package registry or mirror",
    ),
    (
        re.compile(r"(?<![\w./:-])/(?:wor[k]|tm[p]|roo[t]|hom[e]/\w+)/|\.\./share[d]\b"),
        "names a path of one machine",
    ),
)
_REQUIREMENT = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==\S+")


def forbidden(name: str, text: str) -> Iterator[str]:
    """Yield a sentence for every line of ``text`` that holds what no tracked file may hold."""
    for number, line in enumerate(text.splitlines(), 1):
        for pattern, what in _FORBIDDEN:
            if found := pattern.search(line):
                yield f"{name}:{number}: {what}: {found.group()}"


def normalise(name: str) -> str:
    """Return the name of a distribution as package indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked_names(name: str, text: str) -> tuple[set[str], list[str]]:
    """Return the names that a requirements file pins, and a sentence for each line that is not pinned and hashed."""
    names: set[str] = set()
    wrong: list[str] = []
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    for entry in re.sub(r"\\\n\s*", " ", "\n".join(lines)).splitlines():
        pinned = _REQUIREMENT.match(entry)
        if pinned is None or "--hash=sha256:" not in entry or "://" in entry or " @ " in entry:
            wrong.append(f"{name}: must pin a version with hashes and name no address: {entry[:80]}")
        else:
            names.add(normalise(pinned.group(1)))
    return names, wrong


def unlocked(dependencies: Iterable[str], names: set[str]) -> list[str]:
    """Return a sentence for every dependency that no requirement pins."""
    wanted = {normalise(re.split(r"[\[<>=!~; ]", dependency)[0]) for dependency in dependencies}
    return [f"pyproject.toml: {name} is in no locked requirements; run make lock." for name in sorted(wanted - names)]


def tracked(root: Path) -> list[str]:
    """Return the names of all files that git tracks below ``root``."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, check=True, text=True)
    return [name for name in done.stdout.split("\0") if name and (root / name).is_file()]


def check(root: Path) -> list[str]:
    """Return everything that is wrong with the tracked files and the requirements."""
    found: list[str] = []
    for name in tracked(root):
        if Path(name).name in FORBIDDEN_NAMES:
            found.append(f"{name}: a lock file that names download addresses; remove it.")
        elif name not in FOREIGN:
            found += forbidden(name, (root / name).read_bytes().decode("utf-8", errors="replace"))
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    dependencies = [*project["dependencies"], *(dependency for extra in extras for dependency in extra)]
    for name in LOCKED:
        names, wrong = locked_names(name, (root / name).read_text(encoding="utf-8"))
        found += wrong + unlocked(dependencies, names)
    return found


def main() -> int:
    """Print what is wrong; return 1 if anything is."""
    found = check(Path(__file__).resolve().parent.parent)
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
