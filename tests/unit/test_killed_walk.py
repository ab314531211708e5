"""A node that is killed between any two durable steps loses nothing and repeats nothing."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

import pytest

from killing import WHOLE, inspect, job


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """A home with an open arrangement and nothing said."""
    home = tmp_path_factory.mktemp("killed") / "home"
    begun = job("begin", home)
    assert begun.returncode == 0, begun.stderr
    return home


def copy_of(opened: Path, tmp_path: Path) -> Path:
    home = tmp_path / "home"
    shutil.copytree(opened, home)
    return home


def test_every_durable_step_can_be_the_last(opened, tmp_path):
    """Killed after its first, second, third … durable step, a job is taken up and ends whole, with nothing twice."""
    killed = 0
    for steps in range(1, 60):
        home = copy_of(opened, tmp_path / str(steps))
        first = job("run", home, steps)
        if first.returncode == 0:
            break
        assert first.returncode == -signal.SIGKILL, first.stderr
        killed += 1
        second = job("run", home, 0)
        assert second.stdout == "DONE\n", second.stderr
        found = inspect(home)
        assert found["kinds"] == WHOLE, f"killed after step {steps}"
        assert found["waiting"] == 0
        assert found["proven"] == found["entries"]
        assert found["same_after_rebuild"]
    assert killed > 5
