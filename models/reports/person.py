"""Somebody whose results a report compares with others."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any, Self

from models.instruments import CORE_PLACES, DISC_SCALES
from models.reports.scales import Results
from models.text import full_name

FIRST_VALUES = CORE_PLACES[:5]


@dataclass(eq=False)
class Person:
    """One person with what reports need from their newest results."""

    id: uuid.UUID
    first_name: str
    last_name: str
    email: str
    style: str | None = None
    """The DISC style; None where DISC was not taken."""
    scores: dict[str, float] = field(default_factory=dict)
    """The scores on every scale, by its key. No two scales have the same."""
    values: tuple[str, ...] = ()
    """The first five Core Values, in order."""
    twin: bool = False
    """Whether somebody else beside them has the same name."""
    results: dict[str, Any] = field(default_factory=dict)
    """The results themselves, if requested: those of a thousand people take much memory."""

    @classmethod
    def of(cls, row: Any, results: Results) -> Self:
        """Somebody with these results; `row` has id, first_name, last_name and email."""
        person = cls(row.id, row.first_name, row.last_name, row.email)
        for assessment, scores in results.items():
            if scores is not None:
                person.take(assessment, scores, keep=True)
        return person

    def take(self, assessment: str, scores: Any, *, keep: bool) -> None:
        """Add a result; a later one of the same assessment replaces it."""
        if assessment == "disc":
            self.style = scores["style"]
            self.scores.update((key, scores[key]) for key in DISC_SCALES)
        elif assessment == "focus":
            for name, domain in scores.items():
                self.scores[name] = domain["score"]
                self.scores.update((facet, scored["score"]) for facet, scored in domain["facets"].items())
        else:
            self.values = tuple(scores[place] for place in FIRST_VALUES if place in scores)
        if keep:
            self.results[assessment] = scores

    @property
    def name(self) -> str:
        """First and last name, with the e-mail address where somebody beside them is called the same or no name is known."""
        name = full_name(self.first_name, self.last_name)
        return f"{name} ({self.email})" if name and self.twin else name or self.email

    @property
    def initials(self) -> str:
        """The first letters of first and last name, or of the e-mail address while no name is known."""
        letters = [part.strip()[:1] for part in (self.first_name, self.last_name)]
        return "".join(letters).upper() or self.email[:1].upper()

    @property
    def took_focus(self) -> bool:
        """Whether there is a Focus result."""
        return "flexibility" in self.scores

    @property
    def answered(self) -> bool:
        """Whether there is any result."""
        return bool(self.scores or self.values)
