"""The package that is installed is the package that is tested: nothing is left behind when it is built."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# What git ignores, such as compiled translations, may come and go while other tests run.
LIST = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "src"]


def source_files():
    """The names of the source's files below ``src``, tracked or new."""
    listed = subprocess.run(LIST, cwd=ROOT, capture_output=True, check=True, text=True).stdout.split("\0")
    return [name.removeprefix("src/") for name in listed if name and (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The names inside a wheel built from a copy of the source, so that the working tree stays as it is."""
    copy = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "LICENSE", *(f"src/{file}" for file in source_files())):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, copy / name)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", copy / "dist", copy]
    subprocess.run(command, check=True, capture_output=True)
    (path,) = (copy / "dist").iterdir()
    with zipfile.ZipFile(path) as archive:
        return set(archive.namelist()), archive.read(next(n for n in archive.namelist() if n.endswith("METADATA")))


def test_every_file_of_the_source_is_in_the_wheel(wheel):
    """Templates, styles, texts, schemas and translations are installed with the code that uses them."""
    names, _ = wheel
    files = source_files()
    assert "detente/py.typed" in files
    assert set(files) - names == set()


def test_the_ground_can_be_installed_without_django(wheel):
    """The package alone asks for no framework, server or database driver; only the extra ``node`` does."""
    _, metadata = wheel
    required = [line for line in metadata.decode().splitlines() if line.startswith("Requires-Dist:")]
    heavy = [line for line in required if any(word in line.lower() for word in ("django", "granian", "psycopg"))]
    assert heavy
    assert all("extra == 'node'" in line or 'extra == "node"' in line for line in heavy)
