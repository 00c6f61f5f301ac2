"""Secrets are in no file of the database and on no page, and what is another account's is in no answer."""

from __future__ import annotations

import json
from collections import Counter
from itertools import count

import psycopg
import pytest

from blueprints.auth.access_control import MACHINE, access_of
from blueprints.mcp.registry import registry
from models.database.base import new_id
from tests.canaries import bytes_of_files
from tests.fixtures.tool_calls import working_call
from tests.promises.test_foreign_ids import NOISE, eves, was_left_alone  # noqa: F401 (a fixture)
from tests.promises.test_secrets import days_work, wire  # noqa: F401 (fixtures)

# The account is to know its labels, and a state goes back to its app.
KNOWN = {"label", "state"}


@pytest.fixture
def server(machine):
    """What `days_work` opens."""
    machine.url = f"http://127.0.0.1:{machine.port}"
    return machine


def bytes_on_disk(app, killable_postgres):
    """Every byte of the database's files, the log of what was written included."""
    if killable_postgres is None:
        return bytes_of_files(app)
    with psycopg.connect(
        host=str(killable_postgres.home), port=killable_postgres.port, user="postgres", autocommit=True
    ) as connection:
        connection.execute("CHECKPOINT")
    files = (each for each in (killable_postgres.home / "data").rglob("*") if each.is_file())
    return b"\n".join(each.read_bytes() for each in files)


def secrets_found(app, machine, days_work, killable_postgres, browser, alice):  # noqa: F811
    kept, said = bytes_on_disk(app, killable_postgres), machine.log().encode()
    assert alice.email.encode() in kept
    assert b"profile.requests" in said
    desk = browser(alice)
    pages = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if not rule.arguments and "GET" in rule.methods and access_of(app.view_functions[rule.endpoint]) != MACHINE
    ]
    shown = [desk.http.get(page, follow_redirects=False).content for page in pages]
    places = {"the database's files": kept, "the log": said, "the pages": b"\n".join(shown)}
    return [
        f"{name} in {place}"
        for place, content in places.items()
        for name, secret in days_work.items()
        if secret.encode() in content and name not in KNOWN
    ]


@pytest.mark.only("sqlite")
def test_no_secret_is_in_a_file_or_on_a_page(app, machine, days_work, browser, alice, rounds, figures):  # noqa: F811
    assert secrets_found(app, machine, days_work, None, browser, alice) == []
    figures(note=f"{len(days_work)} secrets")


@pytest.mark.only("postgres")
def test_no_secret_is_in_a_file_of_postgresql_or_on_a_page(
    killable_postgres,
    app,
    machine,
    days_work,  # noqa: F811
    browser,
    alice,
    rounds,
    figures,
):
    assert secrets_found(app, machine, days_work, killable_postgres, browser, alice) == []
    figures(note=f"{len(days_work)} secrets")


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
    was_left_alone(app, eves | {"robot": Untouched()}, eve)


class Untouched:
    """Eve's robot is not asked whether it still may: its tokens belong to another host."""

    status_code = 200

    def refresh(self):
        return self
