"""Writing a request for clarification or a notification. The form guides and never blocks.

Every field may be left empty; a structured field says a value, *not known* or *not disclosed*. A draft is kept as it
is, with gaps; only what no statement could hold (a wrong time, a file too large) is asked to be changed.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from detente.clock import parse_instant, render_instant
from detente.errors import RejectedError
from detente.node import actions
from detente.portal import times
from detente.portal.acting import Acting, acting
from detente.portal.bodies import LABELS
from detente.statements.consultation import MAX_QUESTIONS
from detente.statements.values import TLP

ABSENCES = [
    ("", _("leave out")),
    ("value", _("as written here")),
    ("not-known", _("not known")),
    ("not-disclosed", _("not disclosed")),
]
REQUEST_FIELDS = ("sector", "systems", "effect", "link", "reassurance", "next_step")
NOTIFICATION_FIELDS = ("where", "sector", "cross_border", "actions", "advice", "told", "public_statement")
CAUSES = ("unknown", "accident", "malicious", "suspected-state", "not-assessed")
_EXERCISE_WORD = "EXERCISE"


class Files(forms.ClearableFileInput):
    """Several files in one field."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Attachments: 25 MiB each and 50 MiB in all, refused before anything is kept."""

    widget = Files

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:  # noqa: ARG002 - Django's signature
        """Return the files; refuse what is too large, with its name."""
        files = [each for each in data if each] if isinstance(data, list | tuple) else [data] if data else []
        for each in files:
            if (each.size or 0) > settings.ATTACHMENT_LIMIT:
                raise forms.ValidationError(
                    gettext("%(name)s is larger than 25 MiB. Attach a smaller file, or split it.") % {"name": each.name}
                )
        if sum(each.size or 0 for each in files) > settings.STATEMENT_ATTACHMENTS_LIMIT:
            raise forms.ValidationError(gettext("These files are more than 50 MiB together. Attach fewer."))
        return files


