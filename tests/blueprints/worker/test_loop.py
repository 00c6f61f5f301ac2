"""Sweeps take turns: each as often as it wants, never two of one at once, and none waits for a long one or fails with another."""

from __future__ import annotations

import threading
from collections import Counter

import pytest

from blueprints.worker import jobs, loop
from blueprints.worker.jobs import Sweep, stopping
from blueprints.worker.loop import Rota, Worker

THREADS = 3


@pytest.fixture
def at_work():
    """This process works until the end of the test."""
    stopping.clear()
    yield
    stopping.clear()


@pytest.fixture
def rota(app, at_work, monkeypatch):
    """Starts a rota that ends with the test."""
    monkeypatch.setattr(loop, "TICK", 0.001)
    started = []

    def start(*sweeps, threads=THREADS):
        started.append(Rota(app, sweeps, threads))
        return started[-1]

    yield start
    for each in started:
        each.end(10)
        assert not any(thread.is_alive() for thread in each.threads)


def sweep(name, work, seconds=0.0):
    return Sweep(name, seconds, work)


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
    long = [sweep(f"long{number}", lambda: goes_on.wait(10), 3600) for number in range(THREADS - 1)]
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


@pytest.mark.asvs("16.3.4")
def test_a_sweep_that_fails_is_logged_and_comes_again_like_the_others(rota, caplog):
    failed: Counter[str] = Counter()
    again = threading.Event()

    def fail():
        failed["all"] += 1
        if failed["all"] > THREADS:
            again.set()
        raise RuntimeError("out of luck")

    rota(sweep("unlucky", fail, 0.001))
    assert again.wait(10)
    assert "work failed" in caplog.text


def test_the_end_waits_for_what_was_begun_and_begins_nothing_more(rota):
    begun, goes_on, done = threading.Event(), threading.Event(), []

    def long():
        begun.set()
        goes_on.wait(10)
        done.append("long")

    working = rota(sweep("long", long))
    assert begun.wait(10)
    ending = threading.Thread(target=working.end, args=(10,))
    ending.start()
    goes_on.set()
    ending.join()
    assert done == ["long"]


def test_nothing_more_is_begun_while_another_process_has_the_lock(rota):
    waiting, looks = rota(sweep("work", lambda: None), threads=0), []

    def look_again(_seconds):
        looks.append(1)
        if len(looks) == 3:
            stopping.clear()

    waiting.ending.wait = look_again
    stopping.set()
    assert waiting.next().name == "work"
    assert len(looks) == 3


class Lock:
    """A lock that other processes take and give back: these are its answers, from a moment on, and then it is won for good."""

    def __init__(self, *answers, since=None):
        self.answers, self.since = list(answers), since
        self.regained = threading.Event()

    def won(self):
        if self.since and not self.since.is_set():
            return True
        if not self.answers:
            self.regained.set()
            return True
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def resign(self):
        pass


@pytest.fixture
def worker(app, at_work, monkeypatch):
    """Starts a worker over these sweeps and this lock; it ends with the test."""
    monkeypatch.setattr(loop, "TICK", 0.001)
    monkeypatch.setattr(loop, "ASKS_EVERY", 0.001)
    started = []

    def start(lock, *sweeps):
        monkeypatch.setattr(loop, "election", lambda _engine: lock)
        monkeypatch.setattr(jobs, "load", lambda: {each.name: each for each in sweeps})
        started.append(Worker(app, THREADS, starts_after=0))
        started[-1].start()
        return started[-1]

    yield start
    for each in started:
        each.stop()
        assert not each.is_alive()


def test_whoever_loses_the_lock_in_the_middle_of_a_sweep_and_regains_it_does_it_once(worker):
    begun, goes_on, others, running = threading.Event(), threading.Event(), threading.Event(), []
    since: Counter[str] = Counter()

    def long():
        running.append(1)
        begun.set()
        goes_on.wait(10)

    def other():
        since.update(["regained"] * lock.regained.is_set())
        # Time enough to begin the long one again, too.
        if since["regained"] == 50:
            others.set()

    lock = Lock(False, False, since=begun)
    worker(lock, sweep("long", long), sweep("other", other, 0.001))
    assert others.wait(10), "it does not work again"
    assert running == [1]
    goes_on.set()


def test_nothing_is_begun_without_the_lock(worker):
    lock, seen, done = Lock(*[False] * 20), [], threading.Event()

    def work():
        seen.append(len(lock.answers))
        done.set()

    worker(lock, sweep("work", work, 3600))
    assert done.wait(10)
    assert seen == [0]


def test_a_lock_that_cannot_be_opened_is_logged_and_tried_again(worker, caplog):
    done = threading.Event()
    worker(Lock(OSError("no such folder"), OSError("no such folder")), sweep("work", done.set, 3600))
    assert done.wait(10)
    assert "cannot tell whether it should work" in caplog.text
