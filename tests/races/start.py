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
        return self.post_each([(path, form) for form in forms])

    def post_each(self, requests: Sequence[tuple[str, dict[str, str]]], cookie: str = "") -> list[Reply]:
        """Send each of these forms to its own door, all at once."""
        assert len(requests) == self.number
        headers = FORM | {"Cookie": cookie} if cookie else FORM
        return list(self._threads.map(lambda each: self._race(each[0], urlencode(each[1]), headers), requests))

    def send(self, path: str, body: str, headers: Sequence[dict[str, str]]) -> list[Reply]:
        """Send this body to one door with each of these headers, all at once."""
        assert len(headers) == self.number
        return list(self._threads.map(lambda each: self._race(path, body, each), headers))

    def send_each(self, requests: Sequence[tuple[str, str, dict[str, str]]]) -> list[Reply]:
        """Send each of these, a path with a body and headers, all at once."""
        assert len(requests) == self.number
        return list(self._threads.map(lambda each: self._race(*each), requests))

    def _race(self, path: str, body: str, headers: dict[str, str]) -> Reply:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.connect()
            self._line.wait(30)
            return send(connection, path, body, headers)
        finally:
            connection.close()


def send(connection: HTTPConnection, path: str, body: str, headers: dict[str, str]) -> Reply:
    """Post this over an open connection and read what answers it: JSON, or the text of a page."""
    connection.request("POST", path, body, headers)
    answer = connection.getresponse()
    said = answer.read()
    return Reply(answer.status, json.loads(said) if answer.headers.get_content_subtype() == "json" else said.decode())
