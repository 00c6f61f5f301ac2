"""A common start for requests: connected first, sent when everybody is ready."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection
from threading import Barrier
from typing import Any, Self
from urllib.parse import urlencode

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    body: Any


class Racers:
    """Clients that send at the same moment, each over a connection of its own, so that any worker may get any of them."""

    def __init__(self, port: int, number: int) -> None:
        self.port, self.number = port, number
        self._line = Barrier(number)
        self._threads = ThreadPoolExecutor(number)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown()

    def post(self, path: str, forms: Sequence[dict[str, str]]) -> list[Reply]:
        """Send these forms to one door, all at once."""
        assert len(forms) == self.number
        return list(self._threads.map(lambda form: self._race(path, urlencode(form)), forms))

    def _race(self, path: str, body: str) -> Reply:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.connect()
            self._line.wait(30)
            return send(connection, path, body, FORM)
        finally:
            connection.close()


def send(connection: HTTPConnection, path: str, body: str, headers: dict[str, str]) -> Reply:
    """Post this over an open connection and read the JSON that answers it."""
    connection.request("POST", path, body, headers)
    answer = connection.getresponse()
    return Reply(answer.status, json.loads(answer.read()))
