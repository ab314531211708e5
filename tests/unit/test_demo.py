"""The demonstration: its check holds and can fail, a visitor takes its steps, and a real node has none of it."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from importlib import resources
from pathlib import Path

import pytest

from detente.demo import cast, story

DETENTE = Path(sys.executable).with_name("detente")
CHECK_SECONDS = 20
PREPARE = """
import json, sys
from pathlib import Path
from detente.cli.home import set_up
home = Path(sys.argv[1])
set_up(home)
from django.test import Client
def client(**more):
    return Client(**{"HTTP_HOST": "127.0.0.1", "raise_request_exception": False, **more})
"""
STORY = (
    PREPARE
    + """
from detente.node.build import current
from detente.demo.player import Player
player = Player(current())
"""
)


def environment(folder):
    return {**os.environ, "TMPDIR": str(folder), "DETENTE_DATABASE": "sqlite", "NO_COLOR": "1", "COLUMNS": "200"}


def run(folder, *command, code=0):
    """Run a command that keeps its temporary files in ``folder``; return its output, then its complaints."""
    done = subprocess.run(
        [str(each) for each in command],
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return f"{done.stdout}\0{done.stderr}"


def script(folder, home, text):
    """Run Python code about a home; return the last line that it printed, read as JSON."""
    return json.loads(run(folder, sys.executable, "-W", "ignore", "-c", text, home).partition("\0")[0].splitlines()[-1])


MAKE = """
import sys
from pathlib import Path
from detente.cli import demo
node = demo._make(Path(sys.argv[1]))
from detente.demo.player import Player
player = Player(node)
player.begin()
for told in player.play():
    print(told.line)
"""


@pytest.fixture(scope="module")
def made_once(tmp_path_factory):
    """A demonstration that nobody touches: it is copied for each test."""
    folder = tmp_path_factory.mktemp("demo")
    run(folder, sys.executable, "-c", MAKE, folder / "home")
    return folder / "home"


@pytest.fixture
def demo_home(tmp_path, made_once):
    """A demonstration that has stopped where the visitor acts."""
    return shutil.copytree(made_once, tmp_path / "demo-home")


@pytest.fixture
def real_home(tmp_path):
    """A real node."""
    home = tmp_path / "real-home"
    run(tmp_path, DETENTE, "init", "--origin", "harbour.example.org/real", "--plain-http", "--home", home)
    return home


def test_the_check_holds(tmp_path):
    """The check plays the story, proves it, breaks it three times, and ends well within twenty seconds."""
    begun = time.monotonic()
    lines = run(tmp_path, DETENTE, "demo", "--check").strip("\0").splitlines()
    assert time.monotonic() - begun < CHECK_SECONDS
    assert lines[-1] == f"all {len(lines) - 1} held"
    assert [line for line in lines[:-1] if not line.startswith("ok ")] == []
    assert sum(bool(re.match(r"ok +\d+/10 ", line)) for line in lines) == 10
    assert not list(tmp_path.glob("detente-demo-*"))


SABOTAGE = {
    "a deadline that is not the right one": ("story.ACKNOWLEDGE_BY = story.ANSWER_BY", "asked: acknowledge by"),
    "a time that is not the right one": ("story.HANDED_OVER_AT = story.RELEASED_AT", "recorded 18:20:03"),
    "an entry that is not the right one": ("story.ENTRY = 58", "the request is entry 58"),
    "a notice that covers other addresses": ('story.NOTICE["ranges"] = ["203.0.113.0/24"]', "the addresses lie in"),
    "an answer that discloses everything": (
        'story.INTERIM["answers"][2] = {"number": 3, "status": "answered", "text": "None."}',
        "question 1 answered",
    ),
    "a closure that is not satisfied": ('story.CLOSURE["outcome"] = "partly"', "closed as satisfied"),
    "a replay that gives other bytes": ('Node.rebuild = lambda self: "other"', "all projections dropped"),
    "a bundle whose envelope is whole": ("check._flip_envelope = lambda data: data", "one bit of an envelope"),
    "a bundle whose receipt is whole": ("check._flip_receipt = lambda data: data", "one bit of a receipt"),
    "a bundle whose annex is whole": ("check._flip_annex = lambda data: data", "one bit of an annex"),
    "a bundle that proves nothing": ('Player.bundle = lambda self: b"{}"', "bundle, MalformedError"),
}


@pytest.mark.parametrize("what", SABOTAGE)
def test_the_check_fails_when_something_does_not_hold(tmp_path, what):
    """The check exits 1 and names the line that does not hold."""
    change, line = SABOTAGE[what]
    code = (
        "import sys\n"
        "from detente.cli import demo, main\n"
        "make = demo._make\n"
        "def sabotaged(folder):\n"
        "    node = make(folder)\n"
        "    from detente.demo import check, story\n"
        "    from detente.demo.player import Player\n"
        "    from detente.node.build import Node\n"
        f"    {change}\n"
        "    return node\n"
        "demo._make = sabotaged\n"
        "sys.argv[1:] = ['demo', '--check']\n"
        "main()\n"
    )
    printed = run(tmp_path, sys.executable, "-c", code, code=1)
    failed = [each for each in printed.splitlines() if each.startswith("FAILED")]
    assert len(failed) == 1
    assert line in failed[0]


@pytest.mark.parametrize(
    ("bit", "sentence"),
    [
        (4711, "refused: statement 1, SignatureError: the words are not those that Aldermere signed."),
        (0, "refused: bundle, MalformedError:"),
    ],
)
def test_one_bit_turned_over_is_refused(tmp_path, bit, sentence):
    """Turning over one bit of the story's bundle is refused in a sentence that names what does not hold."""
    assert run(tmp_path, DETENTE, "demo", "tamper", "--bit", bit).startswith(sentence)


