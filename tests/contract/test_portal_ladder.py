"""Scenario 8: a request on a Friday evening that a machine answers and nobody acts on, hour by hour in the portal."""

from __future__ import annotations

from datetime import timedelta

import pytest

from detente.node import jobs, records


@pytest.fixture
def waiting(portal):
    """An immediate request of Aldermere, handed over at 18:02 UTC; nobody in Bryholt looks."""
    thread, identifier = portal.request(urgency="immediate")
    return portal, thread, identifier


def after(portal, thread, hours, name="ald-drafter"):
    """Return the thread's page as an officer reads it some hours after handing over, and the steps that were sent."""
    portal.clock.set(portal.view(thread).first.reading.handed_over_at + timedelta(hours=hours))
    jobs.remind(portal.node)
    page = portal.client(name).get(f"/consultation/{thread}").content.decode()
    return page, {reminder.step.partition("/")[2] for reminder in records.reminders(thread)}


def test_the_ladder_is_climbed_hour_by_hour_and_nothing_else_follows(waiting):
    """1 h alternate, 4 h other contact, 12 h national authority, 24 h a facilitator offered to the sender alone."""
    portal, thread, _ = waiting
    climbed = ["alternate", "other-category", "authority", "facilitator-offered"]
    for hours, steps in ((0.5, 0), (1, 1), (3.9, 1), (4, 2), (12, 3), (24, 4)):
        _page, sent = after(portal, thread, hours)
        assert {step for step in sent if not step.startswith("reminder")} == set(climbed[:steps]), hours


def test_the_sender_reads_delivered_and_not_acknowledged(waiting):
    """Before and after the asked-by time the page is neutral: handed over, not acknowledged, time passed."""
    portal, thread, _ = waiting
    page, _ = after(portal, thread, 0.5)
    assert "Handed over; not yet acknowledged" in page
    page, _ = after(portal, thread, 4.5)
    assert "Asked-by time passed" in page or "asked-by time passed" in page
    for word in ("overdue", "violat", "ignored", "failed", "refus"):
        assert word not in page.lower(), word


def test_a_reminder_is_sent_once_however_often_the_jobs_run(waiting):
    """Two processes that climb the ladder at the same hour leave one record of each step."""
    portal, thread, _ = waiting
    after(portal, thread, 12)
    first = len(records.reminders(thread))
    assert jobs.remind(portal.node) == 0
    assert len(records.reminders(thread)) == first


def test_acknowledging_late_is_taken_and_ends_the_ladder(waiting):
    """An acknowledgement after the asked-by time counts; the page says late, and no further step is due."""
    portal, thread, identifier = waiting
    after(portal, thread, 5)
    answer = portal.client("bry-duty").post(f"/consultation/{thread}/acknowledge/{identifier}", {"meaning": "received"})
    assert answer.status_code == 302
    _, sent = after(portal, thread, 30)
    assert "authority" not in sent
    assert "late-acknowledgement" in portal.view(thread).first.reading.flags


def test_the_auditor_reads_who_released_alone(portal):
    """A release by one person in an emergency stands in the list of acts, marked, for those who watch over it."""
    from detente.node import actions
    from portal_world import REQUEST

    both = portal.person("ald-releaser")
    draft = actions.save_draft(portal.node, both, "consultation.request", REQUEST | {"urgency": "immediate"})
    actions.release(portal.node, both, draft.id, draft.digest, emergency=True)
    assert portal.client("ald-drafter").get("/acts").status_code == 404
    officer = portal.client("ald-releaser")
    assert officer.get("/acts").status_code == 404
    from detente.store.models import Officer

    Officer.objects.filter(user__username="ald-releaser").update(roles=["auditor"])
    page = officer.get("/acts").content.decode()
    assert "<strong>released alone, in an emergency</strong>" in page
