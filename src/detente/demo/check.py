"""The check: plays the story to its end without a browser, proves it offline, breaks it, and says whether all held.

Each line is a claim and whether it holds. The verifier runs in a process of its own that has no Django, no network
and no home, as a third person would run it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from detente.demo import cast, story
from detente.demo.player import STEPS, VISITOR_ACTS_AFTER, Player
from detente.envelopes.signing import parse_envelope
from detente.errors import DetenteError, PolicyError
from detente.ledger.proof import parse_proof
from detente.node import actions, records
from detente.node.build import Node
from detente.procedures.consultation import Stage
from detente.projections import consultation, projector, registers
from detente.verification import LAST_LINE, BundledAttachment, Shown, parse_bundle, render_bundle

_VERIFY = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("django", "ninja", "sqlite3"):
            raise ImportError(name + " is not needed to verify")

sys.meta_path.insert(0, Blocked())
from pathlib import Path
from detente.errors import DetenteError
from detente.verification import verify_bundle
try:
    report = verify_bundle(Path(sys.argv[1]).read_bytes(), Path(sys.argv[2]).read_bytes())
except DetenteError as error:
    sys.exit(f"refused: {error.message}")
sys.stdout.write("\\n".join(report.lines) + "\\n")
"""


@dataclass(frozen=True)
class Line:
    """One line of the check: what is claimed, and whether it held."""

    text: str
    held: bool


