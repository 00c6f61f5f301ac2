"""Somebody whose results are looked at beside those of others."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from models.instruments import CORE_PLACES
from models.reporting.scales import Results

FIRST_VALUES = CORE_PLACES[:5]


@dataclass(frozen=True)
class Person:
    """One person with their newest results."""

    id: uuid.UUID
    first_name: str
    last_name: str
    email: str
    results: Results

    @property
    def name(self) -> str:
        """First and last name, or the e-mail address while neither is known."""
        return f"{self.first_name} {self.last_name}".strip() or self.email

    @property
    def disc(self) -> Any:
        """The scores of DISC; None where it was not taken."""
        return self.results.get("disc")

    @property
    def focus(self) -> Any:
        """The scores of Focus; None where it was not taken."""
        return self.results.get("focus")

    @property
    def core(self) -> Any:
        """The values by place; None where Core Values was not taken."""
        return self.results.get("core")

    @property
    def values(self) -> tuple[str, ...]:
        """The first five values, in order."""
        return tuple(self.core[place] for place in FIRST_VALUES if place in self.core) if self.core else ()

    @property
    def answered(self) -> bool:
        """Whether there is any result."""
        return any(scores is not None for scores in self.results.values())
