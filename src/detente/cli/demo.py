"""``detente demo``: the story on an invented node, on loopback only."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import threading
import time
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detente.cli import home as homes
from detente.errors import DetenteError
from detente.verification import verify_bundle

if TYPE_CHECKING:
    from detente.node.build import Node

READY_WITHIN_SECONDS = 60.0

app = typer.Typer(invoke_without_command=True, help="Show the story of one Friday evening on an invented node.")


@app.callback()
def demo(
    context: typer.Context,
    home: Annotated[Path | None, typer.Option("--home", help="Keep the demonstration in this directory.")] = None,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="The port on loopback; the next free one if it is taken.")
    ] = 8740,
    finished: Annotated[bool, typer.Option("--finished", help="Play the story to its end.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Play, prove and break it without a browser.")] = False,
    no_open: Annotated[bool, typer.Option("--no-open", help="Print the link and open no browser.")] = False,
) -> None:
    """Open the demonstration and print one link, or check it from end to end."""
    if context.invoked_subcommand is not None:
        return
    if check:
        with _folder(None) as folder:
            raise typer.Exit(_check(folder))
    with _folder(home) as folder:
        _serve(folder, port, finished=finished, open_browser=not no_open)


@app.command()
def tamper(
    bit: Annotated[int, typer.Option("--bit", min=0, help="Which bit of the bundle is turned over.")],
) -> None:
    """Turn over one bit of the story's bundle and show that it is refused."""
    with _folder(None) as folder:
        node = _make(folder)
        from detente.demo import check
        from detente.demo.player import STEPS, Player

        player = Player(node)
        player.begin()
        list(player.play(STEPS))
        try:
            verify_bundle(check.flip(player.bundle(), bit), node.policy())
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
    # A demonstration keeps to its own file, whatever database the machine's real node is told to use.
    os.environ.pop("DETENTE_DATABASE", None)
    from detente.demo.home import open_home

    config = open_home(folder)
    homes.set_up(folder)
    from detente.node import build

    return build.Node(config, build.StoredClock())


def _check(folder: Path) -> int:
    node = _make(folder / "home")
    from detente.demo.check import Check

    results = []
    try:
        for line in Check(node, folder).run():
            typer.echo(f"{'ok    ' if line.held else 'FAILED'} {line.text}")
            results.append(line.held)
    except DetenteError as error:
        typer.echo(f"FAILED {error.message}")
        results.append(False)
    typer.echo(f"all {len(results)} held" if all(results) else f"{results.count(False)} of {len(results)} did not hold")
    return 0 if all(results) else 1


def _serve(folder: Path, port: int, *, finished: bool, open_browser: bool) -> None:
    begun = time.monotonic()
    node = _make(folder)
    from detente.demo.home import LOOPBACK, free_port
    from detente.demo.player import STEPS, VISITOR_ACTS_AFTER, Player
    from detente.node.serving import serve

    player = Player(node)
    player.begin()
    for told in player.play(STEPS if finished else VISITOR_ACTS_AFTER):
        typer.echo(f"{told.number}/{STEPS} {told.line} ({time.monotonic() - begun:.1f} s)")
    chosen = free_port(port)
    if port not in (0, chosen):
        typer.echo(f"Port {port} is taken, so it is {chosen}.")
    sys.stdout.flush()
    threading.Thread(target=_announce, args=(LOOPBACK, chosen, begun, open_browser), daemon=True).start()
    serve(LOOPBACK, chosen, workers=1)


def _announce(host: str, port: int, begun: float, open_browser: bool) -> None:
    """Print the link as soon as the page behind it is there."""
    pause = threading.Event()
    while not _answers(host, port):
        if time.monotonic() - begun > READY_WITHIN_SECONDS:
            typer.echo("The page does not come; stop with Ctrl-C and look above for the reason.", err=True)
            return
        pause.wait(0.05)
    link = f"http://{host}:{port}/tour"
    typer.echo(f"ready in {time.monotonic() - begun:.0f} s → {link}")
    typer.echo("All states, people and addresses are invented. Stop with Ctrl-C.")
    sys.stdout.flush()
    # Without a screen a browser would take over the terminal.
    if open_browser and sys.stdout.isatty() and _has_screen():
        webbrowser.open(link)


def _has_screen() -> bool:
    return sys.platform != "linux" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _answers(host: str, port: int) -> bool:
    connection = HTTPConnection(host, port, timeout=READY_WITHIN_SECONDS)
    try:
        connection.request("GET", "/tour")
        connection.getresponse().read()
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
    return True
