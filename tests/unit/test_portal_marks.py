"""Text written by people is shown as text: nothing in it runs, links or turns the page around."""

from __future__ import annotations

import html

import pytest
from django.template import Context, Template

CORPUS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "javascript:alert(1)",
    "[a](https://example.org)",
    "{{ settings.SECRET_KEY }}{% debug %}",
    "&lt;b&gt;",
    "\u202eevil\u202c",
]


def show(template, **values):
    return Template("{% load portal %}" + template).render(Context(values))


@pytest.mark.parametrize("text", CORPUS)
@pytest.mark.parametrize("template", ["{{ text|isolate }}", "{% markless text 'en' %}", "{% reference text %}"])
def test_nothing_that_people_write_becomes_markup(template, text):
    """No element but our own comes out, and no link."""
    shown = show(template, text=text)
    for forbidden in ("<script", "<img", "<svg", "<a ", "href=", "onerror=alert(1)>"):
        assert forbidden not in shown
    assert "SECRET_KEY" not in shown or html.unescape(text) in html.unescape(shown)


def test_hidden_direction_marks_are_shown():
    """A character that would turn the line around is written out instead of obeyed."""
    shown = show("{{ text|isolate }}", text="abc\u202edef")
    assert "\u202e" not in shown
    assert "202E" in shown.upper()


def test_a_line_is_isolated_from_what_stands_around_it():
    """Names in either direction stand in an element of their own."""
    assert show("{{ text|isolate }}", text="ألدرمير").startswith("<bdi")


@pytest.mark.parametrize("mark", ["RED", "AMBER+STRICT", "AMBER", "GREEN", "CLEAR"])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_tlp_labels_are_never_translated(mark, language):
    """The label reads the same in every language, left to right, and tells translators to leave it alone."""
    from django.utils import translation

    with translation.override(language):
        shown = show("{% tlp mark %}", mark=mark)
    assert f"TLP:{mark}" in html.unescape(shown)
    assert 'translate="no"' in shown
    assert 'dir="ltr"' in shown