class Check:
    """Runs the whole check on an empty demonstration home."""

    def __init__(self, node: Node, folder: Path) -> None:
        self._node = node
        self._folder = folder
        self._player = Player(node)

    def run(self) -> Iterator[Line]:
        """Play, prove and break; yield one line a step."""
        self._player.begin()
        yield from self._played(VISITOR_ACTS_AFTER)
        yield from self._mid_story()
        yield from self._played(STEPS)
        yield from self._afterwards()
        yield from self._proof()

    def _played(self, upto: int) -> Iterator[Line]:
        for told in self._player.play(upto):
            left_a_mark = told.number == STEPS or told.number <= self._player.reached()
            yield Line(f"{told.number}/{STEPS} {told.line}", left_a_mark)

    def _mid_story(self) -> Iterator[Line]:
        figures = self._player.figures()
        yield Line(f"the request is entry {story.ENTRY} of the ledger", figures["entry"] == story.ENTRY)
        kinds = Counter(each["type"] for each in json.loads(story.annex())["objects"])
        yield Line(
            "its annex holds 37 objects: 30 observed-data, 6 indicators, 1 note",
            kinds == {"observed-data": 30, "indicator": 6, "note": 1},
        )
        reading = self._row("BRY").reading
        deadlines = {each.name: each.by for each in reading.deadlines}
        yield Line(
            "asked: acknowledge by Sat 7 Mar 18:20 UTC, answer by Fri 13 Mar 18:20 UTC; counted from handing over",
            (deadlines["acknowledgement"], deadlines["answer"]) == (story.ACKNOWLEDGE_BY, story.ANSWER_BY),
        )
        yield Line(
            "both sides read the same stage: delivered",
            {reading.stage, self._row("ALD").reading.stage} == {Stage.DELIVERED},
        )
        yield Line(
            "+6 h, 00:20 UTC, 04:20 in Bryholt: alternate of the same desk reminded. Nothing else follows.",
            self._player.wait(story.LADDER_AT) == ["alternate"],
        )
        found = registers.notices_covering(story.RANGE, story.OBSERVED_FROM, story.OBSERVED_UNTIL, "BRY")
        yield Line("the addresses lie in the advance notice that Bryholt published on 2 March", len(found) == 1)
        yield Line("a party of no part in it sees nothing: Corvane", _refused(lambda: self._thread("COR"), PolicyError))
        one = cast.BY_NAME["ald-drafter"].person
        yield Line("a drafter cannot release", _refused(lambda: self._release_alone(one), PolicyError))

    def _release_alone(self, person: actions.Person) -> None:
        draft = actions.save_draft(self._node, person, "consultation.request", story.REQUEST)
        try:
            actions.release(self._node, person, draft.id, draft.digest)
        finally:
            actions.discard(self._node, person, draft.id)

    def _afterwards(self) -> Iterator[Line]:
        view = self._thread("ALD")
        reading = view.first.reading
        moments = {(step.verb, step.at) for step in reading.history}
        yield Line(
            "recorded 18:20:03, handed over 18:20:07, acknowledged 00:31",
            {
                ("request", story.RELEASED_AT),
                ("handed_over", story.HANDED_OVER_AT),
                ("acknowledgement", story.ACKNOWLEDGED_AT),
            }
            <= moments,
        )
        yield Line(
            "closed as satisfied; every correction acknowledged",
            reading.outcome == "satisfied" and not reading.awaiting_reacknowledgement,
        )
        answers = next(each.body["answers"] for each in view.statements if each.kind == "consultation.answer")
        yield Line(
            "question 1 answered, 2 partly, 3 not disclosed",
            [each["status"] for each in answers] == ["answered", "partial", "not-disclosed"],
        )
        kinds = [kind for kind in projector.REGISTERS if registers.items(kind, "ALD")]
        yield Line("each other family has its statement: " + ", ".join(kinds), len(kinds) == len(projector.REGISTERS))
        state = records.ledger_state(self._node)
        yield Line(
            f"{state.size} entries, all cosigned by {' '.join(state.witnesses)}", state.cosigned_size == state.size
        )
        before = projector.dump()
        yield Line("all projections dropped and replayed to the same bytes", self._node.rebuild() == before)

    def _proof(self) -> Iterator[Line]:
        begun = time.perf_counter()
        bundle_bytes = self._player.bundle()
        bundle, policy = self._folder / f"{story.REFERENCE}.bundle", self._folder / "ledger.policy"
        bundle.write_bytes(bundle_bytes)
        policy.write_bytes(self._node.policy())
        good, lines = self._verify(bundle, policy)
        statements = len(parse_bundle(bundle_bytes).statements)
        yield Line(f"bundle of {statements} statements verified offline in {time.perf_counter() - begun:.1f} s", good)
        yield Line(f"  {lines[-1]}", lines[-1] == LAST_LINE)
        broken = self._folder / "broken.bundle"
        for what, change, expected in (
            ("an envelope", _flip_envelope, "SignatureError: the words are not those that Aldermere signed."),
            ("a receipt", _flip_receipt, "InclusionError: "),
            ("an annex", _flip_annex, "SignatureError: Attachment 1 is not what Aldermere sent with these words."),
        ):
            broken.write_bytes(change(bundle_bytes))
            accepted, said = self._verify(broken, policy)
            yield Line(f"one bit of {what} flipped: {said[-1]}", not accepted and expected in said[-1])

    def _verify(self, bundle: Path, policy: Path) -> tuple[bool, list[str]]:
        done = subprocess.run(  # noqa: S603 - our own interpreter and arguments
            [sys.executable, "-I", "-c", _VERIFY, str(bundle), str(policy)],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return done.returncode == 0, (done.stdout + done.stderr).strip().splitlines() or ["no answer"]

    def _thread(self, viewer: str) -> consultation.ThreadView:
        return consultation.thread(self._player.thread(), viewer, self._node.clock.now(), self._node.directory())

    def _row(self, viewer: str) -> consultation.Row:
        return self._thread(viewer).first


def _refused(attempt: Callable[[], object], by: type[DetenteError]) -> bool:
    try:
        attempt()
    except by:
        return True
    return False


def flip(data: bytes, bit: int) -> bytes:
    """Return ``data`` with one bit turned over, counted from the first; past the end it counts on from the start."""
    place = bit % (len(data) * 8)
    changed = bytearray(data)
    changed[place // 8] ^= 0x80 >> place % 8
    return bytes(changed)


def _change_first(bundle_bytes: bytes, change: Callable[[Shown], Shown]) -> bytes:
    bundle = parse_bundle(bundle_bytes)
    changed, done = [], False
    for each in bundle.statements:
        if isinstance(each, Shown) and each.attachments and not done:
            each, done = change(each), True  # noqa: PLW2901 - the changed one takes its place
        changed.append(each)
    return render_bundle(replace(bundle, statements=tuple(changed)))


def _flip_envelope(bundle_bytes: bytes) -> bytes:
    """Turn over one bit of the signed words: the form stays good, so that the signature has to show it."""

    def change(shown: Shown) -> Shown:
        envelope = parse_envelope(shown.envelope_bytes)
        at = envelope.payload_bytes.index(b"4,112")
        payload = flip(envelope.payload_bytes, at * 8 + 7)
        return replace(shown, envelope_bytes=replace(envelope, payload_bytes=payload).render())

    return _change_first(bundle_bytes, change)


def _flip_receipt(bundle_bytes: bytes) -> bytes:
    def change(shown: Shown) -> Shown:
        proof = parse_proof(shown.receipt_bytes)
        hashes = (flip(proof.hashes[0], 0), *proof.hashes[1:])
        return replace(shown, receipt_bytes=replace(proof, hashes=hashes).render())

    return _change_first(bundle_bytes, change)


def _flip_annex(bundle_bytes: bytes) -> bytes:
    def change(shown: Shown) -> Shown:
        first, *rest = shown.attachments
        return replace(shown, attachments=(BundledAttachment(first.sha256, flip(first.data, 4711)), *rest))

    return _change_first(bundle_bytes, change)
