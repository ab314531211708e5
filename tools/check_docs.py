"""Documents that lie fail: links that lead nowhere, commands that do not exist, generated pages gone stale.

Reads every tracked Markdown file. A relative link must reach a file, and its anchor a heading there. In fences
marked ``console``, ``$ detente X`` must be a command and ``$ make X`` a target. The pages of ``docs/reference``
must be what ``make reference`` writes.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import reference
from check_tree import tracked

_FENCE = re.compile(r"^(```+|~~~+)[ ]*([\w-]*)[^\n]*\n(.*?)^\1[ ]*$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
_HEADING = re.compile(r"^#{1,6}[ ]+(.+?)[ ]*#*$", re.MULTILINE)
_COMMAND = re.compile(r"^\$ (?:\.venv/bin/)?(detente|make)(?: +(-{0,2}[\w-]+))?", re.MULTILINE)
_TARGET = re.compile(r"^([a-z-]+):", re.MULTILINE)


def anchors(text: str) -> set[str]:
    """Return the anchors that a page's headings get on a code forge."""
    names: set[str] = set()
    for heading in _HEADING.findall(_FENCE.sub("", text)):
        plain = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()).replace(" ", "-")
        number = sum(name == plain or re.fullmatch(rf"{re.escape(plain)}-\d+", name) is not None for name in names)
        names.add(f"{plain}-{number}" if number else plain)
    return names


def broken_links(root: Path, page: Path, text: str) -> Iterator[str]:
    """Yield a sentence for every relative link of ``page`` that reaches nothing."""
    for link in _LINK.findall(re.sub(r"`[^`\n]*`", "", _FENCE.sub("", text))):
        if re.match(r"[a-z][a-z0-9+.-]*:", link):
            continue
        target, _, anchor = unquote(link).partition("#")
        path = (page.parent / target).resolve() if target else page
        if not path.exists() or not path.is_relative_to(root):
            yield f"{page.relative_to(root)}: the link {link} reaches no file"
        elif anchor and path.suffix == ".md" and anchor not in anchors(path.read_text(encoding="utf-8")):
            yield f"{page.relative_to(root)}: the link {link} reaches no heading"


def unknown_commands(name: str, text: str, commands: set[str], targets: set[str]) -> Iterator[str]:
    """Yield a sentence for every shown command that ``detente`` or the Makefile does not have."""
    for _, language, body in _FENCE.findall(text):
        for program, word in _COMMAND.findall(body) if language == "console" else []:
            known = commands if program == "detente" else targets
            if word and not word.startswith("-") and word not in known:
                yield f"{name}: there is no command {program} {word}"


def check(root: Path) -> list[str]:
    """Return everything that the documents below ``root`` get wrong."""
    targets = set(_TARGET.findall((root / "Makefile").read_text(encoding="utf-8")))
    commands = reference.command_names()
    found: list[str] = []
    for name in tracked(root):
        if name.endswith(".md"):
            text = (root / name).read_text(encoding="utf-8")
            found += broken_links(root, root / name, text)
            found += unknown_commands(name, text, commands, targets)
    return found + reference.stale(root)


def main() -> int:
    """Print what is wrong; return 1 if anything is."""
    found = check(Path(__file__).resolve().parent.parent)
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
