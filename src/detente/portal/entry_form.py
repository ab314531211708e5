"""Writing an entry of a register: what all kinds share, and how a form becomes a body and a body a form again.

A form asks for the fields of its kind; a free text is always enough and structured fields may be skipped. What the
kind itself demands (a title, the two sides of a mapping) is demanded here, in the words of the kind's own rule.
"""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError

from detente.clock import parse_instant, render_instant
from detente.portal.acting import Acting
from detente.portal.languages import language_name
from detente.statements.faults import fault
from detente.statements.statement import EVERYONE, KINDS
from detente.statements.values import MAX_LINE, MAX_TEXT, TLP

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

Label: TypeAlias = "str | StrPromise"
HEADER = ("audience", "members", "tlp", "language", "context")
EXERCISE = "exercise:"
_CHOSEN = "chosen"
_SPAN = ("begins_at", "ends_at", "estimate")
_TYPED = ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M")
_EARLIEST, _LATEST = datetime(1970, 1, 2, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class TextField(forms.CharField):
    """Paragraphs, with the line breaks that a statement keeps."""

    def __init__(self, label: Label, *, rows: int = 5, help_text: Label = "", min_length: int | None = None) -> None:
        super().__init__(
            label=label,
            required=min_length is not None,
            min_length=min_length,
            max_length=MAX_TEXT,
            help_text=help_text,
            widget=forms.Textarea(attrs={"rows": rows, "dir": "auto"}),
        )

    def to_python(self, value: Any) -> str:
        """Return the text with one kind of line break."""
        return str(super().to_python(value)).replace("\r\n", "\n").replace("\r", "\n")


class LinesField(forms.CharField):
    """A list, one a line."""

    def __init__(self, label: Label, help_text: Label = "") -> None:
        widget = forms.Textarea(attrs={"rows": 3, "dir": "ltr"})
        super().__init__(label=label, required=False, max_length=MAX_TEXT, help_text=help_text, widget=widget)

    def prepare_value(self, value: Any) -> Any:
        """Return a list as lines."""
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        """Return the lines that are not blank."""
        text: str = super().clean(value)
        return [line.strip() for line in text.splitlines() if line.strip()]


class RangesField(LinesField):
    """Address ranges, one a line."""

    def clean(self, value: Any) -> list[str]:
        """Refuse a line that is no range, and name it."""
        lines = super().clean(value)
        for line in lines:
            try:
                ipaddress.ip_network(line)
            except ValueError as error:
                message = gettext("%(line)s is no address range; write one such as 198.51.100.0/24.")
                raise forms.ValidationError(message % {"line": line[:60]}) from error
        return lines


def line(label: Label, *, required: bool = True, help_text: Label = "", code: bool = False) -> forms.CharField:
    """Return a field for one line."""
    widget = forms.TextInput(attrs={"dir": "ltr" if code else "auto"})
    return forms.CharField(label=label, required=required, max_length=MAX_LINE, help_text=help_text, widget=widget)


def time(label: Label, *, required: bool = False) -> forms.DateTimeField:
    """Return a field for a time, typed in the viewer's zone."""
    return forms.DateTimeField(
        label=label,
        required=required,
        input_formats=_TYPED,
        validators=[MinValueValidator(_EARLIEST), MaxValueValidator(_LATEST)],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "dir": "ltr"}, format=_TYPED[0]),
    )


def absence(label: Label) -> forms.ChoiceField:
    """Return the field that says why another one has no text."""
    choices = [("", _("leave out")), ("not-known", _("not known")), ("not-disclosed", _("not disclosed"))]
    return forms.ChoiceField(label=label, required=False, choices=choices)


