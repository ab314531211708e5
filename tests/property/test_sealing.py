"""Parcels, fed anything."""

from __future__ import annotations

import hashlib
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.envelopes import sealing
from detente.envelopes.profile import MAX_ENVELOPE_BYTES
from detente.envelopes.sealing import (
    MAX_PARCEL_BYTES,
    Contents,
    derive_salt,
    open_parcel,
    padded_size,
    parse_parcel,
    read_nonce,
    seal,
    seal_digest,
)
from detente.envelopes.signing import sign, statement_id
from detente.errors import MalformedError, SignatureError
from detente.keys import PrivateKeySet, encode
from detente.statements.codec import render_object
from sizes import at_most

SENDER = PrivateKeySet(bytes(range(32)))
READER = PrivateKeySet(bytes(32))
SECOND = PrivateKeySet(bytes([1]) * 32)
STRANGER = PrivateKeySet(bytes([2]) * 32)
NONCE = bytes(range(100, 132))


def payload_of(attachments=(), **members):
    named = [{"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)} for data in attachments]
    return {"v": 1, "nonce": encode(NONCE), "attachments": named, **members}


def contents_of(attachments=(), **members):
    return Contents(sign(render_object(payload_of(attachments, **members)), SENDER), tuple(attachments))


def sealed(attachments=(), recipient="BRY", to=(READER,), **members):
    contents = contents_of(attachments, **members)
    return seal(contents, recipient, NONCE, [keys.public for keys in to])


def sealed_unchecked(contents, payload, recipient="BRY", body=None):
    """A parcel as a careless or hostile sender packs it: the sender's own checks left out."""
    name = statement_id(render_object(payload))
    digest = seal_digest(derive_salt(NONCE, name, recipient), name)
    return sealing._pack(digest, sealing._render_body(contents) if body is None else body, [READER.public])


def refusal(parcel, recipient="BRY", keys=READER):
    with pytest.raises((MalformedError, SignatureError)) as caught:
        open_parcel(parcel, recipient, keys)
    return caught.value.code


SMALL = sealed()

pieces = st.sampled_from([sealing.MAGIC, bytes(32), b"\1", b"\2", b"\0\0\x10\x10", SMALL[51:], SMALL[:51], bytes(1168)])


@given(st.binary(max_size=300) | st.lists(pieces, max_size=6).map(b"".join) | st.binary(max_size=40).map(SMALL.__add__))
def test_any_bytes_give_contents_or_a_refusal(data):
    """Any bytes open, or are refused, never another error."""
    try:
        opened = open_parcel(data, "BRY", READER)
    except (MalformedError, SignatureError) as error:
        assert error.code  # noqa: PT017 - either outcome is right, another exception is not
        return
    assert data == SMALL
    assert opened.seal_digest == parse_parcel(data).seal_digest


@at_most(500)
@given(
    st.lists(st.binary(max_size=500), max_size=4, unique=True), st.text("اب xyz", max_size=50), st.sampled_from("ABC")
)
def test_what_was_sealed_is_opened(attachments, text, recipient):
    """Envelope and attachments come out as they went in, with the digest that everybody can recompute."""
    contents = contents_of(attachments, text=text)
    parcel = seal(contents, recipient, NONCE, [READER.public])
    opened = open_parcel(parcel, recipient, READER)
    assert opened.contents == contents
    assert not opened.refused
    assert not opened.missing
    name = statement_id(render_object(payload_of(attachments, text=text)))
    assert opened.seal_digest == seal_digest(derive_salt(NONCE, name, recipient), name)
    assert opened.seal_digest == parse_parcel(parcel).seal_digest


@given(st.integers(0, len(SMALL) * 8 - 1))
def test_a_flipped_bit_is_refused(bit):
    """A random bit of a parcel, flipped, is refused."""
    flipped = bytearray(SMALL)
    flipped[bit // 8] ^= 1 << bit % 8
    refusal(bytes(flipped))


def test_every_bit_of_a_parcel_counts():
    """Of one small parcel, each single bit flipped is refused: padding, lengths and wraps included."""
    flipped = bytearray(SMALL)
    for bit in range(len(SMALL) * 8):
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises((MalformedError, SignatureError)):
            open_parcel(bytes(flipped), "BRY", READER)
        flipped[bit // 8] ^= 1 << bit % 8


@given(st.integers(0, len(SMALL) - 1))
def test_a_parcel_cut_short_is_refused(length):
    """No beginning of a parcel is one."""
    assert refusal(SMALL[:length]) == "parcel-form"


def test_two_parcels_of_one_statement_share_nothing_but_their_form():
    """Parcels of one statement for two readers, or sealed twice for one, cannot be linked by their bytes."""
    first, second, again = sealed(), sealed(recipient="COR", to=(SECOND,)), sealed()
    form = {first[:18], first[50:51], first[51 + 1168 :][:4]}
    for other in (second, again):
        runs = {first[at : at + 8] for at in range(51, len(first) - 8)}
        shared = [run for at in range(len(other) - 8) if (run := other[at : at + 8]) in runs]
        assert not shared
    assert first[18:50] != second[18:50]
    assert form == {second[:18], second[50:51], second[51 + 1168 :][:4]}


def test_a_parcel_shows_no_text_and_no_id():
    """Neither plaintext, nor any id of statement, key set, sender or recipient stands in a parcel."""
    attachment = b"an annex with an address 198.51.100.7"
    payload = payload_of([attachment], issuer="ALDERMERE", addressee="BRYHOLT", text="a visible sentence")
    parcel = seal(Contents(sign(render_object(payload), SENDER), (attachment,)), "BRYHOLT", NONCE, [READER.public])
    name = statement_id(render_object(payload))
    salt = derive_salt(NONCE, name, "BRYHOLT")
    hidden = [attachment, b"ALDERMERE", b"BRYHOLT", b"visible sentence", b"payload", b"signatures", name.encode(), salt]
    hidden += [encode(salt).encode(), encode(NONCE).encode(), NONCE, sealing.decode(name)]
    hidden += [keys.public.id.encode() for keys in (SENDER, READER)]
    hidden += [sealing.decode(keys.public.id) for keys in (SENDER, READER)]
    for secret in hidden:
        assert secret not in parcel
    assert hashlib.sha256(b"detente/v1 seal\0" + salt + sealing.decode(name)).digest() in parcel


@given(st.integers(0, 100_000))
def test_a_size_class_is_close_and_stable(size):
    """Padding adds at most 12 percent, never shrinks, and a padded size stays as it is."""
    padded = padded_size(size)
    assert size <= padded <= size * 1.12
    assert padded_size(padded) == padded


def test_parcels_of_one_size_class_have_one_size():
    """Two texts a few letters apart make parcels of one length."""
    assert len(sealed(text="a" * 1000)) == len(sealed(text="a" * 1010))


def test_each_of_several_keys_opens_alone():
    """A parcel wrapped for two keys of one reader opens with either, and with no third."""
    parcel = sealed(to=(READER, SECOND))
    assert open_parcel(parcel, "BRY", READER) == open_parcel(parcel, "BRY", SECOND)
    assert refusal(parcel, keys=STRANGER) == "parcel-open"


def test_wrap_and_body_fail_alike():
    """A bad wrap, a bad body and another's key are one and the same error: nothing is learnt from probing."""
    bad_wrap, bad_body = bytearray(SMALL), bytearray(SMALL)
    bad_wrap[60] ^= 1
    bad_body[-1] ^= 1
    errors = set()
    for parcel, keys in ((bytes(bad_wrap), READER), (bytes(bad_body), READER), (SMALL, STRANGER)):
        with pytest.raises(SignatureError) as caught:
            open_parcel(parcel, "BRY", keys)
        errors.add((caught.value.code, caught.value.message))
    assert len(errors) == 1


def test_a_parcel_opens_for_its_recipient_alone():
    """A parcel made for one participant is refused by another who holds the key: the digest differs."""
    assert refusal(SMALL, recipient="COR") == "parcel-digest"


def test_another_statement_under_the_digest_is_refused():
    """Contents that are not the statement of the seal digest are refused, though every key fits."""
    registered = payload_of(text="what was registered")
    shown = contents_of(text="what is shown")
    assert refusal(sealed_unchecked(shown, registered)) == "parcel-digest"


def test_an_attachment_that_does_not_match_is_kept_apart():
    """An attachment of another hash or size is refused and reported; envelope and good attachments are kept."""
    good, wrong = b"the annex", b"another annex"
    payload = payload_of([good, b"promised"])
    contents = Contents(sign(render_object(payload), SENDER), (wrong, good, good))
    opened = open_parcel(sealed_unchecked(contents, payload), "BRY", READER)
    assert opened.contents == Contents(contents.envelope_bytes, (good,))
    assert [(one.position, one.sha256) for one in opened.refused] == [
        (0, hashlib.sha256(wrong).hexdigest()),
        (2, hashlib.sha256(good).hexdigest()),
    ]
    assert opened.missing == (hashlib.sha256(b"promised").hexdigest(),)


def test_an_attachment_of_another_size_than_signed_is_kept_apart():
    """An attachment whose hash fits and whose named size does not is refused."""
    payload = payload_of()
    payload["attachments"] = [{"sha256": hashlib.sha256(b"annex").hexdigest(), "size": 4}]
    contents = Contents(sign(render_object(payload), SENDER), (b"annex",))
    opened = open_parcel(sealed_unchecked(contents, payload), "BRY", READER)
    assert not opened.contents.attachments
    assert "another size" in opened.refused[0].reason


BODY = sealing._render_body(contents_of())


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (BODY[:-1] + b"\1", "parcel-padding"),
        (BODY + bytes(padded_size(len(BODY) + 1) - len(BODY)), "parcel-padding"),
        (b"\xff\xff\xff\xff" + BODY[4:], "parcel-body"),
        (b"\0\0\0\1{\0\0\0\2" + bytes(3), "parcel-body"),
        (b"\0\0\0\1{\0\0", "parcel-padding"),
        (b"\0\0\0\1{\0\0\0\x21" + bytes(135), "parcel-limit"),
        (bytes(8), "json-syntax"),
    ],
    ids=["padding not zero", "next size class", "length too long", "too few", "cut in a length", "too many", "empty"],
)
def test_a_body_of_another_form_is_refused(body, code):
    """Padding that is not zeros or not of the size class, and lengths that lead astray, are refused."""
    assert padded_size(len(body)) == len(body)
    assert refusal(sealed_unchecked(contents_of(), payload_of(), body=body)) == code


def test_limits_are_held_before_any_work():
    """Too many or too large attachments, and a parcel above the limit, are refused without copying them."""
    with pytest.raises(MalformedError) as caught:
        seal(Contents(b"", (b"",) * 33), "BRY", NONCE, [READER.public])
    assert caught.value.code == "parcel-limit"
    large = bytes(sealing.MAX_ATTACHMENT_BYTES)
    huge = bytes(MAX_PARCEL_BYTES + 1)
    tracemalloc.start()
    for attachments in ((large + b"\0",), (large, large, b"\0")):
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        with pytest.raises(MalformedError) as caught:
            seal(Contents(b"", attachments), "BRY", NONCE, [READER.public])
        assert caught.value.code == "parcel-limit"
        assert tracemalloc.get_traced_memory()[1] - before < 100_000
    assert refusal(huge) == "parcel-size"
    assert tracemalloc.get_traced_memory()[1] - before < 100_000
    tracemalloc.stop()
    with pytest.raises(MalformedError):
        seal(Contents(bytes(MAX_ENVELOPE_BYTES + 1)), "BRY", NONCE, [READER.public])


def test_the_largest_statement_there_may_be_goes_through():
    """1 MiB of payload and 50 MiB of attachments fit into a parcel."""
    attachments = (bytes(sealing.MAX_ATTACHMENT_BYTES), b"\1" * sealing.MAX_ATTACHMENT_BYTES)
    room = (1 << 20) - len(render_object(payload_of(attachments, text="")))
    parcel = sealed(attachments, text="x" * room)
    assert len(parcel) <= MAX_PARCEL_BYTES
    assert open_parcel(parcel, "BRY", READER).contents.attachments == attachments


@pytest.mark.parametrize(
    ("seal_it", "code"),
    [
        (lambda: seal(contents_of(), "BRY", bytes(32), [READER.public]), "parcel-nonce"),
        (lambda: seal(contents_of(), "BRY", NONCE, []), "parcel-keys"),
        (lambda: seal(contents_of(), "BRY", NONCE, [READER.public, READER.public]), "parcel-keys"),
        (lambda: seal(contents_of(), "BRY", NONCE, [PrivateKeySet.generate().public for _ in range(5)]), "parcel-keys"),
        (
            lambda: seal(Contents(contents_of().envelope_bytes, (b"x",)), "BRY", NONCE, [READER.public]),
            "parcel-attachment",
        ),
        (lambda: seal(Contents(b"{}"), "BRY", NONCE, [READER.public]), "jws-member"),
        (lambda: sealed(nonce="AAAA"), "statement-nonce"),
        (lambda: sealed(attachments=[], nonce=5), "statement-nonce"),
        (lambda: read_nonce({}), "statement-nonce"),
    ],
)
def test_nothing_is_sealed_that_the_reader_would_refuse(seal_it, code):
    """The sender's side refuses at once what the reader's side would refuse later."""
    with pytest.raises(MalformedError) as caught:
        seal_it()
    assert caught.value.code == code


@pytest.mark.parametrize("named", [5, {}, None, ["x"], [{"sha256": "00"}], [{"sha256": ["x"], "size": 1}]])
def test_attachments_named_in_another_form_are_refused(named):
    """A payload whose list of attachments cannot be read is refused."""
    payload = payload_of() | {"attachments": named}
    contents = Contents(sign(render_object(payload), SENDER))
    assert refusal(sealed_unchecked(contents, payload)) == "statement-attachments"
