"""Opening a node: its tables, its keys, its arrangement; admitting members, enrolling keys, opening offices."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from detente.envelopes.signing import sign
from detente.errors import OperatorError, PolicyError
from detente.keys import PrivateKeySet, encode
from detente.node import registrar
from detente.node.build import Node
from detente.statements import directory as kinds
from detente.statements.statement import EVERYONE, Issuer, Statement, render_statement, thread_id
from detente.statements.values import Model
from detente.store.models import Fact, Officer


@dataclass(frozen=True)
class Opening:
    """What opens an arrangement: its names, and the operator that keeps the ledger."""

    names: dict[str, str]
    operator: str
    operator_names: dict[str, str]
    office: str
    languages: tuple[str, ...]
    about: str = ""


def create_store(node: Node) -> None:
    """Make the tables and fix what this store is for; raise ``OperatorError`` when it was made for another purpose."""
    call_command("migrate", verbosity=0, interactive=False)
    for name, value in (("kind", node.config.kind), ("origin", node.config.origin)):
        row, _ = Fact.objects.get_or_create(name=name, defaults={"value": value})
        if row.value != value:
            raise OperatorError("store-kind", f"This database was made with {name} {row.value}; it stays so.")
    for name in ("log-ed25519", "log-mldsa44"):
        if not node.vault.has(name):
            node.vault.keep(name, secrets.token_bytes(32))


def check_tables() -> None:
    """Raise ``OperatorError`` when the database is not of this version."""
    executor = MigrationExecutor(connection)
    targets = executor.loader.graph.leaf_nodes()
    if executor.migration_plan(targets):
        raise OperatorError(
            "store-behind",
            "The database is older than this version; make a copy of the home, then run `detente upgrade`.",
        )
    known = set(executor.loader.graph.nodes)
    if any(made not in known for made in executor.loader.applied_migrations):
        raise OperatorError(
            "store-ahead", "The database was made by a newer version; install that one, or restore your copy."
        )


def open_arrangement(node: Node, opening: Opening, keys: PrivateKeySet | None = None) -> None:
    """Record the arrangement as entry 0, signed by the operator; keep the operator's office and node keys."""
    keys = keys or PrivateKeySet.generate()
    body = kinds.Arrangement(
        names=opening.names,
        operator=opening.operator,
        operator_names=opening.operator_names,
        office=opening.office,
        keyset=keys.public.to_json(),
        languages=list(opening.languages),
        about=opening.about,
    )
    statement = public_statement(node, "directory.arrangement", opening.operator, opening.office, body)
    node.vault.keep(f"keyset:{keys.public.id}", keys.seed)
    registrar.accept(node, [sign(render_statement(statement), keys)])
    enrol(node, opening.operator, None, compared="kept by the operator itself", custody="self")


def public_statement(
    node: Node, kind: str, participant: str, office: str, body: Model, *, tlp: str = "GREEN", language: str = "en"
) -> Statement:
    """Return an unsigned statement of ``kind`` to everyone, in a thread of its own."""
    node.ledger.catch_up()
    now = node.clock.now()
    return Statement(
        kind=kind,
        arrangement=node.config.origin,
        context="real",
        issuer=Issuer(participant=participant, office=office),
        addressees=EVERYONE,
        members_at=max(node.ledger.size - 1, 0),
        thread=thread_id(now, secrets.token_bytes(10)),
        tlp=tlp,
        language=language,
        issued_at=now,
        nonce=encode(secrets.token_bytes(32)),
        sequence={EVERYONE: 1},
        body=body,
    )


def admit_member(node: Node, participant: str, names: dict[str, str]) -> None:
    """Record that ``participant`` joins; the operator says so."""
    operator, office = operator_office(node)
    body = kinds.Member(participant=participant, names=names)
    registrar.issue(node, public_statement(node, "directory.member", operator, office, body))


def enrol(
    node: Node, participant: str, office: str | None, *, compared: str, custody: str = "host", seed: bytes | None = None
) -> PrivateKeySet:
    """Make a key set for an office of ``participant`` (or its node), keep it and have the operator enrol it."""
    operator, operator_desk = operator_office(node)
    keys = PrivateKeySet(seed) if seed else PrivateKeySet.generate()
    node.vault.keep(f"keyset:{keys.public.id}", keys.seed)
    body = kinds.KeySet(
        action="enrol",
        participant=participant,
        office=office,
        scope="office" if office else "node",
        custody=custody,
        keyset=keys.public.to_json(),
        keyset_id=keys.public.id,
        compared=compared,
    )
    registrar.issue(node, public_statement(node, "directory.keyset", operator, operator_desk, body))
    return keys


def publish_office(node: Node, entry: kinds.Office) -> None:
    """Record an office's entry: its own participant says it once it has keys, the operator before."""
    directory = node.directory()
    if directory.office(entry.participant, entry.office) is not None:
        issuer, desk = entry.participant, entry.office
    else:
        issuer, desk = operator_office(node)
    registrar.issue(node, public_statement(node, "directory.office", issuer, desk, entry))


def host_witness(node: Node, participant: str) -> None:
    """Make a cosigner key for a witness that runs in this node (for a demonstration and for tests)."""
    if not node.vault.has(f"witness:{participant}"):
        node.vault.keep(f"witness:{participant}", secrets.token_bytes(32))


def operator_office(node: Node) -> tuple[str, str]:
    """Return the operator and its office; raise ``PolicyError`` before an arrangement was opened."""
    arrangement = node.directory().arrangement
    if arrangement is None:
        raise PolicyError("arrangement-missing", "No arrangement is open on this node yet; run `detente init`.")
    return arrangement.operator, arrangement.office


@transaction.atomic
def add_officer(
    name: str,
    password: str | None,
    *,
    participant: str,
    office: str,
    display_name: str,
    roles: Sequence[str],
    language: str = "en",
    time_zone: str = "UTC",
) -> Officer:
    """Make a person's account; without ``password`` nobody can sign in with it."""
    user = get_user_model().objects.create_user(username=name, password=password)
    officer: Officer = Officer.objects.create(
        user=user,
        participant=participant,
        office=office,
        display_name=display_name,
        roles=list(roles),
        language=language,
        time_zone=time_zone,
    )
    return officer
