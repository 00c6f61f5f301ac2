"""A person who takes the assessments in a browser without JavaScript: reads each page and answers it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.markup import Element
from tests.plain_browser import PlainBrowser

FAR_ENOUGH = 200
MOST_VALUES = 12


@dataclass
class Taker:
    """A person with a browser, at a page of the assessments."""

    browser: PlainBrowser

    @property
    def title(self) -> str:
        """The page's heading."""
        return self.browser.page.all("h1")[0].text

    @property
    def text(self) -> str:
        """The page's text."""
        return self.browser.text

    @property
    def status(self) -> int:
        """The page's status."""
        return self.browser.status

    @property
    def link(self) -> str:
        """The path of the link that the page belongs to."""
        return "/".join(urlsplit(self.browser.url).path.split("/")[:3])

    def begin(self, **introduction: str) -> Taker:
        """Agree, and come to the first questions."""
        self.browser.press("Agree and start", **introduction)
        return self

    def answer_all(self, until: str = "That was the last question") -> Taker:
        """Answer page after page until one has this heading."""
        for _ in range(FAR_ENOUGH):
            if self.title.startswith(until):
                return self
            self.answer_page()
        raise AssertionError(f"no page was called {until!r}; this one is {self.title!r}: {self.text}")

    def answer_page(self) -> Taker:
        """Answer this page and go on."""
        self.browser.press("Next", **fitting(self.browser.page))
        return self

    def finish(self) -> Taker:
        """Finish, and look at the result."""
        self.browser.press("Finish")
        return self


def fitting(page: Element) -> dict[str, Any]:
    """Answers to any page: the first as most and the last as least, a four, the first twelve, these in order."""
    chosen: dict[str, Any] = {}
    for control in page.all("input"):
        name, value, kind = (control.attributes.get(key, "") for key in ("name", "value", "type"))
        if kind == "radio" and wanted(name, value, chosen):
            chosen[name] = value
        elif kind == "checkbox" and len(chosen.setdefault(name, [])) < MOST_VALUES:
            chosen[name].append(value)
    for place, select in enumerate(page.all("select"), 1):
        chosen[select.attributes["name"]] = select.all("option")[place].attributes["value"]
    return chosen


def wanted(name: str, value: str, chosen: dict[str, Any]) -> bool:
    """Whether this radio button is chosen, instead of those of its group before it."""
    if name.startswith("least."):
        return True
    return name not in chosen if name.startswith("most.") else value == "4"
