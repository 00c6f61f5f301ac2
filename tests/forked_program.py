"""The program that asks a language model, forked from a process that has its library loaded: a hundredth of the time.

It is a process all the same, with pipes, a memory of its own and an end by SIGKILL. Nothing but the standard library is imported
here, so that a fork need not either.
"""

from __future__ import annotations

import os
import runpy
import sys
from collections.abc import Mapping, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

context = get_context("forkserver")
context.set_forkserver_preload(["tests.warm_program"])


def warm() -> None:
    """Load the library, which takes seconds: no question should have to wait for that."""
    first = context.Process(target=os.getpid)
    first.start()
    first.join()


class ForkedProgram:
    """Stands in for `subprocess.Popen`, as far as `blueprints/worker/language_model.py` uses it."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str], **_pipes: Any) -> None:
        reads, to_program = context.Pipe(duplex=False)
        from_program, writes = context.Pipe(duplex=False)
        self.process = context.Process(target=run, args=(command[-1], reads, writes, dict(env)), daemon=True)
        self.process.start()
        reads.close()
        writes.close()
        self.stdin = os.fdopen(os.dup(to_program.fileno()), "w")
        self.stdout = os.fdopen(os.dup(from_program.fileno()))
        to_program.close()
        from_program.close()

    def __enter__(self) -> ForkedProgram:
        return self

    def __exit__(self, *_problem: object) -> None:
        self.stdin.close()
        self.stdout.close()
        self.process.join()

    def kill(self) -> None:
        """End it, whatever it is doing."""
        self.process.kill()

    def poll(self) -> int | None:
        """How it ended; None while it has not."""
        return self.process.exitcode


def run(program: str, reads: Connection, writes: Connection, environment: dict[str, str]) -> None:
    """Become the program, with this environment."""
    for ours, theirs in ((reads.fileno(), 0), (writes.fileno(), 1)):
        os.dup2(ours, theirs)
    reads.close()
    writes.close()
    # No answer here comes by TLS, and reading the system's certificates takes as long as all the rest.
    environment.pop("SSL_CERT_FILE", None)
    os.environ.clear()
    os.environ.update(environment, SSL_CERT_DIR="/")
    os.chdir("/")
    with os.fdopen(0) as sys.stdin, os.fdopen(1, "w") as sys.stdout, open(os.devnull, "w") as sys.stderr:  # noqa: PTH123
        runpy.run_path(program, run_name="__main__")
