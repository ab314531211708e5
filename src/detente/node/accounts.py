"""Accounts: who stands behind a session or a token.

A machine account speaks with a token instead of a password. It reads, drafts and submits what was signed elsewhere;
it never releases, never speaks for an office, and counts as nobody in a rule that asks for two persons.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Any

from detente.errors import PolicyError
from detente.node.actions import Person
from detente.store.models import Officer

TOKEN_PREFIX = "detente-"  # noqa: S105 - not a secret: lets a scanner of leaked text know what it found
_TOKEN_BYTES = 32
_MAX_TOKEN_CHARACTERS = 200


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
    officer = Officer.objects.select_related("user").filter(user__username=name).first()
    if officer is None:
        raise PolicyError("account-unknown", f"There is no account {name[:60]!r}; make it first.")
    token = TOKEN_PREFIX + secrets.token_urlsafe(_TOKEN_BYTES)
    officer.user.set_unusable_password()
    officer.user.save(update_fields=["password"])
    officer.token_digest = _digest(token)
    officer.save(update_fields=["token_digest"])
    return token


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
