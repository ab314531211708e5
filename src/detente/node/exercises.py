"""Opening and closing exercises: said to everyone, so that no exercise message can exist outside one.

An exercise is opened by the secretariat or by a participant that takes part, and closed by the same. Nothing else
can be said in its context before or after.
"""

from __future__ import annotations

from detente.errors import IrregularError, PolicyError
from detente.node import opening, registrar
from detente.node.actions import Person
from detente.node.build import Node
from detente.procedures.directory import NEVER, OpenExercise
from detente.statements.exercise import Closing, Opening
from detente.statements.values import Model
from detente.store import statements

MAY_RUN = ("directory-manager", "releaser", "authority")


def open_exercise(node: Node, person: Person, body: Opening) -> str:
    """Record that an exercise opens and return the statement's id.

    Raises ``PolicyError`` unless the person's participant takes part or is the operator, and all are members.
    """
    _check(person, "open an exercise")
    with node.ledger.writing():
        directory = node.directory()
        if person.participant not in (directory.operator, *body.participants):
            raise PolicyError("exercise-party", "An exercise is opened by the secretariat or by one that takes part.")
        if unknown := [each for each in body.participants if not directory.is_member(each, node.ledger.size)]:
            raise PolicyError("addressee-unknown", f"{unknown[0]} is not a member; choose one from the directory.")
        if body.exercise_id in directory.exercises:
            raise IrregularError("exercise-known", "There was an exercise with this id already; choose another id.")
        identifier = _say(node, person, "exercise.opening", body)
    registrar.try_settle(node)
    return identifier


def close_exercise(node: Node, person: Person, exercise_id: str, note: str = "") -> str:
    """Record that an exercise is over and return the statement's id; from then on nothing is said in its context.

    Raises ``PolicyError`` unless the person's participant takes part or is the operator.
    """
    _check(person, "close an exercise")
    with node.ledger.writing():
        found = node.directory().exercises.get(exercise_id)
        if found is None or found.until_index != NEVER:
            raise IrregularError("exercise-not-open", "There is no such exercise open; nothing was changed.")
        if not takes_part(node, person, found):
            raise PolicyError("exercise-party", "An exercise is closed by the secretariat or by one that takes part.")
        identifier = _say(node, person, "exercise.closing", Closing(exercise_id=exercise_id, note=note))
    registrar.try_settle(node)
    return identifier


def takes_part(node: Node, person: Person, exercise: OpenExercise) -> bool:
    """Say whether the person's participant takes part in ``exercise`` or runs the arrangement."""
    return person.participant in (node.directory().operator, *exercise.opening.participants)


def _check(person: Person, what: str) -> None:
    person.require(MAY_RUN, what)
    if person.machine:
        raise PolicyError("machine-release", "A machine account never speaks for an office; a person has to.")


def _say(node: Node, person: Person, kind: str, body: Model) -> str:
    statement = opening.public_statement(node, kind, person.participant, person.office, body)

    def keep(made: registrar.Accepted) -> None:
        statements.record_act(person.name, person.participant, kind, made.statement_id, node.clock.now())

    return registrar.issue(node, statement, keep=keep).statement_id
