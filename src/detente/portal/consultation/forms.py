"""The forms of what can be said in a thread, one for each verb. Every structured part may be left out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from detente.clock import render_instant
from detente.portal import bodies, marks
from detente.portal.compose import LocalTime
from detente.statements.consultation import MAX_QUESTIONS
from detente.statements.values import MAX_LINE, MAX_TEXT

Choices = list[tuple[str, str | Promise]]
_STATUSES = ("answered", "partial", "not-known", "not-disclosed")
_REASONS = ("not-competent", "legal-limit", "security", "not-accepted-as-basis", "no-reason-given")
_OUTCOMES = ("satisfied", "partly", "not-satisfied", "no-answer", "moved-elsewhere")
_FORUMS = ("bilateral", "facilitated", "all-participants")
FREE_ROWS = 2


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


class DeclineForm(SayForm):
    """Declining, with one of five reasons; *no reason given* is one of them."""

    reason = forms.ChoiceField(label=_("Reason"), choices=choices(_REASONS), widget=forms.RadioSelect)
    text = paragraphs(_("In words"))


class ReferralForm(SayForm):
    """Another office that should answer."""

    text = paragraphs(_("In words"))

    def add(self, about: Setting) -> None:
        """Add the offices of the directory."""
        office = forms.ChoiceField(label=_("Office"), choices=about.offices)
        self.fields = {"to_office": office, **self.fields}

    def body(self) -> dict[str, Any]:
        """Return the body with participant and office apart."""
        participant, _slash, office = self.cleaned_data["to_office"].partition("/")
        made = {"participant": participant, "office": office, "outside": False}
        return {**made, **({"text": self.cleaned_data["text"]} if self.cleaned_data["text"] else {})}


class OutsideForm(SayForm):
    """A channel outside the system; the thread ends here."""

    fixed: ClassVar[dict[str, Any]] = {"outside": True}
    channel = one_line(_("Channel"), required=True, help_text=_("Such as the embassy, or another network."))
    text = paragraphs(_("In words"))


class MoreInformationForm(SayForm):
    """What is needed before an answer; the answer clock stands still for at most 48 hours."""

    text = paragraphs(_("What you need to know"), required=True)


class InformationForm(SayForm):
    """What was asked for, or something new; a question in it asks for an answer."""

    text = paragraphs(_("Information"), required=True)
    questions = paragraphs(_("Questions, one on each line"), rows=3)

    def clean_questions(self) -> list[dict[str, Any]]:
        """Return the lines, numbered as questions."""
        lines = [each.strip() for each in self.cleaned_data["questions"].splitlines() if each.strip()]
        if len(lines) > MAX_QUESTIONS:
            raise forms.ValidationError(gettext("Ask at most %(most)d questions at a time.") % {"most": MAX_QUESTIONS})
        return [{"number": number, "text": each} for number, each in enumerate(lines, 1)]


class MeetingForm(SayForm):
    """Asking for a meeting, with an agenda made from what is still open."""

    fixed: ClassVar[dict[str, Any]] = {"event": "asked"}
    forum = forms.ChoiceField(label=_("Between"), choices=choices(_FORUMS))
    facilitator = one_line(_("Facilitator"))
    within_hours = forms.IntegerField(label=_("Within hours"), min_value=1, max_value=720, initial=48)
    level = one_line(_("Level"), help_text=_("Such as heads of the duty desks."))
    agenda = paragraphs(_("Agenda"), rows=6)
    text = paragraphs(_("In words"))

    def add(self, about: Setting) -> None:
        """Fill in the agenda from the thread."""
        self.fields["agenda"].initial = about.agenda


class AcceptedForm(SayForm):
    """Accepting a meeting, perhaps with its time."""

    fixed: ClassVar[dict[str, Any]] = {"event": "accepted"}
    at = LocalTime(label=_("Time of the meeting"), required=False)
    text = paragraphs(_("In words"))


class RefusedForm(SayForm):
    """Not accepting a meeting; nobody asks why."""

    fixed: ClassVar[dict[str, Any]] = {"event": "refused"}
    text = paragraphs(_("In words"))


class HeldForm(SayForm):
    """Recording that a meeting took place."""

    fixed: ClassVar[dict[str, Any]] = {"event": "held"}
    at = LocalTime(label=_("Time of the meeting"), required=False)
    text = paragraphs(_("What both sides noted"))


class CorrectionForm(SayForm):
    """Correcting an own statement: what it said stays, what is right comes beside it."""

    text = paragraphs(_("Why"), rows=2)

    def add(self, about: Setting) -> None:
        """Add a field beside each text of the statement, and free rows for the rest."""
        first: dict[str, forms.Field] = {}
        for name, label, was in about.correctable:
            first[f"now_{name}"] = paragraphs(label, rows=2)
            first[f"now_{name}"].initial = was
        for number in range(1, FREE_ROWS + 1):
            first[f"field_{number}"] = one_line(gettext("Another field (%(number)d)") % {"number": number})
            first[f"was_{number}"] = one_line(_("It said"))
            first[f"is_{number}"] = one_line(_("Right is"))
        self.fields = {**first, **self.fields}

    def clean(self) -> dict[str, Any]:
        """Ask for at least one thing that is different now, and no half row."""
        data: dict[str, Any] = super().clean() or {}
        data["fields"] = [
            {"field": name, "was": was, "now": data[f"now_{name}"]}
            for name, _label, was in self.about.correctable
            if f"now_{name}" in data and not _same(data[f"now_{name}"], was)
        ]
        for number in range(1, FREE_ROWS + 1):
            row = [data.get(f"{part}_{number}", "") for part in ("field", "was", "is")]
            if row[0] and row[2]:
                data["fields"].append({"field": row[0], "was": row[1], "now": row[2]})
            elif any(row):
                self.add_error(f"field_{number}", _("Name the field, and write what is right."))
        if not self.errors and not data["fields"]:
            raise forms.ValidationError(_("Nothing is different yet. Change what was wrong."))
        return data

    def body(self) -> dict[str, Any]:
        """Return the body; the statement that it corrects is added by the page."""
        why = self.cleaned_data.get("text", "")
        return {"fields": self.cleaned_data["fields"], **({"text": why} if why else {})}


class WithdrawalForm(SayForm):
    """Withdrawing an own statement, which stays readable."""

    reason = paragraphs(_("Reason"))

    def add(self, about: Setting) -> None:
        """Add the choice of statement."""
        chosen = forms.ChoiceField(label=_("Which statement"), choices=about.own, widget=forms.RadioSelect)
        self.fields = {"statement_id": chosen, **self.fields}


class ClosureForm(SayForm):
    """Closing, with what the sender made of it."""

    outcome = forms.ChoiceField(label=_("Outcome"), choices=choices(_OUTCOMES), widget=forms.RadioSelect)
    public_line = paragraphs(_("Line for the public, agreed by both"), rows=2)
    lessons = paragraphs(_("Lessons"), rows=2)


class ChannelForm(SayForm):
    """Saying how the channel stands."""

    reason = paragraphs(_("Reason"), rows=2)
    alternative = paragraphs(_("Use instead"), rows=2)
    until = LocalTime(label=_("Until"), required=False)


class LimitedForm(ChannelForm):
    """The channel is limited."""

    fixed: ClassVar[dict[str, Any]] = {"status": "limited", "scope": "thread"}


class SuspendedForm(ChannelForm):
    """The channel is suspended: all clocks stand still."""

    fixed: ClassVar[dict[str, Any]] = {"status": "suspended", "scope": "thread"}


class OpenForm(ChannelForm):
    """The channel is open again."""

    fixed: ClassVar[dict[str, Any]] = {"status": "open", "scope": "thread"}


FORMS: dict[str, type[SayForm]] = {
    "answer.interim": InterimForm,
    "answer.substantive": SubstantiveForm,
    "decline": DeclineForm,
    "referral": ReferralForm,
    "referral.outside": OutsideForm,
    "more_information": MoreInformationForm,
    "information": InformationForm,
    "meeting.asked": MeetingForm,
    "meeting.accepted": AcceptedForm,
    "meeting.refused": RefusedForm,
    "meeting.held": HeldForm,
    "correction": CorrectionForm,
    "withdrawal": WithdrawalForm,
    "closure": ClosureForm,
    "channel.limited": LimitedForm,
    "channel.suspended": SuspendedForm,
    "channel.open": OpenForm,
}


def _same(now: str, was: str) -> bool:
    """Say whether two texts differ only in how a browser ends lines and trims."""
    return now.replace("\r\n", "\n").strip() == was.replace("\r\n", "\n").strip()
