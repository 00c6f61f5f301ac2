"""Where the CPU time of requests goes: the stack, looked at once in each millisecond of CPU time.

A profiler that notes every call makes short functions look ten times as expensive as they are.
"""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from tests.bench.surroundings import say

ROOT = f"{Path(__file__).parents[2]}/"
EVERY = 0.001
LEAST_SHARE = 0.01
"""What takes less is not printed."""


class Samples:
    """The stacks of one run, as calls from one function to another."""

    def __init__(self) -> None:
        self.calls: Counter[tuple[str, str]] = Counter()
        self.own: Counter[str] = Counter()
        self.all = 0

    def take(self, _signal: int, frame: FrameType | None) -> None:
        """Note the stack that was interrupted."""
        stack = []
        while frame is not None:
            stack.append(name_of(frame))
            frame = frame.f_back
        self.all += 1
        self.own[stack[0]] += 1
        self.calls.update(set(zip(stack[1:], stack, strict=False)))

    def show(self, caller: str, each: float, depth: int = 0, above: frozenset[str] = frozenset()) -> None:
        """Print what a function calls, with the time of one request in each, and in the function's own lines, in microseconds."""
        below = sorted(((count, called) for (by, called), count in self.calls.items() if by == caller), reverse=True)
        for count, called in below:
            share = count / self.all
            if share >= LEAST_SHARE and called not in above:
                own = self.own[called] / self.all
                say(f"{share * each:8,.0f} {own * each:7,.0f}  {'  ' * depth}{called}")
                self.show(called, each, depth + 1, above | {called})


def sample(ask: Callable[[], None], requests: int, each: float) -> None:
    """Make so many requests, each of which takes so many microseconds, and print where the time goes."""
    samples = Samples()
    former = signal.signal(signal.SIGPROF, samples.take)
    signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)
    try:
        for _ in range(requests):
            ask()
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, former)
    say("      µs     own")
    samples.show(name_of_code(ask.__code__), each)


def name_of(frame: FrameType) -> str:
    return name_of_code(frame.f_code)


def name_of_code(code: Any) -> str:
    file = code.co_filename.removeprefix(ROOT).rpartition("site-packages/")[2]
    return f"{file}: {code.co_qualname}"
