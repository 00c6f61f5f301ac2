"""The conformance suite of the MCP project. What comes of each scenario stands in conformance.json; a run comes to just that."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from config import Settings
from models.clients.client import Client
from models.database.base import db
from tests.interop.bearer_proxy import proxy
from tests.interop.packages import HERE, command
from tests.interop.terminal import in_terminal
from tests.server import Gunicorn, Serve

EXPECTED = json.loads((HERE / "conformance.json").read_text())
GOOD = {"SUCCESS", "INFO"}
# The suite names a directory for the kind of thing under test, the scenario and the moment.
LONG_MOMENT = len("-2026-07-28T00-00-00-000Z")


def outcomes(results: Path, under_test: str) -> dict[str, str | dict[str, str]]:
    """For each scenario that ran: `passes`, or what the suite says of each check that did not."""
    return {
        file.parent.name.removeprefix(f"{under_test}-")[:-LONG_MOMENT]: outcome(json.loads(file.read_text()))
        for file in results.glob("*/checks.json")
    }


def outcome(checks: Iterable[dict[str, Any]]) -> str | dict[str, str]:
    others = {check["id"]: check.get("errorMessage", "") for check in checks if check["status"] not in GOOD}
    return others or "passes"


def check_outcomes(results: Path, under_test: str, run: str) -> None:
    """Each scenario comes out as the file has it, which gives a reason for every check that does not pass."""
    found, expected = outcomes(results, under_test), EXPECTED[run]
    assert {name: names_of(what) for name, what in found.items()} == {
        name: names_of(what) for name, what in expected.items()
    }, json.dumps(found, indent=2)
    reasons = {reason for what in expected.values() if what != "passes" for reason in what.values()}
    assert reasons <= set(EXPECTED["reasons"])


def names_of(what: str | dict[str, str]) -> str | list[str]:
    return what if isinstance(what, str) else sorted(what)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The suite asks more in a second than an assistant in a minute."""
    return replace(
        settings, limit_calls=100_000, limit_calls_at_once=100_000, limit_writes=100_000, limit_account_calls=100_000
    )


@pytest.fixture
def server(serve: Serve) -> Gunicorn:
    """The product, with the tools that the suite calls by name."""
    return serve(app="tests.interop.suite_tools:create_app()")


@pytest.mark.parametrize("revision", ["2025-11-25", "2026-07-28"])
def test_the_server_is_as_the_revision_has_it(revision, desk, server, connect, alice, tmp_path):
    with proxy(server.port, connect(alice).token) as standing:
        suite = [*command("conformance"), "server", "--url", f"{standing.url}/mcp", "--requirements", revision]
        desk.run(*suite, "--output-dir", str(tmp_path / "results"))
    check_outcomes(tmp_path / "results", "server", revision)


@pytest.fixture
def client_id(app: Flask) -> str:
    """A client of the suite; at which port it listens does not matter."""
    with app.app_context():
        client, _ = Client.register("Conformance suite", ["http://127.0.0.1/callback"])
        db.session.commit()
        return client.client_id


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as somewhere:
        return int(somewhere.getsockname()[1])


def test_the_authorization_server_is_as_the_revision_has_it(desk, server, client_id, tmp_path):
    suite = [*command("conformance"), "authorization", "--url", server.url, "--resource", server.mcp_url]
    given = ["--client-id", client_id, "--port", str(free_port()), "--output-dir", str(tmp_path / "results")]
    with in_terminal([*suite, *given], desk.environment()) as terminal:
        address = terminal.wait_for(r"http://127\.0\.0\.1:\d+/authorize\?\S+").group()
        desk.browser.open(desk.answer(address))
        assert terminal.end() == 0, terminal.output
    check_outcomes(tmp_path / "results", "authorization-server", "authorization")
