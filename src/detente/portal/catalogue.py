"""Catalogues of translations: from the text that people edit (.po) to what Django reads (.mo).

Compiled files are never committed; they are made by ``make setup``, and again when the application starts if they
are missing or old. Extraction and checks belong to ``tools/messages.py``; this module only compiles.
"""

from __future__ import annotations

import io
import logging
import os
import tempfile
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE_ROOT = Path(__file__).resolve().parent / "locale"

_log = logging.getLogger(__name__)


def sources(root: Path = LOCALE_ROOT) -> list[Path]:
    """Return every catalogue below ``root`` that people edit, in the order of its name."""
    return sorted(root.glob("*/LC_MESSAGES/*.po"))


def compile_one(source: Path) -> Path:
    """Compile ``source`` beside itself, in one durable step, and return the compiled file's path."""
    with source.open("rb") as file:
        catalogue = read_po(file, locale=source.parent.parent.name)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    target = source.with_suffix(".mo")
    # Two processes may start at once: each writes its own file and renames it into place.
    descriptor, name = tempfile.mkstemp(dir=target.parent, suffix=".part")
    with os.fdopen(descriptor, "wb") as file:
        file.write(compiled.getvalue())
    Path(name).chmod(0o644)
    Path(name).replace(target)
    return target


def compile_stale(root: Path = LOCALE_ROOT) -> list[Path]:
    """Compile what is missing or older than its text; where the folder cannot be written, say so and go on."""
    made: list[Path] = []
    for source in sources(root):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        try:
            made.append(compile_one(source))
        except OSError as error:
            _log.warning("%s cannot be compiled (%s); pages in that language show English.", source, error.strerror)
    return made
