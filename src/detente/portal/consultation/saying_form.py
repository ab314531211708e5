"""What every form of a thread shares: its fields' shapes, to whom it goes, and in which language."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from detente.clock import render_instant
from detente.portal import bodies
from detente.statements.values import MAX_LINE, MAX_TEXT

Choices = list[tuple[str, str | Promise]]


@dataclass
class Setting:
    """What a form needs to know of its thread."""

    addressees: Choices = field(default_factory=list)
    questions: list[tuple[int, str]] = field(default_factory=list)
    notices: Choices = field(default_factory=list)
    offices: Choices = field(default_factory=list)
    own: Choices = field(default_factory=list)
    correctable: list[tuple[str, str | Promise, str]] = field(default_factory=list)
    agenda: str = ""
    subject: str = ""
    language: str = "en"


def paragraphs(label: Any, *, rows: int = 4, required: bool = False, help_text: Any = "") -> forms.CharField:
    """Return a field for paragraphs."""
    return forms.CharField(
        label=label,
        required=required,
        max_length=MAX_TEXT,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows, "dir": "auto"}),
    )


def one_line(label: Any, *, required: bool = False, help_text: Any = "") -> forms.CharField:
    """Return a field for one line."""
    return forms.CharField(
        label=label,
        required=required,
        max_length=MAX_LINE,
        help_text=help_text,
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )


def choices(names: tuple[str, ...]) -> Choices:
    """Return coded values with their words."""
    return [(name, bodies.WORDS.get(name, name)) for name in names]


def instant(at: datetime | None) -> str | None:
    """Return a time as statements carry it."""
    return render_instant(at.astimezone(UTC)) if at else None


class SayForm(forms.Form):
    """What all share: to whom, and in which language the text is written."""

    fixed: ClassVar[dict[str, Any]] = {}

    def __init__(self, about: Setting, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.about = about
        self.add(about)
        if len(about.addressees) > 1:
            self.fields["addressees"] = forms.MultipleChoiceField(
                label=_("For"),
                choices=about.addressees,
                initial=[name for name, _label in about.addressees],
                widget=forms.CheckboxSelectMultiple,
            )
        languages: list[tuple[str, Any]] = [*settings.LANGUAGES]
        if about.language not in dict(languages):
            languages.append((about.language, about.language))
        self.fields["language"] = forms.ChoiceField(
            label=_("Language of your text"), choices=languages, initial=about.language
        )

    def add(self, about: Setting) -> None:
        """Add the fields that depend on the thread."""

    def body(self) -> dict[str, Any]:
        """Return the statement's body; what was left empty is left out."""
        values = {name: self.cleaned_data[name] for name in self.said if self.cleaned_data.get(name)}
        return {
            **self.fixed,
            **{name: instant(value) if isinstance(value, datetime) else value for name, value in values.items()},
        }

    @property
    def said(self) -> list[str]:
        """The fields that go into the body under their own names."""
        return [name for name in self.fields if name not in ("addressees", "language")]

    @property
    def recipients(self) -> list[str]:
        """The participants that the statement goes to."""
        known = [name for name, _label in self.about.addressees]
        return list(self.cleaned_data["addressees"]) if "addressees" in self.fields else known
