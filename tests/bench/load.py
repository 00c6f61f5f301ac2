"""The load: connections that stay open, each asking again as soon as it is answered, on one thread that does little else."""

from __future__ import annotations

import gc
import selectors
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import quantiles
from time import perf_counter

# What a connection says next, given the body of an answer that has just come (before the first: nothing); None at its end.
Talk = Callable[[bytes], bytes | None]
WARM_UP = 0.3
PATIENCE = 30
LAST_CHUNK = b"\r\n0\r\n\r\n"


@dataclass
class Run:
    """What one run came to."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    """Seconds, of every answer that was as it should be."""
    errors: int = 0
    answers: int = 0
    """All of them: good ones, others, and those that came too late to count."""
    processor_ms: float | None = None
    """What one answer cost the server's processes, in milliseconds of a core: other programs on the machine hardly change it."""

    @property
    def rate(self) -> float:
        """Good answers a second."""
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    def percentile(self, percent: int) -> float:
        """In milliseconds."""
        found = quantiles(self.latencies, n=100, method="inclusive") if len(self.latencies) > 1 else []
        return found[percent - 1] * 1000 if found else 0.0


@contextmanager
def connected(address: tuple[str, int], talks: Sequence[Talk], proof: bytes) -> Iterator[list[Line]]:
    """A connection for every talk. A good answer is 200 with `proof` in it."""
    lines = [Line(address, talk, proof) for talk in talks]
    try:
        yield lines
    finally:
        for line in lines:
            line.socket.close()


def drive(lines: Sequence[Line], seconds: float) -> Run:
    """Ask and listen on all connections for so long; what is still under way after that is waited for and not counted."""
    # The collector would stop the clock in the middle of an answer, for objects that live until the end anyway.
    gc.collect()
    gc.disable()
    run = Run()
    try:
        exchange(lines, seconds, run)
    finally:
        gc.enable()
    return run


def exchange(lines: Sequence[Line], seconds: float, run: Run) -> None:
    began = perf_counter()
    until = began + seconds
    with selectors.DefaultSelector() as selector:
        for line in lines:
            if line.ask():
                selector.register(line.socket, selectors.EVENT_READ, line)
        while selector.get_map():
            for key, _ in ready(selector):
                heard(key.data, selector, until, run)
    run.seconds = min(perf_counter(), until) - began


def ready(selector: selectors.BaseSelector) -> list[tuple[selectors.SelectorKey, int]]:
    found = selector.select(PATIENCE)
    if not found:
        raise TimeoutError(f"the server has not answered for {PATIENCE} seconds")
    return found


def heard(line: Line, selector: selectors.BaseSelector, until: float, run: Run) -> None:
    """Take what came in on a connection; where an answer is whole, count it and ask again while there is time."""
    if not line.listen():
        return
    moment = perf_counter()
    run.answers += 1
    if moment < until:
        if line.good:
            run.latencies.append(moment - line.asked_at)
        else:
            run.errors += 1
    if moment >= until or not line.ask():
        selector.unregister(line.socket)


class Line:
    """One connection. Requests come ready-made; of an answer only the status, the length and the proof are looked at."""

    def __init__(self, address: tuple[str, int], talk: Talk, proof: bytes) -> None:
        self.socket = socket.create_connection(address, timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.talk, self.proof = talk, proof
        self.request = talk(b"")
        self.body = b""
        self.good = False
        self.asked_at = 0.0
        self.received = bytearray()
        self.whole_at = 0
        self.chunked = False

    def ask(self) -> bool:
        """Send the next request; False when there is none."""
        if self.request is None:
            return False
        self.received.clear()
        self.whole_at = 0
        self.asked_at = perf_counter()
        self.socket.sendall(self.request)
        return True

    def listen(self) -> bool:
        """Take what has arrived; True when the answer is whole."""
        part = self.socket.recv(262_144)
        if not part:
            raise ConnectionError("the server closed a connection in the middle of the measurement")
        self.received += part
        if not self.whole_at:
            self.head_end = self.received.find(b"\r\n\r\n") + 4
            if self.head_end < 4:
                return False
            head = bytes(self.received[: self.head_end]).lower()
            self.chunked = b"\r\ntransfer-encoding: chunked\r\n" in head
            self.whole_at = self.head_end + length_in(head)
        if len(self.received) < self.whole_at or (self.chunked and not self.received.endswith(LAST_CHUNK)):
            return False
        self.body = bytes(self.received[self.head_end :])
        self.good = self.received[9:12] == b"200" and self.proof in self.body
        self.request = self.talk(self.body)
        return True


def length_in(head: bytes) -> int:
    """The body's length, as the head in small letters says it; 0 where it says none, because the body comes in chunks."""
    return int(head.partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0] or 0)
