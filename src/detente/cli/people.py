"""``detente participant | office | officer``: who belongs to the arrangement, and who may sign in here."""

from __future__ import annotations

import secrets
from typing import Annotated

import typer

from detente.cli import home as homes
from detente.errors import PolicyError

ROLES = ("drafter", "releaser", "duty", "authority", "auditor", "directory-manager")


def register(app: typer.Typer) -> None:
    """Add the commands of this file to ``app``."""
    for command in (participant, office, officer, token):
        app.command()(command)


def participant(
    identifier: Annotated[str, typer.Argument(help="A short id that the arrangement gives, such as ALD.")],
    name: Annotated[str, typer.Argument(help="How the participant names itself.")],
    home: homes.Home = homes.DEFAULT,
    language: Annotated[str, typer.Option("--language", help="The language of the name.")] = "en",
) -> None:
    """Let a participant in; its node keys are made and kept here."""
    node = homes.open_node(home)
    from detente.node import opening, registrar

    opening.admit_member(node, identifier, {language: name})
    keys = opening.enrol(node, identifier, None, compared="made and kept by this node")
    registrar.settle(node)
    typer.echo(f"{identifier} takes part. Node keys kept here: {keys.public.fingerprint}")


def office(
    identifier: Annotated[str, typer.Argument(help="The participant's id.")],
    desk: Annotated[str, typer.Argument(help="The office's id, such as duty-desk.")],
    name: Annotated[str, typer.Argument(help="The office's name.")],
    compared: Annotated[str, typer.Option("--compared", help="How the fingerprint was compared, and when.")],
    home: homes.Home = homes.DEFAULT,
    category: Annotated[str, typer.Option("--category", help="diplomatic, technical, authority.")] = "diplomatic",
    time_zone: Annotated[str, typer.Option("--time-zone", help="Such as Etc/GMT-4.")] = "UTC",
    weekend: Annotated[str, typer.Option("--weekend", help="Days off: 0 is Monday.")] = "5,6",
    opens: Annotated[str, typer.Option("--opens")] = "09:00",
    closes: Annotated[str, typer.Option("--closes")] = "17:00",
    language: Annotated[str, typer.Option("--language", help="The office's language.")] = "en",
    persons: Annotated[int, typer.Option("--persons", help="How many persons a release takes: 2, or 1.")] = 2,
    authority: Annotated[str, typer.Option("--authority", help="Reference of the note that names it.")] = "",
) -> None:
    """Open an office's entry and enrol its keys, which this node makes and keeps."""
    node = homes.open_node(home)
    from detente.node import opening, registrar
    from detente.statements.directory import office_from

    members = {
        "participant": identifier,
        "office": desk,
        "category": category,
        "names": {language: name},
        "time_zone": time_zone,
        "weekend": [int(day) for day in weekend.split(",") if day.strip().isdigit()],
        "opens": opens,
        "closes": closes,
        "languages": [language],
        "release_persons": persons,
        "authority_reference": authority or None,
    }
    opening.publish_office(node, office_from(members))
    keys = opening.enrol(node, identifier, desk, compared=compared)
    registrar.settle(node)
    typer.echo(f"{identifier}, {name}. Fingerprint: {keys.public.fingerprint}")


def officer(
    account: Annotated[str, typer.Argument(help="The account's name.")],
    identifier: Annotated[str, typer.Option("--participant", help="The participant's id.")],
    desk: Annotated[str, typer.Option("--office", help="The office's id.")],
    display: Annotated[str, typer.Option("--name", help="How pages name the person's function.")],
    role: Annotated[list[str], typer.Option("--role", help=f"One of {', '.join(ROLES)}; repeat.")],
    home: homes.Home = homes.DEFAULT,
    language: Annotated[str, typer.Option("--language")] = "en",
    time_zone: Annotated[str, typer.Option("--time-zone")] = "UTC",
) -> None:
    """Make a person's account; its first password is printed once, the second factor is set at first sign-in."""
    node = homes.open_node(home)
    if unknown := set(role) - set(ROLES):
        raise PolicyError("role-unknown", f"{', '.join(sorted(unknown))}: choose roles from {', '.join(ROLES)}.")
    if node.directory().office(identifier, desk) is None:
        raise PolicyError("office-unknown", f"{identifier} has no office {desk}; open it with `detente office` first.")
    from detente.node import opening

    password = secrets.token_urlsafe(12)
    opening.add_officer(
        account,
        password,
        participant=identifier,
        office=desk,
        display_name=display,
        roles=role,
        language=language,
        time_zone=time_zone,
    )
    typer.echo(f"{account} may sign in with the password {password} and sets the second factor then.")


def token(
    account: Annotated[str, typer.Argument(help="The account that machines use; it never releases.")],
    home: homes.Home = homes.DEFAULT,
) -> None:
    """Make a new API token for an account; it is printed once and replaces an earlier one."""
    homes.open_node(home)
    from detente.node import accounts

    typer.echo(accounts.new_token(account))
