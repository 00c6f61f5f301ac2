"""The form that a language model fills in, and the check of its answer before anybody reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError, create_model

from models.debriefs.content_filter import Unwanted, check_headline, check_prose
from models.debriefs.prompt import Scores
from models.text import plain, prose

LARGEST = 20_000


class Unusable(Exception):
    """This answer cannot be used; the message says why, for the server log, and quotes nothing from it."""


@dataclass(frozen=True)
class Section:
    """A part of a debrief, and the assessments that it can be based on."""

    name: str
    title: str
    asked: str
    sources: frozenset[str]


BEHAVIOUR = frozenset({"disc", "focus"})
SECTIONS = (
    Section("at_work", "", "How they tend to work: pace, decisions, plans, details, new things.", BEHAVIOUR),
    Section("with_others", "With others", "How they tend to deal with colleagues, groups and disagreement.", BEHAVIOUR),
    Section(
        "under_pressure", "Under pressure", "What others may see when time is short or things go wrong.", BEHAVIOUR
    ),
    Section(
        "what_matters",
        "What matters to them",
        "What their values mean for what they look for in work.",
        frozenset({"core"}),
    ),
    Section("working_with", "Working with them", "What colleagues can do: practical hints.", BEHAVIOUR | {"core"}),
)


def one_paragraph(given: Any) -> Any:
    """The written text as one plain paragraph."""
    return plain(prose(given)).strip("*_# ") if isinstance(given, str) else given


Headline = Annotated[str, BeforeValidator(one_paragraph), StringConstraints(min_length=6, max_length=80)]
Paragraph = Annotated[str, BeforeValidator(one_paragraph), StringConstraints(min_length=60, max_length=900)]


def sections_for(results: Mapping[str, Scores | None]) -> list[Section]:
    """The parts that these results are enough for."""
    taken = {name for name, scores in results.items() if scores}
    return [section for section in SECTIONS if section.sources & taken]


def sheet_for(results: Mapping[str, Scores | None]) -> type[BaseModel]:
    """The form to fill in: a headline if there are results about behaviour, and a paragraph for each part."""
    fields: dict[str, Any] = {}
    for section in sections_for(results):
        if section.name == "at_work":
            fields["headline"] = (Headline, Field(description="Who they are at work in three to six words."))
        fields[section.name] = (Paragraph, Field(description=f"{section.asked} Two to four sentences."))
    return create_model("Debrief", __config__=ConfigDict(extra="forbid", strict=True), **fields)


def text_from(answer: str, results: Mapping[str, Scores | None], names: tuple[str, ...]) -> str:
    """The debrief in a model's answer, in the form of `Debrief.text`; raises `Unusable`. `names` are the person's own."""
    if len(answer) > LARGEST:
        raise Unusable(f"longer than {LARGEST} characters")
    try:
        written = sheet_for(results).model_validate_json(answer).model_dump()
        return "\n\n".join(paragraphs(written, results, names))
    except ValidationError as fault:
        raise Unusable(f"not the form: {faults(fault)}") from None
    except Unwanted as found:
        raise Unusable(f"holds {found}") from None


def paragraphs(written: dict[str, str], results: Mapping[str, Scores | None], names: tuple[str, ...]) -> list[str]:
    found = []
    for section in sections_for(results):
        check_prose(written[section.name], names)
        title = section.title or check_headline(written["headline"], names)
        found += [f"# {title}", written[section.name]]
    return found


def faults(fault: ValidationError) -> str:
    """What is invalid, by field and kind, without quoting the answer."""
    each = fault.errors(include_url=False, include_context=False, include_input=False)
    # The name of an invented field is the model's text too.
    known = {section.name for section in SECTIONS} | {"headline"}
    named = (f"{place if (place := '.'.join(map(str, one['loc']))) in known else 'form'} {one['type']}" for one in each)
    return ", ".join(list(dict.fromkeys(named))[:5])
