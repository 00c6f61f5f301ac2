"""What this server counts of itself, for `/metrics`: all its processes count in one piece of memory. Nothing is counted until `turn_on`.

Each process has a row of numbers for itself, so that none waits for another. A row outlives its process: the next one goes on counting
there. That is why a worker that dies takes nothing with it, and why nothing grows.
"""

from __future__ import annotations

import mmap
import threading
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from itertools import product

OTHER = "other"
"""The label of whatever is none of the values that were declared: no label has values without end."""
ROWS = 513
"""For twice as many processes as gunicorn may have, since old and new ones live side by side while it reloads; and the master's."""
Values = Iterable[str] | Callable[[], Iterable[str]]
Labels = tuple[str, ...]
Series = Mapping[Labels, list[float]]


class Memory:
    """Numbers in rows, shared with every process that is forked after this."""

    def __init__(self, size: int) -> None:
        # The first number of a row says whether it was ever used.
        self.size = size + 1
        self.numbers = memoryview(mmap.mmap(-1, ROWS * self.size * 8)).cast("d")
        self.lock = threading.Lock()
        self.use_row(0)

    def use_row(self, row: int) -> None:
        """Count in this row from now on."""
        self.row = row * self.size
        self.numbers[self.row] = 1

    def rows(self) -> list[int]:
        """Where the rows begin that were ever used."""
        return [row for row in range(0, len(self.numbers), self.size) if self.numbers[row]]


_memory: Memory | None = None
_all: list[Measured] = []


class Measured:
    """A metric with its series, of which each has a place in every row."""

    width = 1

    def __init__(self, name: str, about: str, **labels: Values) -> None:
        if _memory is not None:
            raise RuntimeError(f"{name} was declared after `turn_on`")
        self.name, self.about, self.labels = name, about, labels
        self.places: dict[Labels, int] = {}
        self.other = 0
        """The place of what has a label that was not declared."""
        _all.append(self)

    def lay_out(self, place: int) -> int:
        """Take places from this one on; returns the next one that is free."""
        values = [[*map(str, given() if callable(given) else given)] for given in self.labels.values()]
        self.places = {
            series: place + self.width * number
            for number, series in enumerate([*product(*values), *([(OTHER,) * len(values)] if values else [])])
        }
        self.other = place + self.width * (len(self.places) - 1)
        return self.other + self.width


class Counter(Measured):
    """Something that is counted."""

    def add(self, *labels: str) -> None:
        """Count one more."""
        if (memory := _memory) is not None:
            place = memory.row + self.places.get(labels, self.other)
            with memory.lock:
                memory.numbers[place] += 1


class Gauge(Measured):
    """A number that goes up and down, and ends with its process."""

    def set(self, number: int) -> None:
        """What it is in this process."""
        if (memory := _memory) is not None:
            memory.numbers[memory.row + self.places[()]] = number


class Histogram(Measured):
    """Durations, in seconds."""

    def __init__(self, name: str, about: str, bounds: tuple[float, ...], **labels: Values) -> None:
        super().__init__(name, about, **labels)
        self.bounds = bounds
        # One more for what is longer than the last, and the sum.
        self.width = len(bounds) + 2

    def observe(self, seconds: float, *labels: str) -> None:
        """Count one that took so long."""
        if (memory := _memory) is not None:
            numbers, first = memory.numbers, memory.row + self.places.get(labels, self.other)
            bucket, total = first + bisect_left(self.bounds, seconds), first + self.width - 1
            with memory.lock:
                numbers[bucket] += 1
                numbers[total] += seconds


PROCESSES = Gauge("profile_web_processes", "Web processes that serve.")


def turn_on() -> None:
    """Count from now on. Everything that is counted must have been declared, and no process forked."""
    global _memory
    if _memory is None:
        place = 1
        for measured in _all:
            place = measured.lay_out(place)
        _memory = Memory(place)


def declared() -> list[Measured]:
    """Everything that can be counted."""
    return [*_all]


def is_on() -> bool:
    """Whether anything is counted."""
    return _memory is not None


class Rows:
    """Gives each process that gunicorn forks a row. The master keeps account of them, also when it reads its settings again."""

    def __init__(self) -> None:
        self.used = {0}

    def take(self) -> int:
        """A row that no process uses: the first, so that few are ever used."""
        row = min({*range(ROWS)} - self.used, default=ROWS - 1)
        self.used.add(row)
        return row

    def give_back(self, row: int) -> None:
        """The process of this row has ended: what it has counted stays, what it held is gone."""
        self.used.discard(row)
        if _memory is not None:
            for gauge in (each for each in _all if isinstance(each, Gauge)):
                _memory.numbers[row * _memory.size + gauge.places[()]] = 0


rows = Rows()


def serve_from(row: int) -> None:
    """This process serves, and counts in this row."""
    if _memory is not None:
        _memory.use_row(row)
        PROCESSES.set(1)


def everything() -> Iterable[tuple[Measured, Series]]:
    """Every metric with the numbers of its series, of all processes together."""
    if (memory := _memory) is None:
        return
    numbers, used = memory.numbers, memory.rows()
    for measured in _all:
        yield (
            measured,
            {
                labels: [sum(numbers[row + place + n] for row in used) for n in range(measured.width)]
                for labels, place in measured.places.items()
            },
        )
