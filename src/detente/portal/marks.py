"""Text by people, made safe to show: no markup of theirs works, and no character of theirs hides or turns others.

A name or a sentence written by another participant may carry characters that change the direction of the text
around it, or that cannot be seen. Here they become visible labels. Nothing is removed silently, nothing is turned
into a link, and neither HTML nor Markdown is understood.
"""

from __future__ import annotations

import re
import unicodedata

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from detente.statements.hidden import is_hidden

_BLANK_LINES = re.compile(r"\n[ \t]*\n\s*")
_LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", re.ASCII)


def reveal(text: object) -> SafeString:
    """Return ``text`` escaped, with each hidden character shown as a label such as ``U+202E``."""
    whole = str(text).replace("\r\n", "\n").replace("\r", "\n")
    if whole.replace("\n", "").isprintable():  # nearly every text: nothing in it is hidden
        return escape(whole)
    pieces: list[str] = []
    plain: list[str] = []
    for character in whole:
        if not is_hidden(character):
            plain.append(character)
            continue
        pieces.extend((escape("".join(plain)), _label(character)))
        plain.clear()
    pieces.append(escape("".join(plain)))
    return mark_safe("".join(pieces))  # noqa: S308 - every piece is escaped above


def isolate(text: object) -> SafeString:
    """Return ``text`` revealed and isolated, so that its direction leaves the sentence around it alone."""
    return format_html("<bdi>{}</bdi>", reveal(text))


def markless(text: object, language: str = "") -> SafeString:
    """Return ``text`` as paragraphs and line breaks only, each paragraph in its own direction."""
    paragraphs = _BLANK_LINES.split(str(text).replace("\r\n", "\n").replace("\r", "\n").strip("\n"))
    rendered = "".join(f'<p dir="auto">{reveal(part).replace(chr(10), "<br>")}</p>' for part in paragraphs if part)
    lang = f' lang="{language}"' if _LANGUAGE_TAG.fullmatch(language) else ""
    return mark_safe(f'<div class="said"{lang}>{rendered}</div>')  # noqa: S308 - escaped by reveal, language matched


def _label(character: str) -> str:
    point = ord(character)
    code = f"U+{point:04X}"
    name = unicodedata.name(character, code)
    return format_html('<span class="hidden-sign" dir="ltr" translate="no" title="{}">{}</span>', name, code)
