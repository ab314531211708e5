"""The forms of an answer: to each question its own status and text, free text, notices that cover it."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from detente.portal import marks
from detente.portal.compose import LocalTime
from detente.portal.consultation.saying_form import SayForm, Setting, choices, instant, paragraphs

_STATUSES = ("answered", "partial", "not-known", "not-disclosed")


class AnswerForm(SayForm):
    """An answer: to each question its own, then text."""

    measures_state = forms.ChoiceField(
        label=_("Measures taken"),
        choices=[("", _("as written below")), *choices(("not-known", "not-disclosed"))],
        required=False,
    )
    measures = paragraphs(_("Measures taken, in words"), rows=2)

    def add(self, about: Setting) -> None:
        """Add two fields for each question, and the notices that cover what was observed."""
        first: dict[str, forms.Field] = {}
        for number, question in about.questions:
            first[f"status_{number}"] = forms.ChoiceField(
                label=gettext("Question %(number)d") % {"number": number},
                help_text=marks.isolate(question),
                choices=[("", _("no answer now")), *choices(_STATUSES)],
                required=False,
            )
            first[f"answer_{number}"] = paragraphs(
                gettext("Answer to question %(number)d") % {"number": number}, rows=2
            )
        first["text"] = paragraphs(_("Answer in free text"), help_text=_("Free text alone is always enough."))
        if about.notices:
            first["notices"] = forms.MultipleChoiceField(
                label=_("Advance notices that cover this"),
                choices=about.notices,
                widget=forms.CheckboxSelectMultiple,
                required=False,
            )
        self.fields = {**first, **self.fields}

    def clean(self) -> dict[str, Any]:
        """Ask for something to be said at all, and for a status beside each text."""
        data: dict[str, Any] = super().clean() or {}
        for number, _question in self.about.questions:
            if data.get(f"answer_{number}") and not data.get(f"status_{number}"):
                self.add_error(f"status_{number}", _("Say how far your text answers this question."))
        if not self.errors and not any(data.get(name) for name in data if name.startswith(("status_", "text"))):
            self.add_error("text", _("Answer a question, or write a text."))
        return data

    def body(self) -> dict[str, Any]:
        """Return the body with its numbered answers."""
        data = self.cleaned_data
        answers = [
            {"number": number, "status": data[f"status_{number}"], "text": data.get(f"answer_{number}", "")}
            for number, _question in self.about.questions
            if data.get(f"status_{number}")
        ]
        made: dict[str, Any] = {**self.fixed, "answers": answers, "text": data.get("text", "")}
        if data.get("measures_state"):
            made["measures"] = {"absent": data["measures_state"]}
        elif data.get("measures"):
            made["measures"] = {"value": data["measures"]}
        if data.get("next_update_by"):
            made["next_update_by"] = instant(data["next_update_by"])
        if data.get("notices"):
            made["notices"] = data["notices"]
        return made


class InterimForm(AnswerForm):
    """An interim answer says by when the next update comes."""

    fixed: ClassVar[dict[str, Any]] = {"nature": "interim"}
    next_update_by = LocalTime(label=_("Next update by"))


class SubstantiveForm(AnswerForm):
    """An answer in substance; a further update may be promised."""

    fixed: ClassVar[dict[str, Any]] = {"nature": "substantive"}
    next_update_by = LocalTime(label=_("Next update by"), required=False)
