"""The inputs that tools advertise are such as every provider of models takes, in its strict mode too, and converts without loss."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import Any

import jsonschema

from blueprints.mcp.json_schema import PlainSchema
from blueprints.mcp.registry import registry
from tests.for_each import for_each

# What is in all of: OpenAI's structured outputs ("Supported schemas"), the Schema of Gemini's function declarations, and Anthropic's
# strict tool use ("JSON Schema limitations"). Gemini takes no `const`, no format but date-time and enum, and nothing beside `anyOf`;
# OpenAI takes no default and no length of a text; Anthropic no bounds and no list of types.
KEYWORDS = {"type", "description", "enum", "items", "anyOf", "properties", "required", "additionalProperties"}
TOOLS = list(registry)


def parts_of(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """A schema and all that are within it."""
    within = [*schema.get("properties", {}).values(), *schema.get("anyOf", ()), *filter(None, [schema.get("items")])]
    return [schema, *(part for inner in within for part in parts_of(inner))]


@for_each("tool", TOOLS)
def test_inputs_are_described_in_what_all_providers_take(tool):
    for part in parts_of(tool.input_schema):
        assert part.keys() <= KEYWORDS
        assert isinstance(part.get("type", ""), str)
        assert "anyOf" not in part or len(part) == 1


@for_each("tool", TOOLS)
def test_published_converters_lose_nothing(tool):
    # Libraries of seconds, that only this test needs: not while tests are collected.
    from anthropic import transform_schema
    from pydantic_ai.profiles.google import GoogleJsonSchemaTransformer
    from pydantic_ai.profiles.openai import OpenAIJsonSchemaTransformer

    given = tool.input_schema
    strict = OpenAIJsonSchemaTransformer(deepcopy(given), strict=True).walk()
    assert strict.pop("required", []) == list(given["properties"])
    assert strict == {name: value for name, value in given.items() if name != "required"}
    assert GoogleJsonSchemaTransformer(deepcopy(given)).walk() == given
    # Anthropic's leaves the type out beside an enum, and puts what it does not take into the description.
    kept = [part.get("description") for part in parts_of(transform_schema(deepcopy(given)))]
    assert kept == [part.get("description") for part in parts_of(given)]


@for_each("tool", TOOLS)
def test_what_can_be_left_out_can_be_null_and_nothing_else_can(tool):
    for name, part in tool.input_schema["properties"].items():
        assert jsonschema.Draft202012Validator(part).is_valid(None) == (name in tool.optional), name


@for_each("tool", TOOLS)
def test_bounds_that_have_no_keyword_are_said_in_words(tool):
    bounds = re.compile(r"'(?:minimum|maximum|minItems|maxItems|maxLength)': (\d+)")
    full = tool.input_model.model_json_schema(schema_generator=PlainSchema)["properties"]
    for name, part in tool.input_schema["properties"].items():
        said = str(part).replace(",", "")
        for bound in bounds.findall(str(full[name])):
            # That there is none of something need not be said.
            assert re.search(rf"\b{bound}\b", said), (name, bound)
