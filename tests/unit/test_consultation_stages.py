"""The consultation move by move: stages, clocks, pauses, and what is out of turn."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from detente.errors import PolicyError
from detente.procedures.consultation import (
    ANYTHING,
    TRANSITIONS,
    Role,
    Said,
    Stage,
    is_open,
    kind_of,
    markdown,
    mermaid,
    said_of,
)
from detente.procedures.reading import permits, read
from detente.statements.statement import KINDS, parse_statement
from harbour import payload
from threads import ADDRESSEE, BRYHOLT, HANDED_OVER, OPENER, SENT, Thread, days, hours, utc

ROUTINE_ACK, ROUTINE_ANSWER = utc(2026, 3, 9, 13), utc(2026, 3, 26, 13)


def acknowledged(urgency="priority"):
    return Thread(urgency).handed_over().addressee("acknowledgement", hours(1))


def test_routine_asks_in_working_days_of_the_addressee():
    """A routine request asks for acknowledgement in 2 and an answer in 15 working days, and only reminds."""
    reading = Thread("routine").handed_over().at(hours(1))
    assert reading.deadline("acknowledgement").by == ROUTINE_ACK
    assert reading.deadline("answer").by == ROUTINE_ANSWER
    assert reading.deadline("interim") is None
    assert all("reminder-" in step.name for step in reading.ladder)


@pytest.mark.parametrize(
    ("urgency", "receipt", "acknowledge", "interim", "answer"),
    [("immediate", 0.25, 4, 24, 48), ("priority", 1, 24, 72, 168)],
)
def test_urgency_sets_the_hours(urgency, receipt, acknowledge, interim, answer):
    """Each urgency asks for receipt, acknowledgement, interim and answer in the hours of the practice."""
    sent = Thread(urgency)
    assert sent.at(SENT).next_due_at == SENT + timedelta(hours=receipt)
    reading = sent.handed_over().at(hours(0))
    assert [each.by for each in reading.deadlines] == [hours(acknowledge), hours(interim), hours(answer)]


def test_the_header_asks_instead_of_the_profile():
    """Asked-by times in the header count, unless they had passed before anything was handed over."""
    asked = Thread(ack_by=hours(2), answer_by=hours(9)).handed_over().at(hours(0))
    assert [asked.deadline(name).by for name in ("acknowledgement", "answer")] == [hours(2), hours(9)]
    late = Thread(ack_by=hours(2), answer_by=hours(9)).handed_over(hours(5)).at(hours(5))
    assert [late.deadline(name).by for name in ("acknowledgement", "answer")] == [hours(29), hours(9)]


def test_a_holiday_declared_after_handing_over_moves_nothing():
    """A holiday declared later than the start of the clock leaves the asked-by time where it was."""
    thread = Thread("routine").handed_over()
    holidays = {utc(2026, 3, 8).date(): HANDED_OVER + timedelta(seconds=1)}
    calendar = type(BRYHOLT)("Etc/GMT-4", frozenset({4, 5}), holidays=holidays)
    assert thread.at(hours(30), calendar).deadline("acknowledgement").by == ROUTINE_ACK


def test_undelivered_is_no_silence_and_delivery_starts_the_clocks():
    """Scenario 9: an addressee that is down is undelivered; when it is back, clocks start then, once."""
    thread = Thread()
    assert thread.at(days(2)).stage is Stage.UNDELIVERED
    assert thread.at(days(2)).silence == "undelivered"
    assert thread.at(days(2)).deadlines == ()
    thread.handed_over(days(3)).handed_over(days(3) + timedelta(seconds=1))
    reading = thread.at(days(3) + timedelta(minutes=1))
    assert (reading.stage, reading.flags) == (Stage.DELIVERED, {"late-delivery"})
    assert reading.deadline("acknowledgement").by == days(4)
    assert not reading.irregular


def test_undelivered_expires_after_thirty_days():
    """What was never delivered expires 30 days after it was sent."""
    thread = Thread()
    assert thread.at(SENT + timedelta(days=30) - timedelta(milliseconds=1)).stage is Stage.UNDELIVERED
    reading = thread.at(SENT + timedelta(days=30))
    assert (reading.stage, reading.outcome, reading.next_due_at) == (Stage.EXPIRED, "undelivered", None)


@pytest.mark.parametrize(
    ("callback", "hour", "stage", "outcome"),
    [
        ("callback.confirmed", 3, Stage.DELIVERED, None),
        ("callback.denied", 3, Stage.REJECTED_FORGED, "denied-by-callback"),
        (None, 73, Stage.EXPIRED, "no-callback"),
    ],
)
def test_quarantine_waits_for_a_callback(callback, hour, stage, outcome):
    """Under an unknown key nothing is delivered until somebody called back; without a call it expires in 72 h."""
    thread = Thread().addressee("quarantined", hours(0))
    assert thread.at(hours(1)).stage is Stage.QUARANTINED
    assert {"callback.confirmed", "callback.denied"} <= set(thread.may(ADDRESSEE, hours(1)))
    if callback:
        thread.addressee(callback, hours(2))
    reading = thread.at(hours(hour))
    assert (reading.stage, reading.outcome) == (stage, outcome)
    if stage is Stage.DELIVERED:
        assert reading.deadline("acknowledgement").by == hours(26)


def test_what_a_person_says_is_a_receipt():
    """An office that has only mail receives by acknowledging; its clocks start then."""
    reading = Thread().addressee("acknowledgement", hours(5)).at(hours(5))
    assert [step.stage for step in reading.history] == [
        Stage.IN_TRANSIT,
        Stage.UNDELIVERED,
        Stage.DELIVERED,
        Stage.ACKNOWLEDGED,
    ]
    assert reading.deadline("answer").by == hours(5) + timedelta(days=7)
    assert Thread().may(ADDRESSEE, SENT)[:3] == ["acknowledgement", "answer.interim", "answer.substantive"]


def test_evidence_that_could_not_be_opened_starts_no_clock():
    """A machine that could not open or verify it says so; that is flagged and is no delivery."""
    thread = Thread().addressee("handed_over.unreadable", hours(0), refers_to="request")
    reading = thread.at(hours(0.5))
    assert (reading.stage, reading.flags, reading.deadlines) == (Stage.IN_TRANSIT, {"unreadable"}, ())


def test_a_clock_that_claims_another_time_is_flagged_and_never_counted():
    """Evidence claiming a time more than five minutes off is flagged; the deadline follows the record."""
    near = Thread().handed_over(claimed_at=HANDED_OVER - timedelta(minutes=5)).at(hours(1))
    far = Thread().handed_over(claimed_at=HANDED_OVER - timedelta(hours=1)).at(hours(1))
    assert (near.flags, far.flags) == (frozenset(), {"clock-differs"})
    assert near.deadlines == far.deadlines


def test_a_said_time_is_in_time_at_its_last_instant():
    """What is said at the very asked-by time is in time; a millisecond later it is not."""
    just = Thread().handed_over().addressee("acknowledgement", hours(24)).at(hours(25))
    late = Thread().handed_over().addressee("acknowledgement", hours(24) + timedelta(milliseconds=1)).at(hours(25))
    assert (just.flags, just.deadline("acknowledgement").passed) == (frozenset(), False)
    assert (late.flags, late.deadline("acknowledgement").passed) == ({"late-acknowledgement"}, True)
    assert Stage.ACK_TIME_PASSED not in [step.stage for step in just.history]


def test_asking_for_more_pauses_the_answer_clock():
    """While more is asked, the answer clock stands; information lets it go on, later by the pause."""
    thread = acknowledged().addressee("more_information", hours(10))
    reading = thread.at(hours(15))
    assert reading.stage is Stage.INFO_REQUESTED
    assert reading.next_due_at == hours(58)
    thread.opener("information", hours(20))
    assert thread.at(hours(21)).stage is Stage.ACKNOWLEDGED
    assert thread.at(hours(21)).deadline("answer").by == days(7) + timedelta(hours=10)


def test_asking_for_more_pauses_48_hours_in_all():
    """Asking for more twice does not pause longer than 48 h in all."""
    thread = acknowledged().addressee("more_information", hours(10)).opener("information", hours(50))
    thread.addressee("more_information", hours(60))
    reading = thread.at(hours(68))
    assert (reading.stage, reading.history[-1].verb) == (Stage.ACKNOWLEDGED, "pause-time")
    thread.addressee("more_information", hours(70))
    reading = thread.at(hours(70))
    assert (reading.stage, reading.deadline("answer").by) == (Stage.ACKNOWLEDGED, days(9))
    assert thread.at(days(9)).stage is Stage.ANSWER_TIME_PASSED


def test_one_who_asked_for_more_may_answer_all_the_same():
    """An answer given before the information came is an answer."""
    thread = acknowledged().addressee("more_information", hours(10)).addressee("answer.substantive", hours(12))
    assert thread.at(hours(13)).stage is Stage.ANSWERED
    assert not thread.at(hours(13)).irregular


def test_an_interim_answer_keeps_the_asked_by_time():
    """An interim answer promises an update; the answer's time stays, and no promise moves it."""
    thread = acknowledged().addressee("answer.interim", hours(10), answer_by=days(30))
    reading = thread.at(hours(11))
    assert reading.stage is Stage.INTERIM
    assert reading.deadline("answer").by == days(7)
    assert reading.deadline("next-update").by == days(30)
    assert not reading.deadline("interim").passed
    assert thread.at(days(7)).stage is Stage.ANSWER_TIME_PASSED
    thread.addressee("answer.interim", days(8), answer_by=days(9))
    assert thread.at(days(9) - timedelta(seconds=1)).stage is Stage.INTERIM
    assert thread.at(days(9)).stage is Stage.ANSWER_TIME_PASSED
    assert thread.at(days(9)).deadline("next-update").passed


