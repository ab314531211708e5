"""The release rule: who may let a draft become the participant's word."""

from __future__ import annotations

import pytest

from detente.errors import PolicyError
from detente.procedures.drafting import check_release

TWO = "Your office releases by two persons: somebody other than the drafter has to release this."
URGENT = "Only an immediate message may leave by one person in an emergency."


@pytest.mark.parametrize(
    ("persons", "releaser", "urgency", "emergency", "marked"),
    [
        (2, "desk 1", "routine", False, False),
        (2, "desk 1", "immediate", True, False),
        (1, "desk 2", "routine", False, False),
        (1, "desk 2", "immediate", True, False),
        (2, "desk 2", "immediate", True, True),
    ],
)
def test_a_release_within_the_rule_is_let_through(persons, releaser, urgency, emergency, marked):
    """Two persons release, or one by standing authority, or one in an emergency, which alone is marked."""
    assert check_release(persons, "desk 2", releaser, urgency, emergency=emergency) is marked


@pytest.mark.parametrize(
    ("urgency", "emergency", "sentence"),
    [
        ("immediate", False, TWO),
        ("priority", False, TWO),
        ("priority", True, URGENT),
        ("routine", True, URGENT),
    ],
)
def test_a_drafter_does_not_release_its_own_text(urgency, emergency, sentence):
    """Under the rule of two persons the drafter cannot release, except an immediate message in an emergency."""
    with pytest.raises(PolicyError) as refused:
        check_release(2, "desk 2", "desk 2", urgency, emergency=emergency)
    assert refused.value.message == sentence
