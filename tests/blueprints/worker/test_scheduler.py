"""Sweeps take turns: each as often as it wants, never two of one at once, and none waits for a long one."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta

import pytest

from blueprints.worker.jobs import Sweep, stopping
from blueprints.worker.scheduler import AT_ONCE, Rota


@pytest.fixture
def rota():
    """Starts a rota that ends with the test."""
    started = []

    def start(*sweeps):
        stopping.clear()
        started.append(Rota(sweeps, lambda sweep: sweep.work()))
        started[-1].start()

    yield start
    stopping.set()
    for each in started:
        each.stop()
    stopping.clear()


def sweep(name, work, seconds=0.0):
    return Sweep(name, timedelta(seconds=seconds), work)


def test_a_sweep_comes_again_after_its_pause_and_a_rare_one_once(rota):
    done: Counter[str] = Counter()
    enough = threading.Event()

    def often():
        done["often"] += 1
        if done["often"] == 20:
            enough.set()

    rota(sweep("often", often, 0.001), sweep("rare", lambda: done.update(["rare"]), 3600))
    assert enough.wait(10)
    assert done["rare"] == 1


def test_a_long_sweep_keeps_none_of_the_others_waiting(rota):
    goes_on, others = threading.Event(), threading.Event()
    long = [sweep(f"long{number}", lambda: goes_on.wait(10), 3600) for number in range(AT_ONCE - 1)]
    rota(*long, sweep("other", others.set, 3600))
    assert others.wait(5)
    goes_on.set()


def test_one_sweep_is_never_done_twice_at_once(rota):
    rounds: Counter[str] = Counter()
    running, met, enough = [], [], threading.Event()

    def work():
        running.append(1)
        met.append(len(running))
        running.pop()
        rounds["all"] += 1
        if rounds["all"] > 200:
            enough.set()

    rota(sweep("busy", work))
    assert enough.wait(10)
    assert set(met) == {1}
