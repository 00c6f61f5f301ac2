"""The meaning of a result, scale by scale: its final numbers, with a sentence beside each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from models.errors import NotFound
from models.instruments import CORE_PLACES, DISC_SCALES, Instrument, Value, bundled, by_key, named
from models.reports.text.domains import DOMAINS, FACETS
from models.reports.text.headlines import ALONE, BALANCED, FIRST, HIGHEST, SOME, STRONG_SECOND
from models.reports.text.styles import CLOSE_TOGETHER, HIGH, LOW, MIDDLE, SCALES, STYLES

Scores = Mapping[str, Any]

LOW_BELOW, HIGH_ABOVE = 40, 60
NEARLY_EQUAL = 15

NOT_VALIDATED = lazy_gettext(
    "It is not a validated test: take a result as something to talk about, not as a measurement to decide by."
)
UNKNOWN = lazy_gettext(
    "Results that came from elsewhere are shown as they came; Profile does not know whether the test behind them is validated."
)


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
    summary = _(STYLES[scores["style"][:2]])
    if max(found) - min(found) < NEARLY_EQUAL:
        summary = f"{summary} {_(CLOSE_TOGETHER)}"
    scales = (scale_reading(key, title, scores[key]) for key, title in DISC_SCALES.items())
    return DiscReading(scores["style"], summary, tuple(scales))


def headline(scores: Mapping[str, Scores]) -> str:
    """These results in one sentence, from the first assessment that was taken; `scores` has `disc`, `focus` and `core`."""
    if disc := scores.get("disc"):
        return disc_headline(disc)
    if focus := scores.get("focus"):
        by_score = sorted(focus, key=lambda name: -focus[name]["score"])
        return str(_(HIGHEST, highest=named(by_score[0]), lowest=named(by_score[-1])))
    return str(_(FIRST, first=named(scores["core"]["first"]))) if scores.get("core") else ""


def disc_headline(disc: Scores) -> str:
    found = [disc[key] for key in DISC_SCALES]
    first, *others = disc["style"]
    if max(found) - min(found) < NEARLY_EQUAL:
        return str(_(BALANCED))
    if not others:
        return str(_(ALONE[first]))
    second = disc[others[0].lower()]
    strong = second > HIGH_ABOVE or disc[first.lower()] - second < NEARLY_EQUAL
    return str(_((STRONG_SECOND if strong else SOME)[first], second=named(DISC_SCALES[others[0].lower()])))


def scale_reading(key: str, title: str, score: float) -> ScaleReading:
    band = LOW if score < LOW_BELOW else HIGH if score > HIGH_ABOVE else MIDDLE
    return ScaleReading(key, _(title), score, band, _(SCALES[key][band]))


def focus_reading(scores: Scores) -> list[ScaleReading]:
    """What a Focus result tends to mean at work, domain by domain."""
    return [domain_reading(name, domain) for name, domain in scores.items()]


def domain_reading(name: str, domain: Scores) -> ScaleReading:
    facets = (
        ScaleReading(key, key, facet["score"], facet["level"], _(FACETS[key]))
        for key, facet in domain["facets"].items()
    )
    return ScaleReading(name, name, domain["score"], domain["level"], _(DOMAINS[name][domain["level"]]), tuple(facets))


@dataclass(frozen=True)
class RankedValue:
    """One of the ranked values."""

    place: int
    value: str
    title: str
    meaning: str


def core_reading(scores: Scores, instrument_key: str) -> list[RankedValue]:
    """The ranked values, with the names and meanings of their instrument."""
    # Results from a file name no instrument; most of their values are those of the bundled one.
    asked = {each.value: each for each in (instrument_of(instrument_key) or bundled("core-1")).values}
    return [ranked(place, scores[name], asked) for place, name in enumerate(CORE_PLACES, 1) if name in scores]


def ranked(place: int, value: str, asked: Mapping[str, Value]) -> RankedValue:
    known = asked.get(value)
    return RankedValue(place, value, known.name if known else named(value), known.meaning if known else "")


def instrument_of(key: str) -> Instrument | None:
    """The instrument of a result; None if this server does not know it."""
    try:
        return by_key(key)
    except NotFound:
        return None


def notice_of(key: str) -> str:
    """What people should know about the instrument before they rely on a result."""
    instrument = instrument_of(key)
    if instrument is None:
        return str(UNKNOWN)
    return instrument.notice or (
        _("%(title)s: a validated instrument.", title=instrument.title) if instrument.validated else str(NOT_VALIDATED)
    )
