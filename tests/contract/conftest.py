"""The contract tests run twice: on SQLite, and on the PostgreSQL server that ``DETENTE_DATABASE`` names.

Inside the test process pytest-django gives each test the database of the run. A test that starts nodes in processes
of their own (a kill between two durable steps, a rebuild) takes ``node_database``: an empty database of the same
kind for that one test.
"""

from __future__ import annotations

import os
import uuid
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

VARIABLE = "DETENTE_DATABASE"


@pytest.fixture(scope="session")
def on_postgresql():
    """Whether this run is the one on PostgreSQL."""
    return os.environ.get(VARIABLE, "sqlite") != "sqlite"


@pytest.fixture
def node_database(on_postgresql, monkeypatch):
    """The setting ``database`` for one node in another process; ``DETENTE_DATABASE`` says the same to its children."""
    if not on_postgresql:
        yield "sqlite"
        return
    server = os.environ[VARIABLE]
    name = f"node_{uuid.uuid4().hex}"
    address = urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        monkeypatch.setenv(VARIABLE, address)
        yield address
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def portal(db, tmp_path):
    """The portal of a node with Aldermere, Bryholt, Corvane and the secretariat, and signed-in officers of each."""
    from detente.node import build
    from portal_world import PortalWorld

    yield PortalWorld(tmp_path / "home")
    build.forget()
