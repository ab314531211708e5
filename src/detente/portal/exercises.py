"""Exercises: which are open, and opening and closing them. Only inside an open one can anything be an exercise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe
from pydantic import ValidationError

from detente.errors import MalformedError, RejectedError
from detente.node import exercises
from detente.portal.acting import Acting, acting
from detente.portal.times import viewer_zone, zone_label
from detente.procedures.directory import NEVER, OpenExercise
from detente.statements.exercise import Opening
from detente.statements.faults import fault

_INSTANT: Sequence[str] = ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M")


def _time_input() -> forms.DateTimeInput:
    return forms.DateTimeInput(attrs={"type": "datetime-local", "dir": "ltr"}, format=_INSTANT[0])


class OpeningForm(forms.Form):
    """What opens an exercise."""

    title = forms.CharField(label=_("Title"), max_length=300)
    exercise_id = forms.CharField(
        label=_("Short id"),
        max_length=60,
        help_text=_("It stands on every page of the exercise, such as TIDE-2026. It cannot be used again."),
        widget=forms.TextInput(attrs={"dir": "ltr"}),
    )
    participants = forms.MultipleChoiceField(label=_("Who takes part"), widget=forms.CheckboxSelectMultiple)
    begins_at = forms.DateTimeField(label=_("Begins"), input_formats=_INSTANT, widget=_time_input())
    ends_at = forms.DateTimeField(label=_("Ends"), input_formats=_INSTANT, widget=_time_input())
    stop_word = forms.CharField(
        label=_("Stop word"), max_length=300, help_text=_("Whoever says it ends the exercise for everybody.")
    )
    about = forms.CharField(label=_("About"), required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, who: Acting, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["participants"]
        if isinstance(field, forms.MultipleChoiceField):
            field.choices = [(each, who.name(each)) for each in sorted(who.directory.members, key=who.name)]

    def clean(self) -> dict[str, Any]:
        """Keep the end after the beginning."""
        data = super().clean() or {}
        begins, ends = data.get("begins_at"), data.get("ends_at")
        if begins and ends and ends <= begins:
            self.add_error("ends_at", _("The end lies before the beginning."))
        return data

    def opening(self) -> Opening:
        """Return what will be said; raise ``MalformedError`` for what no statement holds."""
        try:
            return Opening.model_validate(self.cleaned_data)
        except ValidationError as error:
            raise fault(error, self.cleaned_data) from error


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show the exercises that are open, and those that were."""
    who = acting(request)
    every = list(who.directory.exercises.values())
    context: dict[str, Any] = {
        "open": [_line(who, each) for each in every if each.until_index == NEVER],
        "closed": [_line(who, each) for each in reversed(every) if each.until_index != NEVER],
        "may_open": _may_run(who),
        "now": who.now,
    }
    return render(request, "portal/exercises/listing.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def open_one(request: HttpRequest) -> HttpResponse:
    """Open an exercise."""
    who = acting(request)
    who.person.require(exercises.MAY_RUN, "open an exercise")
    form = OpeningForm(who, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            exercises.open_exercise(who.node, who.person, form.opening())
        except RejectedError as refused:
            form.add_error(_field_of(refused), refused.message)
        else:
            messages.success(request, _("The exercise is open. Everybody in this arrangement was told."))
            return redirect("portal:exercises")
    context = {"form": form, "zone": zone_label(who.now, viewer_zone())}
    return render(request, "portal/exercises/open.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def close_one(request: HttpRequest) -> HttpResponse:
    """Ask once, then close the exercise that the form or the address names."""
    who = acting(request)
    exercise_id = (request.POST if request.method == "POST" else request.GET).get("exercise", "")
    if request.method == "POST":
        exercises.close_exercise(who.node, who.person, exercise_id)
        messages.success(request, _("The exercise is closed. From now on nothing can be said in it."))
        return redirect("portal:exercises")
    who.person.require(exercises.MAY_RUN, "close an exercise")
    listed = who.directory.exercises.get(exercise_id)
    if listed is None or listed.until_index != NEVER:
        return redirect("portal:exercises")
    context = {
        "title": gettext("Close the exercise “%(title)s”?") % {"title": listed.opening.title},
        "question": _("From then on nothing can be said in it, by anybody. What was said stays readable."),
        "yes": _("Close the exercise"),
        "back_url": reverse("portal:exercises"),
        "fields": {"exercise": exercise_id},
        "exercise": {"id": exercise_id, "name": listed.opening.title},
    }
    return render(request, "portal/confirm.html", context)


def _may_run(who: Acting) -> bool:
    return bool(set(exercises.MAY_RUN) & set(who.person.roles)) and not who.person.machine


def _line(who: Acting, listed: OpenExercise) -> dict[str, Any]:
    opening = listed.opening
    takes_part = exercises.takes_part(who.node, who.person, listed)
    return {
        "id": opening.exercise_id,
        "title": opening.title,
        "participants": [who.name(each) for each in opening.participants],
        "begins_at": opening.begins_at,
        "ends_at": opening.ends_at,
        "stop_word": opening.stop_word if takes_part else "",
        "about": opening.about,
        "since": listed.since_index,
        "until": listed.until_index,
        "may_close": _may_run(who) and takes_part,
    }


def _field_of(refused: RejectedError) -> str | None:
    """Return the form's field to which a refusal belongs."""
    if refused.code == "exercise-known":
        return "exercise_id"
    if refused.code in ("exercise-party", "addressee-unknown"):
        return "participants"
    named = refused.message.removeprefix("In ").partition(":")[0] if isinstance(refused, MalformedError) else ""
    return named if named in OpeningForm.base_fields else None
