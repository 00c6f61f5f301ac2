"""A program that a test drives: a line goes in, a line comes out."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from tests.interop.packages import HERE

ANSWERS_WITHIN = 60
ENDS_WITHIN = 10


class Failed(Exception):
    """What a program says when it cannot do what it was told."""


class Program:
    """A running program that talks JSON, one value a line."""

    def __init__(self, process: subprocess.Popen[str], errors: Path) -> None:
        self._process, self._errors = process, errors
        self._numbers = count(1)
        self._said: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()

    def do(self, command: str, *given: Any) -> Any:
        """What comes of a command; raises `Failed` with what the program says."""
        self.say([command, *given])
        answer = self.hear()
        if "error" in answer:
            raise Failed(answer["error"])
        return answer.get("result")

    def ask(self, method: str, **params: Any) -> Any:
        """What comes of a JSON-RPC request; what the program says by itself meanwhile is passed over."""
        number = next(self._numbers)
        self.say({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        while "method" in (answer := self.hear()) or answer.get("id") != number:
            pass
        if "error" in answer:
            raise Failed(answer["error"]["message"])
        return answer["result"]

    def tell(self, method: str) -> None:
        """Send a JSON-RPC notification."""
        self.say({"jsonrpc": "2.0", "method": method})

    def say(self, value: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(value) + "\n")
        self._process.stdin.flush()

    def hear(self) -> Any:
        """The next value that the program says."""
        try:
            line = self._said.get(timeout=ANSWERS_WITHIN)
        except queue.Empty:
            line = ""
        assert line, f"the program said nothing more:\n{self._errors.read_text(errors='replace')}"
        return json.loads(line)

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._said.put(line)
        self._said.put("")


@contextmanager
def started(command: Sequence[str], environment: dict[str, str], errors: Path) -> Iterator[Program]:
    """The program while it runs. It ends when nobody talks to it any more."""
    with errors.open("w") as log:
        process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd=HERE,
            process_group=0,
        )
    with process:
        try:
            yield Program(process, errors)
            assert process.stdin is not None
            process.stdin.close()
            process.wait(ENDS_WITHIN)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
