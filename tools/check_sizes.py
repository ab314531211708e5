"""Files and functions that have outgrown what one reader holds in mind: 400 lines a file, 40 lines a function.

A docstring does not count towards a function. What may be longer stands in ALLOWED, with the reason.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

FILE_LINES = 400
FUNCTION_LINES = 40
FOLDERS = ("src", "tools")
# "path" for a file, "path:function" for a function, each with the reason why it is better long.
ALLOWED: dict[str, str] = {}


def functions(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield the name and the length of every function, its signature included and its docstring not."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        first = node.body[0]
        has_docstring = isinstance(first, ast.Expr) and isinstance(getattr(first.value, "value", None), str)
        docstring = (first.end_lineno or first.lineno) - first.lineno + 1 if has_docstring else 0
        yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1 - docstring


def complaints(name: str, text: str) -> Iterator[tuple[str, str]]:
    """Yield an allow-list key and a sentence for everything in one Python file that is too long."""
    lines = len(text.splitlines())
    if lines > FILE_LINES:
        yield name, f"{name}: {lines} lines; make it a folder or find what does not belong (at most {FILE_LINES})."
    for function, length in functions(ast.parse(text)):
        if length > FUNCTION_LINES:
            yield f"{name}:{function}", f"{name}: {function} has {length} lines (at most {FUNCTION_LINES})."


def check(root: Path) -> list[str]:
    """Return what is too long below ``root``, and what is allowed to be long without need."""
    found: dict[str, str] = {}
    for path in sorted(file for folder in FOLDERS for file in (root / folder).rglob("*.py")):
        if "migrations" not in path.parts:
            found.update(complaints(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")))
    spare = [f"tools/check_sizes.py: {key} is allowed to be long but is not." for key in ALLOWED if key not in found]
    return [sentence for key, sentence in found.items() if key not in ALLOWED] + spare


def main() -> int:
    """Print what is too long; return 1 if anything is."""
    found = check(Path(__file__).resolve().parent.parent)
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
