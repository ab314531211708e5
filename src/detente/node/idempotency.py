"""Idempotency: a request that comes twice under one key is answered once.

The first to come takes the key. The same request again gets the kept answer; another request under the key is
refused. A refused request frees its key, so that it is processed afresh once its cause is mended. A process that
dies in between leaves a key without an answer: the next equal request runs again, which is why an act passed to
``once`` must do nothing twice by itself; one that cannot promise that goes through ``once_whole``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction

from detente.clock import to_milliseconds
from detente.errors import DetenteError, IrregularError
from detente.node import actions, registrar
from detente.node.actions import Person
from detente.node.build import Node
from detente.store.models import IdempotencyKey

KEPT_FOR = timedelta(days=7)
_RUNNING = 0


@dataclass(frozen=True)
class Answer:
    """What a request was answered: HTTP status, JSON value, and where the thing made can be found."""

    status: int
    value: Any
    location: str = ""
    replayed: bool = False


def digest_of(parts: Sequence[str | bytes]) -> str:
    """Return the digest of a request by its ``parts``, none of which can pass for a piece of its neighbour."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


def once(node: Node, person: Person, key: str, request_digest: str, act: Callable[[], Answer]) -> Answer:
    """Answer by ``act``, or as the first request under ``key`` was answered.

    Two equal requests at once may both run ``act`` and get the answer of whichever ended first. Raises
    ``IrregularError`` when the key was used for another request, and what ``act`` raises.
    """
    taken = _take(node, person, key, request_digest)
    if taken.status != _RUNNING:
        return _kept(taken)
    try:
        answer = act()
    except DetenteError:
        IdempotencyKey.objects.filter(pk=taken.pk, status=_RUNNING).delete()
        raise
    if _keep(taken, answer):
        return answer
    ended = IdempotencyKey.objects.filter(pk=taken.pk).exclude(status=_RUNNING).first()
    return _kept(ended) if ended else answer


def once_whole(node: Node, person: Person, key: str, request_digest: str, act: Callable[[], Answer]) -> Answer:
    """Do the same for an act that only writes rows: act and answer are one transaction, and a second one waits."""
    with transaction.atomic():
        taken = _take(node, person, key, request_digest)
        taken = IdempotencyKey.objects.select_for_update().get(pk=taken.pk)
        if taken.status != _RUNNING:
            return _kept(taken)
        answer = act()
        _keep(taken, answer)
        return answer


def say_once(node: Node, person: Person, key: str, kind: str, content: dict[str, Any], thread: str) -> str:
    """Say what needs no release once under ``key``: key and statement are one transaction, and a second one waits.

    Raises ``IrregularError`` when the key was used for something else, and what ``actions.say`` raises.
    """
    digest = digest_of([kind, thread, json.dumps(content, sort_keys=True)])
    with node.ledger.writing():
        taken = _take(node, person, key, digest)
        if taken.status != _RUNNING:
            return str(_kept(taken).value)
        identifier = actions.speak(node, person, kind, content, thread)
        _keep(taken, Answer(201, identifier))
    registrar.try_settle(node)
    return identifier


def was_said(person: Person, key: str) -> bool:
    """Say whether ``person`` already said something under ``key``: a button pressed twice."""
    return bool(key) and IdempotencyKey.objects.filter(key=key, officer=person.name).exclude(status=_RUNNING).exists()


def forget_old(node: Node) -> int:
    """Drop keys older than seven days and return how many; a request that old is processed afresh."""
    before = to_milliseconds(node.clock.now() - KEPT_FOR)
    return IdempotencyKey.objects.filter(at__lt=before).delete()[0]


def _take(node: Node, person: Person, key: str, request_digest: str) -> IdempotencyKey:
    first = {
        "request_digest": request_digest,
        "status": _RUNNING,
        "answer": "",
        "at": to_milliseconds(node.clock.now()),
    }
    taken: IdempotencyKey
    taken, _ = IdempotencyKey.objects.get_or_create(key=key, officer=person.name, defaults=first)
    if taken.request_digest != request_digest:
        raise IrregularError(
            "idempotency-other",
            "This Idempotency-Key was used for another request; use a new key for each thing that you want done.",
        )
    return taken


def _keep(taken: IdempotencyKey, answer: Answer) -> bool:
    text = json.dumps({"value": answer.value, "location": answer.location}, separators=(",", ":"))
    running = IdempotencyKey.objects.filter(pk=taken.pk, status=_RUNNING)
    return running.update(status=answer.status, answer=text) == 1


def _kept(taken: IdempotencyKey) -> Answer:
    answer = json.loads(taken.answer)
    return Answer(taken.status, answer["value"], answer["location"], replayed=True)
