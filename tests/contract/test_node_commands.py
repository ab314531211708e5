"""The command line of a node, as an operator uses it: whole processes, on either database."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from detente.ledger.policy import parse_policy

ORIGIN = "harbour.example.org/2026"
CHARTER = """
languages = ["en", "ar"]

[names]
en = "Harbour Network"

[operator]
participant = "HNS"
names = { en = "Harbour Network Secretariat" }

[[member]]
participant = "ALD"
names = { en = "Aldermere" }

[[member]]
participant = "COR"
names = { en = "Corvane", es = "Corvane" }
witness = true

[[office]]
participant = "ALD"
office = "desk"
category = "diplomatic"
names = { en = "Duty desk" }
time_zone = "Etc/GMT+3"
weekend = [5, 6]
languages = ["en"]
"""


def command(*arguments):
    return [sys.executable, "-m", "detente", *map(str, arguments)]


@pytest.fixture
def detente(tmp_path, node_database, monkeypatch):
    """A function that runs one command for the home below the test's folder."""
    monkeypatch.setenv("DETENTE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE", raising=False)
    (tmp_path / "charter.toml").write_text(CHARTER)

    def run(*arguments, code=0):
        done = subprocess.run(
            command(*arguments), cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
        )
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode == code, done.stdout + done.stderr
        return done.stderr if code else done.stdout

    return run


