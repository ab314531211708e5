"""Acceptance scenarios 8, 10, 11 and 16, and the clocks of the demo's story, in simulated time."""

from __future__ import annotations

from datetime import timedelta

from detente.procedures.consultation import Stage
from threads import ADDRESSEE, HANDED_OVER, OPENER, SENT, Thread, days, hours, utc


def due(reading):
    return [step.name for step in reading.ladder if step.due]


def test_an_immediate_request_that_nobody_acknowledges_climbs_the_ladder():
    """Scenario 8: alternate at 1 h, other contact at 4 h, authority at 12 h, facilitator offered at 24 h."""
    thread = Thread("immediate").handed_over()
    moment = timedelta(milliseconds=1)
    for hour, name, before in [
        (1, "alternate", Stage.DELIVERED),
        (4, "other-category", Stage.DELIVERED),
        (12, "authority", Stage.ACK_TIME_PASSED),
        (24, "facilitator-offered", Stage.ACK_TIME_PASSED),
    ]:
        assert name not in due(thread.at(hours(hour) - moment))
        assert thread.at(hours(hour) - moment).stage is before
        assert name in due(thread.at(hours(hour)))
    assert thread.at(hours(3)).silence is None, "delivered, not acknowledged: nothing more is said of it"
    assert thread.at(hours(4)).stage is Stage.ACK_TIME_PASSED
    assert thread.at(hours(4)).silence == "silent"
    assert thread.at(hours(4)).deadline("acknowledgement").passed
    assert thread.at(hours(48)).stage is Stage.ANSWER_TIME_PASSED


def test_an_acknowledgement_stops_the_ladder_and_the_late_flag_stays():
    """Scenario 8, later: who acknowledges late is asked no more, and the record keeps that it was late."""
    thread = Thread("immediate").handed_over().addressee("acknowledgement", hours(5))
    reading = thread.at(hours(30))
    assert reading.stage is Stage.ACKNOWLEDGED
    assert [name for name in due(reading) if not name.startswith("reminder")] == ["alternate", "other-category"]
    assert reading.flags == {"late-acknowledgement"}
    assert reading.deadline("acknowledgement").passed


def test_declining_closes_quietly():
    """Scenario 10: "not accepted as basis" is DECLINED; a meeting may be asked for, or it closes by itself."""
    thread = Thread().handed_over().addressee("decline", hours(10))
    reading = thread.at(hours(11))
    assert reading.stage is Stage.DECLINED
    assert reading.silence == "declined"
    assert {"meeting.asked", "closure"} <= set(thread.may(OPENER, hours(11)))
    # Ten working days of Bryholt after Saturday 7 March, its weekend: the second Thursday, 17:00 there.
    assert reading.next_due_at == utc(2026, 3, 19, 13)
    closed = thread.at(utc(2026, 3, 19, 13))
    assert (closed.stage, closed.outcome) == (Stage.CLOSED, "declined")


def test_an_insufficient_answer_leads_to_a_meeting_and_its_refusal_is_neutral():
    """Scenario 11: a meeting is asked within 48 h; refused or without reply, the thread closes and says which."""
    thread = Thread().handed_over().addressee("answer.substantive", hours(20)).opener("meeting.asked", hours(30))
    assert thread.at(hours(31)).stage is Stage.MEETING_REQUESTED
    assert set(thread.may(ADDRESSEE, hours(31))) >= {"meeting.accepted", "meeting.refused", "meeting.held"}
    silent = thread.at(hours(78))
    assert (silent.stage, silent.outcome) == (Stage.CLOSED, "no-reply")
    thread.addressee("meeting.refused", hours(40))
    refused = thread.at(hours(41))
    assert (refused.stage, refused.outcome) == (Stage.CLOSED, "meeting-refused")
    assert not refused.irregular


