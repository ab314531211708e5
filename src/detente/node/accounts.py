"""Accounts: who stands behind a session or a token.

A machine account speaks with a token instead of a password. It reads, drafts and submits what was signed elsewhere;
it never releases, never speaks for an office, and counts as nobody in a rule that asks for two persons.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django_otp.plugins.otp_totp.models import TOTPDevice

from detente import clock
from detente.errors import PolicyError
from detente.node import opening
from detente.node.actions import Person
from detente.node.build import Node
from detente.store import statements
from detente.store.faults import faults_named
from detente.store.models import Officer

ROLES = ("drafter", "releaser", "duty", "authority", "auditor", "directory-manager", "operator")
# Under this name stands in the record of acts what was done at the node's own command line.
OPERATOR = "operator of the node"

TOKEN_PREFIX = "detente-"  # noqa: S105 - not a secret: lets a scanner of leaked text know what it found
_TOKEN_BYTES = 32
_MAX_TOKEN_CHARACTERS = 200
_PASSWORD_BYTES = 15
_NAME = re.compile(r"[\w.@+-]{1,150}")


@dataclass(frozen=True)
class Account:
    """A person's account: its name, for whose office it acts, with which roles, and how pages show themselves."""

    name: str
    participant: str
    office: str
    roles: tuple[str, ...]
    display_name: str = ""
    language: str = "en"
    time_zone: str = "UTC"


def person_of(officer: Any) -> Person:
    """Return who acts with an officer's account (any object with the members of ``store.models.Officer``)."""
    return Person(
        name=officer.user.get_username(),
        participant=officer.participant,
        office=officer.office,
        roles=tuple(officer.roles),
        display_name=officer.display_name,
        machine=bool(officer.token_digest),
    )


def person_by_token(token: str) -> Person | None:
    """Return the machine account that ``token`` belongs to, None when there is none or it was switched off.

    Only the token's SHA-256 is looked up and compared, so that the time taken says nothing about stored tokens.
    """
    if not token or len(token) > _MAX_TOKEN_CHARACTERS:
        return None
    digest = _digest(token)
    officer = Officer.objects.select_related("user").filter(token_digest=digest).first()
    if officer is None or not officer.user.is_active or not hmac.compare_digest(officer.token_digest, digest):
        return None
    return person_of(officer)


def new_token(name: str) -> str:
    """Make ``name`` a machine account with a new token, and return the token: it is kept nowhere.

    An older token and the password of the account stop working. Raises ``PolicyError`` for an unknown account.
    """
    officer = _officer(name)
    token = TOKEN_PREFIX + secrets.token_urlsafe(_TOKEN_BYTES)
    officer.user.set_unusable_password()
    officer.user.save(update_fields=["password"])
    officer.token_digest = _digest(token)
    officer.save(update_fields=["token_digest"])
    return token


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def called(names: Iterable[str], participant: str) -> dict[str, str]:
    """Return how the accounts ``names`` of ``participant`` are called on pages; unknown ones are left out."""
    found = Officer.objects.filter(user__username__in=list(names), participant=participant)
    return {name: shown or name for name, shown in found.values_list("user__username", "display_name")}


def person_named(name: str) -> Person:
    """Return who acts with the account ``name``; raise ``PolicyError`` when there is none."""
    return person_of(_officer(name))


def make(node: Node, account: Account) -> str:
    """Make a person's account and return its first password, which is kept nowhere.

    Raises ``PolicyError`` for a name that is taken, an unknown role or an office that has neither entry nor keys.
    """
    directory = node.directory()
    offices = {key.office for key in directory.live_keys(account.participant)}
    if account.office not in offices and directory.office(account.participant, account.office) is None:
        raise PolicyError(
            "office-unknown", f"{account.participant} has no office {account.office[:60]!r}; open it before its people."
        )
    if unknown := sorted(set(account.roles) - set(ROLES)):
        raise PolicyError("role-unknown", f"There is no role {unknown[0][:60]!r}; choose from {', '.join(ROLES)}.")
    if account.language not in node.config.languages:
        choices = ", ".join(node.config.languages)
        raise PolicyError("language-unknown", f"Pages come in {choices}, not in {account.language[:20]!r}.")
    if not _NAME.fullmatch(account.name) or Officer.objects.filter(user__username=account.name).exists():
        raise PolicyError(
            "account-name", "The name is taken, or is not made of letters, digits and . _ @ + - only; choose another."
        )
    clock.zone(account.time_zone)
    password = secrets.token_urlsafe(_PASSWORD_BYTES)
    with faults_named(), transaction.atomic():
        opening.add_officer(
            account.name,
            password,
            participant=account.participant,
            office=account.office,
            display_name=account.display_name or account.name,
            roles=list(account.roles),
            language=account.language,
            time_zone=account.time_zone,
        )
        _record(node, account.participant, "made account", account.name)
    return password


def reset(node: Node, name: str) -> str:
    """Give an account a new password, returned and kept nowhere, and forget its second factor.

    Its sessions end, and it is switched on again. Raises ``PolicyError`` for an unknown or a machine's account.
    """
    officer = _officer(name)
    if officer.token_digest:
        raise PolicyError("account-machine", f"{name} is a machine's account: give it a new token instead.")
    password = secrets.token_urlsafe(_PASSWORD_BYTES)
    with faults_named(), transaction.atomic():
        officer.user.set_password(password)
        officer.user.is_active = True
        officer.user.save(update_fields=["password", "is_active"])
        TOTPDevice.objects.filter(user=officer.user).delete()
        _record(node, officer.participant, "reset account", name)
    return password


def close(node: Node, name: str) -> None:
    """Switch an account off: nobody signs in with it and its token opens nothing. What it did stays."""
    officer = _officer(name)
    with faults_named(), transaction.atomic():
        officer.user.is_active = False
        officer.user.set_unusable_password()
        officer.user.save(update_fields=["password", "is_active"])
        officer.token_digest = ""
        officer.save(update_fields=["token_digest"])
        _record(node, officer.participant, "closed account", name)


def listed() -> list[Officer]:
    """Return every account, by participant and name."""
    return list(Officer.objects.select_related("user").order_by("participant", "user__username"))


def is_persons(name: str) -> bool:
    """Say whether ``name`` is the account of a person, who signs in with a password."""
    officer = Officer.objects.select_related("user").filter(user__username=name).first()
    return officer is not None and not officer.token_digest and officer.user.has_usable_password()


def _officer(name: str) -> Officer:
    officer = Officer.objects.select_related("user").filter(user__username=name).first()
    if officer is None:
        raise PolicyError("account-unknown", f"There is no account {name[:60]!r}; make it first.")
    return officer


def _record(node: Node, participant: str, verb: str, subject: str) -> None:
    statements.record_act(OPERATOR, participant, verb, subject, node.clock.now())
