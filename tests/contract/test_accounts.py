"""Accounts as the operator makes, resets and closes them: passwords and tokens are kept as digests only."""

from __future__ import annotations

import hashlib

import pytest
from django.contrib.auth import authenticate
from django_otp.plugins.otp_totp.models import TOTPDevice

import homes
from detente.clock import SetClock
from detente.errors import MalformedError, PolicyError
from detente.node import accounts, build, opening
from detente.node.config import Config, create_home
from detente.store.models import Act, Officer

pytestmark = pytest.mark.django_db

DESK = accounts.Account("d2", "BRY", "desk", ("drafter", "duty"), "Desk 2", "ar", "Etc/GMT-4")


@pytest.fixture
def harbour(tmp_path):
    """A node with Aldermere and Bryholt."""
    config = Config(home=tmp_path / "home", kind="real", origin=homes.ORIGIN, https=False)
    create_home(config)
    node = build.Node(config, SetClock(homes.START))
    opening.create_store(node)
    homes.open_members(node, ["ALD", "BRY"])
    return node


def test_a_made_account_signs_in_with_the_password_that_was_printed(harbour):
    """The account acts for its office with its roles, and what was done is on record."""
    password = accounts.make(harbour, DESK)
    assert authenticate(username="d2", password=password) is not None
    person = accounts.person_named("d2")
    assert (person.participant, person.office, person.roles, person.machine) == (
        "BRY",
        "desk",
        ("drafter", "duty"),
        False,
    )
    assert Act.objects.filter(officer=accounts.OPERATOR, verb="made account", subject="d2").exists()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"office": "nowhere"}, "office-unknown"),
        ({"participant": "XYZ"}, "office-unknown"),
        ({"roles": ("king",)}, "role-unknown"),
        ({"language": "tlh"}, "language-unknown"),
        ({"name": "d2 \u202e"}, "account-name"),
        ({"time_zone": "Mars/North"}, "zone-unknown"),
    ],
)
def test_an_account_that_could_not_act_is_refused_and_not_made(harbour, changes, code):
    """Office, role, language, zone and name are checked before anything is stored."""
    with pytest.raises((PolicyError, MalformedError)) as refused:
        accounts.make(harbour, accounts.Account(**{**vars(DESK), **changes}))
    assert refused.value.code == code
    assert not Officer.objects.exists()


def test_a_name_is_given_once(harbour):
    """A second account of the same name is refused, and the first keeps its password."""
    password = accounts.make(harbour, DESK)
    with pytest.raises(PolicyError):
        accounts.make(harbour, DESK)
    assert authenticate(username="d2", password=password) is not None


def test_a_reset_replaces_password_and_second_factor(harbour):
    """The old password and device are gone; a closed account is open again."""
    old = accounts.make(harbour, DESK)
    TOTPDevice.objects.create(user=Officer.objects.get().user, confirmed=True)
    accounts.close(harbour, "d2")
    assert authenticate(username="d2", password=old) is None
    new = accounts.reset(harbour, "d2")
    assert authenticate(username="d2", password=old) is None
    assert authenticate(username="d2", password=new) is not None
    assert not TOTPDevice.objects.exists()


def test_a_token_is_kept_as_its_digest_and_ends_with_its_account(harbour):
    """The text of a token stands nowhere in the account; after close it opens nothing, and no reset revives it."""
    accounts.make(harbour, DESK)
    assert accounts.is_persons("d2")
    token = accounts.new_token("d2")
    assert not accounts.is_persons("d2")
    assert Officer.objects.get().token_digest == hashlib.sha256(token.encode()).hexdigest()
    assert accounts.person_by_token(token).machine
    with pytest.raises(PolicyError):
        accounts.reset(harbour, "d2")
    accounts.close(harbour, "d2")
    assert accounts.person_by_token(token) is None


def test_an_unknown_account_is_named(harbour):
    """Reset and close of nobody say so."""
    for attempt in (accounts.reset, accounts.close):
        with pytest.raises(PolicyError) as refused:
            attempt(harbour, "nobody")
        assert refused.value.code == "account-unknown"
