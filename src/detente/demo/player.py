"""The player: opens the arrangement of the story and plays its steps through the node's own actions.

Nothing is put into a table by hand: drafts are written, released by second persons, sealed, handed over and cosigned
as in any other node. Only the clock is the story's. How far the story has come is read from what was said, never
counted, so that a visitor may act a step where the player would.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

from detente.demo import cast, story
from detente.errors import OperatorError
from detente.node import actions, jobs, opening, records, registrar
from detente.node.build import Node, StoredClock
from detente.projections import consultation, registers
from detente.statements import exercise
from detente.statements.directory import Calendar, Office
from detente.verification import verify_bundle

STEPS = 10
VISITOR_ACTS_AFTER = 5
_CLOSING = 9
_TRANSIT = timedelta(seconds=4)
# When the visitor takes a step, the clock stands where the story has it.
_MOMENTS: dict[int, tuple[datetime, ...]] = {
    6: (story.LADDER_AT, story.ACKNOWLEDGED_AT),
    7: (story.ANSWERED_AT,),
    8: (story.CORRECTED_AT,),
    _CLOSING: (story.CLOSED_AT,),
    STEPS: (story.AFTERWARDS,),
}
_COMPARED = "fingerprint read over the telephone, note 011"
# Which statement is made after the story, by whom.
_AFTERWARDS: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("bry-duty", "bry-duty", "restraint.commitment", story.COMMITMENT),
    ("ald-drafter", "ald-releaser", "transparency.view", story.VIEW),
    ("bry-duty", "bry-duty", "cooperation.offer", story.OFFER),
    ("bry-duty", "bry-duty", "transparency.invitation", story.INVITATION),
    ("cor-desk", "cor-head", "crosswalk.mapping", story.MAPPING),
)


@dataclass(frozen=True)
class Told:
    """One step that was played: its number, and one line that says what happened."""

    number: int
    line: str


@dataclass(frozen=True)
class _Exchange:
    """Who speaks with whom in which thread and context."""

    drafter: str
    releaser: str
    to: str
    thread: str
    context: dict[str, Any]


class Player:
    """Plays the story on a node whose clock may be set."""

    def __init__(self, node: Node) -> None:
        if node.config.kind != "demo" or not isinstance(node.clock, StoredClock):
            raise OperatorError("demo-on-real", "The story plays on a demonstration's home only.")
        self._node = node
        self._clock = node.clock
        self._steps: tuple[Callable[[], None], ...] = (
            self._open,
            self._list,
            self._draft,
            self._release,
            self._look,
            self._acknowledge,
            self._answer,
            self._correct,
            self._close,
            self._prove,
        )

    def begin(self) -> None:
        """Make the store and set its clock, where that has not been done."""
        opening.create_store(self._node)
        try:
            self._clock.now()
        except OperatorError:
            self._clock.set(story.OPENED)

    def play(self, upto: int = VISITOR_ACTS_AFTER) -> Iterator[Told]:
        """Play what is left of the steps up to ``upto`` (5: where the visitor acts; 10: to the end), telling each."""
        for number in range(self.reached() + 1, upto + 1):
            try:
                self._steps[number - 1]()
            finally:
                self._node.on_step = lambda _: None
            yield Told(number, story.narrative("en")["steps"][number - 1]["told"].format(**self.figures()))

    def reached(self) -> int:
        """Return the last step whose outcome is there, by whomever; the last step leaves none and is never reached."""
        return len(list(takewhile(bool, self._outcomes())))

    def _outcomes(self) -> Iterator[bool]:
        yield self._node.directory().arrangement is not None
        yield bool(registers.items("transparency.notice", "BRY"))
        thread = self._find()
        yield thread is not None or bool(self._drafted())
        if thread is None:
            return
        yield from (True, True)  # released, and thereby recorded and handed over
        view = self._view(thread)
        said = {(each.kind, each.issuer) for each in view.statements}
        yield view.first.reading.acknowledged_at is not None
        yield ("consultation.answer", "BRY") in said
        yield ("consultation.correction", "BRY") in said and not view.first.reading.awaiting
        yield not view.first.reading.is_open and bool(registers.items("crosswalk.mapping", "COR"))

    def figures(self) -> dict[str, int | str]:
        """Return the figures that the story's lines quote, empty where there is none yet."""
        thread = self._find()
        if thread is None:
            return {"entry": "", "statements": ""}
        statements = self._view(thread).statements
        return {"entry": statements[0].entries[0].index, "statements": len(statements)}

    def thread(self) -> str:
        """Return the story's thread; raise ``OperatorError`` before it was opened."""
        found = self._find()
        if found is None:
            raise OperatorError("demo-thread", "The story has not come to its request yet.")
        return found

    def wait(self, moment: datetime) -> list[str]:
        """Let time pass until ``moment``; return the reminders that fell due meanwhile and were sent."""
        before = self._reminders()
        self._until(moment)
        jobs.remind(self._node)
        return [name for name in self._reminders() if name not in before]

    def lead(self) -> int:
        """Do what comes before the next step, so that the visitor can take it; return that step's number.

        The clock goes to the story's moment, and the other side says what it says by then.
        """
        number = self.reached() + 1
        if number == _CLOSING and not self._view(self.thread()).first.reading.is_open:
            self._close()  # the visitor closed; what follows from it is not the visitor's to say
            number += 1
        elif number == _CLOSING:
            self._substance()
        for moment in _MOMENTS.get(number, ()):
            self.wait(moment)
        return number

    def awaits_again(self) -> bool:
        """Say whether a correction waits for Aldermere's acknowledgement."""
        thread = self._find()
        return thread is not None and bool(self._view(thread).first.reading.awaiting)

    def statement(self, kind: str) -> str:
        """Return the id of the newest statement of ``kind`` in the story's thread."""
        return [each.statement_id for each in self._view(self.thread()).statements if each.kind == kind][-1]

    def _find(self) -> str | None:
        return consultation.by_reference(story.REFERENCE, "ALD")

    def _view(self, thread: str) -> consultation.ThreadView:
        return consultation.thread(thread, "ALD", self._clock.now(), self._node.directory())

    def _reminders(self) -> list[str]:
        thread = self._find()
        return [] if thread is None else [each.step.partition("/")[2] for each in records.reminders(thread)]

    def _until(self, moment: datetime) -> None:
        """Set the clock to ``moment``, unless the visitor let more time pass than that."""
        self._clock.set(max(moment, self._clock.now()))

    def _open(self) -> None:
        opening.open_arrangement(
            self._node,
            opening.Opening(
                names=cast.NETWORK,
                operator="HNS",
                operator_names=cast.SECRETARIAT,
                office=cast.SECRETARIAT_DESK,
                languages=("en", "ar", "es"),
                about="Invented. Not a service of, or endorsed by, any organisation.",
            ),
        )
        opening.publish_office(self._node, Office(**cast.secretariat_office()))
        for participant, names in cast.NAMES.items():
            opening.admit_member(self._node, participant, names)
        opening.host_witness(self._node, "COR")
        for account in cast.ACCOUNTS:
            opening.add_officer(
                account.name,
                None,
                participant=account.participant,
                office=account.office,
                display_name=account.display_name,
                roles=account.roles,
                language=account.language,
                time_zone=account.time_zone,
            )
        registrar.settle(self._node)

    def _list(self) -> None:
        for participant in cast.NAMES:
            entries = cast.offices(participant)
            for entry in entries:
                opening.publish_office(self._node, Office(**entry))
            for entry in entries:
                opening.enrol(self._node, participant, entry["office"], compared=_COMPARED)
            opening.enrol(self._node, participant, None, compared=_COMPARED)
        for participant, day in cast.HOLIDAYS.items():
            holidays = Calendar(participant=participant, office=cast.DESK, holidays=[day], note="National day off.")
            said = opening.public_statement(self._node, "directory.calendar", participant, cast.DESK, holidays)
            registrar.issue(self._node, said)
        self._publish("bry-duty", "bry-duty", "transparency.view", story.NOTHING_NEW)
        self._publish("cor-desk", "cor-head", "transparency.view", story.NOTHING_NEW)
        self._until(story.EXERCISE_AT)
        self._exercise()
        self._until(story.NOTICE_AT)
        self._publish("bry-duty", "bry-duty", "transparency.notice", story.NOTICE)

    def _exercise(self) -> None:
        """Hold the exercise of February, in which two states ask the third whether its desk can be reached."""
        by = ("HNS", cast.SECRETARIAT_DESK)
        body = exercise.Opening.model_validate(story.EXERCISE)
        registrar.issue(self._node, opening.public_statement(self._node, "exercise.opening", *by, body))
        context = {"context": "exercise", "exercise_id": body.exercise_id, "urgency": "routine"}
        for drafter, releaser in (("ald-drafter", "ald-releaser"), ("cor-desk", "cor-head")):
            asking = _Exchange(drafter, releaser, "BRY", "", context)
            request = self._say(asking, "consultation.request", story.EXERCISE_REQUEST)
            mine = cast.BY_NAME[drafter].participant
            thread = consultation.find([request], mine)[request].members["thread"]
            actions.acknowledge(self._node, cast.BY_NAME["bry-duty"].person, thread, request, "received")
            answering = _Exchange("bry-duty", "bry-duty", mine, thread, context)
            self._say(answering, "consultation.answer", story.EXERCISE_ANSWER)
            closing = _Exchange(drafter, releaser, "BRY", thread, context)
            self._say(closing, "consultation.closure", {"outcome": "satisfied"})
        over = exercise.Closing(exercise_id=body.exercise_id)
        registrar.issue(self._node, opening.public_statement(self._node, "exercise.closing", *by, over))

    def _draft(self) -> None:
        self._until(story.BEGINS)
        actions.save_draft(
            self._node,
            cast.BY_NAME["ald-drafter"].person,
            "consultation.request",
            story.REQUEST,
            attachments=[
                ("scan-annex.json", "application/json", story.annex()),
                ("icsa-24-296-01.json", "application/json", story.advisory()),
            ],
        )

    def _drafted(self) -> list[Any]:
        person = cast.BY_NAME["ald-releaser"].person
        return [each for each in records.drafts(person) if each.content.get("reference") == story.REFERENCE]

    def _release(self) -> None:
        self._until(story.RELEASED_AT)
        draft = self._drafted()[0]
        self._in_transit()
        actions.release(self._node, cast.BY_NAME["ald-releaser"].person, draft.id, draft.digest)

    def _look(self) -> None:
        if records.ledger_state(self._node).cosigned_size <= self._view(self.thread()).statements[0].entries[0].index:
            raise OperatorError("demo-cosigned", "Corvane has not cosigned yet; play the story anew.")

    def _acknowledge(self) -> None:
        self.wait(story.LADDER_AT)
        self._until(story.ACKNOWLEDGED_AT)
        officer = cast.BY_NAME["bry-duty"].person
        actions.acknowledge(self._node, officer, self.thread(), self.statement("consultation.request"), "received")

    def _answer(self) -> None:
        self._until(story.ANSWERED_AT)
        notice = registers.items("transparency.notice", "BRY")[0].statement_id
        self._say(self._bryholt(), "consultation.answer", {**story.INTERIM, "notices": [notice]})

    def _correct(self) -> None:
        said = {each.kind for each in self._view(self.thread()).statements}
        if "consultation.correction" not in said:
            self._until(story.CORRECTED_AT)
            body = {**story.CORRECTION, "statement_id": self.statement("consultation.answer")}
            self._say(self._bryholt(), "consultation.correction", body)
        self._until(story.REACKNOWLEDGED_AT)
        drafter = cast.BY_NAME["ald-drafter"].person
        for correction in self._view(self.thread()).first.reading.awaiting_reacknowledgement:
            actions.acknowledge(self._node, drafter, self.thread(), correction, "received")

    def _close(self) -> None:
        self._substance()
        if self._view(self.thread()).first.reading.is_open:
            self._until(story.CLOSED_AT)
            closing = _Exchange("ald-drafter", "ald-releaser", "BRY", self.thread(), story.IN_EARNEST)
            self._say(closing, "consultation.closure", story.CLOSURE)
        self._until(story.AFTERWARDS)
        for drafter, releaser, kind, body in _AFTERWARDS:
            if not self._published(cast.BY_NAME[drafter].participant, kind, body):
                self._publish(drafter, releaser, kind, body)

    def _substance(self) -> None:
        row = self._view(self.thread()).first
        if "answer.substantive" in {permit.verb for permit in row.permits("BRY")}:
            self._until(story.SUBSTANTIVE_AT)
            self._say(self._bryholt(), "consultation.answer", story.SUBSTANTIVE)

    def _prove(self) -> None:
        verify_bundle(self.bundle(), self._node.policy())

    def bundle(self) -> bytes:
        """Return the bundle with which Aldermere proves the story's thread."""
        return records.bundle(self._node, cast.BY_NAME["ald-releaser"].person, self.thread())

    def _published(self, issuer: str, kind: str, body: dict[str, Any]) -> bool:
        found = [each for each in registers.items(kind, issuer) if each.issuer == issuer]
        return any(each.body.get("title") == body.get("title") for each in found)

    def _bryholt(self) -> _Exchange:
        return _Exchange("bry-duty", "bry-duty", "ALD", self.thread(), story.IN_EARNEST)

    def _say(self, exchange: _Exchange, kind: str, body: dict[str, Any]) -> str:
        """Draft and release a statement to the other side of an exchange."""
        content = {
            **exchange.context,
            "addressees": [{"participant": exchange.to}],
            "tlp": "AMBER",
            "language": "en",
            "body": body,
        }
        return self._drafted_and_released(exchange.drafter, exchange.releaser, kind, content, exchange.thread)

    def _publish(self, drafter: str, releaser: str, kind: str, body: dict[str, Any]) -> str:
        """Draft and release a statement to everyone."""
        content = {"addressees": "*", "context": "real", "tlp": "GREEN", "language": "en", "body": body}
        return self._drafted_and_released(drafter, releaser, kind, content, "")

    def _drafted_and_released(
        self, drafter: str, releaser: str, kind: str, content: dict[str, Any], thread: str
    ) -> str:
        draft = actions.save_draft(self._node, cast.BY_NAME[drafter].person, kind, content, thread=thread)
        self._in_transit()
        return actions.release(self._node, cast.BY_NAME[releaser].person, draft.id, draft.digest)

    def _in_transit(self) -> None:
        """Let four seconds pass between release and handing over, as the story tells it."""

        def pass_time(step: str) -> None:
            if step == "released":
                self._clock.set(self._clock.now() + _TRANSIT)
                self._node.on_step = lambda _: None

        self._node.on_step = pass_time
