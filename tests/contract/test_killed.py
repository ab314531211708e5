"""A node that is killed again and again loses nothing and repeats nothing, on either database."""

from __future__ import annotations

import signal

import pytest

from killing import WHOLE, inspect, job


@pytest.mark.usefixtures("node_database")
def test_killed_again_and_again_it_ends_whole(tmp_path):
    """Killed after every single durable step in turn, the job still ends, and says nothing twice."""
    home = tmp_path / "home"
    begun = job("begin", home)
    assert begun.returncode == 0, begun.stderr
    for _ in range(60):
        done = job("run", home, 2)
        if done.stdout == "DONE\n":
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
    final = job("run", home, 0)
    assert final.stdout == "DONE\n", final.stderr
    assert inspect(home)["kinds"] == WHOLE