def test_reminders_come_at_half_four_fifths_and_the_end():
    """Reminders of the answer come at 50, 80 and 100 per cent of its time, and stop with the answer."""
    reading = acknowledged("immediate").at(hours(3))
    reminders = {step.name: step.due_at for step in reading.ladder if step.name.startswith("reminder")}
    assert reminders == {"reminder-50": hours(24), "reminder-80": hours(38.4), "reminder-100": hours(48)}
    answered = acknowledged("immediate").addressee("answer.substantive", hours(30)).at(hours(60))
    assert [step.name for step in answered.ladder] == ["alternate", "reminder-50"]


def test_an_answer_after_its_time_is_an_answer_with_a_flag():
    """A late answer moves the thread; the record keeps that it was late."""
    reading = acknowledged().addressee("answer.substantive", days(8)).at(days(8))
    assert (reading.stage, reading.flags) == (Stage.ANSWERED, {"late-answer"})
    assert reading.deadline("answer").passed


def test_nobody_reacts_to_an_answer():
    """Five working days after an answer without reaction the thread closes and says so."""
    thread = acknowledged().addressee("answer.substantive", hours(2))
    # Saturday there; Sunday to Thursday are five working days.
    closes = utc(2026, 3, 12, 13)
    assert thread.at(closes - timedelta(milliseconds=1)).stage is Stage.ANSWERED
    assert (thread.at(closes).stage, thread.at(closes).outcome) == (Stage.CLOSED, "no-reaction")