@pytest.fixture
def opened(detente):
    """The same with an arrangement open."""
    detente("init", "--origin", ORIGIN, "--plain-http", "--charter", "charter.toml")
    return detente


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running(port, stop=signal.SIGTERM):
    """The node of DETENTE_HOME, from the line that says it answers to a signal that stops it."""
    process = subprocess.Popen(
        command("run", "--port", port), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        line = process.stdout.readline()
        assert f"http://127.0.0.1:{port}" in line, process.stderr.read()
        yield process
        process.send_signal(stop)
        assert process.wait(60) == (0 if stop is signal.SIGTERM else -stop)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


def test_from_an_empty_directory_to_a_page(opened, tmp_path, on_postgresql):
    """A secretariat opens, adds, runs and stops a node with commands alone."""
    assert "recorded already" in opened("open", "charter.toml")
    opened("participant", "add", "BRY", "--name", "en=Bryholt", "--name", "ar=بريهولت")
    said = opened("office", "add", "BRY", "desk", "--name", "en=Desk", "--language", "ar", "--weekend", "4,5")
    assert "enrolled keys of BRY, desk: fingerprint" in said
    assert "shown once: " in opened(
        "officer", "add", "d2", "--participant", "BRY", "--office", "desk", "--role", "duty"
    )
    port = free_port()
    with running(port):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in", timeout=30) as answer:
            assert answer.status == 200
        refused = opened("run", "--port", port, code=5)
        assert refused == (
            f"not possible: Something listens on 127.0.0.1:{port} already; stop it, or name another port with"
            f" --port {port + 1}.\n"
        )
    policy = parse_policy(opened("policy").encode())
    written = policy.verify_checkpoint((tmp_path / "home/ledger/checkpoint").read_bytes())
    assert written.quorum_met
    done = subprocess.run(command("doctor", "--json"), capture_output=True, text=True, check=False, timeout=60)
    # A PostgreSQL server that was made for tests does not sync, and is told so.
    attention = {each["subject"] for each in json.loads(done.stdout)["findings"] if each["standing"] != "ok"}
    assert (done.returncode, attention) == ((5, {"database"}) if on_postgresql else (0, set())), done.stdout


def test_the_jobs_end_with_their_server(opened):
    """No process is left behind when a node is told to stop, and none when its server is killed."""
    with running(free_port()) as process:
        told = [os.pidfd_open(pid) for pid in child_processes(process.pid)]
        assert any("jobs" in line for line in child_processes(process.pid).values())
    with running(free_port(), signal.SIGKILL) as process:
        killed = [os.pidfd_open(pid) for pid in child_processes(process.pid)]
    for child in (*told, *killed):
        assert select.select([child], [], [], 60)[0]  # readable: it has ended
        os.close(child)


def child_processes(parent):
    found = subprocess.run(
        ["ps", "-o", "pid=,args=", "--ppid", str(parent)], capture_output=True, text=True, check=True
    )
    return {int(line.split()[0]): line for line in found.stdout.splitlines()}


def test_a_second_init_changes_nothing(opened, tmp_path):
    """A home that holds a node is refused, and its key stays."""
    key = (tmp_path / "home/master.key").read_bytes()
    assert "already holds a node" in opened("init", "--origin", "other.example.org", code=5)
    assert (tmp_path / "home/master.key").read_bytes() == key


def test_a_demonstration_never_runs_as_a_node(opened, tmp_path):
    """A demo home is refused by run; a real one whose settings say demo is refused by its store."""
    settings = tmp_path / "home/detente.toml"
    real = settings.read_text()
    settings.write_text(real.replace('kind = "real"', 'kind = "demo"'))
    assert "is the home of a demo node and stays one" in opened("run", code=5)
    assert "The database was made as real" in opened("rebuild", code=5)
    settings.write_text(real)
    assert len(opened("rebuild").strip()) == 64


def test_an_interrupted_init_is_finished_by_upgrade(detente, tmp_path):
    """A home whose tables were never made says what to run; that makes them, and may be run again."""
    from detente.node.config import Config, create_home

    create_home(Config(home=tmp_path / "home", kind="real", origin=ORIGIN, https=False))
    assert "run `detente upgrade` if it has no tables" in detente("run", code=5)
    detente("upgrade")
    detente("upgrade")
    for _ in range(2):
        with running(free_port()):
            assert not (tmp_path / "home/ledger/checkpoint").exists()
    detente("open", "charter.toml")
    assert "HNS secretariat" in detente("keys", "list")


def test_a_database_older_than_its_public_files_is_refused(opened, tmp_path):
    """A checkpoint on disk that the database does not reach means a restored backup: run and doctor refuse it."""
    with running(free_port()):
        pass
    path = tmp_path / "home/ledger/checkpoint"
    path.write_bytes(path.read_bytes().replace(b"\n8\n", b"\n9\n", 1))
    assert "is not a checkpoint of this ledger" in opened("run", code=5)
    path.unlink()
    with running(free_port()):
        assert path.exists()


def test_a_charter_is_refused_whole_before_anything_is_made(detente, tmp_path):
    """A mistake in a charter names the member and leaves no home behind."""
    (tmp_path / "charter.toml").write_text(CHARTER.replace("weekend", "weekends"))
    refused = detente("init", "--origin", ORIGIN, "--charter", "charter.toml", code=2)
    assert "office" in refused
    assert not (tmp_path / "home").exists()
    (tmp_path / "charter.toml").write_text("languages = [")
    assert "is not TOML" in detente("init", "--origin", ORIGIN, "--charter", "charter.toml", code=2)


def test_plain_http_stays_on_this_machine(opened):
    """Without HTTPS, a node listens on loopback only."""
    assert "put an HTTPS server in front" in opened("run", "--host", "0.0.0.0", code=5)  # noqa: S104 - refused
    assert "is no address of this machine" in opened("run", "--host", "harbour", code=5)


def test_commands_of_a_home_that_is_not_there_say_how_to_make_one(detente):
    """Every command of a node names init."""
    for arguments in (("run",), ("doctor",), ("rebuild",), ("keys", "list"), ("officer", "list"), ("policy",)):
        assert "run `detente init --home" in detente(*arguments, code=5)


def test_what_doctor_finds_is_named_with_what_to_do(opened, tmp_path):
    """A readable master key, a changed tile and a database that is gone each end with exit code 5."""
    with running(free_port()):
        pass
    key = tmp_path / "home/master.key"
    key.chmod(0o644)
    tile = tmp_path / "home/ledger/tile/0/000.p/8"
    tile.write_bytes(bytes(len(tile.read_bytes())))
    done = subprocess.run(command("doctor"), capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 5
    assert f"Run: chmod 600 {key}" in done.stdout
    assert "1 of the ledger's files are not those of its tree." in done.stdout
    assert "time zones" in done.stdout


ASK = """
import os
from pathlib import Path
from detente.cli import home
node = home.open_node(Path(os.environ["DETENTE_HOME"]))
from detente.node import actions
person = actions.Person("script", "HNS", "secretariat", ("drafter", "releaser"))
content = {"addressees": [{"participant": "ALD"}], "context": "test", "tlp": "GREEN", "language": "en",
           "urgency": "immediate", "body": {"subject": "Line test", "observed": "Nothing; this is a test."}}
draft = actions.save_draft(node, person, "consultation.request", content)
identifier = actions.release(node, person, draft.id, draft.digest, emergency=True)
from detente.projections import consultation
print(consultation.find([identifier], "HNS")[identifier].members["reference"])
"""


def test_a_thread_is_exported_with_its_policy_and_verified(opened, tmp_path):
    """What one account's participant was told is written with the policy, and holds; nothing is overwritten."""
    opened("officer", "add", "d2", "--participant", "ALD", "--office", "desk", "--role", "drafter")
    asked = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=False, timeout=60)
    assert asked.returncode == 0, asked.stderr
    reference = asked.stdout.strip()
    opened("export", reference, "--as", "d2", "-o", "a.bundle")
    shown = opened("verify", "a.bundle", "--policy", "a.policy")
    assert " cosigned      Corvane; 1 of 1 needed" in shown
    assert " not real      " in shown
    assert "is there already" in opened("export", reference, "--as", "d2", "-o", "a.bundle", code=5)
    opened("export", reference, "--as", "d2", "-o", "a.bundle", "--force")


def test_what_cannot_be_exported_leaves_no_file(opened, tmp_path):
    """An unknown thread and an unknown account are refused, and nothing is written."""
    opened("officer", "add", "d2", "--participant", "ALD", "--office", "desk", "--role", "drafter")
    assert "no such thread" in opened("export", "HN-ALD-2026-0001", "--as", "d2", "-o", "a.bundle", code=2)
    assert "There is no account" in opened("export", "HN-ALD-2026-0001", "--as", "nobody", "-o", "a.bundle", code=2)
    assert not (tmp_path / "a.bundle").exists()
    (tmp_path / "a.policy").write_text("mine")
    assert "is there already" in opened("policy", "-o", "a.policy", code=5)
    assert (tmp_path / "a.policy").read_text() == "mine"


def test_a_full_disk_is_said_in_one_sentence(opened):
    """Output that no longer fits ends with exit code 4 and what to do."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command("keys", "list"), stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 4
    assert done.stderr == "not now: The disk is full. Make room on it, then run the command again.\n"
