"""Spans: where the time of a request or a job goes, for a server that sends traces. Every other server does nothing here."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol


class Tracing(Protocol):
    """Makes spans in this process."""

    def span(self, name: str, attributes: dict[str, str]) -> AbstractContextManager[None]:
        """A span for as long as the block takes, below the one that is open."""

    def statement(self, sql: str) -> AbstractContextManager[None]:
        """The same for a statement of the database, if a span is open."""

    def trace_id(self) -> str | None:
        """The trace of the open span."""


NOTHING: AbstractContextManager[None] = nullcontext()
_make: Callable[[], Tracing] | None = None
_made: list[Tracing] = []
_lock = threading.Lock()


def trace_with(make: Callable[[], Tracing]) -> None:
    """Trace from now on. Each process makes its own when it first needs it: threads that send do not come through a fork."""
    global _make
    _make = make


def tracing() -> Tracing | None:
    """What makes spans in this process; None on a server that sends no traces."""
    if _make is None:
        return None
    if not _made:
        with _lock:
            if not _made:
                _made.append(_make())
    return _made[0]


def span(name: str, **attributes: str) -> AbstractContextManager[None]:
    """A span for as long as the block takes. Names and attributes hold nothing that people typed."""
    made = tracing()
    return NOTHING if made is None else made.span(name, attributes)


def statement(sql: str) -> AbstractContextManager[None]:
    """A span for a statement, whose values stay here."""
    made = tracing()
    return NOTHING if made is None else made.statement(sql)


os.register_at_fork(after_in_child=_made.clear)