def test_the_story_stops_where_the_visitor_acts(tmp_path, demo_home):
    """The demonstration has handed the request over, and the clock stands at that moment."""
    state = script(
        tmp_path,
        demo_home,
        STORY + "print(json.dumps([player.reached(), player.figures()['entry'], str(current().clock.now())]))",
    )
    assert state == [5, story.ENTRY, str(story.HANDED_OVER_AT)]


def test_a_visitor_takes_the_steps_of_the_story(tmp_path, demo_home):
    """Next step leads to the right person in the right language, and what is not acted can be done for the visitor."""
    walk = """
one, seen = client(), []
def here():
    page = one.get("/tour").content.decode()
    return [player.reached(), one.session["tour_role"], one.cookies["django_language"].value,
            f"{current().clock.now():%a %H:%M}", page.count('class="done"')]
for _ in range(4):
    assert one.get("/tour").status_code == 200
    assert one.post("/tour/next").status_code == 302
    seen.append(here())
    assert one.post("/tour/next", {"play": "1"}).status_code == 302
one.post("/tour/next")
seen.append(here())
print(json.dumps(seen))
"""
    assert script(tmp_path, demo_home, STORY + walk) == [
        [5, "bry-duty", "ar", "Sat 00:31", 5],
        [6, "bry-duty", "ar", "Sat 02:10", 6],
        [7, "bry-duty", "ar", "Sat 09:05", 7],
        [8, "ald-drafter", "en", "Mon 08:12", 8],
        [9, "auditor", "en", "Tue 09:00", 9],
    ]


def test_a_step_that_the_visitor_took_is_not_played_again(tmp_path, demo_home):
    """After the visitor acknowledged as the duty officer, the player goes on with the answer."""
    code = """
from detente.node import actions
from detente.demo import cast
duty = cast.BY_NAME["bry-duty"].person
actions.acknowledge(current(), duty, player.thread(), player.statement("consultation.request"), "under-review")
told = [each.number for each in player.play(10)]
view = player._view(player.thread())
print(json.dumps([told, [each.kind for each in view.statements if each.kind.endswith("acknowledgement")]]))
"""
    told, acknowledgements = script(tmp_path, demo_home, STORY + code)
    assert told == [7, 8, 9, 10]
    assert len(acknowledgements) == 2  # of the request, and of the correction


def test_six_hours_remind_the_alternate_and_nothing_else(tmp_path, demo_home):
    """The clock's button says who was reminded, in both times, and that nothing else follows."""
    code = """
one = client()
one.get("/tour")
page = one.post("/tour/clock", {"next": "/tour"}, follow=True).content.decode()
print(json.dumps(page))
"""
    page = script(tmp_path, demo_home, STORY + code)
    assert "00:20 UTC, 04:20 in Bryholt: alternate of the same desk reminded. Nothing else follows." in page


def test_the_tour_says_what_time_it_is_on_both_sides(tmp_path, demo_home):
    """The first page shows when the story begins, for both sides, and the permanent band."""
    pages = script(
        tmp_path,
        demo_home,
        STORY
        + "print(json.dumps([client(HTTP_ACCEPT_LANGUAGE=one).get('/tour').content.decode() for one in ('en', 'ar')]))",
    )
    begun = "Friday 6 March 2026, 18:02 UTC. 15:02 in Aldermere, 22:02 in Bryholt, where the weekend has begun."
    assert begun in pages[0]
    assert "DEMONSTRATION: invented states" in pages[0]
    assert 'dir="rtl"' in pages[1]
    assert story.narrative("ar")["headline"] in pages[1]


def test_the_tour_answers_loopback_only(tmp_path, demo_home):
    """A request from another machine, or under another host name, finds nothing; a form without its token neither."""
    code = """
print(json.dumps([
    client(REMOTE_ADDR="192.0.2.7").get("/tour").status_code,
    client(HTTP_HOST="demo.example.org").get("/tour").status_code,
    client(enforce_csrf_checks=True).post("/tour/clock").status_code,
    client().get("/tour/clock").status_code,
    client().post("/tour/role", {"role": "operator"}).status_code,
]))
"""
    assert script(tmp_path, demo_home, STORY + code) == [404, 400, 403, 405, 404]


