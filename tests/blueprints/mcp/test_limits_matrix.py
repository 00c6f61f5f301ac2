"""Every tool with every limit: each works or is refused as it should, answers in its declared shape, and names nothing hidden."""

from __future__ import annotations

import uuid
from datetime import timedelta

import jsonschema
import pytest
from sqlalchemy import update

from blueprints.mcp.registry import registry
from models.connections import lifecycle as lifecycle
from models.connections.connection import Connection
from models.connections.usage import ConnectionUse
from models.database.base import db, now
from models.database.tenancy import in_account
from models.profiles.tag import Tag
from tests.fixtures.tool_calls import working_call
from tests.mcp_client import result_of

TOOLS = list(registry)
HIDDEN = ("@example.com", "+49 30 1234", '"email"', '"phone"')
OUTSIDE = ("@example.com", "Doug", "Rattmann", "+49 30 1234", "crm-doug")
# Changing these for all changes them for those outside.
OF_OTHERS = {"update_tag", "delete_tag"}
IDS = {"profile_id", "profile_ids", "resource_id", "alias_id"}


@pytest.fixture
def things_for(things_of, aperture):
    """Things for each tool, so that what one changes or deletes is there for the next."""
    made = {tool.name: things_of(aperture.id, f"doug{number}") for number, tool in enumerate(TOOLS)}
    return lambda tool: made[tool.name]


@pytest.fixture
def carried(app, alice, things_for):
    """A tag that everybody carries who is there."""
    with app.app_context(), in_account(alice.account_id):
        tag = Tag.create(alice.account_id, "Everybody", "blue")
        tag.put_on({uuid.UUID(id_) for tool in TOOLS for id_ in (things_for(tool).profile, things_for(tool).other)})
        db.session.commit()
        return str(tag.id)


def answered(tool, answer):
    """A tool's answer that worked, and is what its schema says."""
    result = result_of(answer)
    assert not result["isError"], (tool.name, result)
    jsonschema.validate(result["structuredContent"], tool.listed.output_schema or False)
    return answer.text


def call(claude, tool, things):
    return claude.call(tool.name, **working_call(tool.name, things))


def test_what_may_only_read_is_shown_and_carries_out_what_reads_alone(claude, things_for, limit):
    limit(read_only=True)

    assert claude.tools() == [tool.name for tool in TOOLS if tool.reads]
    for tool in TOOLS:
        if tool.reads:
            answered(tool, call(claude, tool, things_for(tool)))
        else:
            assert "is read-only" in claude.refusal(tool.name, **working_call(tool.name, things_for(tool)))


def test_hidden_addresses_and_numbers_are_nowhere_in_the_bytes_of_an_answer(claude, things_for, limit):
    limit(hide_contact=True)

    for tool in TOOLS:
        said = answered(tool, call(claude, tool, things_for(tool)))
        assert [hidden for hidden in HIDDEN if hidden in said] == [], tool.name


def test_nor_are_they_in_the_bytes_of_an_error(claude, things_for, limit):
    limit(hide_contact=True)

    for tool in TOOLS:
        arguments = working_call(tool.name, things_for(tool))
        wrong = {name: unknown(name, value) for name, value in arguments.items()} | {"nonsense": True}
        lists: dict[str, object] = {name: [] for name in arguments}
        for given in (wrong, lists):
            said = claude.call(tool.name, **given).text
            assert [hidden for hidden in HIDDEN[:2] if hidden in said] == [], tool.name
    said = claude.refusal("send_assessment_invite", email="doug0@example.com", first_name="Doug")
    assert "Rattmann" not in said
    assert "doug0@" not in said


def test_profiles_without_the_tag_do_not_exist_for_any_tool(claude, things_for, inside, limit):
    limit(only_tags=[inside[0]])

    for tool in TOOLS:
        arguments = working_call(tool.name, things_for(tool))
        answer = claude.call(tool.name, **arguments)
        said = answer.text.replace("Douglas", "")
        assert [outside for outside in OUTSIDE if outside in said] in ([], invited(tool)), tool.name
        if tool.name in OF_OTHERS:
            assert "do not allow it to change or delete this tag" in result_of(answer)["content"][0]["text"]
        elif IDS.isdisjoint(arguments):
            answered(tool, answer)
        else:
            assert result_of(answer)["isError"]
            nobody = {name: unknown(name, value) for name, value in arguments.items()}
            assert result_of(claude.call(tool.name, **nobody)) == result_of(answer)


def invited(tool):
    """What an app gave itself, it may be told."""
    return ["@example.com"] if tool.name == "send_assessment_invite" else []


def unknown(name, value):
    if name in {"profile_id", "alias_id", "resource_id"}:
        return str(uuid.uuid4())
    return [str(uuid.uuid4()) for _ in value] if name == "profile_ids" else value


def test_with_those_who_carry_the_tag_every_tool_works(claude, things_for, carried, limit):
    limit(only_tags=[carried])

    for tool in TOOLS:
        answered(tool, call(claude, tool, things_for(tool)))


def test_every_tool_counts_for_the_day_and_none_works_beyond_its_number(app, claude, things_for, limit):
    limit(daily_calls=1)
    claude.result("list_tags")
    for tool in TOOLS:
        assert "a day, and has made" in claude.refusal(tool.name, **working_call(tool.name, things_for(tool)))
    assert claude.tools() == [tool.name for tool in TOOLS]

    limit(daily_calls=len(TOOLS))
    with app.app_context():
        db.session.execute(update(ConnectionUse).values(day="2026-01-01"))
        db.session.commit()
    for tool in TOOLS:
        answered(tool, call(claude, tool, things_for(tool)))
    assert f"{len(TOOLS)} calls a day" in claude.refusal("list_tags")


def test_every_tool_works_until_the_connection_ends_and_none_after(app, claude, things_for, change):
    change(lambda connection: lifecycle.limit(connection, ends_at=now() + timedelta(days=1)))
    for tool in TOOLS:
        answered(tool, call(claude, tool, things_for(tool)))
    with app.app_context():
        db.session.execute(update(Connection).values(ends_at=now()))
        db.session.commit()

    for tool in TOOLS:
        assert call(claude, tool, things_for(tool)).status_code == 401
    assert claude.ask("tools/list").status_code == 401


def test_all_limits_together_leave_what_reads_of_those_inside_without_their_addresses(
    claude, things_for, carried, limit, change
):
    limit(read_only=True, hide_contact=True, only_tags=[carried], daily_calls=100)
    change(lambda connection: lifecycle.limit(connection, ends_at=now() + timedelta(days=1)))

    for tool in TOOLS:
        if tool.reads:
            said = answered(tool, call(claude, tool, things_for(tool)))
            assert [hidden for hidden in HIDDEN if hidden in said] == [], tool.name


def test_what_the_server_says_of_itself_names_nobody_and_no_tag(claude, things_for, carried, limit):
    limit(hide_contact=True, only_tags=[carried])

    for method in ("tools/list", "server/discover"):
        said = claude.ask(method).text
        assert [name for name in ("doug", "Doug", "Rattmann", "+49 30 1234", "Everybody") if name in said] == []
