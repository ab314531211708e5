"""The database that a test's node gets is its own and empty, on either kind."""

from __future__ import annotations

import os

import psycopg


def test_a_node_database_is_empty_and_apart(node_database, on_postgresql):
    """SQLite needs no address; on PostgreSQL the database is new, has no table and is not the run's own."""
    if not on_postgresql:
        assert node_database == "sqlite"
        return
    assert os.environ["DETENTE_DATABASE"] == node_database
    with psycopg.connect(node_database) as connection:
        tables = connection.execute("SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'")
        assert tables.fetchone() == (0,)
