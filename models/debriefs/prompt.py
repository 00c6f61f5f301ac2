"""What is sent to a language model: instructions and scores. Nothing else leaves this server with them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from models.instruments import CORE_PLACES, DISC_SCALES, FOCUS_DOMAINS, level
from models.text import spaced

Scores = Mapping[str, Any]

INSTRUCTIONS = """\
You write a debrief: what the scores of one person, whom you do not know, may mean at work. The person and the people who work \
with them will read it. The scores come as JSON, from 0 to 100, from up to three questionnaires about behaviour:
- disc: four scales (Dominance, Influence, Steadiness, Correctness), and the style: the letters of those above 50, the highest first.
- focus: five domains with six facets each, and how high each is.
- core_values: the values that the person put first, in their order.

Write plain, calm, friendly English for readers who know no psychology. Say "they", never "he" or "she". Speak of tendencies, not \
of verdicts, and say only what the scores support. Be concrete: what colleagues will see, and what helps. Combine the \
questionnaires where they agree or pull apart. Begin sentences differently. Do not repeat numbers, and do not name the \
questionnaires or their scales.

Name nobody and nothing: no names of people, companies, places, tests or authors, no links, no addresses, no markup, no lists, no \
headings. Nothing clinical: no diagnosis, nothing of health or intelligence. Nothing of age, gender, origin, religion or politics, \
and no advice on hiring, promoting, paying or dismissing: these questionnaires are not validated.

Fill in every field of the form that you are given, in whole sentences. The headline alone is a phrase, in sentence case, without \
a full stop."""

STYLE = re.compile(r"[DISC]{1,4}")
VALUE = re.compile(r"[a-z][a-zA-Z0-9]{0,39}")


def message_of(results: Mapping[str, Scores | None]) -> str:
    """The scores for a model: JSON, rebuilt from the names in this file, so that nothing else can be included."""
    said: dict[str, Any] = {}
    if disc := results.get("disc"):
        said["disc"] = disc_part(disc)
    if focus := results.get("focus"):
        said["focus"] = {domain: domain_part(focus[domain], facets) for domain, facets in FOCUS_DOMAINS.items()}
    if core := results.get("core"):
        said["core_values"] = [in_words(core[place]) for place in CORE_PLACES if VALUE.fullmatch(str(core.get(place)))]
    return json.dumps(said, indent=1)


def disc_part(disc: Scores) -> dict[str, Any]:
    style = disc["style"] if STYLE.fullmatch(str(disc["style"])) else ""
    return {"style": style} | {name: number(disc[scale]) for scale, name in DISC_SCALES.items()}


def domain_part(domain: Scores, facets: tuple[str, ...]) -> dict[str, Any]:
    scored = {in_words(facet): number(domain["facets"][facet]["score"]) for facet in facets}
    score = number(domain["score"])
    return {"score": score, "level": in_words(level(score)), "facets": scored}


def number(given: Any) -> float:
    score = round(float(given), 1)
    return int(score) if score.is_integer() else score


def in_words(name: str) -> str:
    """A camel-case name as words: `familyHappiness` is family happiness."""
    return spaced(name).lower()
