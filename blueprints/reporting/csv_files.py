"""Reports as CSV files, for spreadsheets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flask import Response

from blueprints.auth.access_control import allowed
from blueprints.auth.reauthentication import recently_authenticated
from blueprints.reporting import bp
from blueprints.reporting.reports import Chosen, Wanted
from blueprints.web.csv_export import Cell, csv_file
from models.database import now
from models.instruments import CORE_PLACES, LEVELS
from models.permissions import Permission
from models.reports import Group, Person, Scale, Spread, describe
from models.reports.scales import DISC, DOMAINS, FACETS
from models.text import full_name, spaced

Row = list[Cell]
SCALES = (*DISC, *(scale for domain in DOMAINS for scale in (domain, *FACETS[domain.key])))


@bp.get("/reporting/comparison.csv")
@allowed(Permission.SEE_PROFILES)
@recently_authenticated
def comparison_file() -> Response:
    return csv_file(f"comparison-{now():%Y-%m-%d}", side_by_side(Chosen.of_request().people))


@bp.get("/reporting/group.csv")
@allowed(Permission.SEE_PROFILES)
@recently_authenticated
def group_file() -> Response:
    return csv_file(f"group-{now():%Y-%m-%d}", summary(describe(Wanted.of_request().members().people)))


def side_by_side(people: Iterable[Person]) -> Iterator[Row]:
    """One row per person, one column per score."""
    yield ["Name", "E-mail", "DISC style", *map(heading, SCALES), *(f"Value {place}" for place in range(1, 11))]
    for person in people:
        core = person.results.get("core", {})
        yield [
            full_name(person.first_name, person.last_name) or person.email,
            person.email,
            person.style,
            *(scale.of(person) for scale in SCALES),
            *(spaced(core[place]) if place in core else None for place in CORE_PLACES),
        ]


def summary(group: Group) -> Iterator[Row]:
    """One row per scale: the number of scores, and their distribution."""
    yield [
        "Scale",
        "Domain",
        "People",
        "Lowest",
        "Lower quartile",
        "Median",
        "Upper quartile",
        "Highest",
        *map(spaced, LEVELS),
    ]
    for spread in group.disc:
        yield line(spread)
    for domain in group.domains:
        yield line(domain)
        yield from map(line, group.facets[domain.scale.key])


def line(spread: Spread) -> Row:
    domain = spaced(spread.scale.domain) if spread.scale.domain else None
    return [
        spread.scale.title,
        domain,
        spread.count,
        spread.least,
        spread.lower,
        spread.median,
        spread.upper,
        spread.most,
        *spread.levels,
    ]


def heading(scale: Scale) -> str:
    return f"{spaced(scale.domain)}: {scale.title}" if scale.domain else scale.title
