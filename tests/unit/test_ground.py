"""The ground floors stand alone: an auditor who verifies a bundle needs neither Django nor a network."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BLOCKED = ("django", "ninja", "granian", "psycopg", "sqlite3", "detente.node", "detente.store", "detente.projections")

# Libraries of the ground may import the socket module for its names; nothing may open a socket.
STAND_ALONE = """
import importlib, pkgutil, socket, sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if any(name == top or name.startswith(top + ".") for top in sys.argv[1].split(",")):
            raise ImportError(f"the ground reached for {name}")

def refuse(*arguments, **options):
    raise OSError("the ground opened a socket")

sys.meta_path.insert(0, Blocker())
socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
for name in sys.argv[2].split(","):
    module = importlib.import_module(name)
    print(name)
    for part in pkgutil.walk_packages(getattr(module, "__path__", []), name + "."):
        importlib.import_module(part.name)
        print(part.name)
"""


def ground():
    """The floors that the contract quiet-ground names."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    return next(contract["source_modules"] for contract in contracts if contract["id"] == "quiet-ground")


def stand_alone(blocked, modules):
    command = [sys.executable, "-I", "-c", STAND_ALONE, ",".join(blocked), ",".join(modules)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_every_ground_module_imports_without_the_floors_above():
    """Every module of the ground imports while Django, database drivers, upper floors and sockets are blocked."""
    done = stand_alone(BLOCKED, ground())
    assert done.returncode == 0, done.stderr
    imported = set(done.stdout.split())
    source = ROOT / "src"
    for floor in ground():
        folder = source.joinpath(*floor.split("."))
        assert floor in imported
        for path in folder.rglob("*.py"):
            parts = path.relative_to(source).with_suffix("").parts
            assert ".".join(parts).removesuffix(".__init__") in imported


def test_the_blocker_blocks():
    """The same attempt fails when a library that the ground does need is blocked."""
    done = stand_alone(("cryptography",), ["detente.keys"])
    assert done.returncode != 0
    assert "the ground reached for cryptography" in done.stderr
