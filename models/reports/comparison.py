"""A few people side by side: where they are alike and where they differ, by rules that the page explains."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from models.reports.person import Person
from models.reports.scales import DISC, MAIN, Scale
from models.reports.text.words import TOGETHER
from models.text import spaced

FEWEST, MOST = 2, 12
CLOSE = 15
APART = 40
LOW_UP_TO, HIGH_FROM = 40, 60

RULES = (
    f"People are alike on a scale when no two of them are more than {CLOSE} points apart.",
    f"They differ on a scale when the highest and the lowest are {APART} points or more apart.",
    "They share a style when all have the same first letter.",
    "They share a value when more than half of them, and at least two, have it among their first five.",
    "They differ in their values when no two of them share one of their first five.",
    "Each assessment is compared among the people who have taken it. At least two must have taken it.",
)
Scored = list[tuple[Person, float]]


@dataclass(frozen=True)
class Finding:
    """Something in which people are alike or differ. It has ids instead of names."""

    assessment: str
    scale: str
    """A DISC scale by its letter, a Focus domain, `style`, `values`, or one Core value."""
    title: str
    sentence: str
    advice: str = ""
    """What it can mean for working together."""
    points: float | None = None
    """The difference between the highest and the lowest."""
    lowest: tuple[uuid.UUID, ...] = ()
    highest: tuple[uuid.UUID, ...] = ()
    shared_by: tuple[uuid.UUID, ...] = ()
    """Who has it in common, if not everybody."""


@dataclass(frozen=True)
class Comparison:
    """People side by side, with their most notable findings."""

    people: tuple[Person, ...]
    meet: tuple[Finding, ...]
    differ: tuple[Finding, ...]
    rules: tuple[str, ...] = RULES

    def extreme(self, scale: Scale, person: Person) -> str:
        """`highest` or `lowest` on a scale on which these people differ; otherwise empty."""
        found = next(
            (each for each in self.differ if (each.assessment, each.scale) == (scale.assessment, scale.key)), None
        )
        if found is None or scale.domain:
            return ""
        return "highest" if person.id in found.highest else "lowest" if person.id in found.lowest else ""


def without(assessment: str, people: Sequence[Person]) -> list[Person]:
    """Those of these people who have no result of this assessment."""
    took = {"disc": lambda person: person.style, "focus": lambda person: person.took_focus}
    return [person for person in people if not took.get(assessment, lambda person: person.values)(person)]


def compare(people: Sequence[Person]) -> Comparison:
    """Where these people are alike, the closest first, and where they differ, the widest first."""
    scored = [(scale, scores) for scale in MAIN if len(scores := scores_on(scale, people)) >= FEWEST]
    meet = sorted((met(scale, scores) for scale, scores in scored if width(scores) <= CLOSE), key=points_of)
    differ = sorted((parted(scale, scores) for scale, scores in scored if width(scores) >= APART), key=points_of)
    return Comparison(
        tuple(people),
        meet=(*same_style(people), *meet, *shared_values(people)),
        differ=(*reversed(differ), *no_shared_value(people)),
    )


def scores_on(scale: Scale, people: Sequence[Person]) -> Scored:
    return [(person, score) for person in people if (score := scale.of(person)) is not None]


def width(scores: Scored) -> float:
    found = [score for _, score in scores]
    return round(max(found) - min(found), 1)


def points_of(finding: Finding) -> float:
    return finding.points or 0.0


def met(scale: Scale, scores: Scored) -> Finding:
    least, most = range_of(scores)
    middle = sum(score for _, score in scores) / len(scores)
    band = "high" if middle >= HIGH_FROM else "low" if middle <= LOW_UP_TO else None
    who = count_of(len(scores))
    sentence = f"{who} are within {points(width(scores))}, from {least:.0f} to {most:.0f}."
    if least == most:
        sentence = f"{who} have {most:.0f}."
    advice = TOGETHER[scale.key][band] if band else ""
    return Finding(scale.assessment, scale.key, scale.title, sentence, advice_for(len(scores), advice), width(scores))


def parted(scale: Scale, scores: Scored) -> Finding:
    least, most = range_of(scores)
    sentence = f"Range {least:.0f} to {most:.0f}, {points(width(scores))} apart."
    return Finding(
        scale.assessment,
        scale.key,
        scale.title,
        sentence,
        TOGETHER[scale.key]["apart"],
        width(scores),
        lowest=tuple(person.id for person, score in scores if score == least),
        highest=tuple(person.id for person, score in scores if score == most),
    )


def range_of(scores: Scored) -> tuple[float, float]:
    found = [score for _, score in scores]
    return min(found), max(found)


def same_style(people: Sequence[Person]) -> Iterator[Finding]:
    styles = [person.style for person in people if person.style]
    if len(styles) >= FEWEST and len({style[0] for style in styles}) == 1:
        leading = next(scale.title for scale in DISC if scale.key == styles[0][0].lower())
        counted = Counter(styles)
        several = ", ".join(style if times == 1 else f"{style} ({times})" for style, times in sorted(counted.items()))
        sentence = f"{count_of(len(styles))} have {leading} as their first letter: {several}."
        yield Finding("disc", "style", "DISC style", sentence)


def shared_values(people: Sequence[Person]) -> Iterator[Finding]:
    asked = [person for person in people if person.values]
    counted = Counter(value for person in asked for value in person.values)
    for value, times in sorted(counted.items(), key=lambda item: (-item[1], item[0])):
        if times >= FEWEST and times * 2 > len(asked):
            sharing = tuple(person.id for person in asked if value in person.values)
            who = count_of(times) if times == len(asked) else f"{times} of {len(asked)}"
            sentence = f"{who} have it among their first five values."
            yield Finding("core", value, spaced(value), sentence, shared_by=() if times == len(asked) else sharing)


def no_shared_value(people: Sequence[Person]) -> Iterator[Finding]:
    asked = [person for person in people if person.values]
    counted = Counter(value for person in asked for value in person.values)
    if len(asked) >= FEWEST and max(counted.values()) == 1:
        sentence = "No two of them share one of their first five values."
        yield Finding(
            "core", "values", "Core Values", sentence, "Ask each person what matters to them before you assume it."
        )


def count_of(people: int) -> str:
    return "Both" if people == FEWEST else f"All {people}"


def advice_for(people: int, advice: str) -> str:
    """Advice for more than two people, from the wording for two."""
    return (
        advice.replace("All tend", "Both tend").replace("None tends", "Neither tends") if people == FEWEST else advice
    )


def points(width: float) -> str:
    return "one point" if round(width) == 1 else f"{width:.0f} points"
