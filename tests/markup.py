"""A page's markup as a tree, in which tests find what a person would: headings, fields, buttons, links."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml import html

INLINE = frozenset(["a", "abbr", "b", "code", "em", "i", "small", "span", "strong", "time"])
UNREAD = frozenset(["script", "style", "template"])


@dataclass(frozen=True, slots=True)
class Element:
    """One element, with its attributes, its content, and where it is."""

    node: Any

    @property
    def tag(self) -> str:
        return str(self.node.tag)

    @property
    def attributes(self) -> dict[str, str]:
        return dict(self.node.attrib)

    def __iter__(self) -> Iterator[Element]:
        """This element and everything in it, in the order of the page."""
        return map(Element, self.node.iter("*"))

    def all(self, *tags: str) -> list[Element]:
        """Every element in it that has one of these tags."""
        return [*map(Element, self.node.iter(*tags))]

    def by_id(self, wanted: str) -> Element:
        """The element with this id."""
        return Element(self.node.xpath("descendant::*[@id=$wanted]", wanted=wanted)[0])

    def within(self, tag: str) -> Element | None:
        """The nearest element around it that has this tag."""
        return next(map(Element, self.node.iterancestors(tag)), None)

    @property
    def text(self) -> str:
        """Its words as they are read, one space between them."""
        return " ".join("".join(pieces(self.node)).split())


def pieces(node: Any) -> Iterator[str]:
    yield node.text or ""
    for part in node:
        if isinstance(part.tag, str) and part.tag not in UNREAD:
            # Words of neighbouring blocks are words of their own.
            yield from pieces(part) if part.tag in INLINE else (" ", *pieces(part), " ")
        yield part.tail or ""


def read(markup: str) -> Element:
    """The tree of a page."""
    return Element(html.document_fromstring(markup or "<html></html>"))
