"""The checkers of pages find what is planted: a check that cannot fail proves nothing."""

from __future__ import annotations

import pytest

ADDRESS = "http://127.0.0.1/page"
STRICT = {"Content-Security-Policy": "default-src 'none'"}
SOUND = (
    '<!doctype html><html lang="en"><head><title>Sound</title>'
    '<meta name="viewport" content="width=device-width, initial-scale=1"></head>'
    "<body><main><h1>Sound</h1><p>Nothing is wrong here.</p></main></body></html>"
)
FAULTY = (
    "<!doctype html><html><head><title>Faulty</title></head><body><main><h1>Faulty</h1>"
    '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw="><form><input type="text"></form></main></body></html>'
)


def show(page, html, headers=None):
    """Answer the page's address with this text, without any server."""
    page.route(ADDRESS, lambda route: route.fulfill(body=html, content_type="text/html", headers=headers or {}))
    page.goto(ADDRESS)


def test_a_sound_page_has_no_faults_even_under_a_strict_policy(page_desktop, faults):
    """The accessibility checker reads a page whose policy allows no script at all, and finds it sound."""
    show(page_desktop, SOUND, STRICT)
    assert faults(page_desktop) == []


def test_planted_faults_are_found(page_desktop, faults):
    """A page without a language, with an unnamed picture and an unlabelled field, is found faulty in all three."""
    show(page_desktop, FAULTY)
    found = {line.split(" ")[0] for line in faults(page_desktop)}
    assert found >= {"html-has-lang", "image-alt", "label"}


@pytest.mark.parametrize(
    ("planted", "word"),
    [
        ("<script>document.title = 'ran'</script>", "Content Security Policy"),
        ('<p style="color: red">red</p>', "Content Security Policy"),
        ('<img alt="" src="http://www.example.org/beacon.gif">', "Content Security Policy"),
    ],
)
def test_a_breach_of_the_policy_is_noticed(open_page, complaints, planted, word):
    """Inline script, inline style or something from another host is complained of."""
    page = open_page()
    show(page, SOUND.replace("</main>", planted + "</main>"), STRICT)
    assert any(word in line for line in complaints)
    complaints.clear()


def test_other_machines_cannot_be_reached(open_page, complaints):
    """A page without a policy that asks another host for a picture gets none."""
    page = open_page()
    show(page, SOUND.replace("</main>", '<img alt="" src="http://www.example.org/beacon.gif"></main>'))
    assert any("ERR_NAME_NOT_RESOLVED" in line for line in complaints)
    complaints.clear()


def test_a_page_wider_than_the_phone_is_noticed(page_phone, spills):
    """The phone is 360 wide with touch; a sound page fits and one that is 400 wide spills over."""
    show(page_phone, SOUND)
    assert page_phone.evaluate("[innerWidth, navigator.maxTouchPoints > 0]") == [360, True]
    assert spills(page_phone) == 0
    page_phone.unroute(ADDRESS)
    show(page_phone, SOUND.replace("<main>", '<main style="width: 400px; position: absolute; left: 0">'))
    assert spills(page_phone) >= 40


def test_arabic_is_drawn_with_a_font_that_has_it(page_desktop):
    """Arabic text is drawn with a real font: two different letters do not share the box of a missing glyph."""
    show(page_desktop, SOUND.replace("Nothing is wrong here.", '<span id="a">ا</span><span id="b">ض</span>'))
    widths = [page_desktop.locator(f"#{name}").bounding_box()["width"] for name in "ab"]
    assert widths[0] != widths[1]
