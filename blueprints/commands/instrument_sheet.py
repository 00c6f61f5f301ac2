"""An instrument as one page of text for a reviewer, grouped by what the statements measure."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import fill

from models.instruments import DISC_SCALES, FOCUS_DOMAINS, TITLES, Instrument, Statement

WIDTH = 100


def sheet(instrument: Instrument) -> str:
    """Everything to review: the source, the texts and questions, and how each answer counts."""
    return "\n".join([*head(instrument), "", *BODIES[instrument.assessment](instrument)])


def contents(instrument: Instrument) -> str:
    """Its parts in a few words."""
    if instrument.assessment == "core":
        return f"{len(instrument.values)} values, narrowed to {instrument.pages[0].most} at most"
    if instrument.assessment == "disc":
        return f"{len(instrument.pages)} blocks of four statements"
    return f"{len(instrument.item_ids)} statements for {sum(map(len, FOCUS_DOMAINS.values()))} facets"


def head(instrument: Instrument) -> Iterator[str]:
    kind = TITLES[instrument.assessment]
    yield f"{instrument.key}: {instrument.title}" + ("" if instrument.title == kind else f" (for {kind})")
    yield f"{contents(instrument)}; about {instrument.minutes} minutes; language {instrument.language}"
    yield f"Licence: {instrument.licence}"
    yield "Validated, according to its file." if instrument.validated else "Not validated."
    yield from wrapped(instrument.notice)
    yield from ("", "Instructions", *wrapped(instrument.instructions))


def disc_body(instrument: Instrument) -> Iterator[str]:
    yield "Blocks, in the order they are asked"
    for number, page in enumerate(instrument.pages, 1):
        yield ""
        for place, statement in enumerate(page.statements):
            yield f"{number if place == 0 else '':>4}  {statement.scale.upper()}  {statement.text}"
    yield ""
    yield ", ".join(f"{scale.upper()} {name}" for scale, name in DISC_SCALES.items())


def focus_body(instrument: Instrument) -> Iterator[str]:
    yield "Answers: " + ", ".join(f"{number} {label}" for number, label in enumerate(instrument.scale, 1))
    yield "Items marked + count as answered, items marked - as 6 minus the answer. The number is the item's place in the questionnaire."
    statements = [statement for page in instrument.pages for statement in page.statements]
    for domain, facets in FOCUS_DOMAINS.items():
        yield from ("", domain.upper())
        for facet in facets:
            yield f"  {facet}"
            mine = [statement for statement in statements if statement.scale == facet]
            yield from (keyed(instrument, statement) for statement in sorted(mine, key=lambda each: each.keyed))


def keyed(instrument: Instrument, statement: Statement) -> str:
    return f"    {statement.keyed} {instrument.place(statement.id):>4}  {statement.text}"


def core_body(instrument: Instrument) -> Iterator[str]:
    yield f"1. Choose up to {instrument.pages[0].most}. 2. Put five of them in order (ten where the account asks for ten)."
    yield ""
    widest = max(len(each.name) for each in instrument.values)
    for each in instrument.values:
        yield f"  {each.name:<{widest}}  {each.meaning}"


def wrapped(text: str) -> list[str]:
    return fill(text, WIDTH).splitlines()


BODIES = {"disc": disc_body, "focus": focus_body, "core": core_body}
