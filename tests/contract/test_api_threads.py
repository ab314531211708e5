"""Threads, drafts, registers, directory and the ledger's files through the API."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache

import interface
from detente.clock import render_instant
from detente.ledger.checkpoint import parse_checkpoint
from detente.ledger.note import parse_note
from detente.statements.statement import KINDS
from detente.verification import verify_bundle
from interface import CONTENT, ROOT, is_problem

pytestmark = pytest.mark.django_db(transaction=True)
ABSENT = "A" * 43


@pytest.fixture
def world(tmp_path):
    cache.clear()
    return interface.World(tmp_path / "home")


def walk(caller, path, limit=2, cursor=None):
    """Every page of a list from ``cursor`` on, and the cursor after the last."""
    pages = []
    while True:
        page = caller.get(path, limit=limit, **({"cursor": cursor} if cursor else {})).json()
        pages.append(page["items"])
        cursor = page["next"]
        if not page["more"]:
            return pages, cursor


def test_a_list_is_walked_in_pages_and_read_on_later(world):
    """Pages hold what was asked for, no thread twice; the last cursor finds only what changed since."""
    threads = [world.said()[1] for _ in range(5)]
    for name in ("ALD", "BRY"):
        pages, cursor = walk(world.callers[name], "threads")
        assert [len(page) for page in pages] == [2, 2, 1]
        assert [row["thread"] for page in pages for row in page] == threads
        assert walk(world.callers[name], "threads", cursor=cursor) == ([[]], cursor)
    world.said()
    pages, _ = walk(world.callers["ALD"], "threads", cursor=cursor)
    assert [len(page) for page in pages] == [1]
    assert world.callers["ALD"].get("threads").json()["items"][0]["reading"]["stage"] == "delivered"


def test_a_walk_misses_nothing_that_is_said_meanwhile(world):
    """Between pages an old thread moves and a new one opens, all within one millisecond; the walk meets every thread.

    The clock stands still, so that times cannot put the threads in order.
    """
    caller = world.callers["ALD"]
    for _ in range(4):
        assert caller.submit(world.signed()).status_code == 201
    first = caller.get("threads", limit=1).json()
    moved = caller.get("threads", limit=4).json()["items"][2]["thread"]
    met = [first["items"][0]["thread"]]
    assert caller.submit(world.signed(thread=moved, kind="consultation.information", body={"text": "more"}))
    assert caller.submit(world.signed()).status_code == 201
    pages, _ = walk(caller, "threads", limit=1, cursor=first["next"])
    met += [row["thread"] for page in pages for row in page]
    assert len(met) == len(set(met)) == 5
    assert met.index(moved) == 3


@pytest.mark.parametrize(
    "cursor", ["x", "AAAA", "WzEsMl0", "W10", "bnVsbA", "WyIxIiwiIl0", "Wy0xLCIiXQ", "e30", "A" * 200]
)
def test_a_cursor_of_other_making_is_refused(world, cursor):
    """Only a cursor that a page gave is taken, on every list."""
    for path in ("threads", "registers/notices"):
        is_problem(world.callers["ALD"].get(path, cursor=cursor), 400)
    is_problem(world.callers["ALD"].get("threads", cursor="A" * 201), 422, "parameter")


def test_red_is_seen_in_its_own_thread_only(world):
    """A subject marked TLP:RED is hidden in lists and shown in the thread; a register hides title and body."""
    _, thread = world.said(tlp="RED", body={"subject": "For your eyes"})
    (listed,) = world.callers["BRY"].get("threads").json()["items"]
    assert listed["tlp"] == "RED"
    assert listed["subject"] is None
    assert "eyes" not in world.callers["BRY"].get("threads").content.decode()
    shown = world.callers["BRY"].get(f"threads/{thread}").json()
    assert shown["rows"][0]["subject"] == "For your eyes"
    assert shown["statements"][0]["members"]["body"]["subject"] == "For your eyes"
    offer = {"title": "Quiet help", "topic": "forensics"}
    world.said(kind="cooperation.offer", body=offer, tlp="RED")
    (item,) = world.callers["BRY"].get("registers/offers").json()["items"]
    assert (item["title"], item["body"]) == (None, None)
    assert "Quiet" not in world.callers["BRY"].get("registers/offers").content.decode()


def test_a_person_acknowledges_and_a_machine_does_not(world):
    """A person's acknowledgement is said once however often it is sent; a machine is refused."""
    statement_id, thread = world.said()
    path, value = f"threads/{thread}/acknowledgement", {"statement_id": statement_id}
    is_problem(world.callers["BRY"].send(path, value), 403, "machine-release")
    person = world.person("duty", "BRY", ("duty",))
    first, again = person.send(path, value), person.send(path, value)
    assert (first.status_code, first.json()) == (201, again.json())
    row = world.callers["ALD"].get(f"threads/{thread}").json()["rows"][0]
    assert row["reading"]["stage"] == "acknowledged"
    assert row["reading"]["acknowledged_at"] == render_instant(world.clock.now())
    is_problem(person.send(path, {"statement_id": ABSENT}), 404, "statement-unknown")
    is_problem(person.send(path, {"statement_id": statement_id, "meaning": "agreed"}), 422, "parameter")
    is_problem(person.send(path, {**value, "more": 1}), 422, "parameter")
    outsider = world.person("outsider", "COR", ("duty",))
    is_problem(outsider.send(path, value), 404, "thread-unknown")