class LocalTime(forms.DateTimeField):
    """A time typed in the zone of the viewer's device; kept in UTC."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local", "dir": "ltr"}, format="%Y-%m-%dT%H:%M")
    input_formats: Sequence[str] = ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M")


class ComposeForm(forms.Form):
    """What both kinds share; the fields of one kind are added in ``__init__``."""

    addressees = forms.MultipleChoiceField(label=_("For"), widget=forms.CheckboxSelectMultiple)
    context = forms.ChoiceField(
        label=_("This is"),
        choices=[("real", _("real")), ("test", _("a test of the channel")), ("exercise", _("part of an exercise"))],
        widget=forms.RadioSelect,
        help_text=_("Choose one; nothing is assumed."),
    )
    exercise_id = forms.ChoiceField(label=_("Exercise"), required=False)
    exercise_word = forms.CharField(
        label=_("If this is an exercise, type EXERCISE"), required=False, max_length=20, strip=True
    )
    urgency = forms.ChoiceField(
        label=_("Urgency"),
        choices=[("routine", _("routine")), ("priority", _("priority")), ("immediate", _("immediate"))],
        initial="routine",
    )
    tlp = forms.ChoiceField(
        label=_("Handling mark"),
        choices=[(mark, f"TLP:{mark}") for mark in TLP],
        initial="AMBER",
        widget=forms.Select(attrs={"dir": "ltr", "translate": "no"}),
    )
    language = forms.CharField(label=_("Language of the text"), max_length=35, help_text=_("Such as en, ar or es."))
    subject = forms.CharField(label=_("Subject"), max_length=300)
    attachments = FilesField(label=_("Attachments"), required=False, help_text=_("25 MiB each, 50 MiB in all."))

    def __init__(self, who: Acting, kind: str, kept: dict[str, Any] | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind, self.kept = kind, kept or {}
        members = sorted({*who.directory.members, who.directory.operator} - {who.person.participant})
        self._choices("addressees", [(each, f"{who.name(each)} ({each})") for each in members])
        open_now = [
            each.opening
            for each in who.directory.exercises.values()
            if who.directory.exercise_open(each.opening.exercise_id, [who.person.participant], who.node.ledger.size)
        ]
        self._choices("exercise_id", [("", _("none")), *((each.exercise_id, each.title) for each in open_now)])
        self.fields["language"].initial = who.language
        self.structured = REQUEST_FIELDS if kind == "consultation.request" else NOTIFICATION_FIELDS
        self._times()
        if kind == "consultation.request":
            self._request_fields()
        else:
            self.fields["text"] = forms.CharField(label=_("What happened"), widget=forms.Textarea, required=False)
            causes = [("", _("leave out")), *((each, each) for each in CAUSES)]
            self.fields["cause"] = forms.ChoiceField(label=_("Cause"), choices=causes, required=False)
        for name in self.structured:
            self._structured(name)
        self._severity()
        labels = self.kept.get("attachments", [])
        self.fields["remove"] = forms.MultipleChoiceField(
            label=_("Attached already: remove"),
            choices=[(label["sha256"], label["name"]) for label in labels],
            widget=forms.CheckboxSelectMultiple,
            required=False,
        )
        if not labels:
            del self.fields["remove"]

    def _choices(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
        field.choices = choices

    def _times(self) -> None:
        self.fields["when_begins"] = LocalTime(label=_("Observed from"), required=False)
        self.fields["when_ends"] = LocalTime(label=_("Observed to"), required=False)
        self.fields["when_estimate"] = forms.BooleanField(label=_("These times are estimates"), required=False)
        self.fields["when_state"] = forms.ChoiceField(
            label=_("Times observed"), choices=ABSENCES, required=False, help_text=_("If no times are given above.")
        )

    def _request_fields(self) -> None:
        self.fields["observed"] = forms.CharField(
            label=_("What was observed"), widget=forms.Textarea, required=False, help_text=_("Facts only.")
        )
        self.fields["reading"] = forms.CharField(
            label=_("How we read it"),
            widget=forms.Textarea,
            required=False,
            help_text=_("Off unless you write something here. It is kept apart from what was observed."),
        )
        self.fields["attributes_nothing"] = forms.BooleanField(
            label=_("This message attributes nothing to anybody."), required=False, initial=True
        )
        for number in range(1, MAX_QUESTIONS + 1):
            self.fields[f"question_{number}"] = forms.CharField(
                label=gettext("Question %(number)s") % {"number": number},
                widget=forms.Textarea(attrs={"rows": 2}),
                required=False,
            )
        self.fields["translation"] = forms.CharField(
            label=str(LABELS["translation"]), widget=forms.Textarea, required=False
        )
        self.fields["ack_by"] = LocalTime(
            label=_("Acknowledge by"), required=False, help_text=_("Empty: as the urgency says.")
        )
        self.fields["answer_by"] = LocalTime(label=_("Answer by"), required=False)

    def _structured(self, name: str) -> None:
        label = str(LABELS[name])
        self.fields[f"{name}_value"] = forms.CharField(
            label=label, widget=forms.Textarea(attrs={"rows": 2}), required=False
        )
        self.fields[f"{name}_state"] = forms.ChoiceField(
            label=gettext("%(field)s: say or leave out") % {"field": label}, choices=ABSENCES, required=False
        )

    def _severity(self) -> None:
        self.fields["severity_scale"] = forms.CharField(
            label=_("Severity: on which scale"), required=False, max_length=300
        )
        self.fields["severity_value"] = forms.CharField(
            label=_("Severity: value on it"), required=False, max_length=300
        )

    def clean(self) -> dict[str, Any]:
        """Keep real and exercise apart, and times in order."""
        data = super().clean() or {}
        if data.get("context") == "exercise":
            if not data.get("exercise_id"):
                self.add_error(
                    "exercise_id",
                    _("No exercise is chosen. If this is real, choose real; if not, have the exercise opened first."),
                )
            elif data.get("exercise_word") != _EXERCISE_WORD:
                self.add_error("exercise_word", _("Type EXERCISE to show that you know this is not real."))
        begins, ends = data.get("when_begins"), data.get("when_ends")
        if begins and ends and ends < begins:
            self.add_error("when_ends", _("The end lies before the beginning."))
        return data

    def content(self) -> dict[str, Any]:
        """Return the draft's content; what was left empty is left out."""
        data = self.cleaned_data
        removed = set(data.get("remove", ()))
        body: dict[str, Any] = {"subject": data["subject"]}
        if self.kind == "consultation.request":
            body |= {"observed": data["observed"], "attributes_nothing": data["attributes_nothing"]}
            body["questions"] = _questions(data)
            for name in ("reading", "translation"):
                if data[name].strip():
                    body[name] = data[name]
        else:
            body["text"] = data["text"]
            if data["cause"]:
                body["cause"] = {"value": data["cause"]}
        body |= {name: field for name in self.structured if (field := _field(data, name)) is not None}
        if (when := _when(data)) is not None:
            body["when"] = when
        if data["severity_value"]:
            body["severity"] = {"value": {"scale": data["severity_scale"] or "–", "value": data["severity_value"]}}
        return {
            "addressees": [{"participant": each} for each in data["addressees"]],
            "context": data["context"],
            "exercise_id": data["exercise_id"] if data["context"] == "exercise" else None,
            "urgency": data["urgency"],
            "tlp": data["tlp"],
            "language": data["language"],
            "ack_by": _instant(data.get("ack_by")),
            "answer_by": _instant(data.get("answer_by")),
            "attachments": [each for each in self.kept.get("attachments", []) if each["sha256"] not in removed],
            "body": body,
        }


