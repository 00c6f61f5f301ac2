"""A browser without JavaScript, over the network: it keeps cookies, follows links and submits forms."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import urljoin

import httpx2
import pytest
from flask import Flask

from tests.fixtures.people import Person
from tests.markup import Element, read
from tests.page_rules import check


class PlainBrowser:
    """A person's browser and its open page."""

    def __init__(self, origin: str, app: Flask | None = None) -> None:
        """With an app, it calls the app directly; otherwise the server at this origin."""
        self.origin = origin
        transport = httpx2.WSGITransport(app) if app else None
        self.http = httpx2.Client(base_url=origin, follow_redirects=True, timeout=30, transport=transport)
        self.page = read("<html></html>")
        self.status = 0
        self.url = ""

    def open(self, address: str) -> Element:
        """Go to a page."""
        return self._show(self.http.get(address))

    def follow(self, link: str) -> Element:
        """Follow the link with this id."""
        return self.open(urljoin(self.url, self.page.by_id(link).attributes["href"]))

    def click(self, words: str) -> Element:
        """Follow the first link in the content that begins with these words."""
        links = (a for main in self.page.all("main") for a in main.all("a") if a.text.startswith(words))
        return self.open(urljoin(self.url, next(links).attributes["href"]))

    def press(self, button: str, **filled: Any) -> Element:
        """Fill in the form that has this button, and press it. A list ticks these boxes; other fields stay unchanged."""
        pressed = next(b for b in self.page.all("button") if b.text == button and b.within("form"))
        form = pressed.within("form")
        assert form is not None
        fields = {name: value for name, value in unchanged_fields(form) if name not in filled}
        if name := pressed.attributes.get("name"):
            fields[name] = pressed.attributes.get("value", "")
        return self._show(self.http.post(urljoin(self.url, form.attributes.get("action", "")), data=fields | filled))

    def _show(self, answer: httpx2.Response) -> Element:
        self.status, self.url, self.page = answer.status_code, str(answer.url), read(answer.text)
        if self.url.startswith(self.origin):
            check(answer.text, answer.headers.get("Content-Security-Policy", ""), self.url)
        return self.page

    @property
    def text(self) -> str:
        """The words of the page's content."""
        return " ".join(main.text for main in self.page.all("main"))


def unchanged_fields(form: Element) -> Iterator[tuple[str, str]]:
    """What a form would send unchanged."""
    for control in form.all("input"):
        given = control.attributes
        kind = given.get("type", "text")
        if "name" in given and (kind not in {"checkbox", "radio"} or "checked" in given):
            yield given["name"], given.get("value", "on" if kind == "checkbox" else "")
    for control in form.all("select"):
        chosen = [option for option in control.all("option") if "selected" in option.attributes]
        for option in chosen or control.all("option")[:1]:
            yield control.attributes["name"], option.attributes.get("value", option.text)


OpenBrowser = Callable[..., PlainBrowser]


@pytest.fixture
def browser(public_url: str) -> Iterator[OpenBrowser]:
    """Opens a browser in which a person is signed in; `browser(alice)`."""
    with ExitStack() as stack:

        def open_browser(person: Person) -> PlainBrowser:
            opened = PlainBrowser(public_url)
            stack.enter_context(opened.http)
            opened.open("/sign-in")
            opened.press("Sign in", email=person.email, password=person.password)
            assert opened.status == 200, opened.text
            return opened

        yield open_browser