def test_the_next_round_starts_on_receipt():
    """A further question opens the next round, whose clocks start when it is handed over."""
    thread = acknowledged().addressee("answer.substantive", hours(2)).opener("request", hours(3), name="second")
    assert (thread.at(hours(3)).stage, thread.at(hours(3)).round) == (Stage.IN_TRANSIT, 2)
    assert thread.at(hours(3)).deadlines == ()
    thread.handed_over(hours(3.5), refers_to="second")
    assert thread.at(hours(4)).deadline("acknowledgement").by == hours(27.5)
    thread.addressee("acknowledgement", hours(5), refers_to="second")
    assert thread.at(hours(5)).stage is Stage.ACKNOWLEDGED


def test_information_with_a_question_opens_the_next_round_and_without_one_none():
    """In an answered thread, information asks on only when it carries a question."""
    answered = acknowledged().addressee("answer.substantive", hours(2))
    assert answered.opener("information", hours(3)).at(hours(3)).stage is Stage.ANSWERED
    asked = answered.opener("information", hours(4), asks=True).at(hours(4))
    assert (asked.stage, asked.round, asked.irregular) == (Stage.IN_TRANSIT, 2, frozenset())


def test_new_facts_open_a_closed_thread():
    """A closed thread opens again with a new request, in the next round."""
    thread = acknowledged().addressee("answer.substantive", hours(2)).opener("closure", hours(3), refers_to="partly")
    assert thread.at(hours(3)).outcome == "partly"
    thread.opener("request", days(50), name="second")
    reading = thread.at(days(50))
    assert (reading.stage, reading.round, reading.outcome) == (Stage.IN_TRANSIT, 2, None)


