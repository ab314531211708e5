"""Which home a command works on: ``--home`` or ``DETENTE_HOME``, set before Django reads its settings."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detente.errors import OperatorError

if TYPE_CHECKING:
    from detente.node.build import Node

Home = Annotated[
    Path, typer.Option("--home", envvar="DETENTE_HOME", help="The node's home directory.", show_default=True)
]
DEFAULT = Path("detente-home")


def set_up(home: Path) -> None:
    """Name the home to this process and its children, and set Django up."""
    os.environ["DETENTE_HOME"] = str(home.resolve())
    os.environ["DJANGO_SETTINGS_MODULE"] = "detente.node.settings"
    import django

    django.setup()


def open_node(home: Path, *, kind: str | None = "real") -> Node:
    """Return the node that lives in ``home``; raise ``OperatorError`` when it is missing or of another kind."""
    from detente.node.config import load

    config = load(home.resolve())
    if kind is not None and config.kind != kind:
        raise OperatorError(
            "demo-on-real" if kind == "demo" else "real-on-demo",
            f"{home} is the home of a {config.kind} node; this command works on a {kind} one.",
        )
    set_up(home)
    from detente.node import build

    return build.current()
