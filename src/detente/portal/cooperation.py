"""Cooperation: offers of assistance."""

from __future__ import annotations

from typing import ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from detente.portal.entry_form import EntryForm, TextField, absence, line, time
from detente.portal.registers import Register


class OfferForm(EntryForm):
    """An offer of assistance."""

    kind = "cooperation.offer"
    absences: ClassVar = ("conditions", "cost")

    title = line(_("Title"))
    topic = line(_("Topic"))
    text = TextField(_("Text"))
    capacity = TextField(_("What is offered"), rows=3)
    conditions = TextField(_("Conditions"), rows=2)
    conditions_absent = absence(_("Conditions, where no text is written"))
    cost = TextField(_("Cost"), rows=2)
    cost_absent = absence(_("Cost, where no text is written"))
    languages = forms.MultipleChoiceField(label=_("Languages"), required=False, widget=forms.CheckboxSelectMultiple)
    valid_until = time(_("Valid until"))


OFFERS = Register(
    kind="cooperation.offer",
    address="cooperation/offers",
    list_name="offers",
    item_name="offer",
    title=_("Offers of assistance"),
    lead=_("What members offer to others. Who needs it asks the office that offers."),
    write=_("Offer assistance"),
    empty=_("No offer is recorded that your office may read."),
    form=OfferForm,
    shown=("topic", "languages", "valid_until"),
)
