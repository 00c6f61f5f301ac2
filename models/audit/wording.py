"""The words of the audit log in one language: the reader's on a page; English in exports, for programs and for the search."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from gettext import NullTranslations

from flask_babel import get_translations

from models.audit.resource_kinds import Thing
from models.text import ENGLISH, current_language, locale_of

PLACE = re.compile(r"%\((\w+)\)s")
IN_LIST = re.compile(r"\{\d\}")
ACTOR = "%(who)s "


@dataclass(frozen=True)
class Part:
    """A part of a sentence: plain words, or the name of something."""

    text: str
    is_name: bool = False
    thing: Thing | None = None
    """The thing with this name, if it still exists."""


Pieces = tuple[Part | str, ...]
"""A text in its order: words, and the names of the places between them."""


class Wording:
    """One language: its translations, its plurals, and its lists."""

    def __init__(self, language: str, translations: NullTranslations) -> None:
        self.gettext, self.ngettext = translations.gettext, translations.ngettext
        patterns = locale_of(language).list_patterns["standard"]
        self.separators = {use: Part(IN_LIST.sub("", patterns[use])) for use in ("2", "middle", "end")}
        """What is between the items of a list of two, and before the middle and the last item of a longer one."""
        self.known: dict[tuple[str, bool], Pieces] = {}

    def pieces(self, text: str, without_actor: bool = False) -> Pieces:
        """A text of the code, translated; if wanted, without the actor that it begins with."""
        known = self.known.get((text, without_actor))
        if known is None:
            translated = self.gettext(text)
            known = pieces_of(translated.removeprefix(ACTOR) if without_actor else translated)
            self.known[text, without_actor] = known
        return known


ENGLISH_WORDING = Wording(ENGLISH, NullTranslations())


def reader_wording() -> Wording:
    """The words in the language of the page that is being rendered."""
    language = current_language()
    return ENGLISH_WORDING if language == ENGLISH else wording_in(language)


@cache
def wording_in(language: str) -> Wording:
    return Wording(language, get_translations())


@cache
def pieces_of(text: str) -> Pieces:
    # Every second piece is the name of a place.
    split = enumerate(PLACE.split(text))
    return tuple(piece if position % 2 else Part(piece) for position, piece in split if piece)


def begin(text: str) -> str:
    """A text with a capital."""
    return text[:1].upper() + text[1:]
