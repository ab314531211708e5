"""``detente demo``: the story on an invented node, on loopback only."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detente.cli import home as homes
from detente.errors import DetenteError
from detente.verification import verify_bundle

if TYPE_CHECKING:
    from detente.node.build import Node

app = typer.Typer(invoke_without_command=True, help="Show the story of one Friday evening on an invented node.")


@app.callback()
def demo(
    context: typer.Context,
    home: Annotated[Path | None, typer.Option("--home", help="Keep the demonstration in this directory.")] = None,
    port: Annotated[int, typer.Option("--port", help="The port on loopback; the next free one if it is taken.")] = 8740,
    finished: Annotated[bool, typer.Option("--finished", help="Play the story to its end.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Play, prove and break it without a browser.")] = False,
    no_open: Annotated[bool, typer.Option("--no-open", help="Kept for scripts: no browser is ever opened.")] = False,  # noqa: ARG001
) -> None:
    """Open the demonstration and print one link, or check it from end to end."""
    if context.invoked_subcommand is not None:
        return
    with _folder(home) as folder:
        if check:
            raise typer.Exit(_check(folder))
        _serve(folder, port, finished=finished)


@app.command()
def tamper(
    bit: Annotated[int, typer.Option("--bit", min=0, help="Which bit of the bundle is turned over.")],
) -> None:
    """Turn over one bit of the story's bundle and show that it is refused."""
    with _folder(None) as folder:
        node = _make(folder)
        from detente.demo import cast, check
        from detente.demo.player import Player
        from detente.node import records

        player = Player(node)
        list(player.play(player.length))
        bundle = records.bundle(node, cast.BY_NAME["ald-releaser"].person, player.thread())
        try:
            verify_bundle(check.flip(bundle, bit), node.policy())
        except DetenteError as error:
            typer.echo(f"refused: {error.message}")
            return
        typer.echo("accepted: the bit turned over is none that the proof covers")
        raise typer.Exit(1)


@contextmanager
def _folder(home: Path | None) -> Iterator[Path]:
    if home is not None:
        yield home.resolve()
        return
    folder = Path(tempfile.mkdtemp(prefix="detente-demo-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _make(folder: Path) -> Node:
    from detente.demo.home import make_home

    make_home(folder)
    homes.set_up(folder)
    from detente.node import build
    from detente.node.config import load

    return build.Node(load(folder), build.StoredClock())


def _check(folder: Path) -> int:
    node = _make(folder / "home")
    from detente.demo.check import Check

    failed = 0
    for number, line in enumerate(Check(node, folder).run(), 1):
        typer.echo(f"{number:3} {'ok    ' if line.held else 'FAILED'} {line.text}")
        failed += not line.held
    typer.echo(f"{failed} of {number} did not hold" if failed else f"all {number} held")
    return 1 if failed else 0


def _serve(folder: Path, port: int, *, finished: bool) -> None:
    begun = time.monotonic()
    node = _make(folder)
    from detente.demo.home import LOOPBACK, free_port
    from detente.demo.player import Player

    player = Player(node)
    upto = player.length if finished else 5
    for told in player.play(upto):
        typer.echo(f"{told.number}/{upto} {time.monotonic() - begun:4.1f} s  {told.line}")
    chosen = free_port(port)
    if port and chosen != port:
        typer.echo(f"Port {port} is taken; {chosen} it is.")
    typer.echo(f"ready in {time.monotonic() - begun:.0f} s → http://{LOOPBACK}:{chosen}/tour")
    typer.echo("Invented: states, people, addresses. Stop with Ctrl-C.")
    sys.stdout.flush()
    from detente.node.serving import serve

    serve(LOOPBACK, chosen, workers=1)
