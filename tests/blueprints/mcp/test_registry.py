"""What tools say of themselves: a change here is a change for every assistant, and must be seen in review."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from blueprints.mcp.output_models import Deleted
from blueprints.mcp.registry import Tool, registry, tool
from models.permissions import Permission
from models.scopes import SCOPES, TAGS_MANAGE
from tests.for_each import for_each

SNAPSHOT = Path(__file__).with_name("tools.json")
TOOLS = list(registry)


@pytest.mark.asvs("15.3.1")
def test_descriptions_and_schemas_are_as_reviewed():
    """After a change that is meant: SNAPSHOT=1 bin/test tests/blueprints/mcp/test_registry.py, and look at the difference."""
    shown = json.dumps([as_listed(tool) for tool in TOOLS], indent=2, ensure_ascii=False) + "\n"
    if os.environ.get("SNAPSHOT") == "1":
        SNAPSHOT.write_text(shown)
    assert shown == SNAPSHOT.read_text()


@for_each("tool", TOOLS)
def test_every_tool_is_described_so_that_a_model_can_choose(tool: Tool):
    listed = as_listed(tool)
    assert re.fullmatch("[a-z_]{1,24}", tool.name)
    assert listed["title"]
    assert listed["description"].startswith(tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    assert "untrusted" in listed["description"]
    assert listed["annotations"].keys() == {
        "title",
        "readOnlyHint",
        "destructiveHint",
        "idempotentHint",
        "openWorldHint",
    }
    for schema in (listed["inputSchema"], listed["outputSchema"]):
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema["type"] == "object"
    assert listed["inputSchema"]["additionalProperties"] is False


@for_each("tool", TOOLS)
def test_a_tool_that_only_reads_says_so_and_no_other_does(tool: Tool):
    assert as_listed(tool)["annotations"]["readOnlyHint"] == tool.name.startswith(("list_", "get_", "compare_"))


def test_the_consent_page_learns_which_tools_a_scope_opens(app):
    by_scope = app.extensions["tools"].by_scope()
    assert by_scope.keys() == SCOPES.keys()
    assert [tool.name for tool in by_scope["account:read"]] == ["get_account", "list_aliases"]
    assert sum(len(tools) for tools in by_scope.values()) == len(TOOLS)


def test_a_tool_cannot_be_what_its_scope_does_not_cover():
    with pytest.raises(ValueError, match="does not cover"):
        tool(needs=TAGS_MANAGE, may=Permission.EDIT_PROFILES, title="No", additive=True)(Deleted.of)


def test_a_tool_is_of_exactly_one_kind():
    with pytest.raises(ValueError, match="either reads"):
        tool(needs=TAGS_MANAGE, may=Permission.SEE_TAGS, title="No", reads=True, destructive=True)


def as_listed(tool: Tool) -> dict[str, Any]:
    """The tool as it goes over the wire."""
    return tool.listed.model_dump(mode="json", by_alias=True, exclude_none=True)
