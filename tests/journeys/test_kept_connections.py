"""A connection that is kept open answers the next request, whatever became of the one before."""

from __future__ import annotations

from http.client import HTTPConnection

import pytest

BODY = b'{"jsonrpc":"2.0","id":1,"method":"tools/list"}' + b" " * 4_000
NEXT = "/.well-known/oauth-protected-resource/mcp"


@pytest.fixture
def server(serve):
    """Gunicorn: it keeps connections open."""
    return serve()


@pytest.mark.parametrize("path", ["/mcp", "/register", "/nothing-here", "/sign-in"])
def test_a_body_that_nobody_read_does_not_swallow_the_next_request(server, path):
    connection = HTTPConnection("127.0.0.1", server.port, timeout=5)
    for _ in range(40):
        connection.request("POST", path, BODY, {"Content-Type": "application/json"})
        refused = connection.getresponse()
        refused.read()
        assert 400 <= refused.status < 500
        connection.request("GET", NEXT)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200
    connection.close()
