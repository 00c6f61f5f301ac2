"""Results over time: what changed where somebody took an assessment more than once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.instruments import ASSESSMENTS, DISC_SCALES, named, title_of
from models.profiles import Result
from models.reports.person import FIRST_VALUES

MOST = 12
"""How many results of one assessment are shown: the last ones."""


@dataclass(frozen=True)
class Line:
    """One scale over time, in whole numbers."""

    title: str
    scores: tuple[int, ...]

    @property
    def change(self) -> int:
        """The points gained or lost since the result before."""
        return self.scores[-1] - self.scores[-2]


@dataclass(frozen=True)
class Course:
    """An assessment that somebody took more than once: its results, the oldest first."""

    assessment: str
    title: str
    days: tuple[datetime, ...]
    """When each was answered."""
    lines: tuple[Line, ...] = ()
    """The scales of DISC, or the domains of Focus."""
    styles: tuple[str, ...] = ()
    """The DISC styles."""
    values: tuple[tuple[str, ...], ...] = ()
    """The first five Core Values."""


def courses_of(results: Sequence[Result]) -> list[Course]:
    """The assessments with more than one of these results, in their usual order. The last result is the current one."""
    by_assessment: dict[str, list[Result]] = {}
    for result in results:
        by_assessment.setdefault(result.assessment, []).append(result)
    return [
        course_of(assessment, found[-MOST:])
        for assessment in ASSESSMENTS
        if len(found := by_assessment.get(assessment, [])) > 1
    ]


def course_of(assessment: str, results: Sequence[Result]) -> Course:
    days, scores = tuple(result.created_at for result in results), [result.scores for result in results]
    if assessment == "core":
        values = (tuple(each[place] for place in FIRST_VALUES if place in each) for each in scores)
        return Course(assessment, title_of(assessment), days, values=tuple(values))
    styles = tuple(each["style"] for each in scores) if assessment == "disc" else ()
    return Course(assessment, title_of(assessment), days, tuple(lines_of(assessment, scores)), styles)


def lines_of(assessment: str, scores: Sequence[Mapping[str, Any]]) -> Iterator[Line]:
    if assessment == "disc":
        for key, title in DISC_SCALES.items():
            yield Line(named(title), tuple(round(each[key]) for each in scores))
    else:
        for domain in scores[-1]:
            yield Line(named(domain), tuple(round(each[domain]["score"]) for each in scores))
