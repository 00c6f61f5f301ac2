"""Races are run over the network, against four workers, as often as RACE_ROUNDS says.

A gate that is not there shows in most rounds of eight at once. A tenth of the rounds find what shows in one of seven, nineteen times
out of twenty; those of `--everything` find what shows in one of sixty-six.
"""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from tests.figures import Figures, check, figures  # noqa: F401 (fixtures)
from tests.killable import database_url, killable_postgres  # noqa: F401 (fixtures)
from tests.races.start import Racers
from tests.server import Gunicorn, Serve

AT_ONCE = 8


@pytest.fixture
def server(serve: Serve, figures: Figures) -> Iterator[Gunicorn]:  # noqa: F811
    """The server with four workers, none of which may fail or die whatever comes."""
    running = serve(workers=4)
    yield running
    figures(statuses=Counter(line["status"] for line in running.requests()))
    assert [line for line in running.requests() if line["status"] >= 500] == []
    assert running.log().count("Booting worker") == 4


@pytest.fixture
def racers(server: Gunicorn) -> Iterator[Racers]:
    """Eight clients that can send at the same moment."""
    with Racers(server.port, AT_ONCE) as racers:
        yield racers


Rounds = Callable[[int], Iterator[range]]


@pytest.fixture
def rounds(request: pytest.FixtureRequest, figures: Figures, thorough: bool) -> Iterator[Rounds]:  # noqa: F811
    """The rounds of a race in batches of this size; `pytest -rP` shows how many there were in a second."""
    usual = getattr(request.module, "ROUNDS", 200) // (1 if thorough else 10)
    wanted, started = int(os.environ.get("RACE_ROUNDS", max(usual, 1))), time.perf_counter()

    def batches(size: int) -> Iterator[range]:
        for first in range(0, wanted, size):
            yield range(first, min(first + size, wanted))

    yield batches
    figures(rounds=wanted)
    took = time.perf_counter() - started
    sys.stdout.write(f"{wanted} rounds in {took:.1f} s, {wanted / took:.1f} a second\n")
