"""The words that appear on the pages, each explained in one or two sentences."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

Text = str | Promise

# In the order in which a reader meets them. The first item is the anchor to which other pages link.
WORDS: tuple[tuple[str, Text, Text], ...] = (
    (
        "arrangement",
        _("Arrangement"),
        _("The agreement under which participants use this system, with its own members, rules and secretariat."),
    ),
    ("participant", _("Participant"), _("A state, or the secretariat, that takes part in the arrangement.")),
    (
        "office",
        _("Office"),
        _("A point of contact of a participant. Offices speak and are spoken to; persons come and go."),
    ),
    (
        "statement",
        _("Statement"),
        _("One thing that an office said: signed twice, sealed for its readers, and never changed afterwards."),
    ),
    (
        "consultation",
        _("Consultation"),
        _("An exchange that begins with a notification or a request for clarification and ends when it is closed."),
    ),
    (
        "handed-over",
        _("Handed over"),
        _("The statement reached the other side's machine. This has no political meaning; clocks start here."),
    ),
    (
        "acknowledged",
        _("Acknowledged"),
        _("A person confirms that the statement was received. This is no admission and no attribution."),
    ),
    (
        "asked-by",
        _("Asked by"),
        _("The time by which something is asked for. It is a request, not a duty; when it passes, that is all we say."),
    ),
    (
        "declined",
        _("Declined"),
        _("The office says that it will not answer, and may give a reason. Nothing is published."),
    ),
    ("referred", _("Referred"), _("The office names another office or another channel that should answer.")),
    (
        "not-known",
        _("Not known"),
        _("The writer does not have this information. It is not the same as not disclosed."),
    ),
    ("not-disclosed", _("Not disclosed"), _("The writer may have this information and does not share it.")),
    (
        "corrected",
        _("Corrected"),
        _("A later statement replaces part of this one. The old text stays, struck through; please acknowledge again."),
    ),
    (
        "out-of-turn",
        _("Said out of turn"),
        _("A statement that the procedure did not expect at that moment. It is kept and shown, and it moves nothing."),
    ),
    (
        "suspended",
        _("Channel suspended"),
        _("One side has closed the channel for a time. All clocks stop; both sides see it."),
    ),
    (
        "released",
        _("Released"),
        _("A second person let the statement go out. A participant may set another rule for itself."),
    ),
    (
        "recorded",
        _("Recorded"),
        _("The statement has its place in the ledger: its order and time can be proven. Its text is not there."),
    ),
    (
        "cosigned",
        _("Cosigned"),
        _("A witness confirms that the ledger only grew and nothing in it changed. It cannot read statements."),
    ),
    (
        "key-kept-by",
        _("Key kept by"),
        _("Who holds the key that signs for an office. If another holds it, the holder could have written the words."),
    ),
    (
        "fingerprint",
        _("Fingerprint"),
        _("Thirty digits that identify a key. Read them to each other by telephone, in six groups."),
    ),
    (
        "quarantined",
        _("In quarantine"),
        _("The signature does not match a known key. Call back on the number in the directory before acting on it."),
    ),
    (
        "tlp",
        _("TLP label"),
        _("How far a statement may be passed on, by the Traffic Light Protocol. The labels are the same everywhere."),
    ),
    (
        "exercise",
        _("Exercise"),
        _("Everything that belongs to a registered exercise carries a striped band. It never changes anything real."),
    ),
    (
        "activity-notice",
        _("Advance notice of activity"),
        _("A participant says beforehand what it will do, such as a survey, so that nobody mistakes it."),
    ),
    (
        "national-view",
        _("National view"),
        _("A participant's own account of how it sees a question. Nobody approves or marks it."),
    ),
    (
        "commitment",
        _("Commitment of restraint"),
        _("Something that a participant says it will not do, of its own accord, with a start and notice of its end."),
    ),
    (
        "measure",
        _("Measure"),
        _("A confidence-building measure of a global or regional framework. Mappings between measures name an author."),
    ),
    (
        "proof",
        _("Proof"),
        _("A file with which a participant shows others who said what, and when. It does not prove that it is true."),
    ),
)


@require_safe
def glossary(request: HttpRequest) -> HttpResponse:
    """Show all words with their meaning."""
    return render(request, "portal/words.html", {"words": WORDS})
