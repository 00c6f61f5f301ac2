"""The structure of an instrument file, by `schema.json`, with our own sentences for its faults."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from models.instruments.validation.fault import Fault, listed, path_to, printable

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

Schema = dict[str, Any]

SCHEMA = Path(__file__).with_name("schema.json")
KINDS = {
    "string": "text",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
}


def schema_faults(data: Any) -> Iterator[Fault]:
    """Where a file violates the schema."""
    told = set()
    for error in validator().iter_errors(data):
        for reason in REASONS[str(error.validator)](error.instance, cast("Schema", error.schema)):
            fault = Fault(path_to(*error.absolute_path), reason)
            # The library has an error for every missing name; each of them lists all of the names here.
            if fault not in told:
                told.add(fault)
                yield fault


@cache
def validator() -> Validator:
    # Only the file check needs it, and its import takes a third of a second.
    from jsonschema import Draft202012Validator

    return Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def unknown(given: Schema, schema: Schema) -> Iterator[str]:
    known = schema["properties"]
    for name in given:
        if name not in known:
            yield f"{printable(name)} is unknown; the known names are {listed(known, 'and')}"


def missing(given: Schema, schema: Schema) -> Iterator[str]:
    for name in schema["required"]:
        if name not in given:
            yield f'"{name}" is missing'


def another_kind(given: Any, schema: Schema) -> Iterable[str]:
    return [f"must be {KINDS[schema['type']]}, not {printable(given)}"]


def not_a_choice(given: Any, schema: Schema) -> Iterable[str]:
    return [f"{printable(given)} is not one of {', '.join(schema['enum'])}"]


def another_form(given: Any, schema: Schema) -> Iterable[str]:
    return [f"{printable(given)} is invalid: {schema['description']}"]


def number_of(given: list[Any], schema: Schema) -> Iterable[str]:
    fewest, most = schema["minItems"], schema["maxItems"]
    return [f"has {len(given)}; there must be {fewest if fewest == most else f'{fewest} to {most}'}"]


def length(given: str, schema: Schema) -> Iterable[str]:
    return [f"has {len(given)} characters; at most {schema['maxLength']} are allowed" if given else "must not be empty"]


def bounds(given: int, schema: Schema) -> Iterable[str]:
    return [f"must be from {schema['minimum']} to {schema['maximum']}, not {printable(given)}"]


REASONS: dict[str, Callable[[Any, Schema], Iterable[str]]] = {
    "additionalProperties": unknown,
    "required": missing,
    "type": another_kind,
    "enum": not_a_choice,
    "pattern": another_form,
    "minItems": number_of,
    "maxItems": number_of,
    "minLength": length,
    "maxLength": length,
    "minimum": bounds,
    "maximum": bounds,
}
