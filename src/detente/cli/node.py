"""``detente init | run | rebuild | export | doctor``: what a node's operator runs."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Annotated

import typer

from detente.cli import home as homes
from detente.errors import OperatorError


def register(app: typer.Typer) -> None:
    """Add the commands of this file to ``app``."""
    for command in (init, run, upgrade, rebuild, export, doctor):
        app.command()(command)


def init(
    origin: Annotated[str, typer.Option("--origin", help="The ledger's name: a host and path without scheme.")],
    name: Annotated[str, typer.Option("--name", help="The arrangement's name.")],
    operator: Annotated[str, typer.Option("--operator", help="The short id of the participant that keeps the ledger.")],
    operator_name: Annotated[str, typer.Option("--operator-name", help="How the operator names itself.")],
    home: homes.Home = homes.DEFAULT,
    language: Annotated[str, typer.Option("--language", help="The language of these names.")] = "en",
    office: Annotated[str, typer.Option("--office", help="The operator's office.")] = "secretariat",
    database: Annotated[str, typer.Option("--database", help="sqlite, or a postgresql:// address.")] = "sqlite",
    host: Annotated[list[str] | None, typer.Option("--host", help="A host name it is reached by; repeat.")] = None,
    plain_http: Annotated[
        bool, typer.Option("--plain-http", help="Serve without HTTPS in front: on this machine only.")
    ] = False,
) -> None:
    """Make a node's home and open its arrangement, with entry 0 of its ledger."""
    from detente.node.config import Config, create_home

    hosts = ("127.0.0.1", "localhost", "[::1]", *(host or ()))
    config = Config(
        home=home.resolve(), kind="real", origin=origin, database=database, hosts=hosts, https=not plain_http
    )
    create_home(config)
    homes.set_up(home)
    from detente.clock import SystemClock
    from detente.node import build, opening, registrar

    node = build.Node(config, SystemClock())
    opening.create_store(node)
    opening.open_arrangement(
        node,
        opening.Opening({language: name}, operator, {language: operator_name}, office, (language,)),
    )
    registrar.settle(node)
    (home / "policy").write_bytes(node.policy())
    typer.echo(f"{name} is open: ledger {origin}, kept by {operator}.")
    typer.echo(f"Settings: {home / 'detente.toml'}. Back up {home / 'master.key'} apart from the rest.")
    typer.echo("Next: `detente participant`, `detente office`, `detente officer`, then `detente run`.")


def run(
    home: homes.Home = homes.DEFAULT,
    host: Annotated[str, typer.Option("--host", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="The port to listen on.")] = 8740,
    workers: Annotated[int, typer.Option("--workers", help="Processes; SQLite always has one.")] = 2,
) -> None:
    """Run the node: portal, API and its jobs."""
    node = homes.open_node(home)
    _check_migrations()
    _check_port(host, port)
    from detente.node import jobs, serving

    jobs.start_up(node)
    worker = jobs.Worker(node)
    worker.start()
    typer.echo(f"Détente runs on http://{host}:{port}. Stop with Ctrl-C.")
    serving.serve(host, port, workers=1 if node.config.database == "sqlite" else workers)
    worker.stop()
    worker.join(timeout=30)


def upgrade(home: homes.Home = homes.DEFAULT) -> None:
    """Bring the database to this version. Back it up before."""
    node = homes.open_node(home, kind=None)
    from detente.node import opening

    opening.create_store(node)
    node.project()
    typer.echo("The database is that of this version.")


def rebuild(home: homes.Home = homes.DEFAULT) -> None:
    """Drop and replay every projection; print its digest, which is the same each time."""
    node = homes.open_node(home, kind=None)
    typer.echo(node.rebuild())


def export(
    reference: Annotated[str, typer.Argument(help="A reference such as HN-ALD-2026-0042, or a thread's id.")],
    participant: Annotated[str, typer.Option("--participant", help="Whose copy of the thread.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the bundle is written.")],
    home: homes.Home = homes.DEFAULT,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that are there.")] = False,
) -> None:
    """Write the bundle that proves a thread, and the policy file beside it."""
    node = homes.open_node(home, kind=None)
    from detente.node import actions, records
    from detente.projections import consultation

    thread = consultation.by_reference(reference, participant) or reference
    person = actions.Person("operator", participant, "")
    data = records.bundle(node, person, thread)
    policy = output.with_suffix(".policy")
    for path, content in ((output, data), (policy, node.policy())):
        if path.exists() and not force:
            raise OperatorError("file-exists", f"{path} is there already; name another file or add --force.")
        path.write_bytes(content)
    typer.echo(f"{output} and {policy}: detente verify {output} --policy {policy}")


def doctor(home: homes.Home = homes.DEFAULT) -> None:
    """Look at what a node needs; say what to mend. Exit code 5 when something must be mended."""
    node = homes.open_node(home, kind=None)
    from detente.node import health

    findings = health.examine(node)
    for finding in findings:
        typer.echo(f"{'ok       ' if finding.well else 'attention'}  {finding.subject}: {finding.text}")
    if not all(finding.well for finding in findings):
        raise typer.Exit(OperatorError.exit_code)


def _check_migrations() -> None:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise OperatorError(
            "store-behind", "The database is older than this version; back it up, then run `detente upgrade`."
        )


def _check_port(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise OperatorError(
                "port-taken", f"{host}:{port} cannot be listened on ({error.strerror}); name another with --port."
            ) from error
