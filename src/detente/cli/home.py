"""Which home a command works on: ``--home`` or ``DETENTE_HOME``, set before Django reads its settings."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detente.cli.plain import visible
from detente.errors import DetenteError, OperatorError, UnavailableError

if TYPE_CHECKING:
    from detente.node.build import Node

Home = Annotated[
    Path, typer.Option("--home", envvar="DETENTE_HOME", help="The node's home directory.", show_default=True)
]
DEFAULT = Path("detente-home")


def set_up(home: Path) -> None:
    """Name the home to this process and its children, and set Django up."""
    require_node()
    os.environ["DETENTE_HOME"] = str(home.resolve())
    os.environ["DJANGO_SETTINGS_MODULE"] = "detente.node.settings"
    import django

    django.setup()


def require_node() -> None:
    """Raise ``OperatorError`` when only what verifies is installed."""
    try:
        import django  # noqa: F401 - whether it is there
    except ImportError as error:
        raise OperatorError(
            "node-not-installed", "Only what verifies is installed here; install detente[node] to run a node."
        ) from error


def unopened_node(home: Path, *, kind: str | None = "real") -> Node:
    """Return the node of ``home`` without a look at its database.

    Raises ``OperatorError`` when there is no home, or one of another ``kind`` (None: either).
    """
    set_up_kind(home, kind)
    from detente.node import build
    from detente.node.config import load

    config = load(home.resolve())
    return build.Node(config, build.clock_of(config))


def open_node(home: Path, *, kind: str | None = "real") -> Node:
    """Return the node that lives in ``home``; raise ``OperatorError`` when it is missing or of another kind."""
    set_up_kind(home, kind)
    from detente.node import build

    return build.current()


def set_up_kind(home: Path, kind: str | None) -> None:
    """Set Django up for ``home``; raise ``OperatorError`` when it is missing or not of ``kind``."""
    from detente.node.config import load

    config = load(home.resolve())
    if kind is not None and config.kind != kind:
        raise OperatorError(
            "demo-on-real" if kind == "demo" else "real-on-demo",
            f"{home} is the home of a {config.kind} node and stays one; this command works on a {kind} one.",
        )
    set_up(home)


def apply_charter(node: Node, data: bytes) -> None:
    """Carry out the charter in ``data`` and print each thing done."""
    from detente.node.charter import parse_charter
    from detente.node.founding import carry_out

    done = 0
    for line in carry_out(node, parse_charter(data)):
        typer.echo(visible(line))
        done += 1
    if not done:
        typer.echo("All of the charter was recorded already.")


def fault_of(error: Exception) -> DetenteError | None:
    """Return what a fault of disk or database means in our own words, None for anything else."""
    if isinstance(error, OSError):
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return UnavailableError("disk-full", "The disk is full. Make room on it, then run the command again.")
        return OperatorError("home-fault", f"{error.filename or 'A file'} cannot be used: {error.strerror}.")
    if "django.db" not in sys.modules:
        return None
    from django.db import DatabaseError, OperationalError

    from detente.store.faults import faults_named

    if not isinstance(error, DatabaseError):
        return None
    if isinstance(error, OperationalError):
        try:
            with faults_named():
                raise error
        except UnavailableError as named:
            return named
    text = str(error).strip().splitlines()[:1]
    return OperatorError("database-fault", f"The database refused ({''.join(text)[:200]}); run `detente doctor`.")
