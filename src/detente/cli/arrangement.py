"""``detente open | participant | office | keys | witness``: the arrangement whose ledger this node keeps.

A charter describes it as a whole (``detente open``); the other commands add one thing each. Everything said here is
recorded in the ledger, signed by the operator, and can be repeated: what is recorded already is left as it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detente.cli import home as homes
from detente.cli.plain import columns, read, visible
from detente.errors import MalformedError

if TYPE_CHECKING:
    from detente.node.build import Node

participant = typer.Typer(no_args_is_help=True, help="Who takes part.")
office = typer.Typer(no_args_is_help=True, help="The offices through which participants speak.")
keys = typer.Typer(no_args_is_help=True, help="The key sets that speak for offices and nodes.")
witness = typer.Typer(no_args_is_help=True, help="Witnesses that run in this node, for trials.")

Participant = Annotated[str, typer.Argument(help="The participant's id, such as ALD.")]
OfficeName = Annotated[str, typer.Argument(help="The office's id, such as duty-desk.")]
Names = Annotated[list[str], typer.Option("--name", help="A name in one language, such as en=Aldermere; repeat.")]
Compared = Annotated[str, typer.Option("--compared", help="How the fingerprint was compared, and when.")]
COMPARED = "made and kept by this node"


def register(app: typer.Typer) -> None:
    """Add the commands of this file to ``app``."""
    app.command("open")(open_charter)
    app.add_typer(participant, name="participant")
    app.add_typer(office, name="office")
    app.add_typer(keys, name="keys")
    app.add_typer(witness, name="witness")


def open_charter(
    charter: Annotated[Path, typer.Argument(help="A TOML file: see docs/how-to/run-a-node.md.")],
    home: homes.Home = homes.DEFAULT,
) -> None:
    """Open the arrangement that a charter describes, or add what of it is not recorded yet."""
    data = read(charter)
    homes.apply_charter(homes.open_node(home), data)


@participant.command("add")
def add_participant(identifier: Participant, name: Names, home: homes.Home = homes.DEFAULT) -> None:
    """Let a participant in; the keys of its node are made and kept here."""
    names = _named(name)
    node = homes.open_node(home)
    from detente.node import charter, founding

    _record(node, founding.admit(node, charter.member_of({"participant": identifier, "names": names})))


@office.command("add")
def add_office(
    identifier: Participant,
    desk: OfficeName,
    name: Names,
    language: Annotated[list[str], typer.Option("--language", help="A language that the office answers in; repeat.")],
    home: homes.Home = homes.DEFAULT,
    category: Annotated[str, typer.Option("--category", help="diplomatic, technical, authority.")] = "diplomatic",
    time_zone: Annotated[str, typer.Option("--time-zone", help="Such as Etc/GMT-4.")] = "UTC",
    weekend: Annotated[str, typer.Option("--weekend", help="Days off, 0 is Monday: 5,6 is Sat-Sun.")] = "5,6",
    opens: Annotated[str, typer.Option("--opens", help="When the office opens.")] = "09:00",
    closes: Annotated[str, typer.Option("--closes", help="When it closes; working days end then.")] = "17:00",
    around_the_clock: Annotated[bool, typer.Option("--around-the-clock", help="Somebody is always there.")] = False,
    holiday: Annotated[list[str] | None, typer.Option("--holiday", help="Such as 2026-12-24; repeat.")] = None,
    persons: Annotated[int, typer.Option("--persons", help="How many persons release a statement: 2 or 1.")] = 2,
    authority: Annotated[str | None, typer.Option("--authority", help="The note that names it, or allows 1.")] = None,
    compared: Compared = COMPARED,
) -> None:
    """Open an office's entry and enrol keys for it, made and kept by this node."""
    members = {
        "participant": identifier,
        "office": desk,
        "category": category,
        "names": _named(name),
        "time_zone": time_zone,
        "weekend": _days(weekend),
        "opens": opens,
        "closes": closes,
        "around_the_clock": around_the_clock,
        "holidays": holiday or [],
        "languages": language,
        "release_persons": persons,
        "authority_reference": authority,
        "compared": compared,
    }
    node = homes.open_node(home)
    from detente.node import charter, founding

    _record(node, founding.open_office(node, charter.office_of(members)))


@keys.command("enrol")
def enrol_keys(
    identifier: Participant,
    desk: Annotated[str | None, typer.Argument(help="The office; without it the participant's node.")] = None,
    home: homes.Home = homes.DEFAULT,
    compared: Compared = COMPARED,
) -> None:
    """Make, keep and enrol a key set for an office, or for a participant's node, that has none."""
    node = homes.open_node(home)
    from detente.node import founding

    _record(node, founding.enrol(node, identifier, desk, compared))


@keys.command("list")
def list_keys(home: homes.Home = homes.DEFAULT) -> None:
    """List the key sets that count now, with fingerprints to be read out on the telephone."""
    node = homes.open_node(home)
    rows = []
    for each in node.directory().keys.values():
        if any(each is live for live in node.directory().live_keys(each.participant, each.scope)):
            kept = "here" if node.vault.has(f"keyset:{each.keyset_id}") else "elsewhere"
            rows.append((f"{each.participant} {each.office or 'node'}", f"{each.keys.fingerprint}  kept {kept}"))
    for line in columns(rows, indent=""):
        typer.echo(visible(line))


@witness.command("add")
def add_witness(identifier: Participant, home: homes.Home = homes.DEFAULT) -> None:
    """Keep a witness key for a participant in this node. A real witness runs elsewhere."""
    node = homes.open_node(home)
    from detente.node import opening

    opening.host_witness(node, identifier)
    _record(node, ())
    typer.echo("The policy names it from now on: give your readers the new one (`detente policy`).")


def _record(node: Node, steps: Iterable[str]) -> None:
    from detente.node import registrar

    done = [visible(line) for line in steps]
    registrar.settle(node)
    for line in done:
        typer.echo(line)


def _named(pairs: list[str]) -> dict[str, str]:
    names = dict(pair.partition("=")[::2] for pair in pairs)
    if not all(language and name for language, name in names.items()):
        raise MalformedError("name-form", "Write a name with its language, such as --name en=Aldermere.")
    return names


def _days(text: str) -> list[int]:
    days = [each.strip() for each in text.split(",") if each.strip()]
    if not all(each in "0123456" and len(each) == 1 for each in days):
        raise MalformedError("weekend-form", "Write the days off as numbers with commas, 0 is Monday: 5,6 is Sat-Sun.")
    return [int(each) for each in days]
