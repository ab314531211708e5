"""The forms of what can be said in a thread, one for each verb. Every structured part may be left out."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from detente.portal.compose import LocalTime
from detente.portal.consultation.answering import InterimForm, SubstantiveForm
from detente.portal.consultation.saying_form import SayForm, Setting, choices, one_line, paragraphs
from detente.statements.consultation import MAX_QUESTIONS

_REASONS = ("not-competent", "legal-limit", "security", "not-accepted-as-basis", "no-reason-given")
_OUTCOMES = ("satisfied", "partly", "not-satisfied", "no-answer", "moved-elsewhere")
_FORUMS = ("bilateral", "facilitated", "all-participants")
FREE_ROWS = 2


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
        return _numbered(self.cleaned_data["questions"])


class AgainForm(SayForm):
    """Asking again: after an answer, a referral or a closure, in the same thread."""

    subject = one_line(_("Subject"), required=True)
    observed = paragraphs(_("What was observed"))
    questions = paragraphs(_("Questions, one on each line"), rows=3)

    def add(self, about: Setting) -> None:
        """Fill in the subject of the thread."""
        self.fields["subject"].initial = about.subject

    def clean_questions(self) -> list[dict[str, Any]]:
        """Return the lines, numbered as questions."""
        return _numbered(self.cleaned_data["questions"])


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
    "request": AgainForm,
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


def _numbered(text: str) -> list[dict[str, Any]]:
    lines = [each.strip() for each in text.splitlines() if each.strip()]
    if len(lines) > MAX_QUESTIONS:
        raise forms.ValidationError(gettext("Ask at most %(most)d questions at a time.") % {"most": MAX_QUESTIONS})
    return [{"number": number, "text": each} for number, each in enumerate(lines, 1)]
