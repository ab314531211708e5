"""The parts of the portal say what they stand for, and nothing that people write changes a page."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone, translation

import style_guide
from detente import clock
from detente.portal import marks, times

HOSTILE = [
    "<script>alert(1)</script>",
    "</p></article></main><h1>Recorded</h1>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    '" autofocus onfocus="alert(1)',
    "' style='position:fixed",
    "--><iframe src=javascript:alert(1)>",
    "</textarea></title><base href=//example.org>",
    "javascript:alert(1)",
    "https://example.org/ mail@example.org",
    "[here](https://example.org) **bold** `code`",
    "{{ request.META }}{% include 'portal/base.html' %}",
    "%(who)s %s {0}",
    "&lt;script&gt; &#60;script&#62;",
    "\u202ereversed\u2066 \u200f \u061c \ufeff \u2028 \U000e0041",
]


class Outline(HTMLParser):
    """What a browser would make of a page: its elements, the names of their attributes, where its links go."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.elements, self.attributes, self.targets, self.text = set(), set(), set(), []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.targets |= {value for name, value in attrs if name in ("href", "src", "action")}

    def handle_data(self, data):
        self.text.append(data)


def page(**options):
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    with timezone.override(clock.zone("Etc/GMT+3")):
        return style_guide.render(request, **options)


def part(template, **values):
    text = "".join(Outline(Template("{% load portal %}" + template).render(Context(values))).text)
    return " ".join(text.split())


def receipt(**values):
    return part('{% include "portal/parts/receipt.html" %}', receipt=values)


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_people_write_changes_the_page(text):
    """A page full of hostile names and texts has the same elements, attributes and links as one without."""
    harmless, hostile = Outline(page(exercise=True)), Outline(page(exercise=True, hostile=text))
    assert hostile.elements == harmless.elements
    # The label of a hidden character brings its own title and no other attribute.
    assert hostile.attributes - {"title"} == harmless.attributes - {"title"}
    assert hostile.targets == harmless.targets


@pytest.mark.parametrize("language", ["en", "ar"])
def test_no_part_brings_script_or_style_of_its_own(language):
    """Everything on a page with every part passes a policy that allows neither inline script nor inline style."""
    with translation.override(language):
        outline = Outline(page(exercise=True))
    assert not outline.elements & {"script", "style", "iframe", "object"}
    assert not [name for name in outline.attributes if name == "style" or name.startswith("on")]
    assert all(target.startswith(("/", "#", "?")) for target in outline.targets)


def test_the_page_turns_with_its_language():
    """A page in Arabic runs from right to left and says so."""
    with translation.override("ar"):
        assert '<html lang="ar" dir="rtl">' in page()
    assert '<html lang="en" dir="ltr">' in page()


def test_an_exercise_cannot_be_missed():
    """The band stands at both ends of the page, in English in every language, and only in an exercise."""
    with translation.override("ar"):
        assert page(exercise=True).count('translate="no">EXERCISE</span>') == 2
        assert "EXERCISE" not in page()


def test_hidden_characters_are_named_one_by_one():
    """What cannot be seen, or turns the text around it, appears as its code; joiners and Arabic signs stay."""
    shown = marks.reveal("a\u202eb\u0000c\u200dd\u0601")
    assert re.sub(r"<[^>]*>", "", shown) == "aU+202EbU+0000c\u200dd\u0601"


def test_paragraphs_keep_their_breaks_and_directions():
    """Blank lines part paragraphs, single ones break lines, and each paragraph finds its own direction."""
    assert marks.markless("one\r\ntwo\n\n\nثلاثة", "ar") == (
        '<div class="said" lang="ar"><p dir="auto">one<br>two</p><p dir="auto">ثلاثة</p></div>'
    )


def test_a_language_that_is_none_is_left_out():
    """Only a language tag becomes one."""
    assert marks.markless("x", 'en" onclick="') == '<div class="said"><p dir="auto">x</p></div>'


