"""The argument types of tools, with a message for each way of getting one wrong."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, WithJsonSchema

from blueprints.mcp.call_outcomes import CallRefused
from models.profiles.tag import COLORS
from models.strict_json import BadJSON, parse_json
from models.text import plain

Id = Annotated[uuid.UUID, Field(strict=False, description="An id as this server gives it.")]
Ids = Annotated[list[Id], Field(min_length=1, max_length=100)]
IdsToCompare = Annotated[list[Id], Field(min_length=2, max_length=12, description="Different profiles.")]
TagFilter = Annotated[list[Id], Field(max_length=10)]
TagsToPut = Annotated[list[Id], Field(max_length=20, description="Tags to add to the profile.")]
Search = Annotated[str, Field(max_length=200, description="Words to look for.")]
Limit = Annotated[int, Field(ge=1, le=100, description="How many to return at most.")]
PageNumber = Annotated[int, Field(ge=1, le=10_000, description="Which page, from 1.")]
Cursor = Annotated[str, Field(max_length=1_000, description="`next_cursor` of the page before.")]
ConsumerKey = Annotated[
    str, Field(max_length=200, description="The name by which another system knows it; unique in the account.")
]
TagLabel = Annotated[str, Field(max_length=60)]
# The tag model checks the colour and words the error; the schema lists the choices.
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

ERROR_TEXTS = {
    "missing": "{field} is required",
    "extra_forbidden": "{field}: unknown argument",
    "string_type": "{field}: must be a string",
    "int_type": "{field}: must be an integer",
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
MOST_ERRORS = 5


class BadArguments(CallRefused):
    """Arguments that do not match the tool's schema; the message names each and what is expected, never a value."""

    def __init__(self, error: ValidationError) -> None:
        super().__init__("arguments", describe_errors(error))


def describe_errors(error: ValidationError) -> str:
    """Pydantic's errors in our words: its own messages would repeat what was sent."""
    found = error.errors(include_url=False, include_context=True, include_input=False)
    return "\n".join(describe(each) for each in found[:MOST_ERRORS])


def describe(found: Mapping[str, Any]) -> str:
    text = ERROR_TEXTS.get(found["type"], "{field}: is not accepted by this tool")
    return text.format(field=format_path(found["loc"]), **found.get("ctx", {}))


def format_path(loc: tuple[int | str, ...]) -> str:
    """The path within the arguments: `profile_ids[3]`."""
    first, *rest = loc
    return plain(str(first))[:60] + "".join(f"[{part}]" for part in rest if isinstance(part, int))


def normalize(given: Mapping[str, Any], lists: frozenset[str]) -> dict[str, Any]:
    """Arguments without nulls, and with lists that came as JSON text (some apps send them so) as lists."""
    kept = {name: value for name, value in given.items() if value is not None}
    for name in lists & kept.keys():
        if isinstance(kept[name], str) and kept[name].startswith("["):
            kept[name] = parse_list(kept[name])
    return kept


def parse_list(text: str) -> Any:
    try:
        return parse_json(text.encode())
    except BadJSON:
        return text
