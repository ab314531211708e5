"""From what Pydantic finds wrong to one sentence that names the member and says what to change.

The value itself is not repeated here: it may be long, or not for the eyes of whoever reads the refusal. No word of
Pydantic's own reaches people.
"""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from detente.errors import MalformedError

_SAYS = {
    "missing": "it is missing; add it",
    "literal_error": "write {expected}",
    "string_type": "write a text",
    "string_too_short": "it is too short; write at least {min_length} character(s)",
    "string_too_long": "write at most {max_length} characters",
    "int_type": "write a whole number",
    "bool_type": "write true or false",
    "list_type": "write a list",
    "dict_type": "write an object",
    "model_type": "write an object",
    "too_short": "give at least {min_length}",
    "too_long": "give at most {max_length}, not {actual_length}",
    "greater_than_equal": "write {ge} or more",
    "less_than_equal": "write {le} or less",
}
_LONGEST = 40
_DEEPEST = 8


def fault(error: ValidationError, members: dict[str, Any], *, within: str | None = None) -> MalformedError:
    """Return the first fault that ``error`` found in ``members``, or in its member ``within``, as one sentence."""
    return _sentence(error.errors(include_url=False, include_input=False)[0], members, within)


def fault_of_type(
    error: ValidationError, members: dict[str, Any], *, within: str | None = None
) -> MalformedError | None:
    """Return the first fault in the type of a member, None when all that is wrong could be mended by its writer."""
    first = next((each for each in error.errors(include_url=False) if _is_of_type(each)), None)
    return _sentence(first, members, within) if first else None


def _is_of_type(found: Any) -> bool:
    if found["type"] == "literal_error":
        branch = str(found["loc"][-1]).startswith("literal[")  # of a union; its other branch says what is wrong
        return not branch and not isinstance(found["input"], str)
    if found["type"] == "value_error":  # lists and objects may break a rule that their writer can still keep
        return not isinstance(found["input"], str | list | dict)
    return str(found["type"]).endswith("_type")


def _sentence(first: Any, members: dict[str, Any], within: str | None) -> MalformedError:
    if first["type"] == "value_error":
        reason = str(first["ctx"]["error"])
    else:
        reason = _SAYS.get(first["type"], "this value has no form that is known here").format(**first.get("ctx", {}))
    loc = (within, *first["loc"]) if within else first["loc"]
    if first["type"] == "list_type" and loc[0] == "addressees":
        reason = "name the addressees in a list, or write * for everyone"
    return MalformedError("statement-member", f"In {_place(loc, members)}: {reason.rstrip('.')}.")


def _place(loc: tuple[int | str, ...], members: Any) -> str:
    """Return the path as a reader of the JSON walks it: steps that are no member, such as union branches, left out."""
    path = ""
    for step in loc[:_DEEPEST]:
        if isinstance(members, dict) and isinstance(step, str) and (step in members or step.isidentifier()):
            path += f".{_name(step)}"
            members = members.get(step)
        elif isinstance(members, list) and isinstance(step, int) and step < len(members):
            path += f"[{step}]"
            members = members[step]
    return path.removeprefix(".") or "the statement"


def _name(step: str) -> str:
    """Return a member's name, made safe: an unknown key of a free mapping is the sender's text."""
    shown = step[:_LONGEST]
    return shown if shown.isprintable() else ascii(shown)
