"""Stands before the server and adds an access token to every request, for a program that cannot send one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HOP_BY_HOP = {"connection", "transfer-encoding", "keep-alive"}


class Proxy(ThreadingHTTPServer):
    """Passes everything on as it is, with the token, and under the server's name where it was called by its own."""

    daemon_threads = True

    def __init__(self, port: int, token: str) -> None:
        super().__init__(("127.0.0.1", 0), Passage)
        self.port, self.token = port, token

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def renamed(self, value: str) -> str:
        return value.replace(f"127.0.0.1:{self.server_port}", f"127.0.0.1:{self.port}")


class Passage(BaseHTTPRequestHandler):
    """One request on its way."""

    server: Proxy
    protocol_version = "HTTP/1.1"

    def pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        onward = HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        onward.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in HOP_BY_HOP:
                onward.putheader(name, self.server.renamed(value))
        onward.putheader("Authorization", f"Bearer {self.server.token}")
        onward.endheaders(body)
        answer = onward.getresponse()
        content = answer.read()
        onward.close()
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in HOP_BY_HOP | {"content-length"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_DELETE = do_OPTIONS = pass_on  # noqa: N815 (the library's names)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@contextmanager
def proxy(port: int, token: str) -> Iterator[Proxy]:
    """The proxy, while this lasts."""
    with Proxy(port, token) as standing:
        threading.Thread(target=standing.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield standing
        standing.shutdown()
