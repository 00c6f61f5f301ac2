"""A clock is wrong for a moment, or two machines disagree: nobody is kept out, and the audit log stays whole."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from tests.faults.conftest import need
from tests.faults.machines import Machine, call, flask, started

CALLS = 20
A_SECOND = 5
APART = 20


def with_clock(offset: str) -> tuple[str, ...]:
    """What runs a command with its clock so far ahead."""
    # Durations are measured by another clock, which nobody sets.
    variables = "FAKETIME_DONT_FAKE_MONOTONIC=1", f"PYTHONPATH={Path(__file__).with_name('clock')}"
    return "env", *variables, need("faketime", "faketime"), "-f", offset


@pytest.fixture
def usual(settings):
    """With the limits as they come."""
    return replace(
        settings, limit_calls=120, limit_calls_at_once=40, limit_writes=30, limit_account_calls=600, worker="separate"
    )


@pytest.fixture
def pair(usual, tmp_path):
    """Makes two machines, of which the first is so far ahead."""
    return lambda offset: (
        Machine(usual, tmp_path, "ahead", prefix=with_clock(offset)),
        Machine(usual, tmp_path, "right"),
    )


def test_a_clock_that_was_ahead_keeps_nobody_out(pair, connect, alice, rounds, figures):
    statuses: Counter[int] = Counter()
    for number in rounds:
        app = connect(alice, name=f"App {number}", lifetime=80_000)
        for machine in pair("+2h"):
            with started(machine):
                labels = [f"{machine.name} {number} {n}" for n in range(3)]
                statuses.update(call(machine, app, "create_tag", label=label, color="red") for label in labels)
    figures(statuses=statuses)
    assert statuses.keys() == {200}


@pytest.mark.only("postgres")
def test_machines_that_disagree_about_the_time_share_a_limit(pair, connect, alice, rounds, figures):
    both = pair(f"+{APART}s")
    with started(*both):
        for number in rounds:
            app, statuses = connect(alice, name=f"App {number}", lifetime=80_000), Counter[int]()
            for turn in range(CALLS):
                statuses[call(both[turn % 2], app)] += 1
                time.sleep(1 / A_SECOND)
            figures(statuses=statuses)
            assert statuses.keys() == {200}


# With SQLite there is one machine: the clock that sealed is the one that is set back.
@pytest.mark.only("postgres")
def test_a_clock_set_back_across_a_seal_leaves_the_log_whole(pair, usual, connect, alice, rounds):
    ahead, right = pair("+2h")
    for number in rounds:
        app = connect(alice, name=f"App {number}", lifetime=80_000)
        for machine in (ahead, right):
            with started(machine):
                assert call(machine, app) == 200
            assert flask(usual, "audit", "seal", prefix=machine.prefix).returncode == 0
        done = flask(usual, "audit", "verify", "--account", alice.account_name)
        assert done.returncode == 0, done.stdout