def test_a_draft_is_written_by_a_machine_and_released_by_two_people(world):
    """A machine drafts; it never releases, and counts as nobody: one person takes the draft over, another releases."""
    machine = world.callers["ALD"]
    made = machine.send("drafts", {"kind": "consultation.request", "content": CONTENT})
    assert made.status_code == 201
    draft = made.json()
    assert made["Location"] == f"{ROOT}/drafts/{draft['id']}"
    assert [each["id"] for each in machine.get("drafts").json()["items"]] == [draft["id"]]
    path = f"drafts/{draft['id']}/release"
    is_problem(machine.send(path, {"digest": draft["digest"]}), 403, "machine-release")
    releaser = world.person("releaser", roles=("releaser",))
    is_problem(releaser.send(path, {"digest": draft["digest"]}), 403, "release-second-person")
    writer = world.person("writer")
    taken = writer.send(
        f"drafts/{draft['id']}", {"kind": "consultation.request", "content": draft["content"]}, method="put"
    ).json()
    is_problem(writer.send(path, {"digest": taken["digest"]}), 403, "role-missing")
    is_problem(releaser.send(path, {"digest": ABSENT}), 403, "draft-changed")
    first, again = (releaser.send(path, {"digest": taken["digest"]}) for _ in range(2))
    assert (first.status_code, first.json()) == (201, again.json())
    assert world.callers["BRY"].get(first["Location"]).json()["issuer"] == "ALD"
    is_problem(writer.send(f"drafts/{draft['id']}", {"kind": "consultation.request", "content": {}}, method="put"), 409)
    assert machine.get("drafts").json()["items"] == []


def test_an_attachment_goes_with_its_draft(world):
    """A file is attached once however often it is sent, changes the digest, and reaches the addressee."""
    writer, releaser = world.person("writer"), world.person("releaser", roles=("releaser",))
    draft = writer.send("drafts", {"kind": "consultation.request", "content": CONTENT}).json()
    part = 'Content-Disposition: form-data; name="attachment"; filename="a.json"\r\nContent-Type: application/json'
    form = f"--x\r\n{part}\r\n\r\n{{}}\r\n--x--\r\n"
    where = f"drafts/{draft['id']}/attachments"
    changed, again = (
        writer.send(where, form, content_type="multipart/form-data; boundary=x", key="file") for _ in range(2)
    )
    assert changed.status_code == 201, changed.content
    assert changed.json() == again.json()
    (named,) = changed.json()["content"]["attachments"]
    assert changed.json()["digest"] != draft["digest"]
    is_problem(writer.send(where, b"--x--", content_type="multipart/form-data; boundary=x"), 400)
    said = releaser.send(f"drafts/{draft['id']}/release", {"digest": changed.json()["digest"]}).json()
    read = world.callers["BRY"].get(f"statements/{said['statement_id']}/attachments/{named['sha256']}")
    assert read.content == b"{}"


