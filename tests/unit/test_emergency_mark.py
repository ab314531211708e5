"""What is marked as an emergency release, and what is not."""

from __future__ import annotations

import pytest

from detente.procedures.drafting import check_release


@pytest.mark.parametrize(
    ("persons", "releaser", "emergency", "marked"),
    [(2, "desk 1", True, False), (2, "desk 1", False, False), (1, "desk 2", True, False), (2, "desk 2", True, True)],
)
def test_only_a_single_release_in_an_emergency_is_marked(persons, releaser, emergency, marked):
    """A release is marked when the drafter made it alone under the rule of two, and in no other case."""
    assert check_release(persons, "desk 2", releaser, "immediate", emergency=emergency) is marked
