"""An app at work while something is taken from it: it reads and writes over many connections, until each has asked once more."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection
from itertools import count
from threading import Event, Semaphore

from tests.fixtures.assistants import ConnectedApp
from tests.races.start import Reply, send

HANDS = 16
WARMED_UP = 4
TOO_FAST = 429


@dataclass(frozen=True)
class Asked:
    """One request of the app: when it began, and whether its answer still had what is taken."""

    at: float
    had_it: bool


class Working:
    """An app of which every other hand creates tags, and the others list profiles."""

    def __init__(self, port: int, app: ConnectedApp, word: str, had_it: Callable[[Reply], bool]) -> None:
        self.port, self.app, self.word, self.had_it = port, app, word, had_it
        self.busy, self.taken = Semaphore(0), Event()

    def start(self, threads: ThreadPoolExecutor) -> list[Future[list[Asked]]]:
        return [threads.submit(self.work, hand) for hand in range(HANDS)]

    def work(self, hand: int) -> list[Asked]:
        """What became of its requests; the last began after `taken` was set, whatever others answered before."""
        connection, asked = HTTPConnection("127.0.0.1", self.port, timeout=30), []
        for turn in count():
            last = self.taken.is_set()
            at, reply = time.monotonic(), self.call(connection, hand, turn)
            assert reply.status != TOO_FAST, reply
            asked.append(Asked(at, self.had_it(reply)))
            if asked[-1].had_it:
                self.busy.release()
            if last:
                break
        connection.close()
        return asked

    def call(self, connection: HTTPConnection, hand: int, turn: int) -> Reply:
        if hand % 2:
            return self.send(connection, "list_profiles", {"limit": 20})
        return self.send(connection, "create_tag", {"label": f"{self.word} {hand} {turn}", "color": "red"})

    def send(self, connection: HTTPConnection, tool: str, arguments: dict[str, object]) -> Reply:
        body, headers = self.app.message("tools/call", {"name": tool, "arguments": arguments})
        sent = headers | {"Authorization": f"Bearer {self.app.token}", "Content-Type": "application/json"}
        return send(connection, "/mcp", json.dumps(body), sent)

    def wait_until_busy(self) -> None:
        """Return when several answers had what is going to be taken."""
        for _ in range(WARMED_UP):
            assert self.busy.acquire(timeout=30)
