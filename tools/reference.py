"""Write the pages of ``docs/reference`` from the code, so that they cannot say anything else.

``errors.md`` lists every code that the source raises, ``problems.md`` how the API tells them; ``openapi.json``
describes the API; ``cli.md`` is the help of every command. ``make check`` compares, ``make reference`` writes.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import django
import typer

from detente import errors

_WRITTEN = "<!-- Written by `make reference`; do not edit. -->\n\n"
_COMMAND_LINE = "detente.cli"


def error_classes() -> dict[str, type[errors.DetenteError]]:
    """Return every class of the error tree by its name, in the order of the tree."""
    found = {name: member for name, member in vars(errors).items() if inspect.isclass(member)}
    return {name: member for name, member in found.items() if issubclass(member, errors.DetenteError)}


def _text(node: ast.expr) -> str:
    """Return a message as it is written, with "…" for what is filled in."""
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) for part in node.values)
    return str(node.value) if isinstance(node, ast.Constant) else "…"


def raised(tree: ast.Module) -> Iterator[tuple[str, str, str]]:
    """Yield class, code and message of every error of ours that a module makes with a literal code."""
    classes = error_classes()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or len(node.args) < 2:
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        code = node.args[0]
        if name in classes and isinstance(code, ast.Constant) and isinstance(code.value, str):
            yield name, code.value, _text(node.args[1])


def errors_page(root: Path) -> str:
    """Return the page of all error codes: who must act, exit code, HTTP status, and each sentence that is said."""
    messages: dict[tuple[str, str], set[str]] = defaultdict(set)
    for path in sorted((root / "src").rglob("*.py")):
        for name, code, message in raised(ast.parse(path.read_text(encoding="utf-8"))):
            messages[name, code].add(message.replace("|", "\\|").replace("<", "\\<"))
    lines = [
        "# Error codes",
        "",
        "A code is a stable slug; programs may rely on it. The sentence says what to change; `…` is filled in.",
    ]
    for name, member in error_classes().items():
        codes = sorted(code for owner, code in messages if owner == name)
        if codes:
            what = f"{inspect.getdoc(member)} Exit {member.exit_code}, HTTP {member.http_status}."
            lines += ["", f"## {name}", "", what, "", "| code | says |", "| --- | --- |"]
            lines += [f"| `{code}` | {'<br>'.join(sorted(messages[name, code]))} |" for code in codes]
    return _WRITTEN + "\n".join(lines) + "\n"


def has_command_line() -> bool:
    """Tell whether the package has a command line yet."""
    return importlib.util.find_spec(_COMMAND_LINE) is not None


def command_names() -> set[str]:
    """Return the names of the commands of ``detente``."""
    if not has_command_line():
        return set()
    application = typer.main.get_command(importlib.import_module(_COMMAND_LINE).app)
    return set(getattr(application, "commands", {}))


def cli_page() -> str:
    """Return the page of the command line, as typer describes it."""
    with tempfile.TemporaryDirectory(prefix="detente-reference-") as folder:
        page = Path(folder, "cli.md")
        command = [sys.executable, "-m", "typer", _COMMAND_LINE, "utils", "docs", "--name", "detente", "--output"]
        subprocess.run([*command, str(page)], check=True, capture_output=True)
        return _WRITTEN + page.read_text(encoding="utf-8").strip() + "\n"


def openapi_page() -> str:
    """Return the description of the API, as the node serves it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "detente.node.settings")
    django.setup()
    application = importlib.import_module("detente.api.application")
    return json.dumps(application.description(), indent=2, ensure_ascii=False) + "\n"


def problems_page() -> str:
    """Return the page of the codes that the API answers with another status than their class has."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "detente.node.settings")
    django.setup()
    problems = importlib.import_module("detente.api.problems")
    lines = [
        "# Problems of the API",
        "",
        "Every refusal is one object after RFC 9457, of the type `application/problem+json`: `type` is `/problems/`",
        "and the code, `detail` the sentence that says what to change, `parameter` the parameter or member where one",
        "is at fault. The codes and their usual status are those of [errors.md](errors.md). These have another one,",
        "or come from the API itself:",
        "",
        "| code | HTTP |",
        "| --- | --- |",
    ]
    statuses = {**{code: status for status, (code, _) in problems.BY_STATUS.items()}, **problems.STATUS}
    lines += [f"| `{code}` | {status} |" for code, status in sorted(statuses.items())]
    return _WRITTEN + "\n".join(lines) + "\n"


def pages(root: Path) -> dict[Path, str]:
    """Return the text of every generated page by its path."""
    folder = root / "docs" / "reference"
    texts = {
        folder / "errors.md": errors_page(root),
        folder / "problems.md": problems_page(),
        folder / "openapi.json": openapi_page(),
    }
    if has_command_line():
        texts[folder / "cli.md"] = cli_page()
    return texts


def stale(root: Path) -> list[str]:
    """Return a sentence for every generated page that is not what the code says."""
    return [
        f"{path.relative_to(root)}: not what the code says; run make reference."
        for path, text in pages(root).items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]


def main() -> int:
    """Write every page."""
    for path, text in pages(Path(__file__).resolve().parent.parent).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
