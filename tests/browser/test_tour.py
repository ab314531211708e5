"""The tour's page and bar in a browser: readable by everybody, on a desk and on a phone, in both languages."""

from __future__ import annotations

import pytest

from detente.demo import story


@pytest.mark.parametrize("screen", ["desktop", "phone"])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_tour_is_readable(demo_server, open_page, faults, spills, screenshot, screen, language):
    """The first page has no serious fault, fits its screen, and is told in the visitor's language."""
    page = open_page(screen, locale=language)
    page.goto(demo_server)
    assert page.locator("h1").inner_text() == story.narrative(language)["headline"]
    assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
    assert faults(page) == []
    assert spills(page) <= 0
    screenshot(page, f"tour-{language}-{screen}")


def test_the_bar_keeps_the_visitors_language(demo_server, page_phone, press, faults):
    """Who becomes Bryholt's duty officer reads the page in Arabic, and the bar still in English."""
    page_phone.goto(demo_server)
    press(page_phone, page_phone.get_by_role("button", name="Bryholt duty officer"))
    assert page_phone.locator("html").get_attribute("lang") == "ar"
    assert page_phone.locator(".tour").get_attribute("lang") == "en"
    assert page_phone.locator(".tour [aria-pressed=true]").inner_text() == "Bryholt duty officer"
    assert faults(page_phone) == []


def test_each_step_so_far_can_be_looked_at(demo_server, page_desktop, press, faults):
    """Each step that is done leads to a page of its own, without a fault, and back to the story."""
    texts = story.narrative("en")
    for step in texts["steps"][:5]:
        page_desktop.goto(demo_server)
        press(page_desktop, page_desktop.get_by_role("button", name=step["go"]))
        assert page_desktop.locator("h1").count() == 1
        assert faults(page_desktop) == []


def test_six_hours_pass_at_a_press(demo_server, page_desktop, press):
    """The clock's button moves the story's clock, and the page says who was reminded meanwhile."""
    page_desktop.goto(demo_server)
    before = page_desktop.locator(".tour time").get_attribute("datetime")
    press(page_desktop, page_desktop.get_by_role("button", name="+6 h"))
    assert page_desktop.locator(".tour time").get_attribute("datetime") > before
    assert "Nothing else follows." in page_desktop.locator(".messages").inner_text()
