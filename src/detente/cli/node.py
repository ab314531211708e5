"""``detente init | upgrade | run | jobs | rebuild | export | policy | doctor``: what a node's operator runs."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from detente.cli import home as homes
from detente.cli import running
from detente.cli.plain import read, visible, write_new
from detente.errors import OperatorError

if TYPE_CHECKING:
    from detente.node.build import Node


def register(app: typer.Typer) -> None:
    """Add the commands of this file to ``app``."""
    for command in (init, upgrade, run, jobs, rebuild, export, policy, doctor):
        app.command()(command)


def init(
    origin: Annotated[str, typer.Option("--origin", help="The ledger's name for ever: a host and path, no scheme.")],
    home: homes.Home = homes.DEFAULT,
    charter: Annotated[
        Path | None, typer.Option("--charter", help="Open the arrangement that this file describes.")
    ] = None,
    database: Annotated[str, typer.Option("--database", help="sqlite, or a postgresql:// address.")] = "sqlite",
    host: Annotated[list[str] | None, typer.Option("--host", help="A host name it is reached by; repeat.")] = None,
    plain_http: Annotated[
        bool, typer.Option("--plain-http", help="Without HTTPS in front: for people on this machine only.")
    ] = False,
) -> None:
    """Make a node: its home, its keys, its tables; with a charter, also its arrangement."""
    homes.require_node()
    text = read(charter) if charter else None
    from detente.node.config import Config, create_home, django_database

    hosts = ("127.0.0.1", "localhost", "[::1]", *(host or ()))
    config = Config(
        home=home.resolve(), kind="real", origin=origin, database=database, hosts=hosts, https=not plain_http
    )
    django_database(config)
    if text is not None:
        from detente.node.charter import parse_charter

        parse_charter(text)
    create_home(config)
    node = homes.unopened_node(home)
    _make_tables(node)
    typer.echo(f"Made {home}: settings in detente.toml, the master key in master.key. Keep a copy of that key apart.")
    if text is not None:
        homes.apply_charter(node, text)
        typer.echo("Next: `detente officer add`, then `detente run`.")
    else:
        typer.echo("Next: `detente open CHARTER`, then `detente officer add` and `detente run`.")


def upgrade(home: homes.Home = homes.DEFAULT) -> None:
    """Bring the database to this version, or finish an interrupted init. Make a copy of the home before."""
    node = homes.unopened_node(home)
    _make_tables(node)
    node.project()
    typer.echo("The database is that of this version.")


def _make_tables(node: Node) -> None:
    from detente.node import opening

    opening.create_store(node)


def run(
    home: homes.Home = homes.DEFAULT,
    host: Annotated[str, typer.Option("--host", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="The port to listen on.")] = 8740,
    workers: Annotated[
        int, typer.Option("--workers", min=1, max=16, help="Processes on PostgreSQL; SQLite always has one.")
    ] = 2,
) -> None:
    """Run the node, portal, API and its jobs, until it is told to stop (Ctrl-C, or SIGTERM)."""
    node = homes.open_node(home)
    running.check_transport(node.config, host)
    running.check_port(host, port)
    running.start_up(node)
    running.serve(host, port, workers=1 if node.config.database == "sqlite" else workers)


def jobs(
    home: homes.Home = homes.DEFAULT,
    parent: Annotated[int, typer.Option("--parent", hidden=True, help="End when this process is gone.")] = 0,
) -> None:
    """Do only what a node does by itself: hand over, cosign, remind. `detente run` does this already."""
    node = homes.open_node(home)
    running.do_jobs(node, still_wanted=lambda: not parent or os.getppid() == parent)


def rebuild(home: homes.Home = homes.DEFAULT) -> None:
    """Drop and replay everything that pages read; print its digest, which is the same each time."""
    node = homes.open_node(home, kind=None)
    columns = (TextColumn("replaying"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("replaying", total=None)
        digest = node.rebuild(lambda position, last: progress.update(task, completed=position, total=last))
    typer.echo(digest)


def export(
    thread: Annotated[str, typer.Argument(help="A reference such as HN-ALD-2026-0042, or a thread's id.")],
    account: Annotated[str, typer.Option("--as", help="The account whose participant takes part in the thread.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the bundle is written.")],
    home: homes.Home = homes.DEFAULT,
    policy_file: Annotated[
        Path | None, typer.Option("--policy", help="Where the policy is written; beside the bundle by default.")
    ] = None,
    note: Annotated[str, typer.Option("--note", help="Words of yours for the reader; nothing proves them.")] = "",
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that are there.")] = False,
) -> None:
    """Write the bundle that proves a thread to a third person, and the policy file to verify it with."""
    node = homes.open_node(home, kind=None)
    from detente.node import accounts, records
    from detente.projections import consultation

    person = accounts.person_named(account)
    found = consultation.by_reference(thread, person.participant) or thread
    beside = policy_file or output.with_suffix(".policy")
    write_new({output: records.bundle(node, person, found, note), beside: node.policy()}, force=force)
    typer.echo(f"Wrote {output} and {beside}. To verify: detente verify {output} --policy {beside}")
    typer.echo("Give the policy to the reader another way than the bundle: whoever changes both can prove anything.")


def policy(
    home: homes.Home = homes.DEFAULT,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="A file instead of standard output.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file if it is there.")] = False,
) -> None:
    """Print the policy file: this ledger's key, its witnesses, and how many of them have to cosign."""
    node = homes.open_node(home, kind=None)
    if output is None:
        typer.echo(node.policy().decode(), nl=False)
    else:
        write_new({output: node.policy()}, force=force)


def doctor(
    home: homes.Home = homes.DEFAULT,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Look at everything that a node needs, and say what to do. Exit code 5 when something must be mended."""
    node = homes.unopened_node(home, kind=None)
    from detente.node import health

    findings = health.examine(node)
    mend = any(finding.must for finding in findings)
    if as_json:
        rows = [
            {"subject": each.subject, "standing": each.standing, "text": each.text, "to_do": each.to_do}
            for each in findings
        ]
        typer.echo(json.dumps({"well": not mend, "findings": rows}))
    else:
        width = max(len(finding.subject) for finding in findings)
        for each in findings:
            to_do = f" {each.to_do}" if each.to_do else ""
            typer.echo(f"{each.standing:<9}  {each.subject:<{width}}  {visible(each.text)}{visible(to_do)}")
    if mend:
        raise typer.Exit(OperatorError.exit_code)
