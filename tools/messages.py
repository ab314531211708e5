"""Keep the catalogues of translations: extract, update, compile, check.

    tools/messages.py extract          print the template of all strings found in Python and in Django templates
    tools/messages.py update           bring every catalogue up to date with the sources, keeping its translations
    tools/messages.py compile          make the files that Django reads
    tools/messages.py check            fail when a string lacks a sound translation

Everything runs on Babel: GNU gettext is not needed. English is the source and has no catalogue.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import django
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

from detente.portal import catalogue

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "src" / "detente"
HEADER = "# Translations of Détente's portal. English is the source; see docs/how-to/translate.md.\n#"
_LAZY = {f"{name}_lazy": DEFAULT_KEYWORDS[name] for name in ("gettext", "ngettext", "pgettext", "npgettext")}
KEYWORDS = {**DEFAULT_KEYWORDS, **_LAZY, "gettext_noop": None}
# CLDR's six forms of Arabic, in gettext's words; the same expression as in Django's own catalogue.
PLURAL_FORMS = {
    "ar": "nplurals=6; plural=n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 && n%100<=99 "
    "? 4 : 5;",
}
_PLACEHOLDER = re.compile(r"%\((\w+)\)[sdif]|%[sd]|\{(\w*)\}")
_LABEL = re.compile(r"TLP:[A-Z]+(?:\+STRICT)?|TLP\b")


def found_messages() -> Iterator[tuple[str, str | tuple[str, ...], list[str], str | None]]:
    """Yield (file, message, comments for translators, context) for every marked string of the sources."""
    for path in sorted([*SOURCES.rglob("*.py"), *SOURCES.rglob("templates/**/*.html")]):
        text = path.read_text(encoding="utf-8")
        name = path.relative_to(ROOT).as_posix()
        if path.suffix == ".html":
            # What Django makes of a template tokenises as Python once the indentation is gone.
            text = "\n".join(line.lstrip() for line in templatize(text, origin=name).splitlines())
        found = extract(
            "python",
            io.BytesIO(text.encode()),
            keywords=KEYWORDS,
            comment_tags=("Translators:",),
            options={"encoding": "utf-8"},
            strip_comment_tags=True,
        )
        for _line, message, comments, context in found:
            if message and message != ("", ""):
                yield name, message, comments, context


def template() -> Catalog:
    """Return the catalogue of all strings, in the order of files, without line numbers (they only make noise)."""
    catalog = Catalog(project="detente", charset="utf-8", header_comment=HEADER, fuzzy=False)
    for name, message, comments, context in found_messages():
        catalog.add(message, locations=[(name, 0)], auto_comments=comments, context=context)
    return catalog


def render(catalog: Catalog) -> bytes:
    """Return ``catalog`` as text, the same bytes for the same strings."""
    buffer = io.BytesIO()
    write_po(buffer, catalog, width=110, include_lineno=False, omit_header=False, ignore_obsolete=False)
    text = buffer.getvalue().decode()
    # Dates and tool versions would change the file without a change of words.
    volatile = (
        "POT-Creation-Date",
        "PO-Revision-Date",
        "Last-Translator",
        "Generated-By",
        "Report-Msgid-Bugs-To",
        "Language-Team",
    )
    lines = [line for line in text.splitlines() if not line.startswith(tuple(f'"{name}' for name in volatile))]
    return ("\n".join(lines).rstrip("\n") + "\n").encode()


def read(path: Path) -> Catalog:
    """Return the catalogue in ``path``."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name)


def update() -> None:
    """Bring every catalogue up to date; a message that changed must be translated again, never guessed."""
    fresh = template()
    for path in catalogue.sources():
        catalog = read(path)
        catalog.update(fresh, no_fuzzy_matching=True, update_header_comment=True)
        catalog.fuzzy = False
        if forms := PLURAL_FORMS.get(path.parent.parent.name):
            catalog.mime_headers = [("Plural-Forms", forms)]
        path.write_bytes(render(catalog))
        missing = sum(1 for message in catalog if message.id and not _translated(message))
        print(
            f"{path.relative_to(ROOT)}: {len(catalog)} messages, {missing} to translate, {len(catalog.obsolete)} gone"
        )


def problems(fresh: Catalog, catalog: Catalog) -> Iterator[str]:
    """Yield one sentence for each thing that is wrong with ``catalog`` against the strings of the sources."""
    known = {(message.id, message.context) for message in catalog if message.id}
    wanted = {(message.id, message.context) for message in fresh if message.id}
    yield from (f"not in the catalogue: {key[0]!r}" for key in sorted(wanted - known, key=str))
    yield from (f"no longer in the sources: {key[0]!r}" for key in sorted(known - wanted, key=str))
    yield from (f"obsolete: {message.id!r}" for message in catalog.obsolete.values())
    for message in catalog:
        if not message.id:
            continue
        if message.fuzzy:
            yield f"fuzzy: {message.id!r}"
        elif not _translated(message):
            yield f"not translated: {message.id!r}"
        else:
            yield from _faults(message)


def _translated(message: Message) -> bool:
    return all(_strings(message.string))


def _strings(value: str | list[str] | tuple[str, ...] | None) -> list[str]:
    if value is None:
        return [""]
    return [value] if isinstance(value, str) else list(value)


def _faults(message: Message) -> Iterator[str]:
    singular, *more = _strings(message.id)
    plural = more[0] if more else singular
    for index, text in enumerate(_strings(message.string)):
        given = sorted(match.group() for match in _PLACEHOLDER.finditer(text))
        wanted = sorted(match.group() for match in _PLACEHOLDER.finditer(plural))
        # "one day" and "two days" are whole words in Arabic: forms for 0, 1 and 2 may leave the number out.
        optional = {"%(count)s", "%(count)d"} if more and index < 3 else set()
        if set(given) - set(wanted) or set(wanted) - set(given) - optional:
            yield f"placeholders differ: {singular!r} → {text!r}"
        if sorted(_LABEL.findall(plural)) != sorted(_LABEL.findall(text)):
            yield f"a TLP label was changed: {singular!r} → {text!r}"


def check() -> int:
    """Print what is wrong with each catalogue; return 1 if anything is."""
    fresh = template()
    wrong = 0
    for path in catalogue.sources():
        for sentence in problems(fresh, read(path)):
            print(f"{path.relative_to(ROOT)}: {sentence}")
            wrong += 1
    print(f"{len(fresh)} strings, {len(catalogue.sources())} catalogue(s), {wrong} problem(s)")
    return 1 if wrong else 0


def main(arguments: list[str]) -> int:
    """Run one command and return the exit code."""
    match arguments:
        case ["extract"]:
            sys.stdout.buffer.write(render(template()))
        case ["update"]:
            update()
        case ["compile"]:
            for path in catalogue.sources():
                print(f"compiled {catalogue.compile_one(path).relative_to(ROOT)}")
        case ["check"]:
            return check()
        case _:
            print(__doc__)
            return 2
    return 0


if __name__ == "__main__":
    # Templates are read through Django, which wants to be configured; no setting of the node matters here.
    if not settings.configured:
        settings.configure()
        django.setup()
    sys.exit(main(sys.argv[1:]))
