"""The scales of the three assessments: their names, their order, and the names of scores."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

from flask_babel import gettext as _

from models.text import spaced

ASSESSMENTS = ("disc", "focus", "core")
TITLES = {"disc": "DISC", "focus": "Focus", "core": "Core Values"}


def title_of(assessment: str) -> str:
    """The title of an assessment, in the reader's language."""
    return str({"disc": "DISC", "focus": _("Focus"), "core": _("Core Values")}[assessment])


DISC_SCALES = {"d": "Dominance", "i": "Influence", "s": "Steadiness", "c": "Correctness"}

FOCUS_DOMAINS: dict[str, tuple[str, ...]] = {
    "flexibility": (
        "creativity",
        "aestheticAppreciation",
        "emotionalAwareness",
        "innovativeness",
        "intellectualCuriosity",
        "openMindedness",
    ),
    "organization": ("selfBelief", "systemization", "responsibility", "goalOriented", "discipline", "prudence"),
    "communication": ("friendliness", "sociability", "leadership", "vigor", "adventureSeeking", "cheerfulness"),
    "understanding": ("trust", "integrity", "generosity", "teamwork", "humility", "empathy"),
    "stability": ("calmness", "evenTemper", "optimism", "selfAssurance", "selfControl", "resilience"),
}

CORE_PLACES = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")

CORE_VALUES = (
    "achievement",
    "adventure",
    "authenticity",
    "balance",
    "beauty",
    "belonging",
    "community",
    "compassion",
    "contribution",
    "courage",
    "creativity",
    "curiosity",
    "excellence",
    "fairness",
    "faith",
    "familyHappiness",
    "freedom",
    "friendship",
    "fun",
    "growth",
    "health",
    "honesty",
    "independence",
    "influence",
    "innovation",
    "knowledge",
    "loyalty",
    "nature",
    "order",
    "peace",
    "recognition",
    "reliability",
    "respect",
    "responsibility",
    "security",
    "service",
    "simplicity",
    "tradition",
    "variety",
    "wealth",
    "wisdom",
)

LEVELS = ("veryLow", "low", "baseline", "high", "veryHigh")
FIFTHS = (20, 40, 60, 80)


def level(score: float) -> str:
    """The name of a Focus score from 0 to 100, by fifths."""
    return LEVELS[bisect_right(FIFTHS, score)]


def disc_style(scores: dict[str, float]) -> str:
    """The letters of the scales above 50, highest first; at least the highest one. Ties keep the order D, I, S, C."""
    ranked = sorted(DISC_SCALES, key=lambda scale: -scores[scale])
    above = [scale for scale in ranked if scores[scale] > 50]
    return "".join(above or ranked[:1]).upper()


def disc_result(scores: dict[str, float]) -> dict[str, Any]:
    """The final DISC result: style and four scores from 0 to 100."""
    return {"style": disc_style(scores), **{scale: float(scores[scale]) for scale in DISC_SCALES}}


def focus_result(facets: dict[str, int]) -> dict[str, Any]:
    """The final Focus result, from facet sums of 4 to 20: facet = ⌊(sum − 4) / 16 × 100⌋, domain = ⌊Σ(sum − 4) / 96 × 100⌋."""
    result = {}
    for domain, names in FOCUS_DOMAINS.items():
        scored = {name: (facets[name] - 4) * 100 // 16 for name in names}
        total = sum(facets[name] - 4 for name in names) * 100 // 96
        result[domain] = {
            "score": total,
            "level": level(total),
            "facets": {name: {"score": score, "level": level(score)} for name, score in scored.items()},
        }
    return result


def core_places(extended: bool = False) -> int:
    """How many values are ranked: five, or ten in accounts that ask for more."""
    return 10 if extended else 5


def core_result(ranked: list[str]) -> dict[str, str]:
    """The final Core Values result: the values in order, from first to fifth (tenth when extended)."""
    return dict(zip(CORE_PLACES, ranked, strict=False))


def named(name: str) -> str:
    """A domain, facet, level or value in the reader's words: `goalOriented` → "Goal oriented"."""
    return str(_(spaced(name)))


NAMES = (
    *FOCUS_DOMAINS,
    *(facet for facets in FOCUS_DOMAINS.values() for facet in facets),
    *LEVELS,
    *CORE_VALUES,
)
"""Everything that is shown by its name alone; `DISC_SCALES` has titles."""
