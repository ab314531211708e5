"""Who acts on a page, on which node, and how the directory calls everybody: read once for each request."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from django.http import Http404, HttpRequest
from django.utils.translation import get_language, gettext

from detente.errors import PolicyError
from detente.node import build
from detente.node.accounts import person_of
from detente.node.actions import Person
from detente.node.build import Node
from detente.portal import preferences
from detente.procedures.directory import Directory, ListedKey
from detente.projections import consultation
from detente.projections.consultation import ThreadView

_KEPT = "_detente_acting"


@dataclass
class Acting:
    """The person behind a request, the node, and the directory as it stood when the request came."""

    person: Person
    node: Node
    directory: Directory
    language: str = "en"
    _called: dict[str, str] = field(default_factory=dict)

    @cached_property
    def now(self) -> datetime:
        """The instant of the request on the node's clock."""
        return self.node.clock.now()

    def name(self, participant: str) -> str:
        """Return how ``participant`` calls itself in the language of the page."""
        if participant not in self._called:
            self._called[participant] = in_language(self.directory.names(participant), self.language)
        return self._called[participant]

    def office_name(self, participant: str, office: str) -> str:
        """Return how the office calls itself in the language of the page; what machines say has no office."""
        where = f"{participant}/{office}"
        if where not in self._called:
            listed = self.directory.office(participant, office)
            called = in_language(listed.entry.names, self.language) if listed else office
            self._called[where] = gettext("its machine") if office == "node" and listed is None else called
        return self._called[where]

    def zone(self, participant: str) -> str:
        """Return the time zone of the participant's first office, empty when it lists none."""
        offices = self.directory.offices_of(participant, "diplomatic") or self.directory.offices_of(participant)
        return offices[0].entry.time_zone if offices else ""

    def key(self, keyset_id: str) -> ListedKey | None:
        """Return the listing of a key set."""
        return self.directory.keys.get(keyset_id)

    def thread(self, thread: str) -> ThreadView:
        """Return a thread as the person may see it; to anybody else there is no such page."""
        try:
            return consultation.thread(thread, self.person.participant, self.now, self.directory)
        except PolicyError as refused:
            raise Http404 from refused


def acting(request: HttpRequest) -> Acting:
    """Return who acts; the gate has let in only officers."""
    kept = getattr(request, _KEPT, None)
    if isinstance(kept, Acting):
        return kept
    node = build.current()
    made = Acting(person_of(preferences.officer_of(request)), node, node.directory(), get_language() or "en")
    setattr(request, _KEPT, made)
    return made


def in_language(names: dict[str, str], language: str) -> str:
    """Return the name in ``language``, else in English, else the first that there is."""
    short = language.partition("-")[0]
    for code in (language, short, "en"):
        if code in names:
            return names[code]
    return next(iter(names.values()), "")
