"""JSON Schemas of inputs and answers, as simple as possible: clients and models read them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue


class PlainSchema(GenerateJsonSchema):
    """Pydantic's schema without titles that repeat a name, and without null defaults: null values are left out."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002
        return False

    def default_schema(self, schema: Any) -> JsonSchemaValue:
        described = super().default_schema(schema)
        if described.get("default", ...) is None:
            described.pop("default")
        return described


class InputSchema(PlainSchema):
    """For inputs: leaving one out and giving null mean the same, so null is not mentioned."""

    def nullable_schema(self, schema: Any) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON Schema of a model; its root is an object that takes nothing else."""
    inputs = model.model_config.get("extra") == "forbid"
    schema = model.model_json_schema(
        mode="validation" if inputs else "serialization", schema_generator=InputSchema if inputs else PlainSchema
    )
    for part in (schema, *schema.get("$defs", {}).values()):
        part.pop("title", None)
        part.pop("description", None)
    return schema
