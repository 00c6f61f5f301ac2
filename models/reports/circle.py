"""The DISC circle: where people are between Dominance, Influence, Steadiness and Correctness."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import cos, hypot, sin, sqrt
from typing import Any

from flask_babel import lazy_gettext

from models.instruments import DISC_SCALES
from models.reports.person import Person

MIDDLE = 0.1
DOTS_SHOWN = 200
INITIALS_UP_TO = 40
APART_UP_TO = 60
ROUNDS = 60

RULES = (
    lazy_gettext(
        "The direction comes from two differences: Influence less Correctness, and Dominance less Steadiness."
    ),
    lazy_gettext("A dot near the middle has four scores close together. A dot near the edge has a clear style."),
    lazy_gettext("Dots that would cover each other are moved apart a little."),
)


@dataclass
class Dot:
    """One person in the circle. The middle is 0, 0 and the edge is 1 away from it; `y` grows downwards, as on a screen."""

    person: Person
    x: float
    y: float

    @property
    def initials(self) -> str:
        """At most two letters, to tell people apart in a drawing."""
        return self.person.initials

    @property
    def between(self) -> tuple[str, ...]:
        """The scales that it leans to: none in the middle, one, or two neighbours of which neither is far ahead."""
        right, up = differences(self.person)
        if hypot(right, up) < MIDDLE:
            return ()
        scales = (DISC_SCALES["d" if up > 0 else "s"], abs(up)), (DISC_SCALES["i" if right > 0 else "c"], abs(right))
        (first, most), (second, least) = sorted(scales, key=lambda scale: -scale[1])
        return (first, second) if least * 2 > most else (first,)


@dataclass(frozen=True)
class Circle:
    """Dots that do not cover each other."""

    dots: tuple[Dot, ...]
    size: float
    """The radius of a dot."""
    left_out: int = 0
    """How many more there are than a drawing can hold."""

    @property
    def named(self) -> bool:
        """Whether there is room for initials."""
        return len(self.dots) <= INITIALS_UP_TO


def circle_alone(disc: Mapping[str, Any]) -> Circle:
    """The circle of one person's DISC scores, without a name."""
    person = Person(uuid.UUID(int=0), "", "", "")
    person.take("disc", disc, keep=False)
    return circle_of([person])


def circle_of(people: Sequence[Person]) -> Circle:
    """Everybody with a DISC result, at most two hundred."""
    scored = [person for person in people if person.style]
    dots = [dot_of(person) for person in scored[:DOTS_SHOWN]]
    size = 0.09 if len(dots) <= INITIALS_UP_TO else 0.05 if len(dots) <= 100 else 0.035
    spread_equals(dots, size)
    if len(dots) <= APART_UP_TO:
        move_apart(dots, 2 * size)
    for dot in dots:
        keep_inside(dot, 1 - size)
    return Circle(tuple(dots), size, max(0, len(scored) - DOTS_SHOWN))


def dot_of(person: Person) -> Dot:
    """Somebody's place: Dominance is up left, Influence up right, Steadiness down right, Correctness down left."""
    right, left = differences(person)
    dot = Dot(person, (right - left) / sqrt(2), -(right + left) / sqrt(2))
    keep_inside(dot, 1)
    return dot


def differences(person: Person) -> tuple[float, float]:
    """Influence less Correctness, and Dominance less Steadiness, each from -1 to 1."""
    scores = person.scores
    return (scores["i"] - scores["c"]) / 100, (scores["d"] - scores["s"]) / 100


def keep_inside(dot: Dot, edge: float) -> None:
    away = hypot(dot.x, dot.y)
    if away > edge:
        dot.x, dot.y = dot.x * edge / away, dot.y * edge / away


def spread_equals(dots: Sequence[Dot], size: float) -> None:
    """Lay dots of equal scores around their place, as the seeds of a sunflower lie."""
    met: Counter[tuple[float, float]] = Counter()
    for dot in dots:
        place = (round(dot.x, 2), round(dot.y, 2))
        away, angle = 1.3 * size * sqrt(met[place]), 2.4 * met[place]
        met[place] += 1
        dot.x, dot.y = dot.x + away * cos(angle), dot.y + away * sin(angle)


def move_apart(dots: Sequence[Dot], closest: float) -> None:
    """Push dots away from each other until none covers another, or nearly so."""
    for _ in range(ROUNDS):
        still = True
        for number, one in enumerate(dots):
            for other in dots[number + 1 :]:
                x, y = other.x - one.x, other.y - one.y
                away = hypot(x, y)
                if away >= closest:
                    continue
                still = False
                push = (closest - away) / 2 + 1e-4
                x, y = (x / away * push, y / away * push) if away else (push, 0)
                one.x, one.y, other.x, other.y = one.x - x, one.y - y, other.x + x, other.y + y
        if still:
            return
