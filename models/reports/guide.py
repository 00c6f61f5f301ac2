"""How to work with somebody: advice from their results alone. Equal results give equal advice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from models.instruments import CORE_PLACES, FOCUS_DOMAINS, named
from models.reports.text.approach import FOLLOWING, LEADING, LOWEST, SECTIONS, STRONGEST
from models.reports.text.values import VALUES
from models.text import listed

__all__ = ["Guide", "Section", "guide_for"]

Scores = Mapping[str, Any]
Advice = tuple[str, str]
"""A section, and a sentence for it."""

MIDDLE = 50


@dataclass(frozen=True)
class Section:
    """A part of the guide: a title and pieces of advice."""

    title: str
    advice: tuple[str, ...]


@dataclass(frozen=True)
class Guide:
    """How to work with somebody, and what the advice is based on."""

    sections: tuple[Section, ...]
    style: str | None = None
    highest: str | None = None
    """The highest Focus domain, if it is above the middle."""
    lowest: str | None = None
    """The lowest Focus domain, if it is below the middle."""
    values: tuple[str, ...] = ()

    @property
    def drawn_from(self) -> str:
        """What the advice is based on, in words."""
        said = [_("the DISC style %(style)s", style=self.style)] if self.style else []
        said += [_("%(domain)s as the highest Focus domain", domain=named(self.highest))] if self.highest else []
        said += [_("%(domain)s as the lowest", domain=named(self.lowest))] if self.lowest else []
        said += [_("%(value)s as a value", value=named(value)) for value in self.values]
        return listed(said)


def guide_for(results: Mapping[str, Scores | None]) -> Guide | None:
    """Advice for working with the person with these results; None without any.

    `results` has the final scores of `disc`, `focus` and `core`; what was not taken adds nothing.
    """
    disc, focus, core = (results.get(name) for name in ("disc", "focus", "core"))
    style = disc["style"] if disc else None
    highest, lowest = extremes(focus) if focus else (None, None)
    values = tuple(core[place] for place in CORE_PLACES[:2] if place in core) if core else ()
    said = [*by_style(style or ""), *by_domains(highest, lowest), *by_values(values)]
    return Guide(sections_of(said), style, highest, lowest, values) if said else None


def extremes(focus: Scores) -> tuple[str | None, str | None]:
    """The highest domain if it is above the middle, and the lowest if it is below; ties keep the order of the instrument."""
    highest = max(FOCUS_DOMAINS, key=lambda name: focus[name]["score"])
    lowest = min(FOCUS_DOMAINS, key=lambda name: focus[name]["score"])
    return (
        highest if focus[highest]["score"] > MIDDLE else None,
        lowest if focus[lowest]["score"] < MIDDLE else None,
    )


def by_style(style: str) -> Iterator[Advice]:
    for letter, advice in zip(style, (LEADING, FOLLOWING), strict=False):
        yield from advice_of(advice[letter])


def by_domains(highest: str | None, lowest: str | None) -> Iterator[Advice]:
    if highest:
        yield from advice_of(STRONGEST[highest])
    if lowest:
        yield from advice_of(LOWEST[lowest])


def by_values(values: tuple[str, ...]) -> Iterator[Advice]:
    """The first two values give advice on what to do, the first one also on what to avoid."""
    known = [VALUES[value] for value in values if value in VALUES]
    yield from (("do", _(engages)) for engages, _strains in known)
    yield from (("avoid", _(strains)) for _engages, strains in known[:1])


def advice_of(by_section: Mapping[str, Iterable[str]]) -> Iterator[Advice]:
    for section, sentences in by_section.items():
        yield from ((section, _(sentence)) for sentence in sentences)


def sections_of(said: list[Advice]) -> tuple[Section, ...]:
    """The advice by section, in order; empty sections are left out."""
    sorted_ = {name: tuple(sentence for section, sentence in said if section == name) for name in SECTIONS}
    return tuple(Section(_(SECTIONS[name]), advice) for name, advice in sorted_.items() if advice)
