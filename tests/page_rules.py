"""Rules for every page, in every test. The client fixtures check them, so that no page escapes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from models.text import languages
from tests.markup import Element, read

SUFFIX = " · Profile"
NEEDS_NO_LABEL = frozenset({"hidden", "submit", "button", "reset", "image"})
REFERENCES = ("for", "aria-labelledby", "aria-describedby", "aria-controls", "form", "list")
GOOD: set[int] = set()
"""The shapes of pages that were checked and found good."""
VARIES = re.compile(r"\b(?:\d+|[\w-]{20,})\b")
NONCE = re.compile(r"'nonce-([^']+)'")


class PageChecker(FlaskClient):
    """A test's browser, which checks every page it gets."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        # A response that is not read to its end keeps its context, in which the next page would then run.
        response = super().open(*args, **{"buffered": True, **kwargs})
        if response.mimetype == "text/html" and response.data and not 300 <= response.status_code < 400:
            policy = response.headers.get("Content-Security-Policy", "")
            check(response.get_data(as_text=True), policy, response.request.path)
        return response


def check(markup: str, policy: str, where: str) -> None:
    """Fail with everything that is wrong with this page, unless one of the same shape was checked before."""
    shape = hash(shape_of(policy + markup))
    if shape in GOOD:
        return
    page = read(markup)
    rules = (headings, identifiers, labels, lengths, names, assets)
    found = [sentence for rule in rules for sentence in rule(page)] + [*content_policy(page, policy)]
    assert not found, f"The page {where}:\n- " + "\n- ".join(found)
    GOOD.add(shape)


def shape_of(page: str) -> str:
    """A page with its numbers, ids and secrets replaced by placeholders: equal values stay equal, and nothing else."""
    seen: dict[str, str] = {}
    return VARIES.sub(lambda found: seen.setdefault(found.group(), f"\x00{len(seen)}\x00"), page)


def headings(page: Element) -> Iterator[str]:
    titles, headlines = [t for t in page.all("title") if not t.within("svg")], page.all("h1")
    if not all(html.attributes.get("lang") in languages() for html in page.all("html")):
        yield "does not say its language"
    if len(titles) != 1 or len(headlines) != 1:
        yield f"has {len(titles)} titles and {len(headlines)} h1, not one of each"
    elif titles[0].text != headlines[0].text + SUFFIX:
        yield f"is called {titles[0].text!r} but headed {headlines[0].text!r}"


def identifiers(page: Element) -> Iterator[str]:
    ids = Counter(page.node.xpath("//@id"))
    yield from (f"has the id {name!r} {times} times" for name, times in ids.items() if times > 1)
    for attribute in REFERENCES:
        for value in page.node.xpath(f"//@{attribute}"):
            for name in value.split():
                if name not in ids:
                    yield f"has a <{value.getparent().tag}> whose {attribute} names {name!r}, which is not there"


def labels(page: Element) -> Iterator[str]:
    labelled = {label.attributes.get("for") for label in page.all("label") if label.text}
    for control in page.all("input", "select", "textarea"):
        given = control.attributes
        around = control.within("label")
        if given.get("type", "text") in NEEDS_NO_LABEL or given.keys() & {"aria-label", "aria-labelledby"}:
            continue
        if given.get("id", "") not in labelled and not (around and around.text):
            yield f"has a field {given.get('name')!r} without a label"


def lengths(page: Element) -> Iterator[str]:
    for control in page.all("input", "textarea"):
        if "maxlength" in control.attributes:
            yield f"has a field {control.attributes.get('name')!r} in which a browser cuts what is pasted, without a word"


def names(page: Element) -> Iterator[str]:
    for element in page.all("a", "button"):
        if not element.text and "aria-label" not in element.attributes:
            yield f"has a <{element.tag}> without a name: {element.attributes}"
    yield from (f"has an image without a text: {i.attributes}" for i in page.all("img") if "alt" not in i.attributes)


def assets(page: Element) -> Iterator[str]:
    sheets = [link for link in page.all("link") if link.attributes.get("rel") == "stylesheet"]
    scripts = [script for script in page.all("script") if "src" in script.attributes]
    if len(sheets) != 1 or len(scripts) != 1:
        yield f"loads {len(sheets)} stylesheets and {len(scripts)} scripts, not one of each"


def content_policy(page: Element, policy: str) -> Iterator[str]:
    """What the policy would keep a browser from running or loading; browsers report that only in their console."""
    nonce = NONCE.search(policy)
    for script in page.all("script"):
        if nonce is None or script.attributes.get("nonce") != nonce.group(1):
            yield f"has a script without the nonce: {script.attributes}"
    for element in page:
        inline = {name for name in element.attributes if name.startswith("on") or name == "style"}
        if inline or element.tag == "style":
            yield f"has a <{element.tag}> with inline {', '.join(inline) or 'style'}"
        source = element.attributes.get("href" if element.tag == "link" else "src", "")
        if element.tag in {"link", "script", "img", "iframe"} and not source.startswith(("/", "data:")) and source:
            yield f"loads {source} from elsewhere"
