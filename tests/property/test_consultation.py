"""The consultation's reading is a function of a set and an instant, and the clock only ever adds to it."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from detente.clock import render_instant, zone
from detente.procedures.calendar import OfficeCalendar, add_working_days
from detente.procedures.consultation import ANYTHING, TRANSITIONS, Role, Said, Stage, is_open, said_of
from detente.procedures.reading import permits, read
from detente.statements.statement import parse_statement
from harbour import payload
from sizes import at_most
from threads import BRYHOLT, OPENER, SENT, utc

_MOVING = {move.verb for _, move in TRANSITIONS if move.role is not Role.CLOCK} - {ANYTHING}
VERBS = sorted(_MOVING | {"correction", "channel.limited", "notification", "handed_over.unreadable"})
HOURS = st.integers(0, 24 * 200)
REFERS = st.sampled_from(["request", "request", "s0", "s1", "s2", ""])


def instants(draw):
    return SENT + timedelta(hours=draw(HOURS), milliseconds=draw(st.integers(0, 2)))


def current_request(said, reading):
    """The statement that opened the round which ``reading`` is in."""
    opened = [step for step in reading.history if step.stage is Stage.IN_TRANSIT and step.role is OPENER]
    ids = [step.statement_id for step in opened if step.verb in ("request", "notification", "information")]
    return ids[-1]


@st.composite
def statements(draw, number):
    """One statement with any verb by either side at any time, perhaps not recorded yet."""
    late = st.none() | HOURS.map(lambda hours: SENT + timedelta(hours=hours))
    return Said(
        statement_id=f"s{number}",
        verb=draw(st.sampled_from(VERBS)),
        role=draw(st.sampled_from([Role.OPENER, Role.ADDRESSEE])),
        at=instants(draw),
        index=draw(st.none() | st.integers(1, 5)),
        context=draw(st.sampled_from(["real"] * 9 + ["exercise"])),
        urgency=draw(st.sampled_from(["immediate", "priority", "routine"])),
        ack_by=draw(late),
        answer_by=draw(late),
        refers_to=draw(REFERS),
        asks=draw(st.booleans()),
        claimed_at=draw(late),
    )


@st.composite
def threads(draw):
    """A thread: an opening, usually handed over, then anything."""
    urgency = draw(st.sampled_from(["immediate", "priority", "routine"]))
    opening = draw(st.sampled_from(["request", "request", "notification"]))
    said = [Said("request", opening, OPENER, SENT, 0, "real", urgency)]
    if draw(st.booleans()):
        at = SENT + timedelta(minutes=draw(st.integers(0, 300)))
        said.append(Said("evidence", "handed_over", Role.ADDRESSEE, at, 1, "real", urgency, refers_to="request"))
    return said + [draw(statements(number)) for number in range(draw(st.integers(0, 12)))]


@at_most(400)
@given(said=threads(), now=st.composite(instants)(), data=st.data())
def test_order_and_repetition_change_nothing(said, now, data):
    """Any order of arrival, and any repetition, gives the same reading."""
    shuffled = data.draw(st.permutations(said + data.draw(st.lists(st.sampled_from(said), max_size=5))))
    assert read(shuffled, BRYHOLT, now) == read(said, BRYHOLT, now)


@at_most(400)
@given(said=threads(), first=st.composite(instants)(), second=st.composite(instants)())
def test_time_only_adds(said, first, second):
    """What a reading tells of the past, every later reading tells too."""
    first, second = sorted((first, second))
    early, late = read(said, BRYHOLT, first), read(said, BRYHOLT, second)
    assert late.history[: len(early.history)] == early.history
    assert early.irregular <= late.irregular
    assert [step.at for step in late.history] == sorted(step.at for step in late.history)
    assert late.history[-1].stage is late.stage


@at_most(400)
@given(said=threads(), now=st.composite(instants)())
def test_nothing_moves_before_it_is_due(said, now):
    """Without further statements nothing changes before ``next_due_at``, and something does then."""
    reading = read([each for each in said if each.at <= now], BRYHOLT, now)
    known = [each for each in said if each.at <= now]
    if reading.next_due_at is None:
        assert read(known, BRYHOLT, now + timedelta(days=4000)).history == reading.history
        return
    assert reading.next_due_at > now
    before = read(known, BRYHOLT, reading.next_due_at - timedelta(milliseconds=1))
    assert (before.history, before.ladder, before.flags) == (reading.history, reading.ladder, reading.flags)
    after = read(known, BRYHOLT, reading.next_due_at)
    assert (after.history, after.ladder) != (reading.history, reading.ladder)


@at_most(400)
@given(said=threads(), now=st.composite(instants)())
def test_what_is_permitted_is_never_irregular(said, now):
    """Whatever the reading permits is taken in its turn when it is said next."""
    known = [each for each in said if each.at <= now]
    reading = read(known, BRYHOLT, now)
    for role in (Role.OPENER, Role.ADDRESSEE):
        for permit in permits(reading, role):
            refers_to = next(
                (each for each, asked in reading.awaiting if asked is role), current_request(known, reading)
            )
            if permit.verb in ("withdrawal", "callback.confirmed", "callback.denied"):
                refers_to = current_request(known, reading)
            if permit.verb == "correction":
                refers_to = "elsewhere"
            said_next = Said("next", permit.verb, role, now + timedelta(milliseconds=1), 99, "real", "routine")
            moved = read([*known, replace(said_next, refers_to=refers_to)], BRYHOLT, now + timedelta(milliseconds=1))
            assert "next" not in moved.irregular, permit


@at_most(400)
@given(said=threads(), now=st.composite(instants)())
def test_every_step_stands_in_the_table(said, now):
    """Every step of a history is a move of the table from the stage before it."""
    history = read(said, BRYHOLT, now).history
    for before, step in itertools.pairwise(history):
        to = next(
            to for (stage, move), to in TRANSITIONS.items() if (stage, move) == (before.stage, (step.verb, step.role))
        )
        assert to in (step.stage, Stage.PRIOR)
        assert is_open(before.stage) or step.verb == "request"


@at_most(400)
@given(said=threads(), now=st.composite(instants)())
def test_a_statement_survives_being_kept(said, now):
    """The compact form reads as what it was."""
    assert [Said.from_json(each.to_json()) for each in said] == said


@at_most(400)
@given(said=threads(), now=st.composite(instants)())
def test_a_real_thread_ignores_an_exercise(said, now):
    """Without its exercise statements a real thread reads the same (invariant 11)."""
    real = read([each for each in said if each.context == "real"], BRYHOLT, now)
    mixed = read(said, BRYHOLT, now)
    assert (mixed.stage, mixed.history, mixed.deadlines) == (real.stage, real.history, real.deadlines)


@at_most(200)
@given(off=st.timedeltas(-timedelta(hours=1), timedelta(hours=1)))
def test_a_senders_clock_moves_nothing(off):
    """A clock of a sender that is up to an hour off changes nothing that is read."""
    said = []
    for minutes in (timedelta(0), off):
        issued_at = render_instant(SENT + minutes)
        body = {"subject": "Connections"}
        statement = parse_statement(payload("consultation.request", "ALD", body, to=["BRY"], issued_at=issued_at))
        said.append(said_of(statement, "id", "ALD", "BRY", SENT, 3))
    assert said[0] == said[1]


@at_most(1000)
@given(
    start=st.datetimes(utc(2024, 1, 1).replace(tzinfo=None), utc(2032, 1, 1).replace(tzinfo=None)),
    days=st.integers(1, 20),
    weekend=st.frozensets(st.integers(0, 6), max_size=6),
    holidays=st.frozensets(st.dates(date(2024, 1, 1), date(2032, 6, 1)), max_size=30),
    zone_name=st.sampled_from(["CET", "Etc/GMT-4", "Etc/GMT+3", "UTC"]),
)
def test_working_days_are_counted_one_by_one(start, days, weekend, holidays, zone_name):
    """A deadline of n working days is a close of office there, with n working days from the day after the start."""
    start = start.replace(tzinfo=zone("UTC"))
    calendar = OfficeCalendar(zone_name, weekend, holidays=dict.fromkeys(holidays))
    local = add_working_days(start, days, calendar).astimezone(zone(zone_name))
    assert f"{local:%H:%M}" == "17:00"
    first = start.astimezone(zone(zone_name)).date()
    between = [first + timedelta(days=number) for number in range(1, (local.date() - first).days + 1)]
    counted = [day for day in between if day.weekday() not in weekend and day not in holidays]
    assert len(counted) == days
    assert counted[-1] == local.date()
