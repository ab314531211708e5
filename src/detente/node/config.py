"""A node's settings, read from ``detente.toml`` in its home directory.

The home directory holds everything that one node keeps: settings, its master key, the SQLite database (unless
PostgreSQL is named) and the ledger's tile files. This module reads and writes settings; it opens nothing else.
"""

from __future__ import annotations

import os
import secrets
import tomllib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from detente.errors import OperatorError

SETTINGS_FILE = "detente.toml"
MASTER_KEY_FILE = "master.key"
KINDS = ("real", "demo")
DEFAULT_PORT = 8740


@dataclass(frozen=True)
class Config:
    """Settings of one node. ``kind`` is fixed when the home is made: a demo home never becomes a real one."""

    home: Path
    kind: str
    origin: str
    database: str = "sqlite"
    hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "[::1]")
    https: bool = True
    languages: tuple[str, ...] = ("en", "ar")

    @property
    def master_key(self) -> bytes:
        """The 32 bytes from which the node's own secrets derive; raise ``OperatorError`` when unreadable."""
        path = self.home / MASTER_KEY_FILE
        try:
            key = path.read_bytes()
        except OSError as error:
            raise OperatorError(
                "master-key", f"The master key {path} cannot be read ({error.strerror}); restore it from your backup."
            ) from error
        if len(key) != 32:
            raise OperatorError("master-key", f"The master key {path} must have 32 bytes; restore it from your backup.")
        return key

    def derive(self, purpose: str) -> bytes:
        """Return 32 bytes for one ``purpose``, derived from the master key."""
        info = b"detente/v1 node\0" + purpose.encode()
        return HKDFExpand(algorithm=hashes.SHA256(), length=32, info=info).derive(self.master_key)


def home_from_environment() -> Path:
    """Return ``DETENTE_HOME``, or ``detente-home`` below the working directory."""
    return Path(os.environ.get("DETENTE_HOME", "detente-home")).resolve()


def create_home(config: Config) -> None:
    """Make the home directory with its settings and master key; raise ``OperatorError`` if one is there already."""
    settings = config.home / SETTINGS_FILE
    if settings.exists():
        raise OperatorError("home-exists", f"{config.home} already holds a node; name another directory with --home.")
    try:
        config.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        key_path = config.home / MASTER_KEY_FILE
        descriptor = os.open(key_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(32))
            file.flush()
            os.fsync(file.fileno())
        settings.write_text(render(config), encoding="utf-8")
    except OSError as error:
        raise OperatorError(
            "home-write", f"The home directory {config.home} cannot be written: {error.strerror}."
        ) from error


def render(config: Config) -> str:
    """Return the text of ``detente.toml``."""
    quoted = {name: _quote(getattr(config, name)) for name in ("kind", "origin", "database")}
    lists = {name: ", ".join(map(_quote, getattr(config, name))) for name in ("hosts", "languages")}
    return (
        "# Settings of one Détente node. See docs/how-to/run-a-node.md.\n"
        f"kind = {quoted['kind']}          # fixed: a demo home can never become a real one\n"
        f"origin = {quoted['origin']}\n"
        f"database = {quoted['database']}    # or postgresql://user:password@host/name\n"
        f"hosts = [{lists['hosts']}]\n"
        f"https = {str(config.https).lower()}      # false only behind loopback\n"
        f"languages = [{lists['languages']}]\n"
    )


def load(home: Path) -> Config:
    """Return the settings of ``home``; raise ``OperatorError`` that says what to mend."""
    path = home / SETTINGS_FILE
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise OperatorError("home-missing", f"{home} holds no node yet; run `detente init --home {home}`.") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise OperatorError("settings-form", f"{path} cannot be read: {error}.") from error
    known = {"kind", "origin", "database", "hosts", "https", "languages"}
    if unknown := set(values) - known:
        raise OperatorError("settings-unknown", f"{path} has unknown settings: {', '.join(sorted(unknown))}.")
    if values.get("kind") not in KINDS or not isinstance(values.get("origin"), str):
        raise OperatorError("settings-form", f"{path} must say kind (real or demo) and origin.")
    for name in ("hosts", "languages"):
        if name in values:
            values[name] = tuple(values[name])
    if database := os.environ.get("DETENTE_DATABASE"):
        values["database"] = database
    return Config(home=home, **values)


def django_database(config: Config) -> dict[str, object]:
    """Return Django's description of the database; raise ``OperatorError`` for one that is not supported."""
    if config.database == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(config.home / "detente.sqlite3"),
            "OPTIONS": {
                # A writer takes the lock when it begins, so that a read inside a transaction is never stale.
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                # FULL: what was acknowledged survives a power cut.
                "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;",
            },
        }
    parts = urlsplit(config.database)
    if parts.scheme not in ("postgresql", "postgres"):
        raise OperatorError("database-unknown", "The setting database is sqlite or a postgresql:// address.")
    socket = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair).get("host")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(socket or parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
