"""What comes over the network in forms that no client of good will sends: every door for programs says so in its own words, and goes on."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import func, select

from blueprints.auth.access_control import MACHINE, access_of
from models.database.base import Base, db

LIMIT = 1_048_576
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
# What each door takes. A new door for programs needs a line here.
DOORS = {
    "/mcp": JSON,
    "/register": JSON,
    "/token": FORM,
    "/revoke": FORM,
    "/introspect": FORM,
    "/device_authorization": FORM,
}
# What would change something if it were taken for the whole.
WHOLE = {
    "/mcp": b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"create_tag","arguments":{"label":"a","color":"red"}}}',
    "/register": b'{"redirect_uris":["http://localhost/callback"]}',
    "/token": b"grant_type=refresh_token&refresh_token=x&client_id=x",
    "/revoke": b"token=x&client_id=x",
    "/introspect": b"token=x&client_id=x",
    "/device_authorization": b"client_id=x&scope=profiles:read",
}
PATIENCE = 20


@dataclass(frozen=True)
class Wire:
    """A way to the server on which nothing is put right before it is sent."""

    port: int
    token: str

    def send(
        self, door: str, body: bytes, *headers: str, kind: str | None = None, half: bool = False
    ) -> tuple[int, dict]:
        """Send these bytes as the body; `half` ends our side of the connection after them."""
        lines = [
            f"POST {door} HTTP/1.1",
            f"Host: 127.0.0.1:{self.port}",
            f"Content-Type: {kind or DOORS[door]}",
            f"Authorization: Bearer {self.token}" if door == "/mcp" else "Accept: */*",
            "Connection: close",
            *headers,
        ]
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as way:
            way.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
            if half:
                way.shutdown(socket.SHUT_WR)
            head, _, content = b"".join(iter(lambda: way.recv(65_536), b"")).partition(b"\r\n\r\n")
        assert b"content-type: application/json" in head.lower(), head
        return int(head.split()[1]), json.loads(content)

    def sized(self, door: str, body: bytes, **more: Any) -> tuple[int, dict]:
        return self.send(door, body, f"Content-Length: {len(body)}", **more)

    def chunked(self, door: str, *chunks: bytes) -> tuple[int, dict]:
        framed = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in (*chunks, b""))
        return self.send(door, framed, "Transfer-Encoding: chunked")


@pytest.fixture
def server(serve):
    """Gunicorn: how bodies are framed is its business."""
    return serve()


@pytest.fixture
def wire(server, claude, app) -> Iterator[Wire]:
    """A wire to a server that must answer everything, lose no worker and keep nothing of what it was sent."""
    before = rows(app)
    yield Wire(server.port, claude.token)
    assert [line for line in server.requests() if line["status"] >= 500] == []
    assert "Traceback" not in server.log()
    assert server.log().count("Booting worker") == 2
    assert rows(app) == before


def rows(app):
    """How much there is of everything, besides what counts requests."""
    with app.app_context():
        tables = [table for table in Base.metadata.sorted_tables if table.name != "throttle"]
        return {table.name: db.session.scalar(select(func.count()).select_from(table)) for table in tables}


def test_every_door_for_programs_is_tried(app):
    posted = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if access_of(app.view_functions[rule.endpoint]) == MACHINE
        and "POST" in (rule.methods or {"POST"})
        # A door that only says which methods it takes reads no body.
        and not rule.endpoint.endswith(".wrong_method")
    }
    assert posted == set(DOORS)


@pytest.mark.asvs("4.2.1", "5.2.1")
def test_a_body_over_the_limit_is_refused_however_it_is_framed(wire):
    for door in DOORS:
        assert refused(wire.send(door, b"", f"Content-Length: {LIMIT + 1}"), door) == 413, door
        assert refused(wire.chunked(door, b"x" * (LIMIT // 2), b"x" * (LIMIT // 2 + 1)), door) == 413, door


BROKEN = [
    b"zz\r\nhello\r\n0\r\n\r\n",
    b"-5\r\nhello\r\n0\r\n\r\n",
    b"3\r\nhello\r\n0\r\n\r\n",
    b"ffffffffffffffffff\r\nhello\r\n0\r\n\r\n",
    b"5\r\nhel",
    b"5\r\nhello\r\n",
]


@pytest.mark.asvs("4.2.1")
def test_a_body_that_is_not_framed_well_or_breaks_off_is_refused(wire):
    for door in DOORS:
        for body in BROKEN:
            assert refused(wire.send(door, body, "Transfer-Encoding: chunked", half=True), door) == 400, (door, body)
        broken_off = wire.send(door, WHOLE[door], f"Content-Length: {len(WHOLE[door]) + 1}", half=True)
        assert refused(broken_off, door) == 400, door


VALUES = {
    "nested 5,000 deep": b"[" * 5_000 + b"]" * 5_000,
    "nested 33 deep": b'{"a":' * 33 + b"1" + b"}" * 33,
    "NaN": b"NaN",
    "Infinity": b"-Infinity",
    "a number beyond floats": b"1e999",
    "an integer beyond 64 bits": b"9223372036854775808",
    "an integer of 5,000 digits": b"9" * 5_000,
    "NUL": rb'"a\u0000b"',
    "half of a surrogate pair": rb'"\ud800"',
    "the same key twice": b'{"a":1,"a":2}',
    "bytes that are no UTF-8": b'"\xff\xfe"',
    "a text without an end": b'"abc',
    "nothing": b"",
}


@pytest.mark.asvs("1.5.2", "2.2.1", "15.3.5")
@pytest.mark.parametrize("door", ["/mcp", "/register"])
def test_json_that_no_door_takes_is_refused(wire, door):
    around = {
        "/mcp": b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"create_tag","arguments":{"label":%s,"color":"red"}}}',
        "/register": b'{"client_name":%s,"redirect_uris":["http://localhost/callback"]}',
    }[door]
    for what, value in VALUES.items():
        assert refused(wire.sized(door, around % value), door) == 400, what
        assert refused(wire.sized(door, value), door) == 400, f"{what}, alone"


FIELDS = {
    "NUL": "%00",
    "half of a surrogate pair": "%ED%A0%80",
    "bytes that are no UTF-8": "%FF",
    "a line break": "%0D%0A",
    "200,000 characters": "x" * 200_000,
    "a broken escape": "%zz",
}


@pytest.mark.asvs("2.2.1")
def test_forms_that_no_door_takes_are_refused(wire, claude):
    forms = {
        "/token": "grant_type={}&code=x&refresh_token={}&client_id={}&redirect_uri={}&code_verifier={}",
        "/revoke": "token={}&client_id={}",
        "/introspect": "token={}&client_id={}",
        "/device_authorization": "client_id={}&scope={}&resource={}",
    }
    for door, form in forms.items():
        for what, value in FIELDS.items():
            for one in range(form.count("{}")):
                body = form.format(*("x" * (place != one) or value for place in range(form.count("{}"))))
                assert 400 <= refused(wire.sized(door, body.encode()), door) < 500, (door, what, one)
        assert 400 <= refused(wire.sized(door, b"token=x&token=y&grant_type=a&grant_type=b"), door) < 500
        assert 400 <= refused(wire.sized(door, b"&".join(b"a%d=1" % n for n in range(5_000))), door) < 500
        assert 400 <= refused(wire.sized(door, b'{"token":"x"}', kind=JSON), door) < 500
        assert (
            400
            <= refused(wire.sized(door, quote(claude.token).encode(), kind="multipart/form-data; boundary=x"), door)
            < 500
        )


def refused(answer: tuple[int, dict], door: str) -> int:
    """The status of an answer that says no in the form of its door."""
    status, body = answer
    if door == "/mcp":
        assert body["jsonrpc"] == "2.0"
        assert set(body["error"]) >= {"code", "message"}
    else:
        assert isinstance(body["error"], str)
        assert isinstance(body["error_description"], str)
    return status