@pytest.mark.parametrize(
    "values, sentence",
    [
        (
            {"standing": "cosigned", "index": 57, "cosigners": ["Corvane"], "needed": 1},
            "Recorded, entry 57, cosigned by Corvane (1 of 1 needed)",
        ),
        ({"standing": "recorded", "index": 57, "cosigners": [], "needed": 1}, "Recorded, entry 57, not yet cosigned"),
        (
            {"standing": "recorded", "index": 1234, "cosigners": ["Corvane"], "needed": 2},
            "Recorded, entry 1,234, not yet cosigned by enough witnesses: Corvane (1 of 2 needed)",
        ),
        ({"standing": "pending"}, "Not yet recorded"),
    ],
)
def test_a_receipt_says_no_more_than_it_proves(values, sentence):
    """Recorded, cosigned and not yet are three different sentences."""
    assert receipt(**values) == sentence


def test_a_key_kept_by_another_is_said_to_be():
    """Where a host keeps the key, the page says that the host could have written the words."""
    key = {"custody": "host", "host": "Harbour Network", "participant": "Bryholt"}
    sentence = "Key kept by Harbour Network for Bryholt: the host could have written this."
    assert part('{% include "portal/parts/key_kept.html" %}', key=key) == sentence


@pytest.mark.parametrize("standing, word", [("not-known", "Not known"), ("not-disclosed", "Not disclosed")])
def test_what_is_not_known_is_not_what_is_not_disclosed(standing, word):
    """The two answers without a value read differently."""
    field = {"label": "Sector", "standing": standing}
    assert part('{% include "portal/parts/field.html" %}', field=field) == f"Sector{word}"


def test_a_passed_time_is_told_without_a_verdict():
    """When nothing came by the time asked, that is all the page says."""
    deadline = {"label": "Answer", "at": style_guide.AT, "passed": True}
    shown = part('{% include "portal/parts/deadline.html" %}', deadline=deadline)
    assert shown.startswith("Answer · asked-by time passed; nothing recorded")


def test_a_time_is_shown_three_times_with_its_zones():
    """My time, theirs and UTC stand together, each with its distance from UTC."""
    with timezone.override(clock.zone("Etc/GMT+3")):
        shown = part('{% three_times at "Etc/GMT-4" "Bryholt" %}', at=style_guide.AT)
    assert shown == (
        "Your timeFri 6 Mar 2026, 15:20 UTC−3"
        "Time in BryholtFri 6 Mar 2026, 22:20 UTC+4"
        "Universal timeFri 6 Mar 2026, 18:20 UTC"
    )


def test_arabic_times_keep_the_digits_that_are_dictated():
    """Days and months are Arabic, digits are Western."""
    with translation.override("ar"):
        shown = times.format_instant(style_guide.AT, UTC, seconds=True)
        assert times.format_number(1234567) == "1,234,567"
    assert re.findall(r"\d+", shown, re.ASCII) == ["6", "2026", "18", "20", "03"]
    assert "مارس" in shown


def test_a_zone_is_named_by_its_distance_at_that_instant():
    """Summer time changes the name, and a half hour is not lost."""
    summer, winter = datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    assert [times.zone_label(at, clock.zone("CET")) for at in (winter, summer)] == ["UTC+1", "UTC+2"]
    assert times.zone_label(winter, clock.zone("Asia/Kolkata")) == "UTC+5:30"
    assert times.zone_label(winter, clock.zone("Etc/GMT+3")) == "UTC−3"


@pytest.mark.parametrize(
    "span, text",
    [
        (timedelta(seconds=30), "0 minutes"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(hours=23, minutes=54), "23 hours 54 minutes"),
        (timedelta(days=2, hours=1, minutes=59), "2 days 1 hour"),
        (timedelta(days=-1), "1 day"),
    ],
)
def test_a_span_is_told_in_two_units(span, text):
    """Days, hours and minutes, the two largest of them, rounded down."""
    assert times.format_span(span) == text


def test_an_error_is_tied_to_its_field():
    """A field in error names its hint and its error for those who do not see them, and the summary links to it."""
    shown = page()
    assert re.search(r'<input[^>]*name="subject"[^>]*aria-describedby="id_subject_helptext id_subject_error"', shown)
    assert 'href="#id_subject"' in shown
