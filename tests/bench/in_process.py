"""What one request costs the processor, without a network or a web server around it: the app is called as WSGI calls it."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable
from io import BytesIO
from pathlib import Path
from time import process_time
from typing import Any

from flask import Flask

from tests.bench.measures import Measure, measures
from tests.bench.sampling import sample
from tests.bench.stage import Stage
from tests.bench.storage import storage
from tests.bench.surroundings import bench_settings, say, surroundings
from tests.bench.table import table

BATCHES, BATCH = 60, 20
SAMPLED = 2_000
FIRST = 40
"""Requests before the clock runs: caches fill."""


def by_processor(database: str, profiles: int, only: str, profiled: bool) -> dict[str, Any]:
    """Measure and print the least CPU time of a request, over many batches; returns every figure in microseconds."""
    with storage(database) as (home, url, kind):
        say("\n".join(surroundings(kind, home)))
        say(f"In process, µs of CPU a request: the least of {BATCHES} batches of {BATCH}; {profiles:,} profiles.")
        stage = Stage(bench_settings(url), profiles)
        chosen = [measure for measure in measures(stage, 1) if only in measure.name]
        with Path(os.devnull).open("w") as nowhere:
            for handler in logging.getLogger("profile").handlers:
                if isinstance(handler, logging.StreamHandler):
                    handler.setStream(nowhere)
            found = {measure.name: least(stage.app, measure, profiled) for measure in chosen}
    say(table(("", "µs"), [[name, f"{taken:,.0f}"] for name, taken in found.items()]))
    return {"µs": found}


def least(app: Flask, measure: Measure, profiled: bool) -> float:
    """The least CPU time of one of these requests, in microseconds."""
    ask = asking(app, measure)
    for _ in range(FIRST):
        ask()
    taken = min(batch_of(ask) for _ in range(BATCHES))
    if profiled:
        say(f"\n{measure.name}")
        sample(ask, SAMPLED, taken * 1_000_000)
    return taken * 1_000_000


def batch_of(ask: Callable[[], None]) -> float:
    began = process_time()
    for _ in range(BATCH):
        ask()
    return (process_time() - began) / BATCH


def asking(app: Flask, measure: Measure) -> Callable[[], None]:
    """One request of this measure after the other, each checked."""
    talk = measure.talks[0]
    answer = b""

    def ask() -> None:
        nonlocal answer
        request = talk(answer)
        assert request is not None
        environ: dict[str, Any] = environ_of(request)
        told: list[object] = []

        def start(status: str, *_headers: Any) -> Callable[[bytes], object]:
            told.append(status)
            return told.append

        body: Iterable[bytes] = app.wsgi_app(environ, start)
        answer = b"".join(body)
        if callable(close := getattr(body, "close", None)):
            close()
        assert told == ["200 OK"], (told, answer)
        assert measure.proof in answer, answer

    return ask


def environ_of(request: bytes) -> dict[str, Any]:
    """A request as a web server hands it on."""
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    method, path, _ = first.split(" ")
    headers = dict(line.split(": ", 1) for line in lines)
    host, _, port = headers["Host"].partition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "RAW_URI": path,
        "QUERY_STRING": "",
        "SCRIPT_NAME": "",
        "SERVER_NAME": host,
        "SERVER_PORT": port or "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body),
        "wsgi.errors": None,
    }
    for name, value in headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"] = value
    return environ
