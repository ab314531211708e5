"""What a statement may look like, rule by rule, and the sentence that says what to change."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bodies import LEAST, MORE, SAMPLES
from detente.errors import MalformedError
from detente.statements.consultation import Request
from detente.statements.statement import KINDS, Statement, kinds_markdown, parse_statement, statement_from
from harbour import payload

PAGE = Path(__file__).parents[2] / "docs" / "spec" / "statement.md"
REQUEST = {"subject": "s", "observed": "o"}
LABEL = {"sha256": "0" * 64, "media_type": "application/json", "size": 3, "name": "annex.json", "tlp": "AMBER"}


def members(kind="consultation.request", body=None, to=("BRY",), **more):
    addressees = to if to == "*" else list(to)
    return json.loads(payload(kind, "ALD", REQUEST if body is None else body, to=addressees, **more))


def refusal(value):
    with pytest.raises(MalformedError) as caught:
        statement_from(value)
    return caught.value.message


@pytest.mark.parametrize(("kind", "body"), SAMPLES)
def test_each_kind_takes_the_least_and_more(kind, body):
    """Each kind is read with only what cannot be missing, and with its fields filled in."""
    to = "*" if KINDS[kind].audience == "everyone" else ("BRY",)
    statement = statement_from(members(kind, body, to))
    assert isinstance(statement.body, KINDS[kind].body)
    assert statement.body.model_extra == {}, "no sample leans on a member that this version does not know"


def test_every_kind_has_a_sample():
    """The samples cover every kind."""
    assert set(LEAST) == set(KINDS)
    assert set(MORE) <= set(KINDS)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("consultation.notification", {"subject": "s", "text": "All in one text."}),
        ("consultation.request", {"subject": "s", "observed": "All in one text, the question too."}),
        ("consultation.answer", {"nature": "substantive", "text": "All in one text."}),
        ("consultation.information", {"text": "All in one text."}),
        ("consultation.meeting", {"event": "asked", "text": "Tomorrow at ten?"}),
        ("transparency.view", {"title": "t", "topic": "u", "text": "All in one text."}),
        ("cooperation.offer", {"title": "t", "topic": "u", "text": "All in one text."}),
    ],
)
def test_free_text_alone_is_always_valid(kind, body):
    """A template guides and never blocks: one text says it all."""
    assert statement_from(members(kind, body)).body.model_dump(mode="json").items() >= body.items()


def test_a_request_attributes_nothing_and_reads_nothing_into_it_by_default():
    """What was observed stands alone: no reading, no attribution, unless the author writes them."""
    request = Request(subject="s", observed="4,112 attempts")
    assert (request.reading, request.attributes_nothing) == (None, True)


@pytest.mark.parametrize(
    ("field", "value", "absent"),
    [
        ({"value": "slow"}, "slow", None),
        ({"absent": "not-known"}, None, "not-known"),
        ({"absent": "not-disclosed"}, None, "not-disclosed"),
    ],
)
def test_a_field_says_its_value_or_one_of_two_absences(field, value, absent):
    """Not known and not disclosed are two different things, and both differ from saying nothing."""
    effect = statement_from(members(body=REQUEST | {"effect": field})).body.effect
    assert (effect.value, effect.absent) == (value, absent)
    assert statement_from(members()).body.effect is None


WRONG = [
    ("missing", {"tlp": None}, "In tlp: it is missing; add it."),
    ("mark", {"tlp": "PINK"}, "In tlp: write 'CLEAR', 'GREEN', 'AMBER', 'AMBER+STRICT' or 'RED'."),
    ("version", {"v": 2}, "In v: statements of version 1 are read here; a newer program may read others."),
    ("true for one", {"v": True}, "In v: write a whole number."),
    ("a number in quotes", {"sequence": {"BRY": "1"}}, "In sequence.BRY: write a whole number."),
    ("a fraction", {"sequence": {"BRY": 1.0}}, "In sequence.BRY: write a whole number."),
    ("yes for true", {"authoritative": "yes"}, "In authoritative: write true or false."),
    ("nobody", {"addressees": []}, "In addressees: give at least 1."),
    ("all", {"addressees": "all"}, "In addressees: name the addressees in a list, or write * for everyone."),
    (
        "twice",
        {"addressees": [{"participant": "BRY"}, {"participant": "BRY", "office": "duty"}]},
        "In the statement: an addressee is named twice.",
    ),
    ("itself", {"addressees": [{"participant": "ALD"}]}, "In the statement: a participant does not address itself."),
    (
        "a small id",
        {"addressees": [{"participant": "bry"}]},
        "In addressees[0].participant: it must look like ALD: the id that the arrangement gave, in capitals.",
    ),
    ("no number", {"sequence": {}}, "In the statement: sequence has one number for each addressee."),
    ("no exercise", {"context": "exercise"}, "exercise_id goes with the context exercise, and only with it."),
    ("exercise, real", {"exercise_id": "E-1"}, "exercise_id goes with the context exercise, and only with it."),
    (
        "exercise, test",
        {"context": "test", "exercise_id": "E-1"},
        "exercise_id goes with the context exercise, and only with it.",
    ),
    ("no context", {"context": None}, "In context: it is missing; add it."),
    ("a local time", {"issued_at": "2026-03-06T22:20:03+04:00"}, "A time must look like 2026-03-06T18:20:03.000Z"),
    ("seconds", {"issued_at": 1772821203}, "In issued_at: a time must look like 2026-03-06T18:20:03.000Z."),
    ("half a nonce", {"nonce": "A" * 22}, "In nonce: must be 32 bytes in base64url."),
    ("another UUID", {"thread": "6d3f774e-62ca-4422-8c39-ceef0ac068aa"}, "it must look like a UUID of version 7"),
    ("no reference", {"reference": "hn-ald-42"}, "In reference: it must look like HN-ALD-2026-0042."),
    ("an underscore", {"language": "en_GB"}, "In language: it must look like en, ar or es-419."),
    ("no body", {"body": []}, "In body: a statement has a body, which is an object."),
    ("a folder", {"attachments": [LABEL | {"name": "../annex"}]}, "In attachments[0].name: it must look like"),
    ("a parent", {"attachments": [LABEL | {"name": ".."}]}, "In attachments[0].name: it must look like"),
    ("turned around", {"attachments": [LABEL | {"name": "a\u202egpj.exe"}]}, "without control characters"),
    ("too large", {"attachments": [LABEL | {"size": 26214401}]}, "In attachments[0].size: write 26214400 or less."),
    (
        "a stricter annex",
        {"attachments": [LABEL | {"tlp": "RED"}]},
        "an attachment is marked more strictly than tlp; raise tlp to the strictest mark.",
    ),
]


@pytest.mark.parametrize(("change", "says"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_a_wrong_header_is_named(change, says):
    """A wrong header member is refused in one sentence that names it and says what to change."""
    merged = members() | change
    assert says in refusal({name: value for name, value in merged.items() if value is not None})


WRONG_BODIES = [
    ("consultation.request", {}, "In body.subject: it is missing; add it."),
    ("consultation.request", {"subject": ""}, "In body.subject: it is too short; write at least 1 character(s)."),
    ("consultation.request", {"subject": "x" * 301}, "In body.subject: write at most 300 characters."),
    ("consultation.request", {"subject": "a\nb"}, "In body.subject: write one line, without control characters"),
    (
        "consultation.request",
        {"subject": "s", "questions": [{"number": 2, "text": "x"}]},
        "In body: questions are numbered 1, 2, 3 and so on.",
    ),
    (
        "consultation.request",
        {"subject": "s", "questions": [{"number": 1 + n, "text": "x"} for n in range(10)]},
        "In body.questions: give at most 9, not 10.",
    ),
    ("consultation.request", {"subject": "s", "effect": "slow"}, "In body.effect: write an object."),
    ("consultation.request", {"subject": "s", "effect": {}}, "give either a value, or absent as not-known or"),
    (
        "consultation.request",
        {"subject": "s", "effect": {"value": "slow", "absent": "not-known"}},
        "give either a value, or absent as not-known or not-disclosed.",
    ),
    (
        "consultation.request",
        {"subject": "s", "effect": {"absent": "secret"}},
        "In body.effect.absent: write 'not-known' or 'not-disclosed'.",
    ),
    ("consultation.answer", {"nature": "interim"}, "an interim answer says by when the next update comes"),
    ("consultation.decline", {"reason": "never"}, "'not-accepted-as-basis'"),
    ("consultation.closure", {"outcome": "violated"}, "In body.outcome: write 'satisfied'"),
    (
        "transparency.notice",
        {"title": "t", "activity": "survey", "window": {}, "ranges": ["198.51.100.7/24"]},
        "In body.ranges[0]: write an address range such as 198.51.100.0/24, without host bits.",
    ),
    (
        "transparency.notice",
        {
            "title": "t",
            "activity": "survey",
            "window": {"begins_at": "2026-03-06T16:00:00.000Z", "ends_at": "2026-03-06T12:00:00.000Z"},
        },
        "In body.window: the end lies before the beginning.",
    ),
]


@pytest.mark.parametrize(("kind", "body", "says"), WRONG_BODIES)
def test_a_wrong_body_is_named(kind, body, says):
    """A wrong body member is refused in one sentence that names it and says what to change."""
    assert says in refusal(members(kind, body))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"opens": "\u0661\u0660:00"}, "In body.opens: it must look like 09:00."),
        ({"opens": "24:00"}, "In body.opens: it must look like 09:00."),
        ({"opens": "17:00", "closes": "09:00"}, "In body: closes must come after opens."),
        ({"holidays": [0]}, "In body.holidays[0]: a day must look like 2026-03-06."),
        ({"holidays": ["2026-02-29"]}, "In body.holidays[0]: there is no such day as 2026-02-29."),
        ({"holidays": ["2026-03-06T00:00:00"]}, "In body.holidays[0]: a day must look like 2026-03-06."),
        ({"time_zone": "Nowhere/Here"}, "In body.time_zone: 'Nowhere/Here' is not a time zone"),
        ({"weekend": [7]}, "In body.weekend[0]: write 6 or less."),
        ({"names": {}}, "In body.names: give at least 1."),
        ({"names": {"en_GB": "Bryholt"}}, "In body.names.en_GB: it must look like en, ar or es-419."),
    ],
)
def test_a_wrong_office_is_named(change, says):
    """What working days are counted from has one reading only: digits, days and zones in one form."""
    assert says in refusal(members("directory.office", LEAST["directory.office"] | change, "*"))


@pytest.mark.parametrize(
    ("kind", "to", "more", "says"),
    [
        ("consultation.request", "*", {}, "consultation.request names its addressees; it cannot go to everyone."),
        ("directory.member", ("BRY",), {}, "directory.member goes to everyone: write addressees as *."),
        ("transparency.view", "*", {"tlp": "AMBER"}, "a statement to everyone is marked CLEAR or GREEN."),
    ],
)
def test_each_kind_has_its_audience(kind, to, more, says):
    """A kind goes to named participants, to everyone, or to either, and to everyone only with an open mark."""
    assert says in refusal(members(kind, LEAST[kind], to, **more))


def test_a_statement_to_everyone_says_who_the_members_were():
    """Addressed to everyone, a statement names the ledger index at which the members are read."""
    value = members("transparency.view", LEAST["transparency.view"], "*")
    assert statement_from(value).recipients == ("*",)
    del value["members_at"]
    assert "members_at is missing" in refusal(value)


def test_a_milder_annex_may_hang_on_a_stricter_statement():
    """A public advisory may be attached to a statement that is not public."""
    assert statement_from(members(attachments=[LABEL | {"tlp": "CLEAR"}])).attachments[0].tlp == "CLEAR"


@pytest.mark.parametrize("kind", ["consultation.demand", "", None, ["consultation.request"], {}, 7])
def test_an_unknown_kind_has_its_own_code(kind):
    """A kind that is not known here is refused as such, whatever else it holds."""
    with pytest.raises(MalformedError) as caught:
        statement_from(members() | {"kind": kind})
    assert caught.value.code == "kind-unknown"


def test_a_line_holds_any_script_with_its_direction_marks():
    """Marks and isolates that a right-to-left line needs are part of it; only overrides are refused."""
    subject = "\u0627\u062a\u0635\u0627\u0644\u0627\u062a \u2068HN-ALD-2026-0042\u2069\u200f"
    assert statement_from(members(body={"subject": subject})).body.subject == subject


def test_a_refusal_repeats_no_text_at_length():
    """A refusal stays short, whatever was sent."""
    long = "x" * 20_001
    for change in ({"tlp": long}, {long: 1, "tlp": 5}, {"sequence": {long: 0}}, {"reference": long}, {"kind": long}):
        assert len(refusal(members() | change)) < 200


def test_a_statement_cannot_be_changed():
    """A statement that was read is frozen."""
    statement = parse_statement(payload("consultation.request", "ALD", REQUEST, to=["BRY"]))
    with pytest.raises(ValueError, match="frozen"):
        statement.tlp = "CLEAR"


def test_the_page_lists_each_kind_as_it_is():
    """docs/spec/statement.md embeds the table of kinds exactly, and names every member of the header."""
    page = PAGE.read_text(encoding="utf-8")
    assert f"\n{kinds_markdown()}\n" in page
    header = page.partition("## Header")[2].partition("\n## ")[0]
    named = [line.split("|")[1].strip().strip("`") for line in header.splitlines() if line.startswith("| `")]
    assert named == list(Statement.model_fields)


def test_the_example_of_the_page_is_a_statement():
    """The example that the page shows is read as it stands."""
    example = PAGE.read_text(encoding="utf-8").partition("```json\n")[2].partition("```")[0]
    assert parse_statement(example.encode()).kind == "consultation.request"
