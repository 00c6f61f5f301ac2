"""A page's markup as a tree, in which tests find what a person would: headings, fields, buttons, links."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"])


@dataclass
class Element:
    """One element, with its attributes, its content, and where it is."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    content: list[Element | str] = field(default_factory=list)
    parent: Element | None = field(default=None, repr=False)

    def __iter__(self) -> Iterator[Element]:
        """This element and everything in it, in the order of the page."""
        yield self
        for part in self.content:
            if isinstance(part, Element):
                yield from part

    def all(self, *tags: str) -> list[Element]:
        """All elements inside it with one of these tags."""
        return [element for element in self if element.tag in tags]

    def by_id(self, wanted: str) -> Element:
        """The element with this id."""
        return next(element for element in self if element.attributes.get("id") == wanted)

    def within(self, tag: str) -> Element | None:
        """The nearest surrounding element with this tag."""
        around = self.parent
        while around is not None and around.tag != tag:
            around = around.parent
        return around

    @property
    def text(self) -> str:
        """Its words as they are read, separated by one space."""
        return " ".join("".join(self._pieces()).split())

    def _pieces(self) -> Iterator[str]:
        for part in self.content:
            if isinstance(part, str):
                yield part
            elif part.tag not in {"script", "style", "template"}:
                # Adjacent blocks are separate words.
                yield from (" ", *part._pieces(), " ") if part.tag not in INLINE else part._pieces()


INLINE = frozenset(["a", "abbr", "b", "code", "em", "i", "small", "span", "strong", "time"])


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = self.inside = Element("document")

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attributes}, parent=self.inside)
        self.inside.content.append(element)
        if tag not in VOID:
            self.inside = element

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.inside.tag == tag and self.inside.parent is not None:
            self.inside = self.inside.parent
        elif around := self.inside.within(tag):
            self.inside = around.parent or self.root

    def handle_data(self, data: str) -> None:
        self.inside.content.append(data)


def read(markup: str) -> Element:
    """The tree of a page."""
    reader = Reader()
    reader.feed(markup)
    reader.close()
    return reader.root
