"""What is another account's is in no answer of a tool."""

from __future__ import annotations

import json
from collections import Counter
from itertools import count

import pytest

from blueprints.mcp.registry import registry
from models.database.base import new_id
from tests.fixtures.tool_calls import working_call
from tests.promises.test_foreign_ids import NOISE, eves, was_left_alone  # noqa: F401 (a fixture)


@pytest.fixture
def public_url():
    """Asked in this process."""
    return "http://localhost"


class Things:
    """Ids for the inputs of tools: of another account, or of nobody."""

    def __init__(self, ids=None):
        names = ("profile", "tag", "alias")
        self.profile, self.tag, self.alias = (str(ids[f"{name}_id"] if ids else new_id()) for name in names)
        self.other, self.consumer_key = str(new_id()), "crm-1"


def with_ids(arguments):
    return any(name.endswith(("_id", "_ids")) for name in arguments)


def test_another_accounts_ids_are_unknown_to_every_tool(app, claude, eve, eves, rounds, figures):  # noqa: F811
    """Every tool that takes an id, in turn; each probe is asked with an id of Eve's and with one of nobody, and answered alike."""
    tools = [tool.name for tool in registry if with_ids(working_call(tool.name, Things()))]
    assert len(tools) > 10
    statuses: Counter[int] = Counter()
    for number, _ in zip(count(), rounds, strict=False):
        tool = tools[number % len(tools)]
        theirs, nobodys = (claude.call(tool, **working_call(tool, things)) for things in (Things(eves), Things()))
        statuses.update([theirs.status_code, nobodys.status_code])
        texts = [NOISE.sub("", json.dumps(each.json["result"])) for each in (theirs, nobodys)]
        assert "anary" not in texts[0]
        assert texts[0] == texts[1], f"{tool} says that the id exists"
    figures(statuses=statuses, note="0 canaries seen")
    was_left_alone(app, eves, eve)
