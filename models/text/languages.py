"""The languages that people read pages and mails in. Each is a folder in translations/; English is in the code itself."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Literal

from babel import Locale
from babel.lists import format_list
from flask_babel import get_locale

ENGLISH = "en"
TRANSLATIONS = Path(__file__).parents[2] / "translations"
# How days and numbers are written where a language alone leaves that open.
REGIONS = {ENGLISH: "en_GB"}


@cache
def languages() -> dict[str, str]:
    """The languages that people can choose, each with its own name for itself: English first, then in the order of their tags."""
    found = sorted(path.name for path in TRANSLATIONS.iterdir() if path.is_dir())
    return {tag: own_name(tag) for tag in (ENGLISH, *found)}


def own_name(tag: str) -> str:
    name = locale_of(tag).get_language_name() or tag
    return name[0].upper() + name[1:]


def known_language(tag: str | None) -> str | None:
    """This language if people can choose it, else None."""
    return tag if tag in languages() else None


def current_language() -> str:
    """The language of the page or mail that is being rendered; English for programs, commands and the worker."""
    locale = get_locale()
    return locale.language if locale else ENGLISH


@cache
def locale_of(tag: str) -> Locale:
    """How days, times and numbers are written in this language."""
    return Locale.parse(REGIONS.get(tag, tag))


def listed(names: Iterable[str], style: Literal["standard", "or"] = "standard") -> str:
    """Names as a sentence has them, in the reader's language: "Ana, Ben and Cem"; or "Ana, Ben or Cem"."""
    return format_list(list(names), style, locale_of(current_language()))


def gettext_noop(text: str) -> str:
    """Mark a text for translation where it is declared, for code that translates it later."""
    return text


def ngettext_noop(one: str, many: str) -> tuple[str, str]:
    """The same for a text with a number."""
    return one, many
