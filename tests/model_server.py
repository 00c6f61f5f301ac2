"""A language model on this machine: a server that speaks OpenAI's API, and answers as a test wants."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

Answer = Callable[[socket.socket], None]

SHEET = {
    "headline": "Calm And Careful",
    "at_work": "They work at an even pace, look twice before they agree, and finish what they have begun before they start something new.",
    "with_others": "In a group they listen first. Colleagues soon learn that a quiet word with them is worth a long meeting.",
    "under_pressure": "When time is short they check once more than they need to, and it helps to tell them what may be left out.",
    "what_matters": "Room to decide for themselves comes first, and they look for work in which that is more than a promise.",
    "working_with": "Send them the material beforehand, give them a day to think it over, and take their questions as interest.",
}


@dataclass
class ModelServer:
    """The requests it got, byte by byte, and its answers: `answers` one after another, and then those of a good model."""

    port: int
    heard: list[bytes] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    begun: threading.Event = field(default_factory=threading.Event)
    """Set when a question has come in."""
    ended: threading.Event = field(default_factory=threading.Event)
    """Set when the test is over: releases those that were kept waiting."""

    @property
    def url(self) -> str:
        """Its URL."""
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """The requests, parsed."""
        return [json.loads(raw.partition(b"\r\n\r\n")[2]) for raw in self.heard]

    def serve(self, listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                wire, _ = listening.accept()
                threading.Thread(target=self.answer_one, args=(wire,), daemon=True).start()

    def answer_one(self, wire: socket.socket) -> None:
        # A client may hang up at any time: that is what is tested.
        with suppress(OSError), wire:
            wire.settimeout(20)
            if raw := whole_request(wire):
                self.heard.append(raw)
                answer = self.answers.pop(0) if self.answers else fills_in()
                self.begun.set()
                answer(wire)

    def drips(self, wire: socket.socket) -> None:
        """Send a byte now and then, for as long as the client listens."""
        wire.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n")
        while not self.ended.wait(0.1):
            wire.sendall(b" ")

    def hangs(self, _wire: socket.socket) -> None:
        """Accept the request and stay silent."""
        self.ended.wait(20)

    def floods(self, wire: socket.socket) -> None:
        """Send without end, as fast as possible."""
        wire.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
        while not self.ended.is_set():
            wire.sendall(b" " * 1_000_000)


def whole_request(wire: socket.socket) -> bytes:
    raw = b""
    while b"\r\n\r\n" not in raw:
        if not (piece := wire.recv(65_536)):
            return b""
        raw += piece
    head, _, body = raw.partition(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
    )
    while len(body) < length:
        body += wire.recv(65_536)
    return head + b"\r\n\r\n" + body


def sends(status: str, body: bytes, *headers: str) -> Answer:
    """An answer with this status and body."""
    head = [
        f"HTTP/1.1 {status}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *headers,
    ]
    return lambda wire: wire.sendall("\r\n".join([*head, "", ""]).encode() + body)


def writes(text: str) -> Answer:
    """A model that writes this, whatever the request."""
    message = {"role": "assistant", "content": text}
    completion = {
        "id": "c1",
        "object": "chat.completion",
        "created": 1_790_000_000,
        "model": "local",
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        "usage": {"prompt_tokens": 900, "completion_tokens": 300, "total_tokens": 1_200},
    }
    return sends("200 OK", json.dumps(completion).encode())


def fills_in(**changed: Any) -> Answer:
    """A model that fills in the form well, except for these changes; None omits a field."""
    return writes(json.dumps({name: text for name, text in (SHEET | changed).items() if text is not None}))


@pytest.fixture(scope="session")
def model_process() -> Iterator[ModelServer]:
    """The one server of this run; tests take `model_server`."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = ModelServer(listening.getsockname()[1])
        serving = threading.Thread(target=server.serve, args=(listening,))
        serving.start()
        yield server
        # Closing alone does not wake a thread that waits in accept.
        listening.shutdown(socket.SHUT_RDWR)
    serving.join()


@pytest.fixture
def model_server(model_process: ModelServer) -> Iterator[ModelServer]:
    """A language model on this machine that has got no requests yet."""
    model_process.ended.clear()
    model_process.begun.clear()
    model_process.heard.clear()
    model_process.answers.clear()
    yield model_process
    model_process.ended.set()
