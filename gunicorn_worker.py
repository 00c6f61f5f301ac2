"""How the workers of gunicorn share out connections, and what they leave out of the log."""

from __future__ import annotations

import mmap
import select
import time
from typing import Any

from gunicorn.glogging import Logger
from gunicorn.workers.gthread import ThreadWorker

# Memory that all workers share: how many connections each one holds, plus one; 0 where no worker accepts any.
held = memoryview(mmap.mmap(-1, 512)).cast("i")
# The same for "this server is about to stop": 1 from the signal on.
leaving = memoryview(mmap.mmap(-1, 4)).cast("i")
# How often, and for how many seconds, a worker leaves a new connection to one that holds fewer, before it accepts it after all.
PASSES, PAUSE = 10, 0.0005


class BalancedWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Leaves a new connection to a worker that holds fewer.

    Whichever worker wakes first accepts, so that one of them may accept all connections of a proxy, which keeps them open, while
    the others do nothing.
    """

    def __init__(self, age: int, *args: Any) -> None:
        # Ages are consecutive, so that workers that live at the same time have different places (where more than 128 do, two of
        # them share one, and are a little less even).
        self.place = age % len(held)
        self.passed = 0
        super().__init__(age, *args)

    def set_accept_enabled(self, enabled: bool) -> None:
        super().set_accept_enabled(enabled)
        self.publish()
        if not self.alive:
            self.accept_the_last()

    def accept_the_last(self) -> None:
        """Accept those who wait at the socket before it closes, or their requests would be lost. Those who come later are refused."""
        for listener in self.sockets:
            listener.setblocking(False)
            while select.select([listener], [], [], 0)[0]:
                before = self.nr_conns
                super().accept(listener)
                if self.nr_conns == before:
                    break  # Another worker was faster.
            listener.close()
        self.sockets: list[Any] = []

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        self.publish()
        if leaving[0]:
            # Every answer closes its connection, so that proxies send nothing more on it.
            self.max_keepalived = 0
        super().wait_for_and_dispatch_events(timeout)

    def publish(self) -> None:
        """Tell the other workers how many connections this one holds; nothing if it accepts none."""
        held[self.place] = self.nr_conns + 1 if self._accepting else 0

    def accept(self, listener: Any) -> None:
        """Accept a connection, or pass: then it is offered to every worker again."""
        if self.passed < PASSES and self.nr_conns >= min(filter(None, held)):
            self.passed += 1
            time.sleep(PAUSE)
        else:
            self.passed = 0
            super().accept(listener)


def forget(worker: BalancedWorker) -> None:
    """Leave no connection to a worker that has ended."""
    held[worker.place] = 0


class QuietLogger(Logger):  # type: ignore[misc]  # gunicorn has no types
    """Composes no lines of an access log, since the app logs requests."""

    access_log_enabled = False
