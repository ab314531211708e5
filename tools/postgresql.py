"""A PostgreSQL server for one test run, made from Debian's binaries and thrown away afterwards.

    with cluster() as url: ...                               in Python
    python tools/postgresql.py .venv/bin/pytest tests/contract    from a shell; sets DETENTE_DATABASE

It listens on a Unix socket in a directory of its own, never on the network, and does not sync to disk: it proves
that the same code runs on PostgreSQL, not that PostgreSQL is durable. PostgreSQL refuses to run as root, so root
runs it as the user ``postgres``, whom Debian's package makes.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

VARIABLE = "DETENTE_DATABASE"
_USER = "detente"
_VERSIONS = Path("/usr/lib/postgresql")
_SPEED = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=50", "listen_addresses=")


def binaries(versions: Path = _VERSIONS) -> Path | None:
    """Return the folder of the newest installed ``initdb``, or None when no server is installed."""
    found = [path.parent for path in versions.glob("*/bin/initdb") if re.fullmatch(r"\d+", path.parts[-3])]
    return max(found, key=lambda path: int(path.parent.name), default=None)


@contextlib.contextmanager
def cluster() -> Iterator[str]:
    """Give the ``postgresql://`` address of a new server, then remove it.

    Raise ``FileNotFoundError`` when no server is installed.
    """
    folder = binaries()
    if folder is None:
        raise FileNotFoundError("No PostgreSQL server is installed; install Debian's package postgresql.")
    home = Path(tempfile.mkdtemp(prefix="detente-pg-"))
    data = home / "data"
    as_owner: list[str] = []
    if os.geteuid() == 0:
        as_owner = ["runuser", "-u", "postgres", "--"]
        shutil.chown(home, "postgres", "postgres")
    try:
        initdb = ["--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", f"--username={_USER}"]
        _run([*as_owner, str(folder / "initdb"), *initdb, "--pgdata", str(data)], home)
        options = " ".join(f"-c {setting}" for setting in (*_SPEED, f"unix_socket_directories={home}"))
        control = [*as_owner, str(folder / "pg_ctl"), "--pgdata", str(data)]
        _run([*control, "--wait", "--log", str(home / "server.log"), "--options", options, "start"], home)
        try:
            _run([str(folder / "createdb"), "--host", str(home), "--username", _USER, _USER], home)
            yield f"postgresql://{_USER}@/{_USER}?host={home}"
        finally:
            _run([*control, "--mode=immediate", "stop"], home)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _run(command: Sequence[str], folder: Path) -> None:
    # The server inherits these descriptors, so they must not be pipes that somebody waits on.
    with (folder / "commands.log").open("a+") as log:
        done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False)
        if done.returncode:
            log.seek(0)
            raise RuntimeError(f"{command} ended with {done.returncode}:\n{log.read()[-2000:]}")


def main(command: Sequence[str]) -> int:
    """Run ``command`` with a server of its own; return the command's exit code."""
    # A terminated run unwinds like an interrupted one, so that no server is left behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with cluster() as url:
        return subprocess.run(command, env={**os.environ, VARIABLE: url}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