def test_odd_drafts_are_refused_where_they_cannot_be_said(world):
    """Content that no statement could have is kept as a draft or refused, never a failure, and never released."""
    writer, releaser = world.person("writer"), world.person("releaser", roles=("releaser",))
    for content in (
        {},
        {"addressees": 5},
        {"addressees": [{"x": 1}]},
        {"addressees": ["BRY"]},
        {"addressees": [{"participant": ["BRY"]}]},
        {"body": 7},
        {**CONTENT, "urgency": 1},
        {**CONTENT, "attachments": "none"},
        {**CONTENT, "attachments": [1]},
        {**CONTENT, "kind": "evidence.handed_over", "issuer": {"participant": "BRY"}, "body": {}},
    ):
        made = writer.send("drafts", {"kind": "consultation.request", "content": content})
        assert made.status_code in (201, 400, 403), made.content
        if made.status_code == 201:
            draft = made.json()
            is_problem(releaser.send(f"drafts/{draft['id']}/release", {"digest": draft["digest"]}), 400)
    assert releaser.send("drafts", {"kind": "gossip", "content": {}}).status_code == 409


def test_a_key_answers_an_equal_request_and_no_other(world):
    """Under one key the same request gets the same answer, another one is refused; a refused one frees its key."""
    caller = world.callers["ALD"]
    draft = {"kind": "consultation.request", "content": CONTENT}
    first = caller.send("drafts", draft, key="k1")
    again = caller.send("drafts", draft, key="k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert (first["Location"], again["Idempotent-Replayed"]) == (again["Location"], "true")
    assert "Idempotent-Replayed" not in first
    is_problem(
        caller.send("drafts", {**draft, "kind": "consultation.notification"}, key="k1"), 422, "idempotency-other"
    )
    assert caller.send("drafts", draft, key="k2").json()["id"] != first.json()["id"]
    other = world.person("writer").send("drafts", draft, key="k1")
    assert other.json()["id"] != first.json()["id"]
    for key in ("", "\x7f", "x" * 201):
        answer = caller.send("drafts", draft, headers={"Idempotency-Key": key})
        is_problem(answer, 400, "idempotency-key")

    envelope = world.signed(issued_at=render_instant(world.clock.now() + timedelta(minutes=20)))
    is_problem(caller.submit(envelope, key="k3"), 403, "issued-ahead")
    world.clock.advance(timedelta(minutes=20))
    said = caller.submit(envelope, key="k3")
    assert said.status_code == 201
    assert caller.submit(envelope, key="k3").status_code == 201
    assert caller.submit(envelope, key="k4").status_code == 200


def test_registers_list_what_the_reader_may_read(world):
    """Each register lists its kind in order, in pages, without what was superseded or is not for the reader."""
    title = {"title": "Exercise Lantern", "activity": "exercise", "window": {}, "ranges": ["198.51.100.0/24"]}
    first, _ = world.said(kind="transparency.notice", body=title)
    world.said(kind="transparency.notice", body={**title, "title": "Survey"})
    reader = world.callers["BRY"]
    pages, _ = walk(reader, "registers/notices", limit=1)
    assert [[item["title"] for item in page] for page in pages] == [["Exercise Lantern"], ["Survey"]]
    world.said(kind="transparency.notice", body={**title, "title": "Exercise Lantern, later"}, supersedes=first)
    pages, _ = walk(reader, "registers/notices")
    assert [item["title"] for page in pages for item in page] == ["Survey", "Exercise Lantern, later"]
    assert world.callers["COR"].get("registers/notices").json()["items"] == []
    assert {f"registers/{name}" for name in ("views", "invitations", "offers", "commitments", "mappings")} == {
        path
        for path in (
            "registers/views",
            "registers/invitations",
            "registers/offers",
            "registers/commitments",
            "registers/mappings",
        )
        if reader.get(path).json()["items"] == []
    }
    is_problem(reader.get("registers/secrets"), 422, "parameter")


def test_a_notice_covers_an_address_within_its_window(world):
    """Range and window both have to fit; a text that is no address and a time in another form are refused."""
    window = {"begins_at": "2026-03-10T00:00:00.000Z", "ends_at": "2026-03-12T00:00:00.000Z"}
    world.said(
        kind="transparency.notice",
        body={
            "title": "Survey",
            "activity": "survey",
            "window": window,
            "ranges": ["198.51.100.0/24", "2001:db8::/32"],
        },
    )
    reader = world.callers["BRY"]

    def found(**query):
        answer = reader.get("notices/covering", **query)
        assert answer.status_code == 200, answer.content
        return [each["notice"]["title"] for each in answer.json()["items"]]

    assert found(address="198.51.100.7") == ["Survey"]
    assert found(address="2001:db8::1") == ["Survey"]
    assert found(address="198.51.100.0/30", **{"from": "2026-03-11T00:00:00.000Z"}) == ["Survey"]
    assert found(address="198.51.100.7", to="2026-03-09T00:00:00.000Z") == []
    assert found(address="198.51.100.7", **{"from": "2026-03-13T00:00:00.000Z"}) == []
    assert found(address="203.0.113.7") == []
    assert world.callers["COR"].get("notices/covering", address="198.51.100.7").json()["items"] == []
    is_problem(reader.get("notices/covering", address="the harbour"), 400, "address-form")
    told = is_problem(reader.get("notices/covering", address="198.51.100.7", **{"from": "yesterday"}), 422, "parameter")
    assert told["parameter"] == "from"
    assert is_problem(reader.get("notices/covering"), 422, "parameter")["parameter"] == "address"


def test_the_directory_shows_offices_and_fingerprints(world):
    """Every member is listed with offices, and with key sets, who keeps them and how to compare them by telephone."""
    shown = world.callers["COR"].get("directory").json()
    assert shown["operator"] == "HNS"
    assert [each["participant"] for each in shown["participants"]] == ["HNS", "ALD", "BRY", "COR"]
    aldermere = shown["participants"][1]
    assert [office["office"] for office in aldermere["offices"]] == ["desk"]
    keys = {each["keyset_id"]: each for each in aldermere["keysets"]}
    listed = keys[world.keys.public.id]
    assert listed["fingerprint"] == world.keys.public.fingerprint
    assert (listed["custody"], listed["until_index"]) == ("self", None)
    assert {each["custody"] for each in keys.values()} == {"self", "host"}


def test_a_bundle_proves_the_thread_offline(world):
    """What a party downloads verifies with the policy file alone."""
    _, thread = world.said()
    answer = world.callers["BRY"].get(f"threads/{thread}/bundle")
    assert f'filename="{thread}.bundle.json"' in answer["Content-Disposition"]
    report = verify_bundle(answer.content, world.callers["BRY"].get("policy").content)
    assert report.quorum_met


def test_the_ledgers_files_are_served_and_stay(world):
    """The checkpoint is fresh and never cached, tiles are for ever, other paths are no tiles."""
    caller = world.callers["COR"]
    answer = caller.get("/ledger/checkpoint")
    assert answer["Cache-Control"] == "private, no-cache"
    size = parse_checkpoint(parse_note(answer.content).text).size
    assert size == world.node.ledger.size
    for tile, width in ((f"0/000.p/{size}", 32 * size), (f"entries/000.p/{size}", None)):
        answer = caller.get(f"/ledger/tile/{tile}")
        assert answer["Cache-Control"] == "private, max-age=31536000, immutable"
        assert width is None or len(answer.content) == width
    world.said()
    answer = caller.get("/ledger/checkpoint")
    assert parse_checkpoint(parse_note(answer.content).text).size == world.node.ledger.size == size + 2
    for path in ("0/001", "0/000", "1/000"):
        is_problem(caller.get(f"/ledger/tile/{path}"), 404, "tile-unknown")
    for path in ("0/0", "../master.key", "0/000.p/0", "x/000", "0/%2e%2e/000", "0/000.p/256", "64/000", "0/\x00"):
        is_problem(caller.get(f"/ledger/tile/{path}"), 404)


def test_reading_survives_times_at_the_edge(world):
    """Answers asked by the last and the first day there is, and a pause in between, stop nobody from reading."""
    for answer_by in ("9999-12-31T23:59:59.999Z", "0001-01-01T00:00:00.000Z"):
        statement_id, thread = world.said(answer_by=answer_by, ack_by=answer_by)
        duty = world.person(f"duty-{answer_by[:4]}", "BRY", ("duty",))
        duty.send(f"threads/{thread}/acknowledgement", {"statement_id": statement_id})
        world.clock.advance(timedelta(days=2))
        for name in ("ALD", "BRY"):
            assert world.callers[name].get(f"threads/{thread}").status_code == 200
            assert world.callers[name].get("threads").status_code == 200


def test_every_register_is_served():
    """There is a register for each kind that is kept in one."""
    from detente.api.registers import KINDS as SERVED
    from detente.projections.projector import REGISTERS

    assert set(SERVED.values()) == set(REGISTERS) <= set(KINDS)
