"""Characters that cannot be seen, or that turn the direction of others.

A name or a sentence written by another participant may carry them. Who shows it makes them visible, each in the way
of its own page or terminal; nothing is removed silently. Line breaks and tabs count as seen.
"""

from __future__ import annotations

import unicodedata

# Joiners shape words in several scripts; the others are visible signs that Unicode files under "format".
_HARMLESS_FORMATS = frozenset("\u200c\u200d\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd") | frozenset(
    map(chr, range(0x0600, 0x0606))
)
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def is_hidden(character: str) -> bool:
    """Say whether ``character`` cannot be seen, or turns the direction of others."""
    if character in "\n\t" or character in _HARMLESS_FORMATS:
        return False
    return unicodedata.category(character) in _HIDDEN_CATEGORIES
