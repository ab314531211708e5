"""The strict JSON codec, fed anything."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from detente.errors import MalformedError
from detente.statements.codec import MAX_INTEGER, parse_object, render_object
from sizes import at_most

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-MAX_INTEGER, MAX_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(texts, inner, max_size=5),
    max_leaves=30,
)
objects = st.dictionaries(texts, values, max_size=6)
json_like = st.lists(
    st.sampled_from(
        [b"{", b"}", b"[", b"]", b":", b",", b'"', b'"a"', b"\\", b"\\u0000", b"\\ud800", b"1", b"-", b"e999", b"NaN"]
    ),
    max_size=60,
).map(b"".join)


def read(data):
    try:
        return parse_object(data)
    except MalformedError as refusal:
        return refusal.code


@given(st.binary(max_size=200) | json_like | json_like.map(lambda tail: b'{"a":' + tail + b"}"))
def test_any_bytes_give_an_object_or_a_refusal(data):
    """Any bytes give one object or MalformedError, never another error."""
    outcome = read(data)
    if isinstance(outcome, dict):
        assert json.loads(data) == outcome
    else:
        assert outcome.startswith("json-")


@at_most(1000)
@given(objects)
def test_what_is_written_is_read_back(value):
    """Writing and reading give the same value, unknown members and order included."""
    data = render_object(value)
    assert parse_object(data) == value
    assert list(parse_object(data)) == list(value)


@at_most(1000)
@given(objects, st.integers(0, 7))
def test_escapes_change_no_meaning(value, indent):
    """Escaped and indented JSON is read as the same value."""
    assert parse_object(json.dumps(value, indent=indent).encode()) == value


@at_most(2000)
@given(st.integers(1, 60), st.lists(st.booleans(), min_size=60, max_size=60))
def test_depth_is_counted_exactly(depth, kinds):
    """Nesting is refused from a depth of 33, whatever the kinds of brackets."""
    openings = [b'{"[{":' if kinds[level] else b"[" for level in range(depth - 1)]
    closings = [b"}" if kinds[level] else b"]" for level in reversed(range(depth - 1))]
    data = b'{"a":' + b"".join(openings) + b"0" + b"".join(closings) + b',"b":' + b"[" * 3 + b"]" * 3 + b"}"
    assert (read(data) == "json-depth") == (depth > 32)