def test_a_referral_restarts_the_clocks_once():
    """The office referred to starts with full time; a second referral gives no more."""
    thread = acknowledged().addressee("referral", hours(10))
    assert thread.at(hours(11)).stage is Stage.REFERRED
    assert thread.at(hours(11)).deadlines == ()
    thread.handed_over(hours(20))
    assert thread.at(hours(20)).deadline("acknowledgement").by == hours(44)
    assert thread.at(hours(20)).deadline("answer").by == hours(20) + timedelta(days=7)
    thread.addressee("referral", hours(30)).handed_over(hours(40))
    reading = thread.at(hours(41))
    assert reading.stage is Stage.DELIVERED
    assert reading.deadline("answer").by == hours(20) + timedelta(days=7)
    assert thread.at(hours(20) + timedelta(days=7)).stage is Stage.ANSWER_TIME_PASSED


def test_asking_the_office_referred_to_is_the_same_round():
    """A request sent on to the office referred to is no further round."""
    thread = acknowledged().addressee("referral", hours(10)).opener("request", hours(12), name="again")
    thread.handed_over(hours(12.5), refers_to="again")
    assert (thread.at(hours(13)).stage, thread.at(hours(13)).round) == (Stage.DELIVERED, 1)


def test_moving_outside_closes():
    """A referral outside the system closes the thread and says so."""
    reading = acknowledged().addressee("referral.outside", hours(10)).at(hours(10))
    assert (reading.stage, reading.outcome) == (Stage.CLOSED, "moved-elsewhere")


def test_suspension_stops_every_clock():
    """While the channel is suspended nothing passes; reopened, each clock goes on later by that time."""
    thread = Thread().handed_over().opener("channel.suspended", hours(10))
    reading = thread.at(days(30))
    assert (reading.stage, reading.silence, reading.prior) == (Stage.SUSPENDED, "suspended", Stage.DELIVERED)
    assert reading.next_due_at is None
    assert not any(each.passed for each in reading.deadlines)
    assert [step.name for step in reading.ladder if step.due] == ["alternate"]
    thread.opener("channel.open", hours(110))
    after = thread.at(hours(111))
    assert after.stage is Stage.DELIVERED
    assert after.deadline("acknowledgement").by == hours(124)
    assert {step.name: step.due_at for step in after.ladder}["other-category"] == hours(124)
    assert thread.at(hours(124)).stage is Stage.ACK_TIME_PASSED


def test_only_who_suspended_reopens():
    """A suspension ends when each side that declared it says so."""
    thread = (
        Thread().handed_over().opener("channel.suspended", hours(1)).addressee("channel.open", hours(2), name="not")
    )
    assert thread.at(hours(3)).irregular == {"not"}
    assert "channel.open" not in thread.may(ADDRESSEE, hours(3))
    assert thread.may(OPENER, hours(3)) == ["withdrawal", "channel.open"]
    thread.addressee("channel.suspended", hours(4)).opener("channel.open", hours(5))
    assert thread.at(hours(6)).stage is Stage.SUSPENDED
    assert thread.at(hours(6)).flags == {"suspended-by-addressee"}
    thread.addressee("channel.open", hours(7))
    assert thread.at(hours(7)).stage is Stage.DELIVERED


