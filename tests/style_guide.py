"""One page with every part of the portal on it, filled with invented data: for tests, and to look at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django import forms
from django.template import engines

AT = datetime(2026, 3, 6, 18, 20, 3, tzinfo=UTC)

PAGE = """{% extends "portal/base.html" %}{% load i18n portal %}
{% block title %}Style guide{% endblock %}
{% block content %}
<h1>Connections to hospital booking service</h1>
<p class="facts">{% reference reference %} {% for label in labels %}{% tlp label %} {% endfor %}</p>
{% three_times at "Etc/GMT-4" name %}
<h2>Needs me now</h2>
<ul class="needs">{% for line in lines %}{% include "portal/parts/needs_line.html" %}{% endfor %}</ul>
{% include "portal/parts/empty.html" with text="Nothing needs you now." looked_at=at only %}
<h2>Thread</h2>
{% for deadline in deadlines %}{% include "portal/parts/deadline.html" with deadline=deadline only %}{% endfor %}
{% for permits in all_permits %}{% include "portal/parts/permits.html" with permits=permits only %}{% endfor %}
<ol class="timeline">
{% for entry in entries %}{% include "portal/parts/timeline_entry.html" with entry=entry only %}{% endfor %}</ol>
{% for receipt in receipts %}{% include "portal/parts/receipt.html" with receipt=receipt only %}{% endfor %}
{% for key in keys %}{% include "portal/parts/key_kept.html" with key=key only %}{% endfor %}
{% include "portal/parts/pagination.html" with page=page only %}
<h2>Form</h2>
{% include "portal/parts/form_errors.html" %}
<form method="post">{% csrf_token %}{% for field in form %}{% include "portal/parts/form_field.html" %}{% endfor %}
</form>
{% endblock %}"""


class SampleForm(forms.Form):
    """Every kind of field that the portal uses."""

    subject = forms.CharField(label="Subject", help_text="One line. It is hidden on lists if the label is TLP:RED.")
    observed = forms.CharField(label="What was observed", widget=forms.Textarea, required=False)
    standing = forms.ChoiceField(
        label="Sector affected",
        choices=[("value", "As written"), ("not-known", "Not known"), ("not-disclosed", "Not disclosed")],
        widget=forms.RadioSelect,
    )
    urgency = forms.ChoiceField(label="Urgency", choices=[("priority", "PRIORITY"), ("routine", "ROUTINE")])
    sure = forms.BooleanField(label="This attributes nothing to anybody", required=False)


def render(request, *, exercise=False, hostile=None):
    """Return the page; ``hostile`` replaces each string that another person could have written."""

    def said(text):
        return text if hostile is None else hostile

    context = {**_thread(said), **_around(said), "shell": _shell(said)}
    context["exercise"] = {"name": said("Lighthouse 3"), "id": said("EX-2026-03")} if exercise else None
    return str(engines["django"].from_string(PAGE).render(context, request))


def _shell(said):
    return {
        "arrangement": said("Harbour Network"),
        "demonstration": True,
        "officer": {
            "participant_name": said("Aldermere"),
            "office_name": said("Diplomatic contact"),
            "display_name": said("Desk 2"),
        },
        "navigation": [{"url": "/", "label": "Needs me now", "current": True}],
        "languages": [
            {"code": "en", "name": "English", "direction": "ltr", "current": True},
            {"code": "ar", "name": "العربيّة", "direction": "rtl", "current": False},
        ],
        "here": said("/style"),
        "home_url": "/",
        "language_url": "/language",
        "words_url": "/words",
        "account_url": "/account",
        "sign_out_url": "/sign-out",
    }


def _around(said):
    line = {
        "why": "Acknowledge an immediate message",
        "subject": said("Connections to hospital booking service"),
        "url": "/",
        "tlp": "AMBER",
        "urgency": "PRIORITY",
        "sender": said("Aldermere"),
        "reference": said("HN-ALD-2026-0042"),
        "asked_by": AT + timedelta(days=1),
        "their_zone": "Etc/GMT-4",
        "their_name": said("Bryholt"),
        "verb": "Acknowledge",
    }
    deadline = {"label": "Acknowledgement", "at": AT, "their_zone": "Etc/GMT-4", "their_name": said("Bryholt")}
    return {
        "labels": ["TLP:RED", "AMBER+STRICT", "AMBER", "GREEN", "TLP:CLEAR"],
        "reference": said("HN-ALD-2026-0042"),
        "name": said("Bryholt"),
        "at": AT,
        "lines": [line, {**line, "tlp": "RED", "subject_hidden": True, "passed": True, "action_url": "/"}],
        "deadlines": [
            {**deadline, "left": timedelta(hours=23, minutes=54)},
            {**deadline, "met_at": AT},
            {**deadline, "passed": True},
            {**deadline, "paused": True},
        ],
        "all_permits": [
            {"who": said("Bryholt"), "verbs": ["acknowledge", "decline"], "until": AT},
            {"who": said("Aldermere"), "verbs": []},
        ],
        "page": {"previous_url": "?a", "next_url": "?b", "shown": "21-40"},
        "form": SampleForm({"subject": "", "observed": said("4,112 attempts"), "standing": "", "urgency": "priority"}),
    }


def _thread(said):
    receipt = {"standing": "cosigned", "index": 57, "cosigners": [said("Corvane")], "needed": 1, "at": AT}
    kept = {"custody": "host", "host": said("Harbour Network"), "participant": said("Bryholt")}
    own = {"custody": "self", "participant": said("Bryholt"), "fingerprint": "01234 56789 01234 56789 01234 56789"}
    entry = {
        "verb": "Request for clarification",
        "from_participant": said("Aldermere"),
        "from_office": said("Diplomatic contact"),
        "to": [said("Bryholt"), said("Corvane")],
        "at": AT,
        "tlp": "AMBER",
        "urgency": "PRIORITY",
        "reference": said("HN-ALD-2026-0042"),
        "fields": [
            {"label": "What was observed", "value": said("4,112 connection attempts"), "long": True},
            {"label": "Time observed", "at": AT, "estimate": True},
            {"label": "Window", "value": said("13:00-16:00 UTC"), "was": said("12:00-16:00 UTC")},
            {"label": "Source", "value": said("198.51.100.0/24"), "code": True},
            {"label": "Sector affected", "standing": "not-known"},
            {"label": "How we read it", "standing": "not-disclosed"},
        ],
        "text": said("Please tell us what these connections are."),
        "language": "en",
        "attachments": [{"url": "/", "name": said("scan-annex.json"), "note": "37 objects", "tlp": "AMBER"}],
        "receipt": receipt,
        "key": kept,
        "drafter": said("Desk 2"),
        "releaser": said("Desk 1"),
        "single_release": True,
        "envelope_url": "/",
        "anchor": "statement-1",
    }
    acknowledgement = {
        "verb": "Acknowledgement",
        "from_participant": said("برايهولت"),
        "from_office": said("مكتب المناوبة"),
        "at": AT + timedelta(hours=6),
        "text": said("تم الاستلام وهو قيد النظر."),
        "language": "ar",
        "irregular": True,
        "struck": True,
        "struck_url": "#statement-1",
        "receipt": {"standing": "recorded", "index": 58, "cosigners": [], "needed": 1},
        "key": own,
    }
    return {
        "entries": [entry, acknowledgement],
        "receipts": [
            receipt,
            {"standing": "recorded", "index": 12345, "cosigners": [said("Corvane")], "needed": 2},
            {"standing": "recorded", "index": 58, "cosigners": [], "needed": 1},
            {"standing": "pending"},
        ],
        "keys": [kept, own],
    }
