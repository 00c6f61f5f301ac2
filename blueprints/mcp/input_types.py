"""The argument types of tools, with a message for each way of getting one wrong."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, WithJsonSchema

from blueprints.mcp.call_outcomes import CallRefused
from models.errors import Invalid
from models.profiles.tag import COLORS
from models.strict_json import BadJSON, parse_json
from models.text import plain

Id = Annotated[uuid.UUID, Field(strict=False, description="An id as this server gives it.")]
Ids = Annotated[list[Id], Field(min_length=1, max_length=100, description="Ids of profiles.")]
IdsToCompare = Annotated[list[Id], Field(min_length=2, max_length=12, description="Ids of different profiles.")]
TagFilter = Annotated[list[Id], Field(max_length=10, description="Ids of tags.")]
AnyTag = Annotated[
    bool, Field(description="Whether one of the tags is enough; otherwise people must have all of them.")
]
TagsToPut = Annotated[list[Id], Field(max_length=20, description="Ids of tags to add to the profile.")]
Search = Annotated[str, Field(max_length=200, description="Words to look for.")]
Limit = Annotated[int, Field(ge=1, le=100, description="How many to return at most.")]
PageNumber = Annotated[int, Field(ge=1, le=10_000, description="Which page.")]
Cursor = Annotated[str, Field(max_length=1_000, description="`next_cursor` of the page before.")]
ConsumerKey = Annotated[
    str, Field(max_length=200, description="The name by which another system knows it; unique in the account.")
]
TagLabel = Annotated[str, Field(max_length=60)]
# The tag model checks the colour and words the error; the schema lists the choices.
TagColor = Annotated[str, WithJsonSchema({"type": "string", "enum": list(COLORS)})]
Status = Literal["pending", "completed"]
Style = Annotated[
    str,
    Field(
        pattern="^[DISCdisc]{1,4}$",
        description="A DISC style: one to four of the letters D, I, S and C, highest scale first.",
    ),
]
Sort = Literal["name", "created", "completed"]
Name = Annotated[str, Field(max_length=100)]
Email = Annotated[str, Field(max_length=254, description="In the form name@example.com.")]
NewName = Annotated[str, Field(max_length=100, description="To empty it, name it in `clear` instead.")]
NewPhone = Annotated[str, Field(max_length=40, description="To empty it, name it in `clear` instead.")]
Assessment = Literal["disc", "focus", "core"]
FieldsToClear = Annotated[
    list[Literal["first_name", "last_name", "phone"]], Field(max_length=3, description="Fields to empty.")
]

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


def normalize(sent: Mapping[str, Any], lists: frozenset[str], optional: frozenset[str]) -> dict[str, Any]:
    """Inputs as they are meant, without those that are not given."""
    meant = {name: read_value(value, name in lists) for name, value in sent.items()}
    return {name: value for name, value in meant.items() if not (value is None or (name in optional and empty(value)))}


def read_value(value: Any, is_list: bool) -> Any:
    """A whole number as the integer that it is in JSON Schema, and a list that came as JSON text (some apps send it so) as a list."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return parse_list(value) if is_list and isinstance(value, str) and value.startswith("[") else value


def empty(value: Any) -> bool:
    """Whether it says nothing: models that must fill in every input send an empty text or list for what they leave out."""
    return value == [] or (isinstance(value, str) and not value.strip())


def parse_list(text: str) -> Any:
    try:
        return parse_json(text.encode())
    except BadJSON:
        return text


@contextmanager
def as_custom_id() -> Iterator[None]:
    """Where a key comes in as `custom_id`, what is wrong with it is said of that input."""
    try:
        yield
    except Invalid as error:
        raise Invalid("custom_id" if error.field == "consumer_key" else error.field, error.message) from None
