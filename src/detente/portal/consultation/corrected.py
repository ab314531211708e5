"""Corrections and withdrawals as a thread shows them: the old text stays, struck through, with the new beside it."""

from __future__ import annotations

from typing import Any

from detente.portal import bodies, marks
from detente.portal.acting import Acting
from detente.procedures.consultation import Role
from detente.projections.consultation import ShownStatement, ThreadView


class Corrected:
    """What was corrected and withdrawn in one thread, by the statement that it concerns."""

    def __init__(self, who: Acting, view: ThreadView) -> None:
        self._who = who
        self._view = view
        by_id = {each.statement_id: each for each in view.statements}
        # Nobody corrects or withdraws what another side said; such a statement is shown as out of turn.
        self._corrections = {
            name: [each for each in found if name in by_id and each.issuer == by_id[name].issuer]
            for name, found in view.corrections.items()
        }
        self._withdrawals = {
            each.body["statement_id"]: each
            for each in view.statements
            if each.kind == "consultation.withdrawal"
            and (about := by_id.get(each.body["statement_id"])) is not None
            and about.issuer == each.issuer
        }

    def withdrawn(self, statement_id: str) -> ShownStatement | None:
        """Return the statement that withdrew this one."""
        return self._withdrawals.get(statement_id)

    def rows(self, each: ShownStatement, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return a statement's rows with each corrected one showing what it said and what is right.

        What names no whole row of the statement gets a row of its own at the end, so that no correction is missed.
        """
        rows = [dict(row) for row in rows]
        if each.kind == "consultation.correction":
            fields = [row for row in rows if "was" in row]
            for row, field in zip(fields, each.body["fields"], strict=False):
                row["label"] = _label(field["field"])
        for correction in self._corrections.get(each.statement_id, ()):
            for field in correction.body["fields"]:
                label = _label(field["field"])
                hit = next((row for row in rows if str(row["label"]) == str(label) and _says(row, field["was"])), None)
                if hit is None:
                    hit = {"label": label}
                    rows.append(hit)
                hit.update(was=field["was"], value=field["now"], long=False, standing="", at=None, corrected=True)
        return rows

    def notes(self, each: ShownStatement) -> list[dict[str, Any]]:
        """Return where a statement was corrected, and which sides have not acknowledged that yet."""
        return [
            {"url": f"#s{correction.position}", "at": correction.received_at, "text": correction.body.get("text", "")}
            for correction in self._corrections.get(each.statement_id, ())
        ]

    def unacknowledged_by(self, each: ShownStatement) -> list[str]:
        """Return the names of those who have not acknowledged a correction yet; empty for other statements."""
        if each.kind != "consultation.correction":
            return []
        asked = []
        for row in self._view.rows:
            for statement_id, role in row.reading.awaiting:
                if statement_id == each.statement_id:
                    asked.append(row.addressee if role is Role.ADDRESSEE else row.opener)
        return [self._who.name(name) for name in dict.fromkeys(asked)]


def _label(field: str) -> Any:
    """Return the label of a body's member, or what its writer called the field."""
    return bodies.LABELS.get(field) or marks.isolate(field)


def _says(row: dict[str, Any], was: str) -> bool:
    return str(row.get("value", "")).strip() == was.strip()
