"""What a result says, scale by scale: the numbers of its final shape with a sentence beside each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models.guides.domains import DOMAINS, FACETS
from models.guides.styles import CLOSE_TOGETHER, HIGH, LOW, MIDDLE, SCALES, STYLES
from models.instruments import DISC_SCALES

Scores = Mapping[str, Any]

LOW_BELOW, HIGH_ABOVE = 40, 60
NEARLY_EQUAL = 15


@dataclass(frozen=True)
class ScaleReading:
    """One DISC scale, one Focus domain or one facet, with what its score tends to mean."""

    key: str
    title: str
    score: float
    level: str
    sentence: str
    facets: tuple[ScaleReading, ...] = ()


@dataclass(frozen=True)
class DiscReading:
    """A DISC style in a few sentences, and its four scales."""

    style: str
    summary: str
    scales: tuple[ScaleReading, ...]


def disc_reading(scores: Scores) -> DiscReading:
    """What a DISC result tends to mean at work."""
    found = [scores[key] for key in DISC_SCALES]
    summary = STYLES[scores["style"][:2]]
    if max(found) - min(found) < NEARLY_EQUAL:
        summary = f"{summary} {CLOSE_TOGETHER}"
    scales = (scale_reading(key, title, scores[key]) for key, title in DISC_SCALES.items())
    return DiscReading(scores["style"], summary, tuple(scales))


def scale_reading(key: str, title: str, score: float) -> ScaleReading:
    band = LOW if score < LOW_BELOW else HIGH if score > HIGH_ABOVE else MIDDLE
    return ScaleReading(key, title, score, band, SCALES[key][band])


def focus_reading(scores: Scores) -> list[ScaleReading]:
    """What a Focus result tends to mean at work, domain by domain."""
    return [domain_reading(name, domain) for name, domain in scores.items()]


def domain_reading(name: str, domain: Scores) -> ScaleReading:
    facets = (
        ScaleReading(key, key, facet["score"], facet["level"], FACETS[key]) for key, facet in domain["facets"].items()
    )
    return ScaleReading(name, name, domain["score"], domain["level"], DOMAINS[name][domain["level"]], tuple(facets))
