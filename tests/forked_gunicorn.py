"""Gunicorn, forked from a process that has imported the product: a fifth of the computing that a start from nothing takes.

It is gunicorn all the same, as the command line starts it: it reads its arguments, the environment and gunicorn.conf.py, creates the
app and forks its workers. `tests/test_gunicorn.py` starts it as the Procfile does.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from importlib import import_module
from pathlib import Path
from select import select
from typing import Any, NoReturn

from config import ROOT

# Bytes of an order at most, and of each number that is told.
ORDER, NUMBER = 100_000, 10


class ForkedGunicorn:
    """Stands in for `subprocess.Popen`, as far as `tests/server.py` uses it."""

    def __init__(self, news: socket.socket) -> None:
        self.news = news
        self.returncode: int | None = None
        self.pid = self.told()

    def terminate(self) -> None:
        """Ask it to end in order."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGTERM)

    def poll(self) -> int | None:
        """How it ended; None while it has not."""
        if self.returncode is None and select([self.news], [], [], 0)[0]:
            self.wait()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end."""
        if self.returncode is None:
            if not select([self.news], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("gunicorn", timeout or 0)
            self.returncode = self.told()
            self.news.close()
        return self.returncode

    def told(self) -> int:
        return int(self.news.recv(NUMBER, socket.MSG_WAITALL))


class Forker:
    """The process that has imported the product."""

    def __init__(self, orders: socket.socket) -> None:
        self.orders = orders

    def gunicorn(
        self, arguments: list[str], environment: Mapping[str, str], log: Path, listener: socket.socket
    ) -> ForkedGunicorn:
        """Start gunicorn with these arguments, in which {} is the number of the socket it listens on."""
        news, told = socket.socketpair()
        with told:
            order = json.dumps([arguments, dict(environment), str(log)]).encode()
            socket.send_fds(self.orders, [order], [listener.fileno(), told.fileno()])
        return ForkedGunicorn(news)


@contextmanager
def forker() -> Iterator[Forker]:
    """A process that has imported the product, and ends with the block."""
    ours, its = socket.socketpair()
    command = [sys.executable, "-m", "tests.forked_gunicorn", str(its.fileno())]
    with closing(ours), subprocess.Popen(command, cwd=ROOT, pass_fds=[its.fileno()], process_group=0):
        its.close()
        yield Forker(ours)
        ours.close()


def main() -> None:
    import_product()
    orders = socket.socket(fileno=int(sys.argv[1]))
    while order := receive(orders):
        arguments, numbers = order
        if os.fork() == 0:
            orders.close()
            watch(*arguments, *numbers)
        for number in numbers:
            os.close(number)
        # Whatever has ended since the last order.
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
    with suppress(ChildProcessError):
        while os.wait():
            pass


def receive(orders: socket.socket) -> tuple[list[Any], list[int]] | None:
    """The next order with its two sockets; None at the end."""
    order, numbers, _, _ = socket.recv_fds(orders, ORDER, 2)
    return (json.loads(order), numbers) if order else None


def import_product() -> None:
    """What gunicorn and the product import before the workers are forked. The templates that they compile, the next ones find."""
    from flask import Flask
    from jinja2 import FileSystemBytecodeCache

    Flask.jinja_options = {"bytecode_cache": FileSystemBytecodeCache()}
    from sqlalchemy.orm import configure_mappers

    for name in ("app", "gunicorn.app.wsgiapp", "gunicorn.workers.gthread", "sqlalchemy.dialects.postgresql.psycopg"):
        import_module(name)
    configure_mappers()


def watch(arguments: list[str], environment: dict[str, str], log: str, listener: int, told: int) -> NoReturn:
    """Start gunicorn, say its number, and at its end say how it ended."""
    if (process := os.fork()) == 0:
        os.close(told)
        become_gunicorn([argument.format(listener) for argument in arguments], environment, log)
    os.close(listener)
    with socket.socket(fileno=told) as news:
        news.send(f"{process:{NUMBER}}".encode())
        news.send(f"{os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]):{NUMBER}}".encode())
    os._exit(0)


def become_gunicorn(arguments: list[str], environment: dict[str, str], log: str) -> NoReturn:
    from gunicorn.app.wsgiapp import run

    os.setpgid(0, 0)
    number = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(number, 1)
    os.dup2(number, 2)
    os.close(number)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["gunicorn", *arguments]
    run()
    sys.exit()


if __name__ == "__main__":
    main()
