"""Statements, fed anything."""

from __future__ import annotations

import copy
import json

from hypothesis import given
from hypothesis import strategies as st

from bodies import SAMPLES
from detente.errors import MalformedError
from detente.statements.codec import MAX_INTEGER, parse_object, render_object
from detente.statements.statement import KINDS, Statement, parse_statement, render_statement, thread_id
from detente.statements.values import TLP, strictest
from harbour import START, payload
from sizes import at_most

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-MAX_INTEGER, MAX_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
    | st.sampled_from(["*", "2026-03-06T18:20:03.000Z", "BRY", "RED", "real", "exercise", "A" * 43, "x" * 301])
)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3))


def said(sample):
    """A valid statement with this kind and body, as members."""
    kind, body = sample
    to = ["BRY"] if KINDS[kind].audience != "everyone" else "*"
    return json.loads(payload(kind, "ALD", body, to=to))


def places(node, path=()):
    """Every path into ``node``, with the node itself first."""
    yield path
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, inner in items:
        yield from places(inner, (*path, key))


def at(node, path):
    for step in path:
        node = node[step]
    return node


samples = st.sampled_from(SAMPLES).map(said)


@st.composite
def damaged(draw):
    """A valid statement of any kind with up to three members replaced, removed or added."""
    members = copy.deepcopy(draw(samples))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(list(places(members))[1:]))
        holder, last = at(members, path[:-1]), path[-1]
        if draw(st.booleans()):
            holder[last] = draw(values)
        elif isinstance(holder, dict) and draw(st.booleans()):
            holder[draw(texts)] = draw(values)
        elif len(members) > 1:
            del holder[last]
    return members


def outcome(data):
    try:
        return parse_statement(data)
    except MalformedError as refusal:
        return refusal


def is_a_sentence(text):
    """One printable line of moderate length that shows nothing of the library behind it."""
    foreign = ("Input should", "Field required", "pydantic", "Traceback", "validation error", "[Addressee]")
    return text.isprintable() and len(text) <= 500 and text.endswith(".") and not any(word in text for word in foreign)


@given(st.binary(max_size=300))
def test_any_bytes_give_a_statement_or_a_refusal(data):
    """Any bytes give a statement or MalformedError, never another error."""
    found = outcome(data)
    assert isinstance(found, Statement) or found.code.startswith(("json-", "kind-", "statement-"))


@given(damaged())
def test_any_damage_gives_a_statement_or_one_sentence(members):
    """A statement with any members replaced, removed or added is read, or refused in one sentence of ours."""
    found = outcome(render_object(members))
    if isinstance(found, Statement):
        assert render_statement(found)
    else:
        assert is_a_sentence(found.message), found.message


@at_most(500)
@given(samples, st.data())
def test_members_of_a_later_version_survive(members, data):
    """Members that this version does not know, null ones too, are kept and written where they stood."""
    objects = [path for path in places(members) if isinstance(at(members, path), dict) and "sequence" not in path]
    # A mapping with free keys (names, keys) has no unknown members.
    objects = [path for path in objects if not {"names", "operator_names", "keyset"} & set(path)]
    path, value = data.draw(st.sampled_from(objects)), data.draw(values)
    at(members, path)["x-later"] = value
    statement = parse_statement(render_object(members))
    written = parse_object(render_statement(statement))
    assert at(written, path)["x-later"] == value


@at_most(500)
@given(samples)
def test_what_is_written_is_read_as_the_same_statement(members):
    """Reading, writing and reading again give the same statement, and each member as it was said."""
    statement = parse_statement(render_object(members))
    written = render_statement(statement)
    assert parse_statement(written) == statement
    again = parse_object(written)
    assert {name: again[name] for name in members if name not in ("issuer", "body")} == {
        name: value for name, value in members.items() if name not in ("issuer", "body")
    }


@at_most(500)
@given(st.binary(min_size=10, max_size=10), st.binary(min_size=10, max_size=10))
def test_thread_ids_are_of_version_seven_and_in_order_of_time(one, other):
    """A thread's id is a UUID of version 7: the later instant has the greater id, whatever the random bytes."""
    early, late = thread_id(START, one), thread_id(START.replace(minute=30), other)
    assert early < late
    assert early[14] == "7"
    assert early[19] in "89ab"


@at_most(500)
@given(st.lists(st.sampled_from(TLP)))
def test_the_strictest_mark_wins(marks):
    """Combining marks gives the strictest; none at all is CLEAR."""
    combined = strictest(marks)
    assert combined in (marks or ["CLEAR"])
    assert all(TLP.index(mark) <= TLP.index(combined) for mark in marks)
