"""One limit for the size of request bodies, in every framing, and one answer to a body that breaks off."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, BinaryIO

from flask import request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

TOO_LARGE = "profile.body_too_large"
CHUNK = 65_536
# Where people upload files, bodies may be larger: five megabytes, plus the form around the file.
ROOM_FOR_FILES = {"/invitations/files": 5_000_000 + 65_536}


class BoundedBody:
    """WSGI middleware. Werkzeug's own limit silently truncates a chunked body at the limit; this one refuses it."""

    def __init__(self, app: Callable[..., Iterable[bytes]], limit: int) -> None:
        self.app = app
        self.limit = limit

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH") or "0"
        declared = int(length) if length.isdigit() else 0
        limit = max(self.limit, ROOM_FOR_FILES.get(environ.get("PATH_INFO", ""), 0))
        if declared > limit:
            environ[TOO_LARGE] = True
        endless = environ.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked"
        stream = environ["wsgi.input"] = BoundedStream(environ["wsgi.input"], limit, declared, endless)
        answer = self.app(environ, start_response)
        # Before the response is sent: gunicorn would otherwise drain the unread body afterwards, and with it the beginning of
        # the next request on this connection, which would then wait until the client gives up (40 s measured).
        if TOO_LARGE not in environ:
            stream.drain()
        return answer


class BoundedStream:
    """Reads at most `limit` bytes; one more is 413. A broken chunk, or an end before the `declared` length, is 400."""

    def __init__(self, stream: BinaryIO, limit: int, declared: int = 0, endless: bool = False) -> None:
        self.stream = stream
        self.left = limit
        self.missing = declared
        self.endless = endless

    def read(self, size: int | None = -1) -> bytes:
        # Requesting one byte more than allowed shows whether the body is too long.
        wanted = self.left + 1 if size is None or size < 0 else min(size, self.left + 1)
        return self._counted(self._whole(wanted) if size is None or size < 0 else self._read(wanted))

    def readline(self, size: int | None = -1) -> bytes:
        wanted = self.left + 1 if size is None or size < 0 else min(size, self.left + 1)
        return self._counted(self._guarded(self.stream.readline, wanted))

    def readlines(self, _hint: int = -1) -> list[bytes]:
        return list(self)

    def __iter__(self) -> BoundedStream:
        return self

    def __next__(self) -> bytes:
        if line := self.readline():
            return line
        raise StopIteration

    def drain(self) -> None:
        """Read and discard the rest of a body within the limit, and nothing after it: not every server's stream ends there."""
        with suppress(BadRequest, RequestEntityTooLarge):
            while self.left > 0 and self.read(CHUNK if self.endless else min(CHUNK, max(self.missing, 0))):
                pass

    def _whole(self, wanted: int) -> bytes:
        parts = []
        while wanted > 0 and (part := self._read(wanted)):
            parts.append(part)
            wanted -= len(part)
        return b"".join(parts)

    def _read(self, wanted: int) -> bytes:
        return self._guarded(self.stream.read, wanted)

    def _guarded(self, read: Callable[[int], bytes], wanted: int) -> bytes:
        try:
            data = read(wanted)
        except (OSError, ValueError, EOFError) as error:
            raise BadRequest("The request body was incomplete or malformed.") from error
        except Exception as error:
            # gunicorn raises its own classes for a malformed chunk (InvalidChunkSize is no OSError).
            if type(error).__module__.startswith("gunicorn"):
                raise BadRequest("The request body was malformed.") from error
            raise
        self.missing -= len(data)
        # The first part of a form or of JSON can look complete.
        if not data and wanted > 0 and self.missing > 0:
            raise BadRequest("The request body was incomplete.")
        return data

    def _counted(self, data: bytes) -> bytes:
        self.left -= len(data)
        if self.left < 0:
            self.left = 0
            raise RequestEntityTooLarge
        return data


def refuse_large_body() -> None:
    """Refuse a body whose declared length is over the limit, before reading any of it."""
    if request.environ.get(TOO_LARGE):
        raise RequestEntityTooLarge