def test_what_is_handed_over_during_suspension_counts_from_the_reopening():
    """Evidence that came while the channel was suspended starts its clocks at the reopening."""
    thread = Thread().opener("channel.suspended", SENT + timedelta(seconds=1)).handed_over(hours(2))
    assert thread.at(hours(3)).stage is Stage.SUSPENDED
    thread.opener("channel.open", hours(10))
    reading = thread.at(hours(10))
    assert (reading.stage, reading.handed_over_at) == (Stage.DELIVERED, hours(10))
    assert reading.deadline("acknowledgement").by == hours(34)


@pytest.mark.parametrize(
    ("setup", "stage", "left"),
    [
        (lambda: acknowledged().addressee("decline", hours(2)), Stage.DECLINED, utc(2026, 3, 19, 13)),
        (lambda: acknowledged().addressee("answer.substantive", hours(2)), Stage.ANSWERED, utc(2026, 3, 12, 13)),
        (Thread, Stage.UNDELIVERED, SENT + timedelta(days=30)),
        (lambda: acknowledged().addressee("more_information", hours(2)), Stage.INFO_REQUESTED, hours(50)),
    ],
)
def test_suspension_resumes_the_clock_of_each_stage(setup, stage, left):
    """A suspension of 100 h delays by 100 h what the stage before was waiting for."""
    thread = setup().opener("channel.suspended", hours(3)).opener("channel.open", hours(103))
    reading = thread.at(hours(103))
    assert reading.stage is stage
    assert reading.next_due_at == left + timedelta(hours=100)


def test_ninety_days_without_event_are_a_rest():
    """Without any event for 90 days a thread rests; any message wakes it where it was."""
    thread = acknowledged()
    assert thread.at(hours(1) + timedelta(days=90)).stage is Stage.DORMANT
    thread.addressee("answer.substantive", days(100))
    reading = thread.at(days(100))
    assert [step.stage for step in reading.history[-3:]] == [
        Stage.DORMANT,
        Stage.ANSWER_TIME_PASSED,
        Stage.ANSWERED,
    ]
    assert reading.flags == {"late-answer"}


def test_a_resting_thread_is_closed_without_waking():
    """The opener closes or withdraws a resting thread as it is."""
    thread = acknowledged().opener("closure", days(100), refers_to="no-answer")
    assert [step.stage for step in thread.at(days(100)).history[-2:]] == [Stage.DORMANT, Stage.CLOSED]
    assert thread.at(days(100)).outcome == "no-answer"


def test_withdrawing_the_request_ends_the_thread():
    """The opener withdraws its request: the thread ends, no further time passes."""
    reading = Thread().handed_over().opener("withdrawal", hours(2)).at(days(90))
    assert (reading.stage, reading.outcome) == (Stage.WITHDRAWN, "withdrawn")
    assert not any(each.passed for each in reading.deadlines)
    assert reading.ladder == ()


def test_a_notification_asks_for_acknowledgement_and_no_answer():
    """A notification has an acknowledgement clock and no answer clock; an answer to it is out of turn."""
    thread = Thread(opening="notification").handed_over()
    reading = thread.at(hours(1))
    assert [each.name for each in reading.deadlines] == ["acknowledgement"]
    assert not any(verb.startswith(("answer", "decline")) for verb in thread.may(ADDRESSEE, hours(1)))
    assert thread.at(days(8)).stage is Stage.ACK_TIME_PASSED
    thread.addressee("answer.substantive", days(9), name="unasked")
    assert (thread.at(days(9)).stage, thread.at(days(9)).irregular) == (Stage.ACK_TIME_PASSED, {"unasked"})
    thread.addressee("acknowledgement", days(10)).opener("closure", days(11), refers_to="satisfied")
    assert thread.at(days(11)).stage is Stage.CLOSED


