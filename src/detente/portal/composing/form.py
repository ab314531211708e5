"""The form for a request for clarification and for a notification.

Every field may be left empty, and a draft is kept with its gaps. Only what no statement could hold, or what says two
things at once, comes back to be changed. There is no default between real and exercise.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from detente.portal.acting import Acting
from detente.portal.bodies import LABELS, WORDS
from detente.portal.composing.fields import (
    EventsField,
    FilesField,
    LinesField,
    LocalTime,
    Paragraphs,
    Text,
    check_together,
    one_line,
    states,
)
from detente.portal.languages import language_name
from detente.procedures.clocks import PROFILES
from detente.statements.consultation import MAX_QUESTIONS
from detente.statements.values import TLP

REQUEST = "consultation.request"
NOTIFICATION = "consultation.notification"
STRUCTURED = {
    REQUEST: ("effect", "sector", "systems", "link", "reassurance", "next_step"),
    NOTIFICATION: ("where", "sector", "cross_border", "actions", "advice", "told", "public_statement"),
}
LINES = ("sector",)
CAUSES = ("unknown", "accident", "malicious", "suspected-state", "not-assessed")
EXERCISE_WORD = "EXERCISE"
_SHOWN_QUESTIONS = 3


class ComposeForm(forms.Form):
    """What both kinds share; the fields of one kind are added when it is made."""

    addressees = forms.MultipleChoiceField(label=_("Who reads it"), required=False, widget=forms.CheckboxSelectMultiple)
    context = forms.ChoiceField(
        label=_("This is"),
        required=False,
        choices=[("real", _("real")), ("test", _("a test of the channel")), ("exercise", _("part of an exercise"))],
        widget=forms.RadioSelect,
        help_text=_("Choose one; nothing is assumed."),
    )
    exercise_id = forms.ChoiceField(label=_("Which exercise"), required=False)
    exercise_word = forms.CharField(
        label=_("Type EXERCISE to show that nothing in this is real"),
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off"}),
    )
    urgency = forms.ChoiceField(label=_("Urgency"), widget=forms.RadioSelect, initial="routine")
    tlp = forms.ChoiceField(
        label=_("TLP label"),
        choices=[(mark, f"TLP:{mark}") for mark in reversed(TLP)],
        initial="AMBER",
        help_text=_("How far the reader may pass this on. Attachments carry the same label."),
        widget=forms.Select(attrs={"dir": "ltr", "lang": "en", "translate": "no"}),
    )
    language = forms.ChoiceField(label=_("Language of the text"))
    subject = one_line(_("Subject"), _("One line. Lists do not show it if the label is TLP:RED."))

    def __init__(self, who: Acting, kind: str, kept: dict[str, Any] | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.who, self.kind, self.kept = who, kind, kept or {}
        self.structured = STRUCTURED[kind]
        self._header()
        self._what_happened()
        for name in self.structured:
            label = str(LABELS[name])
            self.fields[f"{name}_value"] = one_line(label) if name in LINES else Paragraphs(label, rows=2)
            self.fields[f"{name}_state"] = states(label)
        self._times_asked()
        self._attached()

    def _header(self) -> None:
        who, me = self.who, self.who.person.participant
        members = sorted({*who.directory.members, who.directory.operator} - {me}, key=who.name)
        self._choices("addressees", [(each, who.name(each)) for each in members])
        self.open_exercises = [
            each.opening
            for each in who.directory.exercises.values()
            if who.directory.exercise_open(each.opening.exercise_id, [me], who.node.ledger.size)
        ]
        open_now = [(each.exercise_id, f"{each.title} ({each.exercise_id})") for each in self.open_exercises]
        self._choices("exercise_id", [("", _("choose one")), *open_now])
        self._choices("urgency", [(urgency, _asks(urgency, self.kind)) for urgency in PROFILES])
        spoken = languages(who, self.kept)
        self._choices("language", spoken)
        listed = who.directory.office(me, who.person.office)
        own = listed.entry.languages if listed else []
        self.fields["language"].initial = who.language if who.language in own else spoken[0][0]

    def _what_happened(self) -> None:
        if self.kind == REQUEST:
            self.fields["observed"] = Paragraphs(_("What was observed"), _("Facts alone: what, where, how much."))
            self.fields["reading"] = Paragraphs(
                _("How we read it"), _("Not sent unless you write here. It stays apart from what was observed.")
            )
            self.fields["attributes_nothing"] = forms.BooleanField(
                label=_("Say: “This message attributes nothing to anybody.”"), required=False, initial=True
            )
            for number in range(1, MAX_QUESTIONS + 1):
                label = gettext("Question %(number)s") % {"number": number}
                self.fields[f"question_{number}"] = Paragraphs(label, rows=2)
        else:
            self.fields["text"] = Paragraphs(_("What happened"))
            causes = [("", "–"), *((each, WORDS[each]) for each in CAUSES)]
            self.fields["cause_value"] = forms.ChoiceField(label=str(LABELS["cause"]), choices=causes, required=False)
            self.fields["cause_state"] = states(str(LABELS["cause"]))
        self.fields["when_begins"] = LocalTime(label=_("Observed from"), required=False)
        self.fields["when_ends"] = LocalTime(label=_("Observed to"), required=False)
        self.fields["when_estimate"] = forms.BooleanField(label=_("These times are estimates"), required=False)
        self.fields["when_state"] = states(_("Time observed"))
        self.fields["severity_value"] = one_line(_("Value"), _("Such as: 3 of 5"))
        self.fields["severity_scale"] = one_line(_("On which scale"), _("Scales are named and never converted."))
        self.fields["severity_state"] = states(str(LABELS["severity"]))

    def _times_asked(self) -> None:
        help_text = _("Leave empty for the time that goes with the urgency.")
        self.fields["ack_by"] = LocalTime(label=_("Acknowledgement asked by"), required=False, help_text=help_text)
        if self.kind == REQUEST:
            self.fields["answer_by"] = LocalTime(label=_("Answer asked by"), required=False, help_text=help_text)
        self.fields["translation"] = Paragraphs(
            _("Courtesy translation"), _("Sent beside your text and marked as not authentic. Your text governs.")
        )
        self.fields["translation_language"] = forms.ChoiceField(
            label=_("Language of the translation"), required=False, choices=[("", "–"), *languages(self.who, self.kept)]
        )
        self.fields["basis"] = LinesField(_("Basis"), _("A measure or an agreement that this rests on, one a line."))
        self.fields["events"] = EventsField(
            _("The same event elsewhere"), _("One a line: its identifier, a comma, and who issued it.")
        )

    def _attached(self) -> None:
        labels = self.kept.get("attachments", [])
        if labels:
            self.fields["remove"] = forms.MultipleChoiceField(
                label=_("Attached already. Tick what is to be removed"),
                choices=[(label["sha256"], label["name"]) for label in labels],
                widget=forms.CheckboxSelectMultiple,
                required=False,
            )
        self.fields["attachments"] = FilesField(
            label=_("Attach files"), required=False, help_text=_("25 MiB each, 50 MiB together.")
        )

    def _choices(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    def clean(self) -> dict[str, Any]:
        """Keep real and exercise apart, times in order, and a text from saying that it is not known."""
        data = super().clean() or {}
        if data.get("context") == "exercise":
            self._check_exercise(data)
        begins, ends = data.get("when_begins"), data.get("when_ends")
        if begins and ends and ends < begins:
            self.add_error("when_ends", _("The end lies before the beginning."))
        for name, value in self._written(data).items():
            if value and data.get(f"{name}_state"):
                self.add_error(
                    f"{name}_state", _("You wrote something and chose that nothing is said. Empty it, or choose again.")
                )
        if data.get("translation") and not data.get("translation_language"):
            self.add_error("translation_language", _("Say in which language the translation is."))
        if "attachments" in data:
            try:
                check_together(self.staying(), data["attachments"])
            except forms.ValidationError as error:
                self.add_error("attachments", error)
        return data

    def _written(self, data: dict[str, Any]) -> dict[str, Any]:
        written = {name: data.get(f"{name}_value") for name in (*self.structured, "cause")}
        written["when"] = data.get("when_begins") or data.get("when_ends")
        written["severity"] = data.get("severity_value") or data.get("severity_scale")
        return written

    def _check_exercise(self, data: dict[str, Any]) -> None:
        if not self.open_exercises:
            self.add_error(
                "context",
                _(
                    "No exercise is open in which you take part. If this is real, choose real; "
                    "if it is an exercise, have it opened first."
                ),
            )
            return
        chosen = next((each for each in self.open_exercises if each.exercise_id == data.get("exercise_id")), None)
        if chosen is None:
            self.add_error("exercise_id", _("Choose the exercise that this is part of. If this is real, choose real."))
            return
        outside = set(data.get("addressees", ())) - {*chosen.participants, self.who.directory.operator}
        if outside:
            message = gettext("%(names)s takes no part in this exercise. Address only those who do.")
            self.add_error("addressees", message % {"names": ", ".join(map(self.who.name, sorted(outside)))})
        confirmed = self.kept.get("exercise_id") == chosen.exercise_id
        if not confirmed and data.get("exercise_word") != EXERCISE_WORD:
            self.add_error("exercise_word", _("Type EXERCISE, in capital letters. If this is real, choose real above."))

    def staying(self) -> list[dict[str, Any]]:
        """Return what is attached already and stays, labelled as the whole statement is now."""
        removed = set(self.cleaned_data.get("remove", ()))
        kept = [each for each in self.kept.get("attachments", []) if each["sha256"] not in removed]
        return [{**each, "tlp": self.cleaned_data.get("tlp", each["tlp"])} for each in kept]

    def groups(self) -> list[dict[str, Any]]:
        """Return the parts of the form in the order in which one writes; some are folded away until they are used."""
        asks = [f"question_{number}" for number in range(1, MAX_QUESTIONS + 1)]
        stated = [self._stated(LABELS[name], name, f"{name}_value") for name in self.structured]
        if self.kind == NOTIFICATION:
            stated.insert(0, self._stated(LABELS["cause"], "cause", "cause_value"))
        severity = self._stated(LABELS["severity"], "severity", "severity_value", "severity_scale")
        when = self._stated(_("Time observed"), "when", "when_begins", "when_ends", "when_estimate")
        exercise = ("exercise_id", "exercise_word") if self.open_exercises else ()
        return [
            self._group("", "addressees"),
            self._group("", "context"),
            *([self._group("", *exercise, name="exercise")] if exercise else []),
            self._group("", "urgency", "tlp", "language"),
            self._group(_("What is it about?"), "subject", "observed", "text", "attributes_nothing"),
            self._group("", stated=[when]),
            self._group(_("Questions"), *asks[:_SHOWN_QUESTIONS]),
            self._group(_("More questions, up to nine"), *asks[_SHOWN_QUESTIONS:], folded=True),
            self._group(_("How we read it (not sent unless you write here)"), "reading", folded=True),
            self._group(
                _("More about it: a value, not known, or not disclosed"), stated=[severity, *stated], folded=True
            ),
            self._group(_("Attachments"), "remove", "attachments"),
            self._group(_("Courtesy translation, not authentic"), "translation", "translation_language", folded=True),
            self._group(
                _("Times asked for, basis, other identifiers"), "ack_by", "answer_by", "basis", "events", folded=True
            ),
        ]

    def _group(
        self,
        heading: Text,
        *names: str,
        stated: list[dict[str, Any]] | None = None,
        folded: bool = False,
        name: str = "",
    ) -> dict[str, Any]:
        fields = [self[each] for each in names if each in self.fields]
        every = fields + [each for part in stated or [] for each in (*part["fields"], part["state"])]
        used = any(each.errors or _filled(each) for each in every)
        return {
            "heading": heading,
            "fields": fields,
            "stated": stated or [],
            "folded": folded,
            "open": used,
            "name": name,
            "empty": not every,
        }

    def _stated(self, label: str | Promise, name: str, *fields: str) -> dict[str, Any]:
        return {
            "label": label,
            "name": name,
            "fields": [self[each] for each in fields],
            "state": self[f"{name}_state"],
            "alone": len(fields) == 1,
        }


def _filled(field: BoundField) -> bool:
    return field.value() not in (None, "", [], False)


def _asks(urgency: str, kind: str) -> str:
    """Return an urgency with the times that it asks for."""
    profile = PROFILES[urgency]
    called = {"immediate": gettext("immediate"), "priority": gettext("priority"), "routine": gettext("routine")}
    acknowledge = _time(profile.acknowledge, profile.acknowledge_days)
    if kind != REQUEST:
        return gettext("%(urgency)s: acknowledgement asked for within %(acknowledge)s") % {
            "urgency": called[urgency],
            "acknowledge": acknowledge,
        }
    return gettext("%(urgency)s: acknowledgement within %(acknowledge)s, answer within %(answer)s") % {
        "urgency": called[urgency],
        "acknowledge": acknowledge,
        "answer": _time(profile.answer, profile.answer_days),
    }


def _time(span: timedelta | None, days: int) -> str:
    """Return a duration as people ask for it: up to two days in hours, then in days; or in working days."""
    if span is None:
        return ngettext("%(count)d working day", "%(count)d working days", days) % {"count": days}
    if span <= timedelta(days=2):
        hours = int(span.total_seconds() // 3600)
        return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
    return ngettext("%(count)d day", "%(count)d days", span.days) % {"count": span.days}


def languages(who: Acting, kept: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the languages of the arrangement and of all offices, those of the writer's own office first."""
    own = who.directory.office(who.person.participant, who.person.office)
    codes = list(own.entry.languages) if own else []
    codes += who.directory.arrangement.languages if who.directory.arrangement else []
    codes += sorted(code for listed in who.directory.offices.values() for code in listed.entry.languages)
    codes += [code for code in (kept.get("language"), kept.get("body", {}).get("translation_language")) if code]
    return [(code, language_name(code)) for code in dict.fromkeys(codes or ["en"])]