def test_nobody_can_sign_in_to_a_demonstration_with_a_password(tmp_path, demo_home):
    """The story's persons have no password, not even an empty one."""
    code = """
from django.contrib.auth.models import User
print(json.dumps([user.has_usable_password() for user in User.objects.all()]))
"""
    assert script(tmp_path, demo_home, STORY + code) == [False] * len(cast.ACCOUNTS)


def test_a_real_node_has_no_tour(tmp_path, real_home):
    """Under a real home neither the tour, nor its clock, nor the middleware that vouches for visitors exists."""
    code = """
from django.conf import settings
one = client()
found = [one.get(each).status_code for each in ("/tour", "/tour/look/1")]
found += [one.post(each).status_code for each in ("/tour/role", "/tour/next", "/tour/clock")]
print(json.dumps([found, "detente.portal.tour" in sys.modules, "detente.demo" in sys.modules,
                  [each for each in settings.MIDDLEWARE if "emo" in each], one.get("/account").status_code]))
"""
    found, tour, demo, middleware, account = script(tmp_path, real_home, PREPARE + code)
    assert found == [404] * 5
    assert (tour, demo, middleware) == (False, False, [])
    assert account == 302  # to the sign-in: nobody is vouched for


def test_the_visitor_middleware_refuses_a_real_node(tmp_path, real_home):
    """Even if somebody named the middleware in a real node, it would take itself out."""
    code = """
from django.core.exceptions import MiddlewareNotUsed
from detente.portal.tour import DemoVisitorMiddleware
try:
    DemoVisitorMiddleware(lambda request: None)
except MiddlewareNotUsed:
    print(json.dumps("not used"))
"""
    assert script(tmp_path, real_home, PREPARE + code) == "not used"


def test_a_real_home_refuses_the_demonstration(tmp_path, real_home):
    """The demonstration is not played into the home of a real node."""
    printed = run(tmp_path, DETENTE, "demo", "--home", real_home, "--port", 0, code=5)
    assert "is the home of a real node" in printed


def test_a_demonstration_never_becomes_a_real_node(tmp_path, demo_home):
    """A demonstration's home is not run, and editing its settings does not change that."""
    assert "demo" in run(tmp_path, DETENTE, "run", "--home", demo_home, "--port", 8799, code=5)
    settings = demo_home / "detente.toml"
    settings.write_text(settings.read_text().replace('kind = "demo"', 'kind = "real"'))
    printed = run(tmp_path, DETENTE, "run", "--home", demo_home, "--port", 8799, code=5)
    assert "A demonstration's store never becomes a real one." in printed


def test_a_demonstration_told_to_answer_others_is_refused(tmp_path, demo_home):
    """A host name beyond loopback in the settings stops the demonstration before it serves anything."""
    settings = demo_home / "detente.toml"
    settings.write_text(settings.read_text().replace('"localhost"', '"localhost", "demo.example.org"'))
    assert "take demo.example.org out" in run(tmp_path, DETENTE, "demo", "--home", demo_home, "--port", 0, code=5)


def test_the_command_serves_one_link_and_leaves_nothing_behind(tmp_path):
    """With its port taken the demo says so, serves on the next one, and an interrupt ends it cleanly."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = subprocess.Popen(
            [DETENTE, "demo", "--no-open", "--port", str(port)],
            env=environment(tmp_path),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        lines = []
        for line in process.stdout:
            lines.append(line.strip())
            if "→" in line:
                break
        assert lines[0].startswith("1/10 Harbour Network opened: 3 states, 1 ledger, 1 witness")
        assert any(line.startswith(f"Port {port} is taken, so it is ") for line in lines)
        link = re.search(r"http://127\.0\.0\.1:\d+/tour$", lines[-1]).group()
        with urllib.request.urlopen(link) as page:  # noqa: S310 - the link is ours
            assert b"DEMONSTRATION" in page.read()
        process.send_signal(signal.SIGINT)
        process.stdout.read()
        assert process.wait(30) == 0
        process.stdout.close()
    assert not list(tmp_path.glob("detente-demo-*"))


def test_a_kept_demonstration_goes_on(tmp_path, demo_home):
    """A demonstration opened again in its home is not played from the start."""
    code = """
print(json.dumps([each.number for each in player.play(7)]))
"""
    assert script(tmp_path, demo_home, STORY + code) == [6, 7]


def shape(value):
    """Names and lengths without the texts."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    return [shape(each) for each in value] if isinstance(value, list) else type(value)


def test_the_story_is_told_whole_in_each_language():
    """Every text of the story exists in English and in Arabic, with the same figures in it."""
    one, other = story.narrative("en"), story.narrative("ar")
    assert shape(one) == shape(other)
    for here, there in zip(one["steps"], other["steps"], strict=True):
        assert set(re.findall(r"{\w+}", here["told"])) == set(re.findall(r"{\w+}", there["told"]))


def test_the_advisory_is_the_published_one():
    """The real advisory in the annex is, byte for byte, the one that was published."""
    published = resources.files("detente.demo").joinpath("data/csaf-icsa-24-296-01.json.sha512").read_text().split()[0]
    assert hashlib.sha512(story.advisory()).hexdigest() == published
