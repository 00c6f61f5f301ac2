"""What tools take: the kinds of inputs, and a sentence for each way of getting one wrong."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, WithJsonSchema

from models.profiles.tag import COLORS
from models.strict_json import BadJSON, parse_json
from models.text import plain

Id = Annotated[uuid.UUID, Field(strict=False, description="An id as this server gives it.")]
Ids = Annotated[list[Id], Field(min_length=1, max_length=100)]
IdsToCompare = Annotated[list[Id], Field(min_length=2, max_length=12, description="Different profiles.")]
TagFilter = Annotated[list[Id], Field(max_length=10)]
TagsToPut = Annotated[list[Id], Field(max_length=20, description="Tags that the profile is to carry.")]
Search = Annotated[str, Field(max_length=200, description="Words to look for.")]
Limit = Annotated[int, Field(ge=1, le=100, description="How many to return at most.")]
PageNumber = Annotated[int, Field(ge=1, le=10_000, description="Which page, from 1.")]
Cursor = Annotated[str, Field(max_length=1_000, description="`next_cursor` of the page before.")]
ConsumerKey = Annotated[
    str, Field(max_length=200, description="The name by which another system knows it; unique in the account.")
]
TagLabel = Annotated[str, Field(max_length=60)]
# The model of tags judges the colour, in the words that callers know; the schema names the choice.
TagColor = Annotated[str, WithJsonSchema({"type": "string", "enum": list(COLORS)})]
Status = Literal["pending", "completed"]
Style = Annotated[
    str, Field(pattern="^[DISCdisc]{1,4}$", description="A DISC style: its letters, highest scale first.")
]
Sort = Literal["name", "created", "completed"]
Name = Annotated[str, Field(max_length=100)]
Email = Annotated[str, Field(max_length=254, description="name@example.com")]
Phone = Annotated[str, Field(max_length=40)]
Assessment = Literal["disc", "focus", "core"]

SENTENCES = {
    "missing": "{field} is required",
    "extra_forbidden": "{field}: this tool has no such input",
    "string_type": "{field}: must be a text",
    "int_type": "{field}: must be a whole number",
    "bool_type": "{field}: must be true or false",
    "list_type": "{field}: must be a list",
    "uuid_type": "{field}: must be an id as this server gives it",
    "uuid_parsing": "{field}: must be an id as this server gives it",
    "greater_than_equal": "{field}: must be at least {ge}",
    "less_than_equal": "{field}: must be at most {le}",
    "too_short": "{field}: must have at least {min_length}",
    "too_long": "{field}: can have at most {max_length}",
    "string_too_long": "{field}: can have at most {max_length} characters",
    "string_pattern_mismatch": "{field}: must match {pattern}",
    "literal_error": "{field}: must be one of {expected}",
}
MOST_SENTENCES = 5


class BadArguments(Exception):
    """Inputs that do not fit the tool's schema; the message names each and what is expected, never a value."""


def sentences_of(error: ValidationError) -> str:
    """Pydantic's findings in our words: its own would repeat what was sent."""
    found = error.errors(include_url=False, include_context=True, include_input=False)
    return "\n".join(sentence_of(one) for one in found[:MOST_SENTENCES])


def sentence_of(found: Mapping[str, Any]) -> str:
    sentence = SENTENCES.get(found["type"], "{field}: is not what this tool takes")
    return sentence.format(field=path_of(found["loc"]), **found.get("ctx", {}))


def path_of(loc: tuple[int | str, ...]) -> str:
    """Where in the inputs: `profile_ids[3]`."""
    first, *rest = loc
    return plain(str(first))[:60] + "".join(f"[{part}]" for part in rest if isinstance(part, int))


def unwrapped(given: Mapping[str, Any], lists: frozenset[str]) -> dict[str, Any]:
    """Inputs without nulls, and with lists that came as JSON text (some assistants send them so) as lists."""
    kept = {name: value for name, value in given.items() if value is not None}
    for name in lists & kept.keys():
        if isinstance(kept[name], str) and kept[name].startswith("["):
            kept[name] = list_in(kept[name])
    return kept


def list_in(text: str) -> Any:
    try:
        return parse_json(text.encode())
    except BadJSON:
        return text
