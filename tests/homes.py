"""A node in a home directory of its own, for tests and measurements that need whole processes."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

START = datetime(2026, 3, 6, 18, 2, tzinfo=UTC)
ORIGIN = "harbour.example.org/tests"


def set_up(home: Path) -> None:
    """Tell this process which home it works for, and set Django up."""
    os.environ["DETENTE_HOME"] = str(home)
    os.environ["DJANGO_SETTINGS_MODULE"] = "detente.node.settings"
    import django

    django.setup()


def open_node(home: Path, members: int = 2):
    """Return a node with ``members`` states, ALD and BRY first; sets up Django for this process."""
    from detente.node.config import Config, create_home

    database = os.environ.get("DETENTE_DATABASE", "sqlite")
    create_home(Config(home=home, kind="real", origin=ORIGIN, https=False, database=database))
    set_up(home)
    from detente.clock import SetClock
    from detente.node import build, opening
    from detente.node.config import load

    node = build.Node(load(home), SetClock(START))
    opening.create_store(node)
    open_members(node, ["ALD", "BRY", *(f"S{number:03d}" for number in range(members - 2))])
    build._current = node
    return node


def open_members(node, names: list[str]) -> None:
    """Open the arrangement and let ``names`` in, each with a desk at UTC+4; Corvane's witness cosigns."""
    from detente.node import opening, registrar
    from detente.statements.directory import Office

    opening.open_arrangement(
        node, opening.Opening({"en": "Harbour Network"}, "HNS", {"en": "Secretariat"}, "desk", ("en",))
    )
    for name in names:
        opening.admit_member(node, name, {"en": name})
        opening.publish_office(
            node,
            Office(
                participant=name,
                office="desk",
                category="diplomatic",
                names={"en": f"Duty desk of {name}"},
                time_zone="Etc/GMT-4",
                weekend=[4, 5],
                languages=["en"],
            ),
        )
        opening.enrol(node, name, "desk", compared="in person")
        opening.enrol(node, name, None, compared="in person")
    opening.host_witness(node, "COR")
    registrar.settle(node)
