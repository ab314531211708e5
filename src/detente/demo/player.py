"""The player: opens the arrangement of the story and plays its steps through the node's own actions.

Nothing is put into a table by hand: drafts are written, released by second persons, sealed, handed over and cosigned
as in any other node. Only the clock is the story's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from detente.demo import cast, story
from detente.errors import OperatorError
from detente.node import actions, opening, records, registrar
from detente.node.build import Node, StoredClock
from detente.projections import consultation, registers
from detente.statements.directory import Office

TRANSIT = timedelta(seconds=4)


@dataclass(frozen=True)
class Told:
    """One step that was played: its number, and one line that says what happened."""

    number: int
    line: str


class Player:
    """Plays the story on a node whose clock may be set."""

    def __init__(self, node: Node) -> None:
        if node.config.kind != "demo" or not isinstance(node.clock, StoredClock):
            raise OperatorError("demo-on-real", "The story plays on a demonstration's home only.")
        self._node = node
        self._clock = node.clock
        self._steps: tuple[Callable[[], str], ...] = (
            self._open,
            self._admit,
            self._notice,
            self._draft,
            self._release,
            self._wait,
            self._acknowledge,
            self._answer,
            self._correct,
            self._close,
            self._afterwards,
        )

    def play(self, upto: int = 5) -> Iterator[Told]:
        """Play the steps up to ``upto`` (5: where the visitor acts; 11: to the end), telling each."""
        for number, step in enumerate(self._steps[:upto], 1):
            line = step()
            self._node.on_step = lambda _: None
            yield Told(number, line)

    @property
    def length(self) -> int:
        """The number of steps."""
        return len(self._steps)

    def thread(self) -> str:
        """Return the story's thread; raise ``OperatorError`` before it was opened."""
        found = consultation.by_reference(story.REFERENCE, "ALD")
        if found is None:
            raise OperatorError("demo-thread", "The story has not come to its request yet.")
        return found

    def _open(self) -> str:
        opening.create_store(self._node)
        self._clock.set(story.OPENED)
        opening.open_arrangement(
            self._node,
            opening.Opening(
                names=cast.NETWORK,
                operator="HNS",
                operator_names=cast.SECRETARIAT,
                office="secretariat",
                languages=("en", "ar", "es"),
                about="Invented. Not a service of, or endorsed by, any organisation.",
            ),
        )
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
        return "Harbour Network opened: an arrangement, its ledger, its secretariat"

    def _admit(self) -> str:
        for participant, names in cast.NAMES.items():
            opening.admit_member(self._node, participant, names)
            for entry in cast.offices(participant):
                opening.publish_office(self._node, Office(**entry))
            opening.enrol(self._node, participant, cast.DESK, compared="fingerprint read over the telephone, note 011")
            opening.enrol(self._node, participant, None, compared="fingerprint read over the telephone, note 011")
        opening.host_witness(self._node, "COR")
        registrar.settle(self._node)
        return "3 states with offices and keys, 1 witness"

    def _notice(self) -> str:
        self._clock.set(story.NOTICE_AT)
        self.publish("bry-duty", "bry-duty", "transparency.notice", story.NOTICE)
        return "2 March: Bryholt gives advance notice of a national resilience survey"

    def _draft(self) -> str:
        self._clock.set(story.BEGINS)
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
        return "Friday 6 March, 18:02 UTC: Aldermere's desk drafts a request for clarification, with two annexes"

    def _release(self) -> str:
        self._clock.set(story.RELEASED_AT)
        releaser = cast.BY_NAME["ald-releaser"].person
        (draft,) = records.drafts(releaser)
        self._in_transit()
        actions.release(self._node, releaser, draft.id, draft.digest)
        return f"18:20:03 released by a second person as {story.REFERENCE}, 18:20:07 handed over to Bryholt's machine"

    def _wait(self) -> str:
        self._clock.set(story.LADDER_AT)
        return "00:20 UTC, 04:20 in Bryholt: alternate of the same desk reminded. Nothing else follows."

    def _acknowledge(self) -> str:
        self._clock.set(story.ACKNOWLEDGED_AT)
        officer = cast.BY_NAME["bry-duty"].person
        actions.acknowledge(self._node, officer, self.thread(), self.statement("consultation.request"), "received")
        return "00:31 UTC: acknowledged by Bryholt's duty desk. This is no admission and no attribution."

    def _answer(self) -> str:
        self._clock.set(story.ANSWERED_AT)
        notice = self._notice_id()
        self.reply("bry-duty", "bry-duty", "consultation.answer", {**story.INTERIM, "notices": [notice]})
        return "02:10 UTC: Bryholt answers: 1 answered, 2 partial, 3 not disclosed; its notice of 2 March attached"

    def _correct(self) -> str:
        self._clock.set(story.CORRECTED_AT)
        answer = self.statement("consultation.answer")
        body = {**story.CORRECTION, "statement_id": answer}
        self.reply("bry-duty", "bry-duty", "consultation.correction", body)
        self._clock.set(story.REACKNOWLEDGED_AT)
        correction = self.statement("consultation.correction")
        drafter = cast.BY_NAME["ald-drafter"].person
        actions.acknowledge(self._node, drafter, self.thread(), correction, "received")
        return "Bryholt corrects the window, 12:00-16:00 becomes 13:00-16:00; Aldermere acknowledges again"

    def _close(self) -> str:
        self._clock.set(story.SUBSTANTIVE_AT)
        self.reply("bry-duty", "bry-duty", "consultation.answer", story.SUBSTANTIVE)
        self._clock.set(story.CLOSED_AT)
        self.reply("ald-drafter", "ald-releaser", "consultation.closure", story.CLOSURE)
        return "Monday 9 March: Bryholt answers in substance, Aldermere closes: satisfied"

    def _afterwards(self) -> str:
        self._clock.set(story.AFTERWARDS)
        self.publish("bry-duty", "bry-duty", "restraint.commitment", story.COMMITMENT)
        self.publish("ald-drafter", "ald-releaser", "transparency.view", story.VIEW)
        self.publish("bry-duty", "bry-duty", "cooperation.offer", story.OFFER)
        self.publish("bry-duty", "bry-duty", "transparency.invitation", story.INVITATION)
        self.publish("cor-desk", "cor-head", "crosswalk.mapping", story.MAPPING)
        return "A commitment, a national view, an offer of help, an invitation to observe, a mapping of two measures"

    def reply(self, drafter: str, releaser: str, kind: str, body: dict[str, Any]) -> str:
        """Draft and release a statement in the story's thread, addressed to its other side."""
        mine = cast.BY_NAME[drafter].participant
        content = {
            "addressees": [{"participant": "BRY" if mine == "ALD" else "ALD"}],
            "context": "real",
            "urgency": "priority",
            "tlp": "AMBER",
            "language": "en",
            "follows": [self.statement("consultation.request")],
            "body": body,
        }
        return self._drafted(drafter, releaser, kind, content, self.thread())

    def publish(self, drafter: str, releaser: str, kind: str, body: dict[str, Any]) -> str:
        """Draft and release a statement to everyone."""
        content = {"addressees": "*", "context": "real", "tlp": "GREEN", "language": "en", "body": body}
        return self._drafted(drafter, releaser, kind, content, "")

    def _drafted(self, drafter: str, releaser: str, kind: str, content: dict[str, Any], thread: str) -> str:
        draft = actions.save_draft(self._node, cast.BY_NAME[drafter].person, kind, content, thread=thread)
        self._in_transit()
        return actions.release(self._node, cast.BY_NAME[releaser].person, draft.id, draft.digest)

    def _in_transit(self) -> None:
        """Let four seconds pass between release and handing over, as the story tells it."""

        def pass_time(step: str) -> None:
            if step == "released":
                self._clock.set(self._node.clock.now() + TRANSIT)
                self._node.on_step = lambda _: None

        self._node.on_step = pass_time

    def statement(self, kind: str) -> str:
        """Return the id of the newest statement of ``kind`` in the story's thread."""
        view = consultation.thread(self.thread(), "ALD", self._node.clock.now(), self._node.directory())
        return [each.statement_id for each in view.statements if each.kind == kind][-1]

    def _notice_id(self) -> str:
        return registers.items("transparency.notice", "BRY")[0].statement_id
