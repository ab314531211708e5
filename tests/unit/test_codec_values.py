"""What the strict JSON codec takes, and the code of each refusal."""

from __future__ import annotations

import pytest

from detente.errors import MalformedError
from detente.statements.codec import MAX_INTEGER, STATEMENT_LIMITS, Limits, parse_object, render_object

TAKEN = [
    (b"{}", {}),
    (b' {"a" : [ 1 , -0 , 2.5e3 ] }\n', {"a": [1, 0, 2500.0]}),
    (rb'{"a":"\u0627\ud83d\ude00"}', {"a": "ا😀"}),
    (rb'{"a":"\\u0000 \\ud800"}', {"a": r"\u0000 \ud800"}),
    (b'{"a":9007199254740991,"b":-9007199254740991}', {"a": MAX_INTEGER, "b": -MAX_INTEGER}),
    (b'{"a":"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["}', {"a": "[" * 40}),
    (b'{"a":"\\"' + b"{" * 40 + b'"}', {"a": '"' + "{" * 40}),
    (b'{"":null,"b":true}', {"": None, "b": True}),
]

REFUSED = [
    (b"", "json-syntax"),
    (b"[]", "json-object"),
    (b'"a"', "json-object"),
    (b"{} {}", "json-syntax"),
    (b"{'a':1}", "json-syntax"),
    (b'{"a":1,}', "json-syntax"),
    (b'{"a":01}', "json-syntax"),
    (b'{"a":"\n"}', "json-syntax"),
    (b'{"a":"\0"}', "json-syntax"),
    (b"\xef\xbb\xbf{}", "json-bom"),
    (b'{"a":"\xff"}', "json-utf8"),
    (b'{"a":"\xed\xa0\x80"}', "json-utf8"),
    (b'{"a":"\xc0\x80"}', "json-utf8"),
    ('{"a":1}'.encode("utf-16"), "json-utf8"),
    (b'{"a":1,"a":1}', "json-duplicate"),
    (rb'{"a":1,"\u0061":2}', "json-duplicate"),
    (b'{"x":[{"b":0,"a":1,"a":2}]}', "json-duplicate"),
    (b'{"a":NaN}', "json-number"),
    (b'{"a":Infinity}', "json-number"),
    (b'{"a":-Infinity}', "json-number"),
    (b'{"a":1e999}', "json-number"),
    (b'{"a":-1e999}', "json-number"),
    (b'{"a":0.' + b"1" * 40 + b"}", "json-number"),
    (b'{"a":9007199254740992}', "json-integer"),
    (b'{"a":-9007199254740992}', "json-integer"),
    (b'{"a":' + b"9" * 10_000 + b"}", "json-integer"),
    (rb'{"a":"\u0000"}', "json-nul"),
    (rb'{"\u0000":1}', "json-nul"),
    (rb'{"a":"\\\u0000"}', "json-nul"),
    (rb'{"a":"\ud800"}', "json-surrogate"),
    (rb'{"a":"\udc00\ud800"}', "json-surrogate"),
    (rb'{"\udfff":1}', "json-surrogate"),
    (b'{"a":' + b"[" * 32 + b"]" * 32 + b"}", "json-depth"),
    (b"[" * 100_000, "json-members"),
    (b"[" * 9_000, "json-depth"),
    (b'{"a":' * 9_000, "json-depth"),
    (b'{"a":[' + b"1," * 10_000 + b"1]}", "json-members"),
    (b'{"a":"' + b"x" * (1 << 20) + b'"}', "json-size"),
]


@pytest.mark.parametrize(("data", "value"), TAKEN)
def test_json_with_one_meaning_is_read(data, value):
    """JSON that every reader reads alike is read."""
    assert parse_object(data) == value


@pytest.mark.parametrize(("data", "code"), REFUSED, ids=lambda part: repr(part)[:40])
def test_json_with_two_meanings_is_refused(data, code):
    """JSON that two readers could read differently, or that is too much, is refused with its code."""
    with pytest.raises(MalformedError) as refusal:
        parse_object(data)
    assert refusal.value.code == code


def test_depth_32_and_a_full_mebibyte_are_read():
    """The limits themselves are still read."""
    nested = b'{"a":' + b"[" * 31 + b"]" * 31 + b"}"
    assert parse_object(nested)["a"]
    full = b'{"a":"' + b"x" * ((1 << 20) - 8) + b'"}'
    assert len(full) == STATEMENT_LIMITS.max_bytes
    assert len(parse_object(full)["a"]) == (1 << 20) - 8


def test_other_limits_can_be_given():
    """A reader of another kind of file sets its own limits."""
    with pytest.raises(MalformedError) as refusal:
        parse_object(b'{"a":[[]]}', Limits(max_bytes=100, max_depth=2, max_members=10))
    assert refusal.value.code == "json-depth"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ({"a": "\ud800"}, "json-surrogate"),
        ({"a": float("inf")}, "json-value"),
        ({"a": b""}, "json-value"),
        ({"a": "\0"}, "json-nul"),
        ({"a": 2**53}, "json-integer"),
        ({"a": 1, 1: 2, "1": 3}, "json-duplicate"),
        ({"a": "x" * (1 << 20)}, "json-size"),
    ],
    ids=lambda part: repr(part)[:30],
)
def test_nothing_is_written_that_nobody_reads(value, code):
    """The writer refuses what the reader would refuse."""
    with pytest.raises(MalformedError) as refusal:
        render_object(value)
    assert refusal.value.code == code


def test_a_value_that_holds_itself_is_refused():
    """A value without end is refused, not walked."""
    value: dict = {}
    value["a"] = value
    with pytest.raises(MalformedError):
        render_object(value)


def test_writing_is_compact_and_keeps_the_order():
    """Members stay in the order given, without white space, in UTF-8."""
    assert render_object({"b": "سلام", "a": [1, True]}) == '{"b":"سلام","a":[1,true]}'.encode()
