"""The bench asks about figures that a reader should not believe yet."""

from __future__ import annotations

import pytest

from tests.bench.peers.generator import Load
from tests.bench.peers.questions import about, questions
from tests.bench.peers.rows import Said, with_token
from tests.bench.peers.turn import Turn
from tests.bench.wire import form


def turn(rate=1_000, errors=0, p50=16.0, cpu_ms=1.8, generator=0.2, machine=2.0, busiest=0.5):
    """A run of one second on two cores, all busy."""
    load = Load(rate, errors, 1.0, p50, 2 * p50, 10_000, generator, "500 Internal Server Error" if errors else "")
    return Turn(load, rate * cpu_ms / 1000, None, machine, busiest)


@pytest.mark.parametrize(
    "odd",
    [
        {"rate": 360, "p50": 44.0, "cpu_ms": 0.9, "machine": 0.6},
        {"errors": 3},
        {"busiest": 0.97},
    ],
    ids=["44 ms at 0.9 ms of CPU", "errors", "all connections at one worker"],
)
def test_an_odd_figure_is_asked_about(odd):
    assert not [*about([turn(), turn()], cores=2)]
    assert len([*about([turn(**odd), turn(**odd)], cores=2)]) == 1


def test_runs_that_differ_are_asked_about():
    assert len([*about([turn(), turn(rate=600, machine=2.0, cpu_ms=3)], cores=2)]) == 1


def entry(*turns, kept=10):
    return {"name": "Peer", "good calls": 10, "audit rows": kept, "turns": {"tools/call": turns}}


def test_a_busy_machine_a_busy_generator_and_missing_audit_rows_are_asked_about():
    assert not [*questions([entry(turn())], cores=2)]
    for odd in (entry(turn(machine=3.0)), entry(turn(generator=0.9, machine=2.7)), entry(turn(), kept=9)):
        assert len([*questions([odd], cores=2)]) == 1


def test_a_connection_renews_with_the_token_that_it_was_given_last():
    request = form("example.com", "/token", grant_type="refresh_token", refresh_token="first", client_id="app")
    talk = Said("renew", [request, request]).talk()
    renewed = form(
        "example.com",
        "/token",
        grant_type="refresh_token",
        refresh_token="a longer one".replace(" ", "-"),
        client_id="app",
    )
    assert with_token(request, b"a-longer-one") == renewed
    assert [talk(b""), talk(b'{"refresh_token": "a-longer-one"}'), talk(b'{"refresh_token":"other"}')] == [
        request,
        request,
        renewed,
    ]
