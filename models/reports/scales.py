"""The scales of comparisons: four of DISC, five domains of Focus, and the facets of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from flask_babel import gettext as _

from models.instruments import DISC_SCALES, FOCUS_DOMAINS
from models.text import spaced

Results = Mapping[str, Mapping[str, Any] | None]
"""The final scores of `disc`, `focus` and `core`; None if an assessment was not taken."""


class Scored(Protocol):
    """Somebody who may have scores."""

    @property
    def scores(self) -> Mapping[str, float]: ...


@dataclass(frozen=True)
class Scale:
    """Something with a score from 0 to 100."""

    assessment: str
    key: str
    title: str
    """Its name in English, for programs and files."""
    domain: str | None = None
    """The Focus domain of a facet."""

    @property
    def name(self) -> str:
        """Its name in the reader's language."""
        return str(_(self.title))

    def of(self, person: Scored) -> float | None:
        """The person's score on it; None if the assessment was not taken."""
        return person.scores.get(self.key)


DISC = tuple(Scale("disc", key, title) for key, title in DISC_SCALES.items())
DOMAINS = tuple(Scale("focus", name, spaced(name)) for name in FOCUS_DOMAINS)
FACETS = {
    domain: tuple(Scale("focus", name, spaced(name), domain) for name in names)
    for domain, names in FOCUS_DOMAINS.items()
}
MAIN = DISC + DOMAINS
"""The nine main scales of comparisons."""
