"""The embedded writer: a debrief composed from scores alone, by this server. Equal scores give equal words."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Mapping
from typing import Any

from models.debriefs.core import MEANING
from models.debriefs.disc import ALSO, APPROACH, TEMPERS, UNDER_PRESSURE, WITH_OTHERS
from models.debriefs.focus import DOMAINS, GIFTS, HIGH, HINTS, LOW, MIDDLE
from models.instruments import CORE_PLACES

Scores = Mapping[str, Any]


def compose(results: Mapping[str, Scores | None]) -> str:
    """What these results mean at work: paragraphs separated by blank lines, headings as lines that start with `# `.

    `results` has the scores of `disc`, `focus` and `core` in their final shape; what was not taken is left out of the text.
    """
    disc, focus, core = results.get("disc"), results.get("focus"), results.get("core")
    turn = turn_of(results)
    sections = {
        headline(disc): at_work(disc, focus, turn),
        "With others": with_others(disc, focus, turn),
        "Under pressure": under_pressure(disc, focus, turn),
        "What matters to them": what_matters(core, turn),
        "Working with them": working_with(disc, focus, turn),
    }
    return "\n\n".join(f"# {title}\n\n{' '.join(said)}" for title, said in sections.items() if said)


def turn_of(results: Mapping[str, Scores | None]) -> int:
    """A number that follows from the scores: it turns the choice between sentences that mean much the same."""
    return zlib.crc32(json.dumps(results, sort_keys=True).encode())


def headline(disc: Scores | None) -> str:
    return TEMPERS[disc["style"][:2]][0] if disc else "How they tend to work"


def at_work(disc: Scores | None, focus: Scores | None, turn: int) -> list[str]:
    said = []
    if disc:
        said.append(TEMPERS[disc["style"][:2]][1])
    if focus:
        noticed = ("Colleagues are likely to notice their", "What stands out is their")[turn % 2]
        said += [
            domain_sentence(focus, "organization", "flexibility"),
            f"{noticed} {GIFTS[facets_by_score(focus)[0]]}.",
        ]
    return said


def with_others(disc: Scores | None, focus: Scores | None, turn: int) -> list[str]:
    said = []
    if disc:
        said.append(variant(WITH_OTHERS[disc["style"][0]], turn >> 1))
    if focus:
        said.append(domain_sentence(focus, "communication", "understanding"))
    if disc and len(disc["style"]) > 2:
        said.append(ALSO[disc["style"][2]])
    return said


def under_pressure(disc: Scores | None, focus: Scores | None, turn: int) -> list[str]:
    said = []
    if disc:
        said.append(variant(UNDER_PRESSURE[disc["style"][0]], turn >> 2))
    if focus:
        said.append(domain_sentence(focus, "stability"))
    return said


def what_matters(core: Scores | None, turn: int) -> list[str]:
    if not core:
        return []
    first, second, third, fourth, fifth = (core[place] for place in CORE_PLACES[:5])
    second, third, fourth, fifth = (value_name(value) for value in (second, third, fourth, fifth))
    following = (
        f"{second.capitalize()} and {third} follow, then {fourth} and {fifth}.",
        f"After that come {second}, {third}, {fourth} and {fifth}.",
        f"{second.capitalize()} is close behind; {third}, {fourth} and {fifth} complete the five.",
    )
    # An instrument that an operator loaded may ask for values that nobody here has words for.
    meaning = f": {MEANING[first]}" if first in MEANING else ""
    return [f"{value_name(first).capitalize()} comes first{meaning}.", variant(following, turn >> 3)]


def working_with(disc: Scores | None, focus: Scores | None, turn: int) -> list[str]:
    said = []
    if disc:
        said.append(variant(APPROACH[disc["style"][0]], turn >> 5))
    if focus:
        lowest, next_lowest = facets_by_score(focus)[:-3:-1]
        said += [HINTS[lowest], HINTS[next_lowest]]
    return said


def variant(sentences: tuple[str, ...], turn: int) -> str:
    return sentences[turn % len(sentences)]


def domain_sentence(focus: Scores, *domains: str) -> str:
    """The sentence of whichever of these domains lies furthest from the middle."""
    telling = max(domains, key=lambda domain: abs(focus[domain]["score"] - 50))
    return DOMAINS[telling][{"veryLow": LOW, "low": LOW, "baseline": MIDDLE}.get(focus[telling]["level"], HIGH)]


def facets_by_score(focus: Scores) -> list[str]:
    """All facets, the highest first; ties keep the order of the instrument."""
    scored = {name: facet["score"] for domain in DOMAINS for name, facet in focus[domain]["facets"].items()}
    return sorted(scored, key=lambda name: -scored[name])


def value_name(value: str) -> str:
    """A value as people write it: `familyHappiness` is family happiness."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", value).lower()