class EntryForm(forms.Form):
    """The header's part of every form. A subclass adds fields named as its body's members.

    ``spans`` are members with ``…_begins_at``, ``…_ends_at`` and ``…_estimate``; ``absences`` those with an
    ``…_absent`` beside them; ``elements`` those made of the fields ``…_<part>``.
    """

    kind: ClassVar[str]
    spans: ClassVar[tuple[str, ...]] = ()
    absences: ClassVar[tuple[str, ...]] = ()
    elements: ClassVar[dict[str, tuple[str, ...]]] = {}

    audience = forms.ChoiceField(
        label=_("For"),
        choices=[(EVERYONE, _("everyone in this arrangement")), (_CHOSEN, _("only the members chosen below"))],
        initial=EVERYONE,
        widget=forms.RadioSelect,
    )
    members = forms.MultipleChoiceField(label=_("Chosen members"), required=False, widget=forms.CheckboxSelectMultiple)
    tlp = forms.ChoiceField(
        label=_("Handling mark"),
        choices=[(mark, f"TLP:{mark}") for mark in TLP],
        initial="GREEN",
        help_text=_("What goes to everyone is marked CLEAR or GREEN."),
        widget=forms.Select(attrs={"dir": "ltr", "translate": "no"}),
    )
    language = forms.ChoiceField(label=_("Language of the text"))
    context = forms.ChoiceField(
        label=_("This is"), widget=forms.RadioSelect, help_text=_("Choose one; nothing is assumed.")
    )

    def __init__(self, who: Acting, data: Any = None, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        languages = _languages(who)
        self.fields["language"].initial = who.language if who.language in dict(languages) else languages[0][0]
        self._choices("language", languages)
        self._choices("context", _contexts(who))
        for name in ("members", "towards"):
            if name in self.fields:
                self._choices(name, members_of(who))
        if "languages" in self.fields:
            self._choices("languages", languages)
        if KINDS[self.kind].audience == "everyone":
            del self.fields["audience"], self.fields["members"]
            self._choices("tlp", [(mark, f"TLP:{mark}") for mark in ("CLEAR", "GREEN")])
        body = [name for name in self.fields if name not in HEADER]
        self.order_fields(["audience", "members", *body, "tlp", "language", "context"])

    def _choices(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
        field.choices = choices

    def clean(self) -> dict[str, Any]:
        """Hold the audience, the mark and the spans together; then ask the kind's own rule."""
        data = super().clean() or {}
        if data.get("audience") == _CHOSEN and not data.get("members"):
            self.add_error("members", _("Choose at least one member, or choose everyone."))
        if data.get("audience", EVERYONE) == EVERYONE and data.get("tlp", "GREEN") not in ("CLEAR", "GREEN"):
            self.add_error(
                "tlp", _("What goes to everyone is marked CLEAR or GREEN; for another mark, choose members.")
            )
        for name in self.spans:
            begins, ends = data.get(f"{name}_begins_at"), data.get(f"{name}_ends_at")
            if begins and ends and ends < begins:
                self.add_error(f"{name}_ends_at", _("The end lies before the beginning."))
        for name in self.absences:
            if data.get(name) and data.get(f"{name}_absent"):
                self.add_error(f"{name}_absent", _("Either write a text or say why there is none."))
        if not self.errors:
            self._ask_the_rule()
        return data

    def _ask_the_rule(self) -> None:
        body = self.body()
        try:
            KINDS[self.kind].body.model_validate(body)
        except ValidationError as error:
            self.add_error(None, fault(error, {"body": body}, within="body").message)

    def body(self) -> dict[str, Any]:
        """Return the body; what was left empty is left out."""
        said = {
            name: _written(value)
            for name, value in self.cleaned_data.items()
            if name not in HEADER and value is not None and value is not False and value not in ("", [])
        }
        for name in self.spans:
            span = {part: said.pop(f"{name}_{part}") for part in _SPAN if f"{name}_{part}" in said}
            if span or KINDS[self.kind].body.model_fields[name].is_required():
                said[name] = span
        for name in self.absences:
            absent = said.pop(f"{name}_absent", None)
            if name in said:
                said[name] = {"value": said[name]}
            elif absent:
                said[name] = {"absent": absent}
        for name, parts in self.elements.items():
            said[name] = {part: said.pop(f"{name}_{part}") for part in parts if f"{name}_{part}" in said}
        return said

    def content(self) -> dict[str, Any]:
        """Return the draft's content."""
        data = self.cleaned_data
        everyone = data.get("audience", EVERYONE) == EVERYONE
        context = data["context"]
        content = {
            "addressees": EVERYONE if everyone else [{"participant": each} for each in data["members"]],
            "tlp": data["tlp"],
            "language": data["language"],
            "context": "exercise" if context.startswith(EXERCISE) else context,
            "body": self.body(),
        }
        if context.startswith(EXERCISE):
            content["exercise_id"] = context.removeprefix(EXERCISE)
        return content

    @classmethod
    def initial_of(cls, content: dict[str, Any]) -> dict[str, Any]:
        """Return form values from a draft's content or a statement's members."""
        addressees: Any = content.get("addressees") or EVERYONE
        initial: dict[str, Any] = {name: content[name] for name in HEADER if name in content}
        if content.get("exercise_id"):
            initial["context"] = EXERCISE + content["exercise_id"]
        initial["audience"] = EVERYONE if addressees == EVERYONE else _CHOSEN
        if addressees != EVERYONE:
            initial["members"] = [each["participant"] for each in addressees]
        for name, value in content.get("body", {}).items():
            if name in cls.spans or name in cls.elements:
                initial |= {f"{name}_{part}": _typed(part, each) for part, each in value.items()}
            elif name in cls.absences:
                initial |= {name: value.get("value", ""), f"{name}_absent": value.get("absent", "")}
            else:
                initial[name] = _typed(name, value)
        return initial


def members_of(who: Acting) -> list[tuple[str, str]]:
    """Return the members by name, without the person's own."""
    wanted = {*who.directory.members, who.directory.operator} - {who.person.participant}
    return sorted(((each, f"{who.name(each)} ({each})") for each in wanted), key=lambda pair: pair[1])


def _languages(who: Acting) -> list[tuple[str, str]]:
    listed = {each for office in who.directory.offices.values() for each in office.entry.languages}
    arrangement = who.directory.arrangement
    codes = listed | set(arrangement.languages if arrangement else ()) | {"en"}
    return sorted(((code, language_name(code)) for code in codes), key=lambda pair: pair[1])


def _contexts(who: Acting) -> list[tuple[str, Any]]:
    size, mine = who.node.ledger.size, who.person.participant
    exercises = [
        (EXERCISE + name, gettext("part of the exercise %(title)s") % {"title": each.opening.title})
        for name, each in who.directory.exercises.items()
        if who.directory.exercise_open(name, [mine], size)
    ]
    return [("real", _("real")), ("test", _("a test of the channel")), *exercises]


def _written(value: Any) -> Any:
    return render_instant(value) if isinstance(value, datetime) else value


def _typed(name: str, value: Any) -> Any:
    instant = isinstance(value, str) and (name.endswith(("_at", "_by")) or name == "valid_until")
    return parse_instant(value) if instant else value