@require_http_methods(["GET", "HEAD", "POST"])
def request_for_clarification(request: HttpRequest) -> HttpResponse:
    """Write a new request for clarification."""
    return _compose(request, "consultation.request")


@require_http_methods(["GET", "HEAD", "POST"])
def notification(request: HttpRequest) -> HttpResponse:
    """Write a new notification."""
    return _compose(request, "consultation.notification")


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """Go on with a draft."""
    who = acting(request)
    try:
        row = actions.open_draft(who.person, draft_id)
    except RejectedError as refused:
        raise Http404 from refused
    return _compose(request, row.kind, row.content, draft_id)


def _compose(
    request: HttpRequest, kind: str, kept: dict[str, Any] | None = None, draft_id: uuid.UUID | None = None
) -> HttpResponse:
    who = acting(request)
    initial = initial_of(kept) if kept else {}
    form = ComposeForm(who, kind, kept, request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        files = [(_safe_name(each.name), _media_type(each), each.read()) for each in form.cleaned_data["attachments"]]
        try:
            row = actions.save_draft(who.node, who.person, kind, form.content(), draft_id=draft_id, attachments=files)
        except RejectedError as refused:
            form.add_error(None, refused.message)
        else:
            return redirect("portal:draft", row.id)
    zone = times.zone_label(who.now, times.viewer_zone())
    context = {"form": form, "kind": kind, "groups": _groups(form), "zone": zone}
    return render(request, "portal/compose.html", context, status=400 if form.errors else 200)


def _groups(form: ComposeForm) -> list[dict[str, Any]]:
    """Return the form's fields in the order in which one writes: a heading and its fields; some folded away."""
    asks = [f"question_{number}" for number in range(1, MAX_QUESTIONS + 1)]
    states = [f"{name}_{part}" for name in form.structured for part in ("value", "state")]
    plan: list[tuple[Any, list[str], bool]] = [
        (
            _("Who reads it, and how"),
            ["addressees", "context", "exercise_id", "exercise_word", "urgency", "tlp", "language"],
            False,
        ),
        (_("What was observed"), ["subject", "observed", "text", "when_begins", "when_ends", "when_estimate"], False),
        (_("Questions"), asks[:3], False),
        (_("More questions"), asks[3:], True),
        (_("How we read it"), ["reading"], True),
        (_("Attribution"), ["attributes_nothing"], False),
        (
            _("Further fields: a value, not known, or not disclosed"),
            ["when_state", "cause", "severity_scale", "severity_value", *states],
            True,
        ),
        (_("Times asked for, and translation"), ["ack_by", "answer_by", "translation"], True),
        (_("Attachments"), ["remove", "attachments"], False),
    ]
    groups = []
    for heading, names, folded in plan:
        fields = [form[name] for name in names if name in form.fields]
        filled = any(field.errors or field.value() not in (None, "", [], False) for field in fields)
        if fields:
            groups.append({"heading": heading, "fields": fields, "folded": folded, "open": folded and filled})
    return groups


def initial_of(content: dict[str, Any]) -> dict[str, Any]:
    """Return form values from a draft's content."""
    body = content.get("body", {})
    header = ("context", "exercise_id", "urgency", "tlp", "language")
    plain = ("subject", "observed", "text", "reading", "translation", "attributes_nothing")
    initial: dict[str, Any] = {name: content.get(name) for name in header}
    initial |= {name: body[name] for name in plain if name in body}
    initial["addressees"] = [each["participant"] for each in content.get("addressees", []) if isinstance(each, dict)]
    initial |= {f"question_{each['number']}": each["text"] for each in body.get("questions", ())}
    initial |= {name: parse_instant(content[name]) for name in ("ack_by", "answer_by") if content.get(name)}
    return initial | _structured_initial(body)


def _structured_initial(body: dict[str, Any]) -> dict[str, Any]:
    initial: dict[str, Any] = {}
    for name, field in body.items():
        if isinstance(field, dict) and name not in ("when", "severity", "cause"):
            initial[f"{name}_state"] = field.get("absent", "value")
            initial[f"{name}_value"] = field.get("value", "")
    when = body.get("when", {})
    span, severity = when.get("value") or {}, body.get("severity", {}).get("value") or {}
    edges = (("begins_at", "when_begins"), ("ends_at", "when_ends"))
    initial |= {name: parse_instant(span[edge]) for edge, name in edges if span.get(edge)}
    initial |= {f"severity_{part}": severity.get(part, "") for part in ("scale", "value")}
    initial |= {"when_state": when.get("absent", ""), "when_estimate": span.get("estimate", False)}
    return initial | {"cause": body.get("cause", {}).get("value", "")}


def _questions(data: dict[str, Any]) -> list[dict[str, Any]]:
    texts = [data[f"question_{number}"].strip() for number in range(1, MAX_QUESTIONS + 1)]
    return [{"number": number, "text": text} for number, text in enumerate(filter(None, texts), 1)]


def _field(data: dict[str, Any], name: str) -> dict[str, Any] | None:
    """Return a structured field: what is written counts unless an absence is chosen."""
    state, value = data[f"{name}_state"], data[f"{name}_value"].strip()
    if state in ("not-known", "not-disclosed"):
        return {"absent": state}
    return {"value": value} if value else None


def _when(data: dict[str, Any]) -> dict[str, Any] | None:
    span = {
        name: _instant(data[field])
        for name, field in (("begins_at", "when_begins"), ("ends_at", "when_ends"))
        if data.get(field)
    }
    if span:
        return {"value": {**span, "estimate": data["when_estimate"]}}
    return {"absent": data["when_state"]} if data["when_state"] in ("not-known", "not-disclosed") else None


def _instant(at: datetime | None) -> str | None:
    return render_instant(at.astimezone(UTC)) if at else None


def _safe_name(name: str | None) -> str:
    kept = "".join("_" if each in "/\\" or ord(each) < 32 else each for each in name or "")
    return kept[-120:] or "attachment"


def _media_type(upload: UploadedFile[Any]) -> str:
    given = (upload.content_type or "").partition(";")[0].strip().lower()
    return given if given.count("/") == 1 and len(given) <= 100 else "application/octet-stream"