def test_an_acknowledgement_after_the_answer_time_is_noted():
    """An acknowledgement that comes after the answer's time is kept as late; the stage stays."""
    reading = Thread().handed_over().addressee("acknowledgement", days(8)).at(days(8))
    assert (reading.stage, reading.flags) == (Stage.ANSWER_TIME_PASSED, {"late-acknowledgement"})
    assert reading.acknowledged_at == days(8)
    assert not reading.irregular


@pytest.mark.parametrize(
    ("verb", "role", "hour"),
    [
        ("meeting.accepted", ADDRESSEE, 2),
        ("answer.substantive", OPENER, 2),
        ("acknowledgement", OPENER, 2),
        ("request", OPENER, 2),
        ("closure", ADDRESSEE, 2),
        ("withdrawal", ADDRESSEE, 2),
        ("callback.confirmed", ADDRESSEE, 2),
        ("handed_over", OPENER, 2),
    ],
)
def test_out_of_turn_is_listed_and_moves_nothing(verb, role, hour):
    """A statement out of turn is irregular; stage and asked-by times are those without it."""
    thread, plain = acknowledged(), acknowledged().at(hours(3))
    thread._add(verb, role, hours(hour), name="odd", refers_to="request")
    reading = thread.at(hours(3))
    assert reading.irregular == {"odd"}
    assert (reading.stage, reading.deadlines, reading.history) == (plain.stage, plain.deadlines, plain.history)


def test_evidence_of_other_statements_moves_nothing():
    """Evidence that an answer or a correction was handed over is no event of the request."""
    thread = acknowledged().handed_over(hours(2), refers_to="something else")
    assert thread.at(hours(3)).history == acknowledged().at(hours(3)).history
    assert not thread.at(hours(3)).irregular


def test_another_context_moves_nothing():
    """What is said in an exercise never moves a real thread (invariant 11)."""
    thread = acknowledged().addressee("decline", hours(2), name="drill", context="exercise")
    reading = thread.at(hours(3))
    assert reading.stage is Stage.ACKNOWLEDGED
    assert (reading.irregular, reading.flags) == ({"drill"}, {"context-mixed"})


def test_a_limited_channel_is_flagged():
    """A limited channel is flagged until it is open again; the stage stays."""
    thread = acknowledged().addressee("channel.limited", hours(2))
    assert thread.at(hours(3)).flags == {"channel-limited"}
    assert "channel.open" in thread.may(ADDRESSEE, hours(3))
    assert thread.addressee("channel.open", hours(4)).at(hours(4)).flags == frozenset()


def test_nothing_opens_no_thread():
    """Without a request or notification there is nothing to read."""
    early = Said("a", "acknowledgement", ADDRESSEE, SENT, 0, "real", "routine")
    for said in ([], [early]):
        with pytest.raises(PolicyError, match="Nothing in this thread opens it"):
            read(said, BRYHOLT, hours(1))


def test_what_comes_before_the_request_is_irregular():
    """A statement recorded before the request that it answers is listed and moves nothing."""
    early = Said("early", "acknowledgement", ADDRESSEE, SENT - timedelta(seconds=1), 0, "real", "priority")
    assert read([early, *Thread().said], BRYHOLT, SENT).irregular == {"early"}


def test_recorded_time_wins_over_arrival():
    """Of one statement twice, the recorded one counts: its time is the same for both sides."""
    thread = Thread().handed_over()
    arrived = Said("0-request", "handed_over", ADDRESSEE, HANDED_OVER, None, "real", "priority", refers_to="request")
    recorded = Said("0-request", "handed_over", ADDRESSEE, hours(1), 5, "real", "priority", refers_to="request")
    for pair in ([arrived, recorded], [recorded, arrived]):
        assert read([thread.said[0], *pair], BRYHOLT, hours(2)).handed_over_at == hours(1)


