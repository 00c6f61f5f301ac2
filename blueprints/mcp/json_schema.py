"""JSON Schemas of inputs and answers, as simple as possible: clients and models read them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

NULL = {"type": "null"}


class PlainSchema(GenerateJsonSchema):
    """Pydantic's schema without titles that repeat a name, and without null defaults: null values are left out."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002
        return False

    def default_schema(self, schema: Any) -> JsonSchemaValue:
        described = super().default_schema(schema)
        if described.get("default", ...) is None:
            described.pop("default")
        return described


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON Schema of an answer; its root is an object."""
    schema = model.model_json_schema(mode="serialization", schema_generator=PlainSchema)
    for part in (schema, *schema.get("$defs", {}).values()):
        part.pop("title", None)
        part.pop("description", None)
    return schema


def input_schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON Schema of inputs, in the few keywords that every provider of models takes (docs/decisions/0025)."""
    full = model.model_json_schema(schema_generator=PlainSchema)
    required = full.get("required", [])
    properties = {name: describe(part, name in required) for name, part in full["properties"].items()}
    named = {"required": required} if required else {}
    return {"type": "object", "properties": properties, **named, "additionalProperties": False}


def describe(part: dict[str, Any], required: bool) -> dict[str, Any]:
    """One input. What can be left out can be null: models that must fill in every input have nothing else to say so by."""
    kind = next(kind for kind in part.get("anyOf", [part]) if kind != NULL)
    words = [part.get("description") or kind.get("description", ""), *bounds_of(kind), default_of(part)]
    said = " ".join(word for word in words if word)
    shown = bare(kind) | ({"description": said} if said else {})
    # Gemini takes nothing beside `anyOf`.
    return shown if required else {"anyOf": [shown, NULL]}


def bare(kind: dict[str, Any]) -> dict[str, Any]:
    """What an input is, without what bounds it."""
    shown = {"type": kind["type"]}
    if "const" in kind or "enum" in kind:
        shown["enum"] = kind.get("enum") or [kind["const"]]
    if "items" in kind:
        shown["items"] = bare(kind["items"])
    return shown


def bounds_of(kind: dict[str, Any]) -> Iterator[str]:
    """What bounds an input, in words: strict modes refuse the keywords, and the server holds to them anyway."""
    match kind:
        case {"minimum": least, "maximum": most}:
            yield f"From {least:,} to {most:,}."
        case {"minItems": least, "maxItems": most}:
            yield f"{least} to {most} of them."
        case {"maxItems": most}:
            yield f"At most {most} of them."
        case {"maxLength": most}:
            yield f"At most {most:,} characters."


def default_of(part: dict[str, Any]) -> str:
    return f"Left out, it is {part['default']}." if part.get("default") else ""
