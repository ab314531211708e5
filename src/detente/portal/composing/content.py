"""From the compose form to a draft's content and back. What was left empty is left out, never sent as empty."""

from __future__ import annotations

from typing import Any

from detente.clock import parse_instant
from detente.errors import MalformedError
from detente.portal.composing.fields import instant
from detente.portal.composing.form import REQUEST, ComposeForm
from detente.statements.consultation import MAX_QUESTIONS
from detente.statements.statement import EVERYONE

_ABSENT = ("not-known", "not-disclosed")


def content_of(form: ComposeForm) -> dict[str, Any]:
    """Return the draft's content that a valid form says."""
    data = form.cleaned_data
    body: dict[str, Any] = {}
    if data["subject"]:
        body["subject"] = data["subject"]
    if form.kind == REQUEST:
        body |= {"observed": data["observed"], "questions": _questions(data)}
        body["attributes_nothing"] = data["attributes_nothing"]
    else:
        body["text"] = data["text"]
    names = ("reading", "translation", "translation_language") if data["translation"] else ("reading",)
    body |= {name: data[name] for name in names if data.get(name)}
    body |= _structured(form, data)
    return {
        "addressees": [{"participant": each} for each in data["addressees"]],
        "context": data["context"] or None,
        "exercise_id": data["exercise_id"] if data["context"] == "exercise" else None,
        "urgency": data["urgency"],
        "tlp": data["tlp"],
        "language": data["language"],
        "ack_by": instant(data.get("ack_by")),
        "answer_by": instant(data.get("answer_by")),
        "basis": data["basis"],
        "events": data["events"],
        "attachments": form.staying(),
        "body": body,
    }


def _questions(data: dict[str, Any]) -> list[dict[str, Any]]:
    texts = [data[f"question_{number}"] for number in range(1, MAX_QUESTIONS + 1)]
    return [{"number": number, "text": text} for number, text in enumerate(filter(None, texts), 1)]


def _structured(form: ComposeForm, data: dict[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for name in form.structured:
        said[name] = _said(data[f"{name}_state"], data[f"{name}_value"])
    if "cause_value" in form.fields:
        said["cause"] = _said(data["cause_state"], data["cause_value"])
    edges = (("begins_at", "when_begins"), ("ends_at", "when_ends"))
    span: dict[str, Any] = {edge: instant(data[name]) for edge, name in edges if data.get(name)}
    said["when"] = _said(data["when_state"], {**span, "estimate": data["when_estimate"]} if span else None)
    scale, value = data["severity_scale"], data["severity_value"]
    severity = {"scale": scale or "–", "value": value or "–"} if scale or value else None
    said["severity"] = _said(data["severity_state"], severity)
    return {name: field for name, field in said.items() if field is not None}


def _said(state: str, value: Any) -> dict[str, Any] | None:
    if state in _ABSENT:
        return {"absent": state}
    return {"value": value} if value else None


def initial_of(content: dict[str, Any]) -> dict[str, Any]:
    """Return the form's values from a draft's content; what has another shape is left for its writer to fill in."""
    body = content.get("body")
    body = body if isinstance(body, dict) else {}
    addressees = content.get("addressees")
    listed = [] if addressees in (None, EVERYONE) else list(addressees)
    initial: dict[str, Any] = {
        name: content[name] for name in ("context", "exercise_id", "urgency", "tlp", "language") if content.get(name)
    }
    plain = ("subject", "observed", "text", "reading", "translation", "translation_language", "attributes_nothing")
    initial |= {name: body[name] for name in plain if name in body}
    initial["addressees"] = [each.get("participant") for each in listed if isinstance(each, dict)]
    initial |= {f"question_{each['number']}": each["text"] for each in body.get("questions") or ()}
    initial |= _times({name: content.get(name) for name in ("ack_by", "answer_by")})
    initial["basis"] = "\n".join(content.get("basis") or ())
    initial["events"] = "\n".join(f"{each['id']}, {each['issued_by']}" for each in content.get("events") or ())
    return initial | _structured_initial(body)


def _structured_initial(body: dict[str, Any]) -> dict[str, Any]:
    initial: dict[str, Any] = {}
    for name, field in body.items():
        if not isinstance(field, dict):
            continue
        initial[f"{name}_state"] = field.get("absent") or ""
        value = field.get("value")
        if name == "when" and value:
            initial |= _times({"when_begins": value.get("begins_at"), "when_ends": value.get("ends_at")})
            initial["when_estimate"] = value.get("estimate", False)
        elif name == "severity" and value:
            initial |= {f"severity_{part}": value[part] for part in ("scale", "value") if value.get(part) != "–"}
        elif value:
            initial[f"{name}_value"] = value
    return initial


def _times(texts: dict[str, str | None]) -> dict[str, Any]:
    found = {}
    for name, text in texts.items():
        try:
            found[name] = parse_instant(text) if text else None
        except MalformedError:
            continue
    return found
