"""How pages call what the procedure knows: verbs, stages, steps of the clock. Neutral on purpose.

No label judges anybody: a time passed, an answer is not recorded, a meeting did not take place.
"""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Text = str | Promise

# What a statement is, by the verb that the procedure reads in it.
SAID: dict[str, Text] = {
    "request": _("Request for clarification"),
    "notification": _("Notification of an incident"),
    "acknowledgement": _("Acknowledgement"),
    "answer.interim": _("Interim answer"),
    "answer.substantive": _("Answer in substance"),
    "decline": _("Declined"),
    "referral": _("Referred to another office"),
    "referral.outside": _("Referred to a channel outside this system"),
    "more_information": _("More information asked for"),
    "information": _("Information"),
    "meeting.asked": _("Meeting asked for"),
    "meeting.accepted": _("Meeting accepted"),
    "meeting.refused": _("Meeting not accepted"),
    "meeting.held": _("Meeting held"),
    "correction": _("Correction"),
    "withdrawal": _("Withdrawal"),
    "closure": _("Closure"),
    "channel.open": _("Channel open"),
    "channel.limited": _("Channel limited"),
    "channel.suspended": _("Channel suspended"),
    "handed_over": _("Handed over"),
    "handed_over.unreadable": _("Handed over, but not readable"),
    "quarantined": _("In quarantine"),
    "callback.confirmed": _("Call back: confirmed"),
    "callback.denied": _("Call back: denied"),
}

# What a person may do now, as on a button and in a list after "may now:".
MAY: dict[str, Text] = {
    "acknowledgement": pgettext_lazy("may now", "acknowledge"),
    "answer.interim": pgettext_lazy("may now", "answer in the interim"),
    "answer.substantive": pgettext_lazy("may now", "answer in substance"),
    "more_information": pgettext_lazy("may now", "ask for more"),
    "decline": pgettext_lazy("may now", "decline"),
    "referral": pgettext_lazy("may now", "refer"),
    "referral.outside": pgettext_lazy("may now", "refer outside this system"),
    "information": pgettext_lazy("may now", "give information"),
    "request": pgettext_lazy("may now", "ask again"),
    "meeting.asked": pgettext_lazy("may now", "ask for a meeting"),
    "meeting.accepted": pgettext_lazy("may now", "accept the meeting"),
    "meeting.refused": pgettext_lazy("may now", "not accept the meeting"),
    "meeting.held": pgettext_lazy("may now", "record that the meeting was held"),
    "closure": pgettext_lazy("may now", "close"),
    "correction": pgettext_lazy("may now", "correct"),
    "withdrawal": pgettext_lazy("may now", "withdraw"),
    "channel.limited": pgettext_lazy("may now", "limit the channel"),
    "channel.suspended": pgettext_lazy("may now", "suspend the channel"),
    "channel.open": pgettext_lazy("may now", "open the channel again"),
    "callback.confirmed": pgettext_lazy("may now", "record a call back that confirmed it"),
    "callback.denied": pgettext_lazy("may now", "record a call back that denied it"),
}

STAGES: dict[str, Text] = {
    "in-transit": _("On its way; not yet handed over"),
    "undelivered": _("Not handed over yet. This is not silence: no machine has confirmed that it has it."),
    "expired": _("Not handed over in the time for which it was kept"),
    "quarantined": _("In quarantine until somebody has called back"),
    "rejected-forged": _("Denied by call back"),
    "delivered": _("Handed over; not yet acknowledged"),
    "acknowledgement-time-passed": _("Asked-by time passed; no acknowledgement recorded"),
    "acknowledged": _("Acknowledged"),
    "information-requested": _("More information was asked for; the answer clock stands still"),
    "interim-answered": _("Answered in the interim"),
    "answered": _("Answered"),
    "answer-time-passed": _("Asked-by time passed; no answer recorded"),
    "declined": _("Declined. This is an answer about answering; nothing is published."),
    "referred": _("Referred"),
    "meeting-requested": _("A meeting was asked for"),
    "meeting-agreed": _("A meeting was agreed"),
    "meeting-held": _("A meeting was held"),
    "suspended": _("The channel is suspended; all clocks stand still"),
    "dormant": _("At rest: nothing was said for 90 days"),
    "withdrawn": _("Withdrawn"),
    "closed": _("Closed"),
}

# Steps that the clock made, as they stand in the timeline.
CLOCK_STEPS: dict[str, Text] = {
    "receipt-time": _("No machine has confirmed yet that it has the message. Another route may be tried."),
    "expiry-time": _("The time for which it was kept has passed."),
    "acknowledgement-time": _("Asked-by time passed; no acknowledgement recorded."),
    "answer-time": _("Asked-by time passed; no answer recorded."),
    "pause-time": _("48 hours passed; the answer clock goes on."),
    "reaction-time": _("Five working days passed without a reaction; closed."),
    "declined-time": _("Ten working days passed; closed as declined."),
    "meeting-time": _("48 hours passed; no reply about the meeting recorded."),
    "rest-time": _("Nothing was said for 90 days; at rest."),
}

# Steps of the ladder: what happened, and what will happen unless something is said before.
LADDER_DONE: dict[str, Text] = {
    "alternate": _("The alternate of the same office was reminded."),
    "other-category": _("The other contact of the participant was told."),
    "authority": _("The national authority was told."),
    "facilitator-offered": _("A facilitator may be asked, if the sender chooses to."),
}
LADDER_TO_COME: dict[str, Text] = {
    "alternate": _("the alternate of the same office is reminded"),
    "other-category": _("the other contact of the participant is told"),
    "authority": _("the national authority is told"),
    "facilitator-offered": _("the sender may ask a facilitator"),
}
REMINDED: Text = _("The office was reminded.")
TO_REMIND: Text = _("the office is reminded")

FLAGS: dict[str, Text] = {
    "late-delivery": _("Handed over after the expected time."),
    "late-acknowledgement": _("Acknowledged after the asked-by time."),
    "late-answer": _("Answered after the asked-by time."),
    "unreadable": _("The other side's machine holds it, but could not open or verify it. Use another route."),
    "context-mixed": _("A statement in another context is shown here; it moved nothing."),
    "channel-limited": _("The channel is limited."),
    "clock-differs": _("A machine's clock is more than five minutes from that of the ledger."),
}

DEADLINES: dict[str, Text] = {
    "acknowledgement": _("Acknowledgement asked by"),
    "interim": _("Interim answer asked by"),
    "answer": _("Answer asked by"),
    "next-update": _("Next update promised by"),
}

URGENCY: dict[str, Text] = {
    "immediate": _("IMMEDIATE"),
    "priority": _("PRIORITY"),
    "routine": _("ROUTINE"),
}

# How a thread ended, where no closing statement says it (its words are those of its body).
OUTCOMES: dict[str, Text] = {
    "no-reaction": _("no reaction recorded"),
    "declined": _("declined"),
    "no-reply": _("no reply recorded"),
    "meeting-refused": _("the meeting was not accepted"),
    "denied-by-callback": _("denied by call back"),
    "no-callback": _("no call back recorded"),
    "undelivered": _("not handed over"),
}


def called(names: dict[str, Text], key: str) -> Text:
    """Return the label of ``key``, or the key itself for one that this version does not know."""
    return names.get(key, key)
