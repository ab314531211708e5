"""Restraint: what members undertake. No page says whether an undertaking is kept."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from detente.portal.entry_form import EntryForm, TextField, line, time
from detente.portal.registers import Register


class CommitmentForm(EntryForm):
    """A commitment of restraint."""

    kind = "restraint.commitment"

    title = line(_("Title"))
    form = forms.ChoiceField(
        label=_("Form"),
        choices=[("unilateral", _("unilateral")), ("reciprocal", _("reciprocal")), ("joint", _("joint"))],
    )
    text = TextField(_("Text"))
    scope = TextField(_("Scope"), rows=3)
    towards = forms.MultipleChoiceField(
        label=_("Towards"), required=False, widget=forms.CheckboxSelectMultiple, help_text=_("Nobody chosen: all.")
    )
    conditions = TextField(_("Conditions"), rows=3)
    reservations = TextField(_("Reservations"), rows=3)
    begins_at = time(_("Begins"), required=True)
    ends_at = time(_("Ends"))
    withdrawal_notice_days = forms.IntegerField(
        label=_("Days of notice before withdrawal"), required=False, min_value=0, max_value=3650
    )


COMMITMENTS = Register(
    kind="restraint.commitment",
    address="restraint/commitments",
    list_name="commitments",
    item_name="commitment",
    title=_("Commitments of restraint"),
    lead=_("What members undertake to do or not to do, in their own words."),
    write=_("Record a commitment"),
    empty=_("No commitment is recorded that your office may read."),
    form=CommitmentForm,
    shown=("form", "begins_at", "ends_at"),
    note=_("Nothing here says whether a commitment is kept; that is for members to discuss."),
)
