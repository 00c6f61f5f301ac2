"""Chromium, driven by a test. Every page that a test opens is checked automatically when it has loaded."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Route,
    ViewportSize,
    expect,
    sync_playwright,
)

from models.text import languages
from tests.fixtures.people import Person
from tests.machine import chromium

EXAMINE = (Path(__file__).parent / "examine.js").read_text()
# Generous: on a busy machine a page and its check take many seconds, and a passing test waits for none of them.
WITHIN = 45
# Whatever may be a page; for styles and scripts, nobody in this process need be asked.
PAGES = re.compile(r"^(?!.*/static/)")
EXPECTED = ("the server responded with a status of 4", "net::ERR_INTERNET_DISCONNECTED")
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Examiner:
    """Checks every page of ours that a test opens; what it finds fails the test at its end."""

    origin: str
    axe: str
    free: Path
    """A folder of all workers: how the pages looked in which axe-core found nothing."""
    found: list[str] = field(default_factory=list)
    waiting: Counter[Page] = field(default_factory=Counter)
    """How many documents have loaded in a window and were not checked yet."""

    def watch(self, context: BrowserContext) -> None:
        """Check the pages of this context."""
        context.expose_binding("reportPage", self.hear_of)
        # As a text: read as a script by each page, axe-core would take a fifth of the time of all that a page does.
        axe = f"const AXE = {json.dumps(self.axe)};"
        context.add_init_script(f"{{ {axe} {self.known()}\n{EXAMINE} }}")
        context.on("console", self.read_console)
        context.on("weberror", lambda error: self.note(error.page, [f"has a script that failed: {error.error}"]))
        context.route(PAGES, self.before_leaving)

    def known(self) -> str:
        """What the script knows before it looks at a page."""
        free = sorted(path.name for path in self.free.iterdir())
        return f"const ORIGIN = {json.dumps(self.origin)}, FREE = {json.dumps(free)}, LANGUAGES = {json.dumps([*languages()])};"

    def hear_of(self, source: dict[str, Any], what: str, sentences: list[str]) -> None:
        if what == "free":
            (self.free / sentences[0]).touch()
            return
        self.waiting[source["page"]] += {"arrived": 1, "examined": -1}.get(what, 0)
        self.note(source["page"], sentences)

    def read_console(self, message: ConsoleMessage) -> None:
        # Chromium also reports every 4xx response there, and being offline; the test knows whether that was expected.
        expected = any(words in message.text for words in EXPECTED)
        if message.type in {"error", "warning"} and not expected:
            self.note(message.page, [f"says in the console: {message.text}"])

    def note(self, page: Page | None, sentences: list[str]) -> None:
        if page is not None and page.url.startswith(f"{self.origin}/"):
            self.found += [f"{page.url} {sentence}" for sentence in sentences]

    def before_leaving(self, route: Route) -> None:
        """Delay the next page until this one was checked, even if it redirects immediately."""
        request = route.request
        if request.is_navigation_request() and request.frame.parent_frame is None:
            self.wait_for(request.frame.page)
        route.continue_()

    def wait_for(self, page: Page) -> None:
        give_up = time.monotonic() + WITHIN
        while self.waiting[page] > 0 and time.monotonic() < give_up:
            page.wait_for_timeout(5)
        if self.waiting.pop(page, 0) > 0:
            self.note(page, [f"could not be examined within {WITHIN} seconds"])


@pytest.fixture(scope="session")
def chromium_process() -> Iterator[Browser]:
    """The one Chromium of this run, or of this worker in a parallel run."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS, chromium_sandbox=False)
        with loop_set_aside():
            yield browser
        browser.close()


@contextlib.contextmanager
def loop_set_aside() -> Iterator[None]:
    """Playwright leaves its event loop marked as running in this thread, where other tests want to run their own."""
    loop = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(loop)


@contextlib.contextmanager
def loop_of(browser: Browser) -> Iterator[None]:
    """While a test drives this browser, its loop must be the running one, or Playwright loses its connection."""
    asyncio._set_running_loop(browser._loop)
    try:
        yield
    finally:
        asyncio._set_running_loop(None)


expect.set_options(timeout=WITHIN * 1_000)

NewPage = Callable[..., Page]


@pytest.fixture(scope="session")
def free(tmp_path_factory: pytest.TempPathFactory, testrun_uid: str) -> Path:
    """Where the workers of a run tell each other in which pages axe-core found nothing."""
    folder = tmp_path_factory.getbasetemp().parent / f"free-{testrun_uid}"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def new_page(chromium_process: Browser, public_url: str, axe: str, free: Path) -> Iterator[NewPage]:
    """Opens a person's own browser, without cookies; `new_page(width=320, color_scheme="dark")`."""
    examiner = Examiner(public_url, axe, free)
    with loop_of(chromium_process), contextlib.ExitStack() as stack:

        def open_page(width: int = 1280, height: int = 900, **options: Any) -> Page:
            size = ViewportSize(width=width, height=height)
            context = stack.enter_context(chromium_process.new_context(viewport=size, base_url=public_url, **options))
            context.set_default_timeout(WITHIN * 1_000)
            examiner.watch(context)
            page = context.new_page()
            stack.callback(examiner.wait_for, page)
            return page

        yield open_page
    assert not examiner.found, "\n- ".join(["What is wrong with the pages that were opened:", *examiner.found])


@pytest.fixture
def page_of(new_page: NewPage, browser_of: Callable[[Person], FlaskClient], public_url: str) -> NewPage:
    """Opens a person's own browser, in which they are signed in without the form: `page_of(alice, width=320)`."""

    def open_page(person: Person, **options: Any) -> Page:
        page = new_page(**options)
        cookies = [(each.key, each.value) for each in browser_of(person)._cookies.values()]
        page.context.add_cookies([{"name": name, "value": value, "url": public_url} for name, value in cookies])
        return page

    return open_page


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """A person's browser with one page open."""
    return new_page()