def test_a_meeting_that_is_held_ends_or_opens_a_further_question():
    """Scenario 11, the other way: after a meeting the opener closes, or asks on in the next round."""
    thread = Thread().handed_over().addressee("answer.substantive", hours(20)).opener("meeting.asked", hours(30))
    thread.addressee("meeting.accepted", hours(31)).addressee("meeting.held", hours(60))
    assert thread.at(hours(61)).stage is Stage.MEETING_HELD
    assert {"closure", "request"} <= set(thread.may(OPENER, hours(61)))
    thread.opener("request", hours(62), name="second").handed_over(hours(63), refers_to="second")
    reading = thread.at(hours(64))
    assert (reading.stage, reading.round) == (Stage.DELIVERED, 2)
    assert reading.deadline("answer").by == hours(63) + timedelta(days=7)


def test_a_correction_asks_all_addressees_to_acknowledge_again():
    """Scenario 16: a correction moves no stage, and stays listed until its addressee acknowledges it."""
    thread = Thread().handed_over().addressee("acknowledgement", hours(1))
    thread.opener("correction", hours(2), name="correction", refers_to="request")
    reading = thread.at(hours(3))
    assert reading.stage is Stage.ACKNOWLEDGED
    assert reading.awaiting == (("correction", ADDRESSEE),)
    assert "acknowledgement" in thread.may(ADDRESSEE, hours(3))
    thread.addressee("acknowledgement", hours(4), refers_to="correction")
    assert thread.at(hours(5)).awaiting_reacknowledgement == frozenset()
    assert "acknowledgement" not in thread.may(ADDRESSEE, hours(5))
    assert thread.at(hours(5)).irregular == frozenset()


def test_one_who_corrects_cannot_acknowledge_the_correction_itself():
    """Scenario 16, turned: the corrector's own acknowledgement leaves the other side asked."""
    thread = Thread().handed_over().addressee("answer.substantive", hours(1), name="answer")
    thread.addressee("correction", hours(2), name="correction", refers_to="answer")
    thread.addressee("acknowledgement", hours(3), refers_to="correction")
    assert thread.at(hours(4)).awaiting == (("correction", OPENER),)
    assert "acknowledgement" in thread.may(OPENER, hours(4))
    thread.opener("acknowledgement", hours(5), refers_to="correction")
    assert not thread.at(hours(6)).awaiting


def test_nobody_corrects_or_withdraws_what_another_side_said():
    """Scenario 16, abused: a correction of the other side's statement is irregular and asks nobody anything."""
    thread = Thread().handed_over().addressee("correction", hours(1), name="abuse", refers_to="request")
    assert thread.at(hours(2)).irregular == {"abuse"}
    assert not thread.at(hours(2)).awaiting


def test_the_story_keeps_its_times():
    """The story: asked by Sat 7 Mar and Fri 13 Mar, 18:20:07; at +6 h the alternate of the desk, nothing else."""
    thread = Thread().handed_over()
    reading = thread.at(HANDED_OVER)
    assert reading.deadline("acknowledgement").by == utc(2026, 3, 7, 18, 20, 7)
    assert reading.deadline("interim").by == utc(2026, 3, 9, 18, 20, 7)
    assert reading.deadline("answer").by == utc(2026, 3, 13, 18, 20, 7)
    assert reading.next_due_at == hours(6)
    assert {"acknowledgement", "more_information", "decline", "referral"} <= set(thread.may(ADDRESSEE, HANDED_OVER))
    later = thread.at(hours(6))
    assert due(later) == ["alternate"]
    assert later.stage is Stage.DELIVERED
    assert later.next_due_at == hours(24), "nothing else follows before the acknowledgement is asked for"
    thread.addressee("acknowledgement", utc(2026, 3, 7, 0, 31))
    assert due(thread.at(days(3))) == ["alternate"]
    assert due(thread.at(days(4))) == ["alternate", "reminder-50"]
    thread.addressee("answer.interim", days(1), answer_by=days(3), name="answer")
    thread.addressee("correction", days(2), refers_to="answer")
    thread.opener("closure", days(2) + timedelta(hours=1), refers_to="satisfied")
    closed = thread.at(days(30))
    assert (closed.stage, closed.outcome, closed.irregular) == (Stage.CLOSED, "satisfied", frozenset())
    assert closed.history[0].at == SENT
