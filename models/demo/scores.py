"""Results of invented people, with realistic correlations."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

from models.instruments import CORE_VALUES, DISC_SCALES, FOCUS_DOMAINS, core_result, disc_result, focus_result

BLOCKS = 24

# How the four DISC scales depend on the five Focus domains.
LEANINGS = {
    "d": {"communication": 0.5, "understanding": -0.6, "flexibility": 0.2, "stability": 0.2},
    "i": {"communication": 0.8, "flexibility": 0.3, "organization": -0.3},
    "s": {"understanding": 0.7, "stability": 0.3, "communication": -0.3},
    "c": {"organization": 0.7, "communication": -0.6, "flexibility": -0.1},
}

# The values that people high in a domain tend to rank high.
DRAWN_TO = {
    "flexibility": ("adventure", "creativity", "curiosity", "freedom", "innovation", "knowledge", "authenticity"),
    "organization": ("achievement", "excellence", "order", "responsibility", "security", "wealth", "tradition"),
    "communication": ("adventure", "belonging", "community", "friendship", "fun", "influence", "recognition"),
    "understanding": ("compassion", "contribution", "fairness", "familyHappiness", "honesty", "loyalty", "service"),
    "stability": ("balance", "courage", "health", "independence", "peace", "simplicity", "wisdom"),
}
LIKED_BY_MANY = {
    "familyHappiness": 4.0,
    "freedom": 3.0,
    "health": 2.5,
    "achievement": 2.0,
    "growth": 2.0,
    "honesty": 2.0,
}


@dataclass(frozen=True)
class Temperament:
    """A person's position in the five domains, in standard deviations from the mean; all of their results follow from it."""

    domains: dict[str, float]
    chance: Random

    @classmethod
    def of(cls, chance: Random) -> Temperament:
        """A random person. The domains correlate a little, as they do in published samples."""
        common = chance.gauss(0, 1)
        return cls({domain: 0.35 * common + 0.94 * chance.gauss(0, 1) for domain in FOCUS_DOMAINS}, chance)

    def results(self) -> dict[str, dict[str, Any]]:
        """A result of each assessment, in its final shape."""
        return {"disc": self.disc(), "focus": self.focus(), "core": self.core()}

    def disc(self) -> dict[str, Any]:
        """Most minus least over 24 blocks: one scale gains what another loses, so that the four add up to zero."""
        leaning = {
            scale: sum(weight * self.domains[domain] for domain, weight in LEANINGS[scale].items())
            + self.chance.gauss(0, 0.7)
            for scale in DISC_SCALES
        }
        middle = sum(leaning.values()) / len(leaning)
        raw = {scale: round(7 * (value - middle)) for scale, value in leaning.items()}
        raw[self.chance.choice(list(raw))] -= sum(raw.values())
        return disc_result(
            {scale: round((clamped(value, BLOCKS) + BLOCKS) / (2 * BLOCKS) * 100, 1) for scale, value in raw.items()}
        )

    def focus(self) -> dict[str, Any]:
        """Four answers of 1 to 5 for each facet; the facets of a domain correlate, each with its own variation."""
        sums = {
            facet: 12.6 + 3.2 * (0.7 * self.domains[domain] + 0.71 * self.chance.gauss(0, 1))
            for domain, facets in FOCUS_DOMAINS.items()
            for facet in facets
        }
        return focus_result({facet: min(20, max(4, round(value))) for facet, value in sums.items()})

    def core(self) -> dict[str, str]:
        """Five values in order, drawn without replacement; the likelier ones tend to come first."""
        weights = {value: LIKED_BY_MANY.get(value, 1.0) for value in CORE_VALUES}
        for domain, values in DRAWN_TO.items():
            for value in values:
                weights[value] *= 2.0 ** self.domains[domain]
        waits = {value: self.chance.expovariate(weight) for value, weight in weights.items()}
        return core_result(sorted(waits, key=lambda value: waits[value])[:5])


def clamped(value: int, most: int) -> int:
    return min(most, max(-most, value))
