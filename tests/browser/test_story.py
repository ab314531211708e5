"""The story is played by its persons in a browser: at a desk and on a phone, in English and in Arabic."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

LANGUAGES = {"en": "ltr", "ar": "rtl"}
OBSERVED = "4,112 connection attempts from 198.51.100.0/24 between 13:10 and 15:40 UTC; booking page slow."


class Visitor:
    """One screen in one language on a demonstration of its own; every page that opens is checked."""

    def __init__(self, page, base, language, push, faults, spills):
        self.page, self.base, self.push, self.faults, self.spills = page, base, push, faults, spills
        self.own = self.language = language

    def go(self, path):
        """Open a path and check the page."""
        answer = self.page.goto(self.base + path)
        assert answer.status == 200, path
        self.check()

    def take(self, role):
        """Take the place of a person of the story; Bryholt's duty officer reads Arabic."""
        self.language = "ar" if role == "bry-duty" else self.own
        self.push(self.page, self.page.locator(f'.tour button[name="role"][value="{role}"]'))
        self.check()

    def press(self, selector):
        """Press what ``selector`` finds first in the page's own part, and check where it leads."""
        self.push(self.page, self.page.locator(f"main {selector}").first)
        self.check()

    def check(self):
        """The page has one heading, the right direction, nothing beside the screen and no serious fault."""
        assert self.page.locator("h1").count() == 1, self.page.url
        assert self.page.locator("html").get_attribute("dir") == LANGUAGES[self.language]
        assert self.page.locator(".band.demonstration").is_visible()
        assert self.spills(self.page) <= 0, self.page.url
        assert self.faults(self.page) == [], self.page.url


@pytest.fixture(params=LANGUAGES)
def language(request):
    """Each language that is complete."""
    return request.param


@pytest.fixture
def visitor(start_demo, open_page, press, faults, spills, language):
    """Return a function that opens a demonstration on a screen."""

    def visitor(screen, *arguments):
        link = urlsplit(start_demo(*arguments))
        return Visitor(open_page(screen, locale=language), f"http://{link.netloc}", language, press, faults, spills)

    return visitor


def write_request(visitor):
    """Write the request as Aldermere's drafter, and save it."""
    page = visitor.page
    visitor.go("/compose/request")
    page.locator('input[name="addressees"][value="BRY"]').check()
    page.locator('input[name="context"][value="real"]').check()
    page.locator('input[name="urgency"][value="priority"]').check()
    page.locator('input[name="subject"]').fill("Slow booking pages, again")
    page.locator('textarea[name="observed"]').fill(OBSERVED)
    page.locator('textarea[name="question_1"]').fill("Has the survey begun anew?")
    visitor.press('button[type="submit"]')
    assert "/draft/" in page.url


@pytest.mark.parametrize("screen", ["desktop", "phone"])
def test_drafter_releaser_and_answering_officer_play_their_parts(visitor, screen, screenshot, language):
    """One writes, another releases, the third acknowledges with two taps and answers; the first reads the answer."""
    here = visitor(screen)
    page = here.page
    here.go("/tour")
    screenshot(page, f"tour-{screen}-{language}")
    here.take("ald-drafter")
    write_request(here)
    screenshot(page, f"release-{screen}-{language}")
    draft = page.url.removeprefix(here.base)
    assert page.locator(f'form[action="{draft}/release"]').count() == 0  # a drafter has no such button
    here.take("ald-releaser")
    screenshot(page, f"needs-{screen}-{language}")
    here.go(draft)
    here.press(f'form[action="{draft}/release"] button')
    thread = page.url.removeprefix(here.base)
    assert thread.startswith("/consultation/")
    screenshot(page, f"thread-{screen}-{language}")

    here.take("bry-duty")
    here.press(f'a[href^="{thread}/acknowledge/"]')
    screenshot(page, f"acknowledge-{screen}-{language}")
    here.press('button[value="received"]')
    here.go(thread + "/say/answer.interim")
    screenshot(page, f"answer-{screen}-{language}")


def test_the_story_as_it_is_told(visitor):
    """Every step of the tour can be looked at, and taken, to the proof at its end."""
    here = visitor("desktop")
    here.go("/tour")
    for _ in range(8):
        button = here.page.locator('.tour button[name="play"]')
        if button.count() == 0:
            break
        here.push(here.page, button)
        here.check()
    here.go("/tour")
    assert here.page.locator(".tour button[name='play']").count() == 0


def test_every_main_page_of_a_finished_story(visitor, screenshot, language):
    """Lists, entries, thread and proof of the finished story open without a fault, as each of the persons."""
    here = visitor("desktop", "--finished")
    here.go("/tour")
    here.take("ald-releaser")
    paths = [
        "/", "/consultation", "/drafts", "/directory", "/directory/BRY", "/transparency/notices", "/transparency/views",
        "/transparency/invitations", "/cooperation/offers", "/restraint/commitments", "/crosswalk/mappings",
        "/exercises", "/words", "/account",
    ]  # fmt: skip
    for path in paths:
        here.go(path)
    here.go("/consultation")
    here.press('a[href^="/consultation/"]')
    screenshot(here.page, f"finished-{language}")
    here.go(here.page.url.removeprefix(here.base) + "/proof")
    screenshot(here.page, f"proof-{language}")
    here.take("auditor")
    here.go("/consultation")
