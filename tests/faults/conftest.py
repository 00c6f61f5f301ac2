"""Faults are made over the network, against the server as the Procfile starts it; as often as RACE_ROUNDS says, by default once."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from tests.faults.machines import Machine, started
from tests.figures import Figures, check, figures  # noqa: F401 (fixtures)
from tests.killable import database_url, killable_postgres  # noqa: F401 (fixtures)
from tests.postgres import free_port
from tests.races.crashing import Crew


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "rounds" in getattr(item, "fixturenames", ()) and "/faults/" in str(item.path):
            item.add_marker(pytest.mark.everything)
            item.add_marker(pytest.mark.races)


@pytest.fixture(autouse=True)
def forked(request: pytest.FixtureRequest) -> None:
    """Machines are forked from a process that has imported the product."""
    if "rounds" in request.fixturenames:
        Machine.forker = request.getfixturevalue("gunicorn_forker")


@pytest.fixture
def rounds(figures: Figures) -> range:  # noqa: F811
    """How often a fault is made."""
    wanted = int(os.environ.get("RACE_ROUNDS", "1"))
    figures(rounds=wanted)
    return range(wanted)


@pytest.fixture
def port() -> int:
    """Where people and apps reach the server."""
    return free_port()


@pytest.fixture
def public_url(port: int) -> str:
    return f"http://127.0.0.1:{port}"


@pytest.fixture
def separate(settings):
    """The settings of a server without a worker in its web processes."""
    return replace(settings, worker="separate")


@pytest.fixture
def machine(settings, port, tmp_path) -> Iterator[Machine]:
    """The server on one machine."""
    one = Machine(settings, tmp_path, port=port)
    with started(one):
        yield one


@pytest.fixture
def crew_of(connect, alice, port) -> Callable[..., Crew]:
    """An assistant of its own for each round."""
    return lambda number, *ports: Crew(connect(alice, name=f"App {number}"), ports or port, f"round {number}")


def need(program: str, package: str) -> str:
    """Where this program is; without it, the test is skipped and says what to install."""
    found = shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin")
    if not found:
        pytest.skip(f"{program} is not installed (Debian: apt install {package})")
    return found
