"""Drafting: how a text becomes a participant's word.

A draft never left its participant. It leaves by release: by a second person, unless the participant's standing
authority says one; an immediate message may leave by one person in an emergency, which is marked and shown. Other
participants see what a participant states of its own rule, and cannot check it.
"""

from __future__ import annotations

from enum import StrEnum

from detente.errors import PolicyError


class DraftStage(StrEnum):
    """Where a draft stands."""

    DRAFT = "draft"
    RELEASED = "released"
    DISCARDED = "discarded"


def check_release(release_persons: int, drafter: str, releaser: str, urgency: str, *, emergency: bool = False) -> bool:
    """Return whether the release counts as a single one in an emergency, to be marked and shown.

    Raises ``PolicyError`` unless ``releaser`` may release what ``drafter`` wrote.
    """
    if release_persons == 1 or drafter != releaser:
        return False
    if not emergency:
        raise PolicyError(
            "release-second-person",
            "Your office releases by two persons: somebody other than the drafter has to release this.",
        )
    if urgency != "immediate":
        raise PolicyError("release-emergency", "Only an immediate message may leave by one person in an emergency.")
    return True
