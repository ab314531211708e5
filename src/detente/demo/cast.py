"""The cast: invented states, their offices and the persons who act. Names come from here, never from a library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from detente.node.actions import Person

NETWORK = {"en": "Harbour Network", "ar": "شبكة المرفأ", "es": "Red del Puerto"}
SECRETARIAT = {"en": "Harbour Network secretariat", "ar": "أمانة شبكة المرفأ", "es": "Secretaría de la Red del Puerto"}
NAMES = {
    "ALD": {"en": "Aldermere", "ar": "ألدرمير", "es": "Aldermere"},
    "BRY": {"en": "Bryholt", "ar": "بريهولت", "es": "Bryholt"},
    "COR": {"en": "Corvane", "ar": "كورفان", "es": "Corvane"},
}
_DUTY = {
    "en": "Duty desk, Ministry of External Relations",
    "ar": "مكتب المناوبة، وزارة العلاقات الخارجية",
    "es": "Guardia, Ministerio de Relaciones Exteriores",
}
_MISSION = {
    "en": "Mission to the Harbour Network",
    "ar": "البعثة لدى شبكة المرفأ",
    "es": "Misión ante la Red del Puerto",
}
_AUTHORITY = {
    "en": "Office of the national authority",
    "ar": "مكتب السلطة الوطنية",
    "es": "Oficina de la autoridad nacional",
}
_CSIRT = {"en": "National CSIRT", "ar": "الفريق الوطني للاستجابة للحوادث", "es": "CSIRT nacional"}
DESK, CSIRT, MISSION, AUTHORITY, SECRETARIAT_DESK = "duty-desk", "csirt", "mission", "authority", "secretariat"


@dataclass(frozen=True)
class Account:
    """A person of the story: how the visitor's bar names the role, and who acts in it."""

    name: str
    participant: str
    office: str
    display_name: str
    roles: tuple[str, ...]
    language: str
    time_zone: str

    @property
    def person(self) -> Person:
        """Who acts, as the node's actions take it."""
        return Person(self.name, self.participant, self.office, self.roles, self.display_name)


ACCOUNTS = (
    Account("ald-drafter", "ALD", DESK, "Desk 2", ("drafter", "duty"), "en", "Etc/GMT+3"),
    Account("ald-releaser", "ALD", DESK, "Head of desk", ("releaser", "authority"), "en", "Etc/GMT+3"),
    Account("bry-duty", "BRY", DESK, "Duty officer", ("duty", "drafter", "releaser"), "ar", "Etc/GMT-4"),
    Account("cor-desk", "COR", DESK, "Desk", ("drafter", "duty"), "es", "Etc/GMT-1"),
    Account("cor-head", "COR", DESK, "Head of desk", ("releaser",), "es", "Etc/GMT-1"),
    Account("secretariat", "HNS", SECRETARIAT_DESK, "Directory manager", ("directory-manager", "drafter"), "en", "UTC"),
    Account("auditor", "ALD", DESK, "Auditor of Aldermere", ("auditor",), "en", "Etc/GMT+3"),
)
BY_NAME = {account.name: account for account in ACCOUNTS}
# What the visitor's bar offers, in this order.
ROLE_BAR = ("ald-drafter", "ald-releaser", "bry-duty", "secretariat", "auditor")

_ZONES = {"ALD": ("Etc/GMT+3", [5, 6]), "BRY": ("Etc/GMT-4", [4, 5]), "COR": ("Etc/GMT-1", [5, 6])}
_LANGUAGES = {"ALD": ["en"], "BRY": ["ar", "en"], "COR": ["es", "en"]}


# A day off of each state that is declared when its offices are opened.
HOLIDAYS = {"ALD": "2026-04-03", "BRY": "2026-04-12", "COR": "2026-05-01"}


def offices(participant: str) -> list[dict[str, Any]]:
    """Return the entries of a participant's four offices, the one that is on duty first."""
    zone, weekend = _ZONES[participant]
    shared = {
        "participant": participant,
        "time_zone": zone,
        "weekend": weekend,
        "languages": _LANGUAGES[participant],
        # Bryholt's desk is one person: its authority lets one release alone.
        "release_persons": 1 if participant == "BRY" else 2,
        "authority_reference": f"Note {participant}-2026-011",
    }
    host = f"{NAMES[participant]['en'].lower()}.example.net"
    duty = [
        {"kind": "email", "value": f"duty@{host}"},
        {"kind": "telephone", "value": "+999 555 0100", "note": "invented number"},
    ]
    kinds: tuple[tuple[str, str, dict[str, str], dict[str, Any]], ...] = (
        (DESK, "diplomatic", _DUTY, {"channels": duty}),
        (MISSION, "diplomatic", _MISSION, {}),
        (CSIRT, "technical", _CSIRT, {"around_the_clock": True}),
        (AUTHORITY, "authority", _AUTHORITY, {}),
    )
    return [
        {
            **shared,
            "office": office,
            "category": category,
            "names": names,
            "channels": [{"kind": "email", "value": f"{office}@{host}"}],
            **more,
        }
        for office, category, names, more in kinds
    ]


def secretariat_office() -> dict[str, Any]:
    """Return the entry of the secretariat's own office."""
    return {
        "participant": "HNS",
        "office": SECRETARIAT_DESK,
        "category": "secretariat",
        "names": SECRETARIAT,
        "time_zone": "UTC",
        "weekend": [5, 6],
        "languages": ["en", "ar", "es"],
        "channels": [{"kind": "email", "value": "secretariat@harbour.example.org"}],
        "release_persons": 1,
    }