def test_permits_say_until_when():
    """What may be said carries its asked-by time."""
    found = {each.verb: each.until for each in permits(Thread().handed_over().at(hours(1)), ADDRESSEE)}
    assert found["acknowledgement"] == hours(24)
    assert found["answer.substantive"] == days(7)
    assert found["decline"] is None


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.PRIOR])
def test_every_stage_is_reached_and_left(stage):
    """Every stage is reached from the first, and from every open one there is a way to an end."""
    reached = {Stage.IN_TRANSIT}
    while more := {to for (at, _), to in TRANSITIONS.items() if at in reached} - reached:
        reached |= more
    assert stage in reached
    onward = {stage}
    while more := {to for (at, _), to in TRANSITIONS.items() if at in onward} - onward:
        onward |= more
    assert any(not is_open(end) and end is not Stage.PRIOR for end in onward)


def test_every_verb_is_of_a_known_kind():
    """Each verb that a person or a machine says belongs to one kind of statement."""
    said = {move.verb for _, move in TRANSITIONS if move.role is not Role.CLOCK} - {ANYTHING}
    assert {kind_of(verb) for verb in said} <= set(KINDS)
    consultation = {kind for kind in KINDS if kind.startswith(("consultation.", "evidence."))}
    also = {"consultation.notification", "consultation.correction"}
    assert {kind_of(verb) for verb in said} | also == consultation


def test_the_table_cannot_be_changed():
    """The table is frozen."""
    with pytest.raises(TypeError):
        TRANSITIONS[Stage.CLOSED, next(iter(TRANSITIONS))[1]] = Stage.DELIVERED


def test_the_document_shows_the_table_as_it_is():
    """docs/procedures/consultation.md embeds the diagram and the table exactly."""
    text = (Path(__file__).parents[2] / "docs" / "procedures" / "consultation.md").read_text(encoding="utf-8")
    assert f"```mermaid\n{mermaid()}```\n" in text
    assert f"\n{markdown()}\n" in text


BODIES = [
    ("consultation.request", {"subject": "s"}, "request"),
    ("consultation.notification", {"subject": "s"}, "notification"),
    ("consultation.acknowledgement", {"statement_id": "A" * 43, "meaning": "received"}, "acknowledgement"),
    ("consultation.answer", {"nature": "substantive"}, "answer.substantive"),
    ("consultation.decline", {"reason": "security"}, "decline"),
    ("consultation.referral", {"office": "technical"}, "referral"),
    ("consultation.referral", {"channel": "mail", "outside": True}, "referral.outside"),
    ("consultation.meeting", {"event": "held"}, "meeting.held"),
    ("consultation.channel", {"status": "suspended"}, "channel.suspended"),
    ("consultation.withdrawal", {"statement_id": "A" * 43}, "withdrawal"),
    ("evidence.callback", {"statement_id": "A" * 43, "outcome": "denied"}, "callback.denied"),
]


@pytest.mark.parametrize(("kind", "body", "verb"), BODIES, ids=[row[2] for row in BODIES])
def test_each_kind_says_its_verb(kind, body, verb):
    """A statement is reduced to its verb, the side that said it and what it refers to, and kept as a list."""
    statement = parse_statement(payload(kind, "ALD", body, to=["BRY"]))
    said = said_of(statement, "id", "ALD", "BRY", SENT, 7)
    assert (said.verb, said.role, said.refers_to) == (verb, OPENER, body.get("statement_id", ""))
    assert Said.from_json(said.to_json()) == said
    assert said_of(statement, "id", "COR", "BRY", SENT, 7) is None


def test_an_interim_answer_keeps_its_next_update():
    """The reduced form of an interim answer keeps when the next update comes."""
    body = {"nature": "interim", "next_update_by": "2026-03-09T08:00:00.000Z"}
    statement = parse_statement(payload("consultation.answer", "BRY", body, to=["ALD"]))
    said = said_of(statement, "id", "ALD", "BRY", SENT, 7)
    assert (said.verb, said.role, said.answer_by) == ("answer.interim", ADDRESSEE, utc(2026, 3, 9, 8))


def test_other_areas_say_nothing_in_a_consultation():
    """A statement of another area moves no consultation."""
    statement = parse_statement(payload("transparency.view", "ALD", {"title": "t", "topic": "u"}, to=["BRY"]))
    assert said_of(statement, "id", "ALD", "BRY", SENT, 7) is None
