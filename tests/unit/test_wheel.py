"""The package that is installed is the package that is tested: nothing is left behind when it is built."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOT_SOURCE = ("__pycache__", "*.egg-info")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The names inside a wheel built from a copy of the source, so that the working tree stays as it is."""
    copy = tmp_path_factory.mktemp("source")
    shutil.copytree(ROOT / "src", copy / "src", ignore=shutil.ignore_patterns(*NOT_SOURCE))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy / name)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", copy / "dist", copy]
    subprocess.run(command, check=True, capture_output=True)
    (path,) = (copy / "dist").iterdir()
    with zipfile.ZipFile(path) as archive:
        return set(archive.namelist()), archive.read(next(n for n in archive.namelist() if n.endswith("METADATA")))


def test_every_file_of_the_source_is_in_the_wheel(wheel):
    """Templates, styles, texts, schemas and translations are installed with the code that uses them."""
    names, _ = wheel
    source = ROOT / "src"
    files = {path.relative_to(source).as_posix() for path in (source / "detente").rglob("*") if path.is_file()}
    assert {name for name in files if "__pycache__" not in name} - names == set()


def test_the_ground_can_be_installed_without_django(wheel):
    """The package alone asks for no framework, server or database driver; only the extra ``node`` does."""
    _, metadata = wheel
    required = [line for line in metadata.decode().splitlines() if line.startswith("Requires-Dist:")]
    heavy = [line for line in required if any(word in line.lower() for word in ("django", "granian", "psycopg"))]
    assert heavy
    assert all("extra == 'node'" in line or 'extra == "node"' in line for line in heavy)
