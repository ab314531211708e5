"""Crosswalk: how one author relates a measure of one framework to one of another. Nobody official endorses it."""

from __future__ import annotations

from typing import ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from detente.portal.entry_form import EntryForm, TextField, line
from detente.portal.registers import Register

_ELEMENT = ("framework", "version", "element", "title")


class MappingForm(EntryForm):
    """A mapping of two measures."""

    kind = "crosswalk.mapping"
    elements: ClassVar = {"subject": _ELEMENT, "object": _ELEMENT}

    subject_framework = line(_("This measure: framework"))
    subject_version = line(_("This measure: version of the framework"))
    subject_element = line(_("This measure: number"), code=True)
    subject_title = line(_("This measure: title"))
    relation = forms.ChoiceField(
        label=_("Relation"),
        choices=[
            ("", _("choose")),
            ("equal", _("asks the same")),
            ("subset-of", _("asks less (subset of)")),
            ("superset-of", _("asks more (superset of)")),
            ("intersects", _("overlaps")),
            ("disjoint", _("nothing in common")),
        ],
        help_text=_("What this measure asks, compared with the other one."),
    )
    object_framework = line(_("Other measure: framework"))
    object_version = line(_("Other measure: version of the framework"))
    object_element = line(_("Other measure: number"), code=True)
    object_title = line(_("Other measure: title"))
    rationale = forms.ChoiceField(
        label=_("Rationale"),
        choices=[
            ("", _("choose")),
            ("semantic", _("by the meaning")),
            ("syntactic", _("by the words")),
            ("functional", _("by the effect")),
        ],
    )
    explanation = TextField(_("Explanation"), min_length=40, help_text=_("At least 40 characters."))
    status = forms.ChoiceField(
        label=_("Status"),
        initial="candidate",
        choices=[
            ("draft", _("draft")),
            ("candidate", _("candidate")),
            ("final", _("final")),
            ("withdrawn", _("withdrawn")),
        ],
    )


MAPPINGS = Register(
    kind="crosswalk.mapping",
    address="crosswalk/mappings",
    list_name="mappings",
    item_name="mapping",
    title=_("Crosswalk of measures"),
    lead=_("How members relate a measure of one framework to one of another, with their reasons."),
    write=_("Relate two measures"),
    empty=_("No mapping is recorded yet."),
    form=MappingForm,
    shown=("relation", "rationale", "status"),
    note=_("A mapping is what its author says. No official of any framework has endorsed it."),
)
