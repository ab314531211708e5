"""Transparency: advance notices of activity, national views, invitations to observe."""

from __future__ import annotations

from typing import ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from detente.portal.entry_form import EntryForm, LinesField, RangesField, TextField, absence, line, time
from detente.portal.registers import Register


class NoticeForm(EntryForm):
    """An advance notice of activity."""

    kind = "transparency.notice"
    spans: ClassVar = ("window",)
    absences: ClassVar = ("purpose",)

    title = line(_("Title"))
    activity = forms.ChoiceField(
        label=_("Activity"),
        choices=[
            ("", _("choose")),
            ("exercise", _("exercise")),
            ("survey", _("survey")),
            ("sinkhole", _("sinkhole")),
            ("takedown", _("takedown")),
            ("other", _("other")),
        ],
    )
    text = TextField(_("Text"))
    window_begins_at = time(_("From"))
    window_ends_at = time(_("To"))
    window_estimate = forms.BooleanField(label=_("These times are estimates"), required=False)
    ranges = RangesField(_("Source ranges"), _("One a line, such as 198.51.100.0/24 or 2001:db8::/32."))
    markers = TextField(_("Markers"), rows=2, help_text=_("By what the traffic can be told from other traffic."))
    stop_contact = line(_("Contact for a stop request"), required=False)
    purpose = TextField(_("Purpose"), rows=2)
    purpose_absent = absence(_("Purpose, where no text is written"))


class ViewForm(EntryForm):
    """A national view."""

    kind = "transparency.view"
    spans: ClassVar = ("period",)

    title = line(_("Title"))
    topic = line(_("Topic"))
    text = TextField(_("Text"), rows=10)
    nothing_new = forms.BooleanField(label=_("Nothing new since the last one"), required=False)
    period_begins_at = time(_("Period from"))
    period_ends_at = time(_("Period to"))
    measures = LinesField(_("Measures"), _("Identifiers of the measures that it is about, one a line."))


class InvitationForm(EntryForm):
    """An invitation."""

    kind = "transparency.invitation"
    spans: ClassVar = ("window",)

    title = line(_("Title"))
    form = forms.ChoiceField(
        label=_("Form"), choices=[("observe", _("observe")), ("visit", _("visit")), ("briefing", _("briefing"))]
    )
    subject = TextField(_("Subject"))
    window_begins_at = time(_("From"))
    window_ends_at = time(_("To"))
    places = forms.IntegerField(label=_("Places"), required=False, min_value=1, max_value=500)
    reply_by = time(_("Reply by"))
    conditions = TextField(_("Conditions"), rows=3)


NOTICES = Register(
    kind="transparency.notice",
    address="transparency/notices",
    list_name="notices",
    item_name="notice",
    title=_("Advance notices"),
    lead=_("Exercises, surveys and takedowns that members announced: when, from which addresses, whom to call."),
    write=_("Announce an activity"),
    empty=_("No advance notice is recorded that your office may read."),
    form=NoticeForm,
    shown=("activity", "window", "ranges"),
)
VIEWS = Register(
    kind="transparency.view",
    address="transparency/views",
    list_name="views",
    item_name="view",
    title=_("National views"),
    lead=_("What members publish about their views, strategies and practice, in their own words."),
    write=_("Publish a view"),
    empty=_("No national view is recorded that your office may read."),
    form=ViewForm,
    shown=("topic", "period", "nothing_new"),
)
INVITATIONS = Register(
    kind="transparency.invitation",
    address="transparency/invitations",
    list_name="invitations",
    item_name="invitation",
    title=_("Invitations to observe"),
    lead=_("Voluntary invitations to observe, to visit or to be briefed. Nobody has to accept, or to say why not."),
    write=_("Invite members"),
    empty=_("No invitation is recorded that your office may read."),
    form=InvitationForm,
    shown=("form", "window", "places", "reply_by"),
)
