"""The scores in a row of a file, converted into final results."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

from models.errors import Invalid
from models.instruments import (
    ASSESSMENTS,
    CORE_PLACES,
    CORE_VALUES,
    DISC_SCALES,
    FOCUS_DOMAINS,
    core_result,
    disc_result,
    focus_result,
    level,
)

DISC_COLUMNS = {f"disc_{scale}": scale for scale in DISC_SCALES}
FACETS = tuple(facet for facets in FOCUS_DOMAINS.values() for facet in facets)
CORE_COLUMNS = tuple(f"core_{place}" for place in range(1, len(CORE_PLACES) + 1))
COLUMNS = frozenset({*DISC_COLUMNS, *FACETS, *CORE_COLUMNS, *ASSESSMENTS})

NUMBER = re.compile(r"-?\d{1,9}(\.\d{1,9})?", re.ASCII)
CALLED = {value.casefold(): value for value in CORE_VALUES}
FEWEST_VALUES = 5

Values = dict[str, Any]


def results_of(values: Values) -> tuple[dict[str, Values], list[str]]:
    """The valid results in a row by assessment, and the faults of the others."""
    found, wrong = {}, []
    for assessment, read in READERS.items():
        try:
            if scores := read(values):
                found[assessment] = scores
        except Invalid as problem:
            wrong.append(problem.message)
    return found, wrong


def disc_of(values: Values) -> Values | None:
    """Four scores from 0 to 100, in separate columns or as the object `disc`, whose style must match them."""
    given = {scale: values[column] for column, scale in DISC_COLUMNS.items() if column in values}
    whole = values.get("disc")
    if whole is not None:
        given = {**an_object("disc", whole, {*DISC_SCALES, "style"})}
    if not given:
        return None
    style = given.pop("style", None)
    if missing := [scale for scale in DISC_SCALES if scale not in given]:
        raise Invalid("disc", f"DISC takes all four scores; disc_{missing[0]} is missing.")
    result = disc_result({scale: number(f"disc_{scale}", given[scale], 0, 100) for scale in DISC_SCALES})
    if style not in (None, result["style"]):
        raise Invalid("disc", f"The DISC style of these scores is {result['style']}.")
    return result


def focus_of(values: Values) -> Values | None:
    """Thirty facet sums from 4 to 20, in separate columns, or the object `focus` in its final form."""
    if "focus" in values:
        return finished_focus(values["focus"])
    given = {facet: values[facet] for facet in FACETS if facet in values}
    if not given:
        return None
    if missing := [facet for facet in FACETS if facet not in given]:
        raise Invalid("focus", f"Focus takes all {len(FACETS)} facets; {missing[0]} is missing.")
    return focus_result({facet: whole_number(facet, given[facet], 4, 20) for facet in FACETS})


def finished_focus(given: Any) -> Values:
    domains = all_of("focus", given, FOCUS_DOMAINS)
    result = {}
    for domain, facets in FOCUS_DOMAINS.items():
        parts = all_of(domain, domains[domain], ("score", "facets"), optional=("level",))
        scored = all_of(f"the facets of {domain}", parts["facets"], facets)
        result[domain] = {
            **leveled(domain, parts),
            "facets": {facet: leveled(facet, all_of(facet, scored[facet], ("score",), ("level",))) for facet in facets},
        }
    return result


def leveled(name: str, part: Values) -> Values:
    """A score with its level; a given level must match the score."""
    score = whole_number(name, part["score"], 0, 100)
    if part.get("level", level(score)) != level(score):
        raise Invalid(name, f"{name}: the level of {score} is {level(score)}.")
    return {"score": score, "level": level(score)}


def core_of(values: Values) -> Values | None:
    """Five to ten different values in order, in separate columns or as the object `core`."""
    ranked = [values.get(column) for column in CORE_COLUMNS]
    if "core" in values:
        places = an_object("core", values["core"], set(CORE_PLACES))
        ranked = [places.get(place) for place in CORE_PLACES]
    while ranked and ranked[-1] is None:
        ranked.pop()
    if not ranked:
        return None
    if None in ranked or len(ranked) < FEWEST_VALUES:
        raise Invalid("core", f"Core Values take at least {FEWEST_VALUES} values in order, without a gap.")
    named = [core_value(value) for value in ranked]
    if len(set(named)) < len(named):
        raise Invalid("core", "Core Values name a value twice.")
    return core_result(named)


def core_value(given: Any) -> str:
    known = CALLED.get(re.sub(r"[\s_-]", "", given).casefold()) if isinstance(given, str) else None
    if known is None:
        raise Invalid("core", f"“{printable(given)}” is not a core value.")
    return known


def number(name: str, given: Any, least: int, most: int) -> float:
    """A number within a range, as a number or as text."""
    if isinstance(given, str) and NUMBER.fullmatch(given.strip()):
        given = float(given)
    usable = isinstance(given, int | float) and not isinstance(given, bool)
    if not (usable and math.isfinite(given) and least <= given <= most):
        raise Invalid(name, f"{name} must be a number from {least} to {most}, not “{printable(given)}”.")
    return float(given)


def whole_number(name: str, given: Any, least: int, most: int) -> int:
    # A file of ten thousand people has three hundred thousand of these: the usual case is short.
    if (
        isinstance(given, str)
        and len(given) <= 3
        and given.isascii()
        and given.isdigit()
        and least <= int(given) <= most
    ):
        return int(given)
    found = number(name, given, least, most)
    if not found.is_integer():
        raise Invalid(name, f"{name} must be a whole number from {least} to {most}, not “{printable(given)}”.")
    return int(found)


def an_object(name: str, given: Any, known: set[str]) -> Values:
    if not isinstance(given, dict):
        raise Invalid(name, f"{name} must be an object.")
    if unknown := sorted(set(given) - known):
        raise Invalid(name, f"{name} has “{printable(unknown[0])}”, which is unknown.")
    return given


def all_of(name: str, given: Any, wanted: Any, optional: tuple[str, ...] = ()) -> Values:
    found = an_object(name, given, {*wanted, *optional})
    if missing := [part for part in wanted if part not in found]:
        raise Invalid(name, f"{name} lacks {missing[0]}.")
    return found


def printable(given: Any) -> str:
    """A value from the file in a message: short, on one line, and printable."""
    text = "".join(c if c.isprintable() else "�" for c in str(given))
    return text if len(text) <= 40 else f"{text[:40]}…"


READERS: dict[str, Callable[[Values], Values | None]] = {"disc": disc_of, "focus": focus_of, "core": core_of}
