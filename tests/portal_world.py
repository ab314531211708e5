"""A node with the invented states of the story and its officers, each at a browser signed in with both factors."""

from __future__ import annotations

from datetime import timedelta

import homes

ALD, BRY, COR, HNS = "ALD", "BRY", "COR", "HNS"
# account: participant, roles, time zone
OFFICERS = {
    "ald-drafter": (ALD, ("drafter",), "Etc/GMT+3"),
    "ald-releaser": (ALD, ("drafter", "releaser"), "Etc/GMT+3"),
    "bry-duty": (BRY, ("duty",), "Etc/GMT-4"),
    "bry-drafter": (BRY, ("drafter", "duty"), "Etc/GMT-4"),
    "bry-releaser": (BRY, ("drafter", "releaser", "duty"), "Etc/GMT-4"),
    "cor-duty": (COR, ("duty", "drafter", "releaser"), "UTC"),
    "hns-desk": (HNS, ("drafter", "releaser", "directory-manager"), "UTC"),
}
MEMBERS = {
    ALD: ({"en": "Aldermere", "ar": "ألدرمير"}, "Etc/GMT+3", [5, 6], ["en"]),
    BRY: ({"en": "Bryholt", "ar": "برايهولت"}, "Etc/GMT-4", [4, 5], ["ar", "en"]),
    COR: ({"en": "Corvane", "ar": "كورفان"}, "UTC", [5, 6], ["es", "en"]),
}
REQUEST = {
    "addressees": [{"participant": BRY}],
    "context": "real",
    "urgency": "priority",
    "tlp": "AMBER",
    "language": "en",
    "body": {
        "subject": "Connections to hospital booking service",
        "observed": "4,112 connection attempts from 198.51.100.0/24 between 13:10 and 15:40 UTC; booking page slow.",
        "when": {"value": {"begins_at": "2026-03-06T13:10:00.000Z", "ends_at": "2026-03-06T15:40:00.000Z"}},
        "effect": {"absent": "not-known"},
        "severity": {"absent": "not-disclosed"},
        "questions": [
            {"number": 1, "text": "What is the purpose of these connections?"},
            {"number": 2, "text": "Will they go on?"},
            {"number": 3, "text": "Who runs them?"},
        ],
    },
}
NOTICE = {
    "addressees": "*",
    "context": "real",
    "tlp": "GREEN",
    "language": "en",
    "body": {
        "title": "National resilience survey",
        "activity": "survey",
        "window": {"begins_at": "2026-03-06T12:00:00.000Z", "ends_at": "2026-03-06T16:00:00.000Z"},
        "ranges": ["198.51.100.0/24"],
        "stop_contact": "survey@example.org",
    },
}


class PortalWorld:
    """The node, its clock, which stands still until a test moves it, and a browser for each officer."""

    def __init__(self, home):
        from detente.clock import SetClock
        from detente.node import build, opening
        from detente.node.config import Config, create_home

        config = Config(home=home, kind="real", origin=homes.ORIGIN, https=False)
        create_home(config)
        self.clock = SetClock(homes.START)
        self.node = build.Node(config, self.clock)
        opening.create_store(self.node)
        _open(self.node)
        for name, (participant, roles, zone) in OFFICERS.items():
            opening.add_officer(
                name,
                None,
                participant=participant,
                office="desk",
                display_name=name,
                roles=roles,
                time_zone=zone,
            )
        self._clients = {}
        build._current = self.node

    def client(self, name):
        """Return the browser of the officer ``name``, signed in with both factors."""
        if name not in self._clients:
            self._clients[name] = _signed_in(name)
        return self._clients[name]

    def person(self, name):
        """Return the officer as the floors below know one."""
        from detente.node.actions import Person

        participant, roles, _ = OFFICERS[name]
        return Person(name, participant, "desk", roles, name)

    def send(self, kind="consultation.request", content=None, *, by="ald", thread="", files=(), **changes):
        """Draft and release a statement by two persons of ``by``; return its id."""
        from detente.node import actions

        content = {**(REQUEST if content is None else content), **changes}
        drafter, releaser = self.person(f"{by}-drafter"), self.person(f"{by}-releaser")
        row = actions.save_draft(self.node, drafter, kind, content, thread=thread, attachments=files)
        return actions.release(self.node, releaser, row.id, row.digest)

    def publish_notice(self):
        """Bryholt publishes the advance notice of the story; return its id."""
        return self.send("transparency.notice", NOTICE, by="bry")

    def view(self, thread, viewer=ALD):
        """Return a thread as ``viewer`` may see it now."""
        from detente.projections import consultation

        return consultation.thread(thread, viewer, self.clock.now(), self.node.directory())

    def threads(self, viewer=ALD):
        """Return the threads of ``viewer``, newest first."""
        from detente.projections import consultation

        return consultation.threads_of(viewer, self.clock.now(), self.node.directory())

    def request(self, **changes):
        """Aldermere's request of the story; return its thread and id."""
        from detente.projections import consultation

        identifier = self.send(**changes)
        return consultation.find([identifier], ALD)[identifier].members["thread"], identifier

    def open_exercise(self, exercise_id="TIDE-26", participants=(ALD, BRY)):
        """The secretariat opens an exercise."""
        from detente.node import opening, registrar
        from detente.statements.exercise import Opening

        now = self.clock.now()
        body = Opening(
            exercise_id=exercise_id,
            title="Tide 26",
            participants=list(participants),
            begins_at=now,
            ends_at=now + timedelta(days=3),
            stop_word="HARBOUR",
        )
        statement = opening.public_statement(self.node, "exercise.opening", HNS, "desk", body)
        registrar.issue(self.node, statement)
        registrar.settle(self.node)


def _open(node):
    from detente.node import opening, registrar
    from detente.statements.directory import Office

    names = {"en": "Harbour Network", "ar": "شبكة المرفأ"}
    opening.open_arrangement(
        node, opening.Opening(names, HNS, {"en": "Secretariat", "ar": "الأمانة"}, "desk", ("en", "ar"))
    )
    for participant, (called, zone, weekend, languages) in MEMBERS.items():
        opening.admit_member(node, participant, called)
        opening.publish_office(
            node,
            Office(
                participant=participant,
                office="desk",
                category="diplomatic",
                names={"en": "Duty desk, Ministry of External Relations", "ar": "مكتب المناوبة، وزارة العلاقات"},
                time_zone=zone,
                weekend=weekend,
                languages=languages,
            ),
        )
        opening.enrol(node, participant, "desk", compared="in person")
        opening.enrol(node, participant, None, compared="in person")
    opening.host_witness(node, COR)
    registrar.settle(node)


def _signed_in(name):
    from django.contrib.auth import get_user_model
    from django.test import Client
    from django_otp import DEVICE_ID_SESSION_KEY
    from django_otp.plugins.otp_totp.models import TOTPDevice

    from detente.clock import SystemClock, to_milliseconds

    user = get_user_model().objects.get(username=name)
    device = TOTPDevice.objects.create(user=user, name="device", confirmed=True)
    client = Client()
    client.force_login(user)
    session = client.session
    session[DEVICE_ID_SESSION_KEY] = device.persistent_id
    session["signed_in_at"] = session["seen_at"] = to_milliseconds(SystemClock().now())
    session.save()
    return client
