"""Founding: carrying out a charter, or one part of it.

It says only what is not recorded yet, so that it can be repeated, after a crash too, and a longer charter adds to a
shorter one. It changes and removes nothing: an office that is listed speaks for itself. All keys that it enrols are
made and kept by this node.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from detente.errors import PolicyError
from detente.node import opening, registrar
from detente.node.build import Node
from detente.node.charter import MADE_HERE, Charter, Member, Office


def carry_out(node: Node, charter: Charter) -> Iterator[str]:
    """Record what of ``charter`` is not recorded yet, and yield one line for each thing done.

    Raises ``PolicyError`` when another arrangement is open here.
    """
    yield from open_arrangement(node, charter)
    for member in charter.member:
        yield from admit(node, member)
    for office in charter.office:
        yield from open_office(node, office)
    registrar.settle(node)


def open_arrangement(node: Node, charter: Charter) -> Iterator[str]:
    """Record entry 0 and the operator's node keys, unless they are recorded."""
    arrangement, operator = node.directory().arrangement, charter.operator
    if arrangement is None:
        names, languages = dict(charter.names), tuple(charter.languages)
        opened = opening.Opening(
            names, operator.participant, dict(operator.names), operator.office, languages, charter.about
        )
        opening.open_arrangement(node, opened)
        yield f"opened {_name(charter.names)}, kept by {operator.participant}"
    elif arrangement.operator != operator.participant:
        raise PolicyError(
            "charter-other",
            f"The arrangement on this node is kept by {arrangement.operator}, the charter says {operator.participant}.",
        )
    yield from enrol(node, operator.participant, None, "kept by the operator itself")


def admit(node: Node, member: Member) -> Iterator[str]:
    """Record that a participant joins, enrol node keys for it, and keep a witness key if it asks for one."""
    if member.participant not in node.directory().members:
        opening.admit_member(node, member.participant, dict(member.names))
        yield f"admitted {member.participant}, {_name(member.names)}"
    yield from enrol(node, member.participant, None, MADE_HERE)
    if member.witness and member.participant not in node.witness_keys():
        opening.host_witness(node, member.participant)
        yield f"keeping a witness key for {member.participant}: take the policy file anew"


def open_office(node: Node, office: Office) -> Iterator[str]:
    """Record an office's entry unless it is listed, and enrol keys for it unless it has some."""
    directory = node.directory()
    if office.participant not in (*directory.members, directory.operator):
        raise PolicyError(
            "member-unknown", f"{office.participant} takes no part in the arrangement; admit it before its offices."
        )
    if node.directory().office(office.participant, office.office) is None:
        opening.publish_office(node, office.entry)
        yield f"opened office {office.office} of {office.participant}"
    yield from enrol(node, office.participant, office.office, office.compared)


def enrol(node: Node, participant: str, office: str | None, compared: str) -> Iterator[str]:
    """Make, keep and enrol a key set unless the office (None: the node of ``participant``) has a live one."""
    scope = "node" if office is None else "office"
    if any(key.office == office for key in node.directory().live_keys(participant, scope)):
        return
    custody = "self" if participant == node.directory().operator else "host"
    keys = opening.enrol(node, participant, office, compared=compared, custody=custody)
    yield f"enrolled keys of {participant}, {office or 'its node'}: fingerprint {keys.public.fingerprint}"


def _name(names: Mapping[str, str]) -> str:
    return names.get("en") or next(iter(names.values()))
