"""One run of one row on one server, and what follows from its readings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.bench.peers.generator import Load


@dataclass(frozen=True)
class Turn:
    """Seconds are those for which processes kept a core busy; None where the system does not say."""

    load: Load
    server_seconds: float | None
    database_seconds: float | None
    """PostgreSQL's; SQLite works inside the server."""
    machine_seconds: float | None
    """Of all programs of the machine together."""
    busiest: float | None
    """The share of the busiest worker in what all workers of the server did."""

    @property
    def rate(self) -> float:
        """Good answers a second."""
        return self.load.good / self.load.seconds

    @property
    def cpu_ms(self) -> float:
        """What one answer cost the server, in milliseconds of a core: other programs on the machine hardly change it."""
        return self._each(self.server_seconds)

    @property
    def database_ms(self) -> float:
        """What it cost PostgreSQL."""
        return self._each(self.database_seconds)

    @property
    def used_cores(self) -> float:
        """How many cores the server, the database and the generator kept busy."""
        spent = (self.server_seconds or 0) + (self.database_seconds or 0) + self.load.generator_seconds
        return spent / self.load.seconds

    @property
    def other_cores(self) -> float:
        """How many cores everything else on the machine kept busy."""
        return max(0.0, (self.machine_seconds or 0) / self.load.seconds - self.used_cores)

    @property
    def generator_cores(self) -> float:
        return self.load.generator_seconds / self.load.seconds

    def figures(self) -> dict[str, Any]:
        """Everything, for a file."""
        return {
            "good answers": self.load.good,
            "errors": self.load.errors,
            "seconds": self.load.seconds,
            "a second": round(self.rate, 1),
            "p50 ms": round(self.load.p50_ms, 2),
            "p99 ms": round(self.load.p99_ms, 2),
            "CPU ms": round(self.cpu_ms, 3),
            "CPU ms of the database": round(self.database_ms, 3),
            "share of the busiest worker": self.busiest and round(self.busiest, 2),
            "cores used by the generator": round(self.generator_cores, 2),
            "cores used by other programs": round(self.other_cores, 2),
            "bytes of an answer": self.load.answer_bytes,
        }

    def _each(self, seconds: float | None) -> float:
        answers = self.load.good + self.load.errors
        return (seconds or 0) * 1000 / answers if answers else 0.0
