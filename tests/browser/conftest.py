"""Debian's Chromium, a desktop and a phone, and a checker for each page.

The browser finds no other machine than this one: every name but loopback resolves to nothing. A page that breaks
its own content security policy, throws, or asks for something that is not there fails the test that opened it.
Playwright keeps an event loop in the thread while it runs, which Django's ORM refuses to share; therefore the
browser lives for one module, and every test here talks to a server in another process.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",  # root cannot have one, and only our own pages are opened
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
SCREENS = {
    "desktop": {"viewport": {"width": 1280, "height": 900}},
    "phone": {
        "viewport": {"width": 360, "height": 740},
        "has_touch": True,
        "is_mobile": True,
        "device_scale_factor": 2,
    },
}
AXE_OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
SERIOUS = ("serious", "critical")
LINK = re.compile(r"http://127\.0\.0\.1:\d+/\S*")
START_SECONDS = 120


def pytest_collection_modifyitems(items):
    """Mark what lies here as browser tests, and keep each file in one process so that it shares one browser."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group(f"browser-{item.path.stem}"))


@pytest.fixture(scope="module")
def browser():
    """One Chromium, closed when the module's tests are done."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


def _watch(page, complaints):
    page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: complaints.append(f"threw: {error}"))
    page.on("requestfailed", lambda request: complaints.append(f"failed: {request.url} {request.failure}"))


@pytest.fixture
def complaints():
    """What the pages of this test complained of: console lines, policy breaches, failed requests."""
    return []


@pytest.fixture
def open_page(browser, complaints):
    """Return a function that opens an empty page: ``open_page("phone", locale="ar")``; nothing may complain."""
    contexts = []

    def open_page(screen="desktop", **options):
        context = browser.new_context(**SCREENS[screen], **options)
        contexts.append(context)
        page = context.new_page()
        _watch(page, complaints)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def page_desktop(open_page):
    """An empty page on a desk."""
    return open_page("desktop")


@pytest.fixture
def page_phone(open_page):
    """An empty page on a phone of 360 by 740, with touch."""
    return open_page("phone")


@pytest.fixture(scope="session")
def press():
    """Return a function that presses something and waits until the page that it leads to is whole."""

    def press(page, target):
        target.click()
        page.wait_for_load_state()

    return press


@pytest.fixture(scope="session")
def faults():
    """Return a function that lists the serious accessibility faults of a page, one line each."""
    axe = Axe()

    def faults(page):
        found = axe.run(page, options=AXE_OPTIONS).response["violations"]
        return [
            f"{fault['id']} ({fault['impact']}): {node['html'][:200]}"
            for fault in found
            if fault["impact"] in SERIOUS
            for node in fault["nodes"]
        ]

    return faults


@pytest.fixture(scope="session")
def spills():
    """Return a function that tells by how many pixels a page is wider than its screen."""

    def spills(page):
        return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")

    return spills


@pytest.fixture(scope="session")
def screenshot():
    """Return a function that keeps a picture of the whole page under a name, in a folder that git ignores."""
    folder = Path(os.environ.get("DETENTE_SCREENSHOTS", "screenshots"))

    def screenshot(page, name):
        folder.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=folder / f"{name}.png", full_page=True)

    return screenshot


def _await_link(process, lines):
    """Read what the demo prints until its link comes; go on reading so that it never waits for us."""
    found = threading.Event()

    def read():
        for line in process.stdout:
            lines.append(line)
            if LINK.search(line):
                found.set()
        found.set()

    threading.Thread(target=read, daemon=True).start()
    found.wait(START_SECONDS)
    links = [match.group() for line in lines if (match := LINK.search(line))]
    assert links, f"the demo printed no link within {START_SECONDS} s:\n{''.join(lines)}"
    return links[0]


@pytest.fixture(scope="module")
def start_demo(tmp_path_factory):
    """Return a function that starts a demo of its own and gives its link: ``start_demo("--finished")``."""
    processes = []

    def start_demo(*arguments):
        home = tmp_path_factory.mktemp("demo") / "home"
        command = [Path(sys.executable).with_name("detente"), "demo", "--home", home, "--port", "0", "--no-open"]
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", "NO_COLOR": "1", "COLUMNS": "200"}
        # The browser's story is told once, on SQLite; the contract tests walk both databases.
        environment.pop("DETENTE_DATABASE", None)
        process = subprocess.Popen(
            [*command, *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        processes.append(process)
        return _await_link(process, [])

    yield start_demo
    for process in processes:
        process.terminate()
        process.wait(30)
        process.stdout.close()


@pytest.fixture(scope="module")
def demo_server(start_demo):
    """The link of a running demo that has stopped where the visitor acts, such as ``http://127.0.0.1:PORT/tour``."""
    return start_demo()
