"""A group as a whole: its tendencies, its spread, and its outliers, by rules that the page explains."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from operator import itemgetter
from statistics import median, quantiles

from models.instruments import FIFTHS, level
from models.reports.person import Person
from models.reports.scales import DISC, DOMAINS, FACETS, Scale

LEANS = 10
CLOSE, WIDE = 15, 30
FENCE = 1.5
FAR = 20
FEWEST_FOR_OUTLIERS = 8
NAMED = 3
STYLES_SHOWN = 8
VALUES_SHOWN = 10

RULES = (
    "The median is the score in the middle: half of the people are above it, half below.",
    "The middle half is what remains without the lowest and the highest quarter.",
    f"The group leans where its median is {LEANS} points or more from 50.",
    f"It is close together where the middle half spans {CLOSE} points or less, and far apart where it spans {WIDE} or more.",
    f"An outlier is {FAR} points or more from the median, and {FENCE:g} times the middle half or more beyond it.",
    f"Outliers are shown for groups of {FEWEST_FOR_OUTLIERS} people or more.",
)
Scored = list[tuple[float, Person]]


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
    lowest: tuple[Person, ...] = ()
    """Who has the lowest score: up to three; nobody if all are equal."""
    highest: tuple[Person, ...] = ()
    apart: tuple[tuple[float, Person], ...] = ()
    """The outliers with their scores, the lowest first."""

    @property
    def level(self) -> str:
        """The name of the median's level."""
        return level(self.median)

    @property
    def leaning(self) -> str:
        """`high`, `low`, or empty."""
        return "high" if self.median >= 50 + LEANS else "low" if self.median <= 50 - LEANS else ""

    @property
    def width(self) -> float:
        """The width of the middle half, in points."""
        return self.upper - self.lower

    @property
    def closeness(self) -> str:
        """`close`, `wide`, or empty."""
        return "close" if self.width <= CLOSE else "wide" if self.width >= WIDE else ""


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
    rules: tuple[str, ...] = RULES

    @property
    def spreads(self) -> tuple[Spread, ...]:
        """The nine main scales, if anybody has a score on them."""
        return self.disc + self.domains


def describe(people: Sequence[Person]) -> Group:
    """The tendencies, spread and outliers of these people, by their newest results."""
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
        facets={domain: spreads_of(scales, people, naming=False) for domain, scales in FACETS.items()},
        leads=tuple(Share(letter, count) for letter, count in leads.items()) if styles else (),
        styles=tuple(Share(style, count) for style, count in most_frequent(styles)[:STYLES_SHOWN]),
        values=shares_of_values(people),
    )


def spreads_of(scales: Sequence[Scale], people: Sequence[Person], naming: bool = True) -> tuple[Spread, ...]:
    return tuple(spread for scale in scales if (spread := spread_of(scale, people, naming)))


def spread_of(scale: Scale, people: Sequence[Person], naming: bool) -> Spread | None:
    """The distribution of these people on a scale, with or without names; None if nobody has a score on it."""
    scores = sorted(person.scores[scale.key] for person in people if scale.key in person.scores)
    if not scores:
        return None
    lower, middle, upper = quarters(scores)
    spread = Spread(scale, len(scores), scores[0], lower, middle, upper, scores[-1], in_fifths(scores))
    return named_in(spread, people) if naming else spread


def named_in(spread: Spread, people: Sequence[Person]) -> Spread:
    """The same with the people who are highest, lowest and outliers."""
    scored = [(score, person) for person in people if (score := spread.scale.of(person)) is not None]
    if spread.least == spread.most:
        return spread
    return replace(
        spread,
        lowest=tuple(islice((person for score, person in scored if score == spread.least), NAMED)),
        highest=tuple(islice((person for score, person in scored if score == spread.most), NAMED)),
        apart=outliers_of(scored, spread),
    )


def outliers_of(scored: Scored, spread: Spread) -> tuple[tuple[float, Person], ...]:
    if len(scored) < FEWEST_FOR_OUTLIERS:
        return ()
    reach = FENCE * spread.width
    bottom, top = spread.lower - reach, spread.upper + reach
    apart = [pair for pair in scored if not bottom <= pair[0] <= top and abs(pair[0] - spread.median) >= FAR]
    return tuple(sorted(apart, key=itemgetter(0)))


def quarters(scores: Sequence[float]) -> tuple[float, float, float]:
    """Lower quartile, median and upper quartile of sorted scores, to one decimal."""
    if len(scores) == 1:
        return scores[0], scores[0], scores[0]
    lower, _, upper = quantiles(scores, n=4, method="inclusive")
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
