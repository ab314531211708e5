"""What a visitor of the demonstration may do beyond the persons of the story: move the clock, be shown what is next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from detente.demo import story
from detente.errors import OperatorError
from detente.node import jobs, registrar
from detente.node.build import Node, StoredClock
from detente.procedures.consultation import Role
from detente.projections import consultation

JUMP = timedelta(hours=6)


@dataclass(frozen=True)
class Next:
    """What the visitor can do now: a key for the text, as whom, and where (None: on the tour's page)."""

    key: str
    account: str
    thread: str | None = None


def jump(node: Node) -> datetime:
    """Move the story's clock six hours on, do what falls due, and return the new instant."""
    if not isinstance(node.clock, StoredClock):
        raise OperatorError("demo-on-real", "Only a demonstration's clock can be moved.")
    node.clock.set(node.clock.now() + JUMP)
    jobs.remind(node)
    registrar.try_settle(node)
    return node.clock.now()


def now_possible(node: Node) -> Next:
    """Return the next thing of the story that nobody has done yet."""
    thread = consultation.by_reference(story.REFERENCE, "ALD")
    if thread is None:
        return Next("release", "ald-releaser")
    view = consultation.thread(thread, "ALD", node.clock.now(), node.directory())
    reading = view.first.reading
    if not reading.is_open:
        return Next("proof", "ald-releaser", thread)
    said = {(step.verb, step.role) for step in reading.history}
    if ("acknowledgement", Role.ADDRESSEE) not in said:
        return Next("acknowledge", "bry-duty", thread)
    if not {("answer.interim", Role.ADDRESSEE), ("answer.substantive", Role.ADDRESSEE)} & said:
        return Next("answer", "bry-duty", thread)
    if ("answer.substantive", Role.ADDRESSEE) not in said:
        return Next("substance", "bry-duty", thread)
    return Next("close", "ald-drafter", thread)
