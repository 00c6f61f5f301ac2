"""A group as a whole: where it is strongest and where its people differ, by rules that the page explains."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median, quantiles

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from models.instruments import FIFTHS, level
from models.reports.person import Person
from models.reports.scales import DISC, DOMAINS, FACETS, Scale
from models.reports.text.words import TOGETHER

NOTED = 2
"""How many scales are named as the strongest, and as the widest apart."""
FEW = 4
"""Fewer people than this have no middle half worth the name."""
STYLES_SHOWN = 8
VALUES_SHOWN = 10

RULES = (
    lazy_gettext("The median is the score in the middle: half of the people are above it, half below."),
    lazy_gettext("The middle half is what remains without the lowest and the highest quarter."),
    lazy_gettext("The strongest scales are the two with the highest median."),
    lazy_gettext("The widest apart are the two whose middle half spans the most points."),
)


@dataclass(frozen=True)
class Spread:
    """The distribution of a group on one scale."""

    scale: Scale
    count: int
    least: float
    lower: float
    """The lower quartile: a quarter of the group lies below."""
    median: float
    upper: float
    most: float
    levels: tuple[int, ...]
    """How many are in each fifth of the scale, the lowest first."""

    @property
    def level(self) -> str:
        """The name of the median's level."""
        return level(self.median)

    @property
    def width(self) -> float:
        """The width of the middle half, in points."""
        return self.upper - self.lower

    @property
    def advice(self) -> str:
        """What it can mean for working together that people differ on it; empty if they do not."""
        if self.least == self.most or self.scale.key not in TOGETHER:
            return ""
        return str(_(TOGETHER[self.scale.key]["apart"]))

    @property
    def few(self) -> bool:
        """Whether there are too few scores to speak of a middle half."""
        return self.count < FEW


@dataclass(frozen=True)
class Share:
    """How many in a group have something."""

    key: str
    count: int
    first: int = 0
    """How many of these put it first."""


@dataclass(frozen=True)
class Group:
    """People as a whole."""

    people: tuple[Person, ...]
    answered: dict[str, int]
    """How many have taken each assessment."""
    disc: tuple[Spread, ...]
    domains: tuple[Spread, ...]
    facets: dict[str, tuple[Spread, ...]]
    leads: tuple[Share, ...]
    """The first letters of the styles, in the order D, I, S, C."""
    styles: tuple[Share, ...]
    """The most frequent styles."""
    values: tuple[Share, ...]
    """The values that most people have among their first five."""

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules of the description, in the reader's language."""
        return tuple(map(str, RULES))

    @property
    def spreads(self) -> tuple[Spread, ...]:
        """The nine main scales, if anybody has a score on them."""
        return self.disc + self.domains

    @property
    def strongest(self) -> tuple[Spread, ...]:
        """The two scales with the highest median."""
        return tuple(sorted(self.spreads, key=lambda spread: -spread.median)[:NOTED])

    @property
    def widest(self) -> tuple[Spread, ...]:
        """The two scales on which people differ most; none where there are fewer than two people."""
        several = (spread for spread in self.spreads if spread.count > 1)
        return tuple(sorted(several, key=lambda spread: (-spread.width, spread.least - spread.most))[:NOTED])


def describe(people: Sequence[Person]) -> Group:
    """What these people have in common and how they spread, by their newest results."""
    styles = Counter(person.style for person in people if person.style)
    leads = Counter(dict.fromkeys("DISC", 0))
    for style, count in styles.items():
        leads[style[0]] += count
    return Group(
        people=tuple(people),
        answered={
            "disc": styles.total(),
            "focus": sum(person.took_focus for person in people),
            "core": sum(bool(person.values) for person in people),
        },
        disc=spreads_of(DISC, people),
        domains=spreads_of(DOMAINS, people),
        facets={domain: spreads_of(scales, people) for domain, scales in FACETS.items()},
        leads=tuple(Share(letter, count) for letter, count in leads.items()) if styles else (),
        styles=tuple(Share(style, count) for style, count in most_frequent(styles)[:STYLES_SHOWN]),
        values=shares_of_values(people),
    )


def spreads_of(scales: Sequence[Scale], people: Sequence[Person]) -> tuple[Spread, ...]:
    return tuple(spread for scale in scales if (spread := spread_of(scale, people)))


def spread_of(scale: Scale, people: Sequence[Person]) -> Spread | None:
    """The distribution of these people on a scale; None if nobody has a score on it."""
    scores = sorted(person.scores[scale.key] for person in people if scale.key in person.scores)
    if not scores:
        return None
    lower, middle, upper = quarters(scores)
    return Spread(scale, len(scores), scores[0], lower, middle, upper, scores[-1], in_fifths(scores))


def quarters(scores: Sequence[float]) -> tuple[float, float, float]:
    """Lower quartile, median and upper quartile of sorted scores, to one decimal."""
    if len(scores) == 1:
        return scores[0], scores[0], scores[0]
    lower, _middle, upper = quantiles(scores, n=4, method="inclusive")
    return round(lower, 1), round(median(scores), 1), round(upper, 1)


def in_fifths(scores: Sequence[float]) -> tuple[int, ...]:
    ends = [0, *(bisect_left(scores, bound) for bound in FIFTHS), len(scores)]
    return tuple(after - before for before, after in pairwise(ends))


def shares_of_values(people: Sequence[Person]) -> tuple[Share, ...]:
    chosen = Counter(value for person in people for value in person.values)
    first = Counter(person.values[0] for person in people if person.values)
    return tuple(Share(value, count, first[value]) for value, count in most_frequent(chosen)[:VALUES_SHOWN])


def most_frequent(counted: Counter[str]) -> list[tuple[str, int]]:
    """The most frequent first; equals by name, so that the order does not depend on the input."""
    return sorted(counted.items(), key=lambda item: (-item[1], item[0]))
