"""``detente officer | token``: who may sign in here, and which machines may speak to this node.

Passwords and tokens are printed once and kept nowhere; what is kept cannot be turned back into them.
"""

from __future__ import annotations

from typing import Annotated

import typer

from detente.cli import home as homes
from detente.cli.plain import columns, visible
from detente.errors import PolicyError

officer = typer.Typer(no_args_is_help=True, help="People's accounts.")
Name = Annotated[str, typer.Argument(help="The account's name.")]
Participant = Annotated[str, typer.Option("--participant", help="For which participant it acts, such as ALD.")]
Office = Annotated[str, typer.Option("--office", help="For which office of it.")]
Roles = Annotated[
    list[str],
    typer.Option(
        "--role", help="drafter, releaser, duty, authority, auditor, directory-manager or operator; repeat for more."
    ),
]
Shown = Annotated[str, typer.Option("--name", help="How pages name it: a function such as Desk 2, not a person.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file to ``app``."""
    app.add_typer(officer, name="officer")
    app.command()(token)


@officer.command("add")
def add(
    account: Name,
    participant: Participant,
    office: Office,
    role: Roles,
    home: homes.Home = homes.DEFAULT,
    name: Shown = "",
    language: Annotated[str, typer.Option("--language", help="The language of pages.")] = "en",
    time_zone: Annotated[str, typer.Option("--time-zone", help="Such as Etc/GMT-4.")] = "UTC",
) -> None:
    """Make a person's account; its password is printed once, the second factor is set at the first sign-in."""
    node = homes.open_node(home)
    from detente.node import accounts

    made = accounts.Account(account, participant, office, tuple(role), name, language, time_zone)
    _print_password(account, accounts.make(node, made))


@officer.command("reset")
def reset(account: Name, home: homes.Home = homes.DEFAULT) -> None:
    """Give an account a new password, printed once, and let its person set a new second factor."""
    node = homes.open_node(home)
    from detente.node import accounts

    _print_password(account, accounts.reset(node, account))


@officer.command("close")
def close(account: Name, home: homes.Home = homes.DEFAULT) -> None:
    """Switch an account off; what it did stays attributed to it."""
    node = homes.open_node(home)
    from detente.node import accounts

    accounts.close(node, account)
    typer.echo(f"{account} is switched off.")


@officer.command("list")
def show_all(home: homes.Home = homes.DEFAULT) -> None:
    """List every account: for whom it acts, with which roles, whether it is a machine's or switched off."""
    homes.open_node(home)
    from detente.node import accounts

    rows = []
    for each in accounts.listed():
        kind = "" if each.user.is_active else ", switched off"
        kind += ", a machine" if each.token_digest else ""
        text = f"{each.participant}, office {each.office}: {' '.join(each.roles) or 'no role'}{kind}"
        rows.append((visible(each.user.get_username()), visible(text)))
    for line in columns(rows, indent=""):
        typer.echo(line)


def token(
    account: Name,
    home: homes.Home = homes.DEFAULT,
    participant: Annotated[str, typer.Option("--participant", help="Make the account, for this participant.")] = "",
    office: Annotated[str, typer.Option("--office", help="For which office of it.")] = "",
    role: Annotated[list[str] | None, typer.Option("--role", help="Such as drafter; it never releases.")] = None,
) -> None:
    """Print a new API token for a machine's account; an older token of it stops working."""
    node = homes.open_node(home)
    from detente.node import accounts

    if participant:
        accounts.make(node, accounts.Account(account, participant, office, tuple(role or ("drafter",))))
    elif accounts.is_persons(account):
        raise PolicyError(
            "account-persons", f"{account} is a person's account; make one for the machine with --participant."
        )
    typer.echo(accounts.new_token(account))


def _print_password(account: str, password: str) -> None:
    typer.echo(f"{account} signs in with this password, shown once: {password}")
    typer.echo("Hand it over in person. The second factor is set at the first sign-in; change the password then.")
