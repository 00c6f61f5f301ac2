"""The embedded writer: composes a debrief from scores alone, on this server, in the reader's language. Equal scores give equal words."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from models.debriefs.text import core_values, disc, focus
from models.debriefs.text.disc_focus_pairs import TENSIONS
from models.instruments import CORE_PLACES, DISC_SCALES, named
from models.reports.text.values import VALUES
from models.text import listed

__all__ = ["Scores", "compose"]

Scores = Mapping[str, Any]

EVEN_WITHIN = 15
"""The largest difference between the highest and the lowest DISC scale at which none of them leads."""
VERY_HIGH, VERY_LOW = 85, 15
STANDS_OUT, FALLS_BEHIND = 60, 40
FAR_FROM_MIDDLE = 25


def compose(results: Mapping[str, Scores | None]) -> str:
    """What these results mean at work: paragraphs separated by blank lines, headings as lines that start with `# `.

    `results` has the final scores of `disc`, `focus` and `core`; the text leaves out what was not taken.
    """
    writer = Writer(results)
    sections = {
        writer.headline(): writer.at_work(),
        _("With others"): writer.with_others(),
        _("Under pressure"): writer.under_pressure(),
        _("What matters to them"): writer.what_matters(),
        _("Working with them"): writer.working_with(),
    }
    return "\n\n".join(f"# {title}\n\n{' '.join(said)}" for title, said in sections.items() if said)


class Writer:
    """One person's results, as sentences."""

    def __init__(self, results: Mapping[str, Scores | None]) -> None:
        self.disc, self.focus, self.core = (results.get(name) for name in ("disc", "focus", "core"))
        # A number from the scores that chooses between sentences with much the same meaning.
        self.turn = zlib.crc32(json.dumps(results, sort_keys=True).encode())
        scales = [self.disc[scale] for scale in DISC_SCALES] if self.disc else [0]
        self.is_even = max(scales) - min(scales) < EVEN_WITHIN
        self.style: str = self.disc["style"] if self.disc else ""

    def headline(self) -> str:
        if not self.disc:
            return str(_("How they tend to work"))
        return str(_(disc.EVEN[self.style[0]] if self.is_even else disc.TEMPERS[self.style[:2]][0]))

    def at_work(self) -> list[str]:
        said = []
        if self.disc and self.is_even:
            said.append(self.one_of(disc.EVEN_AT_WORK, 6))
        elif self.disc:
            said.append(_(disc.TEMPERS[self.style[:2]][1]))
            said += [self.one_of(disc.MARKED, 6)] if self.disc[self.style[0].lower()] >= VERY_HIGH else []
        return said + self.on_domains("organization", "flexibility") + self.on_gifts()

    def with_others(self) -> list[str]:
        said = self.by_letter(disc.WITH_OTHERS, disc.EVEN_WITH_OTHERS, 1)
        said += self.on_domains("communication", "understanding")
        if len(self.style) > 2 and not self.is_even:
            said.append(_(disc.ALSO[self.style[2]]))
        elif self.disc and not self.is_even:
            lowest = min(DISC_SCALES, key=self.disc.__getitem__)
            said += [_(disc.QUIET[lowest.upper()])] if self.disc[lowest] <= VERY_LOW else []
        return said

    def under_pressure(self) -> list[str]:
        return self.by_letter(disc.UNDER_PRESSURE, disc.EVEN_UNDER_PRESSURE, 2) + self.on_domains("stability")

    def what_matters(self) -> list[str]:
        if not self.core:
            return []
        values = [self.core[place] for place in CORE_PLACES if place in self.core]
        first, second, *rest = values
        said = [
            on_value(first, core_values.FIRST),
            on_value(second, core_values.SECOND[self.turn % 3]),
            _(core_values.REST, values=listed(map(named, rest[:3]))),
        ]
        return said + ([_(core_values.FURTHER, values=listed(map(named, rest[3:])))] if rest[3:] else [])

    def working_with(self) -> list[str]:
        said = self.by_letter(disc.APPROACH, disc.EVEN_APPROACH, 5)
        if self.focus:
            facets = facets_by_score(self.focus)
            behind = [name for name, score in facets[:-3:-1] if score < FALLS_BEHIND]
            said += [_(focus.HINTS[name]) for name in behind]
            if len(behind) < 2 and facets[0][1] >= STANDS_OUT:
                said.append(_(focus.WORK, gift=_(focus.GIFTS[facets[0][0]])))
            elif not behind:
                said.append(_(focus.NO_HINT))
        if self.core and not said:
            said += [_(VALUES[value][0]) for place in CORE_PLACES[:3] if (value := self.core.get(place)) in VALUES]
        return said

    def by_letter(self, sentences: Mapping[str, tuple[str, ...]], even: tuple[str, ...], shift: int) -> list[str]:
        """A sentence for the leading letter, or for somebody without one."""
        if not self.disc:
            return []
        return [self.one_of(even if self.is_even else sentences[self.style[0]], shift)]

    def on_domains(self, *domains: str) -> list[str]:
        """Sentences for the domain furthest from the middle, and for every other one far from it."""
        if not self.focus:
            return []
        far = {domain: abs(self.focus[domain]["score"] - 50) for domain in domains}
        telling = max(domains, key=far.__getitem__)
        return [self.on_domain(domain) for domain in domains if domain == telling or far[domain] >= FAR_FROM_MIDDLE]

    def on_domain(self, domain: str) -> str:
        assert self.focus
        height = {"veryLow": focus.LOW, "low": focus.LOW, "baseline": focus.MIDDLE}.get(
            self.focus[domain]["level"], focus.HIGH
        )
        if not self.is_even and (tension := TENSIONS.get((self.style[:1], domain, height))):
            return str(_(tension))
        return str(_(focus.DOMAINS[domain][height]))

    def on_gifts(self) -> list[str]:
        """The strengths that colleagues notice: the two highest facets, if they are high enough."""
        if not self.focus:
            return []
        gifts = [_(focus.GIFTS[name]) for name, score in facets_by_score(self.focus)[:2] if score >= STANDS_OUT]
        if not gifts:
            return [_(focus.NO_GIFT)]
        sentences = focus.ONE_GIFT if len(gifts) == 1 else focus.TWO_GIFTS
        return [_(sentences[self.turn % 2], gift=gifts[0], other=gifts[-1])]

    def one_of(self, sentences: tuple[str, ...], shift: int) -> str:
        return str(_(sentences[(self.turn >> shift) % len(sentences)]))


def on_value(value: str, sentences: tuple[str, str]) -> str:
    """A sentence on a value and its meaning; an administrator's instrument may have values that this server has no words for."""
    if value not in core_values.MEANING:
        return str(_(sentences[1], value=named(value)))
    return str(_(sentences[0], value=named(value), meaning=_(core_values.MEANING[value])))


def facets_by_score(scores: Scores) -> list[tuple[str, int]]:
    """All facets with their scores, highest first; ties keep the order of the instrument."""
    scored = [(name, facet["score"]) for domain in focus.DOMAINS for name, facet in scores[domain]["facets"].items()]
    return sorted(scored, key=lambda facet: -facet[1])
