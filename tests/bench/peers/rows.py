"""The figures that ours and peers have in common: what each connection says, the same bytes to all, and the proof in a good answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, cycle, repeat
from typing import Literal

from sqlalchemy import select

from models.database.base import db
from models.database.tenancy import in_account
from models.profiles.profile import Profile
from models.request_scope import open_scope
from tests.bench.load import Talk
from tests.bench.measures import CONNECTIONS, FAMILIES, MOST_CODES_A_SECOND, redemption
from tests.bench.stage import Installation, Stage
from tests.bench.wire import HANDSHAKE, call, form, get, mcp
from tests.mcp_client import MODERN

LIMIT = 20


@dataclass(frozen=True)
class Said:
    """What one connection says: its requests over and over, or each once, or each with the refresh token that its last answer brought."""

    how: Literal["again", "once", "renew"]
    requests: Sequence[bytes]

    def talk(self) -> Talk:
        """The same for the generator in Python."""
        if self.how == "renew":
            return renewing(list(self.requests))
        turns: Iterator[bytes | None] = (
            cycle(self.requests) if self.how == "again" else chain(self.requests, repeat(None))
        )
        return lambda _: next(turns)


def renewing(requests: list[bytes]) -> Talk:
    turn = 0

    def say(answer: bytes) -> bytes:
        nonlocal turn
        if answer:
            if found := re.search(rb'"refresh_token": *"([^"]+)"', answer):
                requests[turn] = with_token(requests[turn], found[1])
            turn = (turn + 1) % len(requests)
        return requests[turn]

    return say


def with_token(request: bytes, token: bytes) -> bytes:
    """The same request with this refresh token, which may be longer or shorter."""
    head, _, body = request.partition(b"\r\n\r\n")
    body = re.sub(rb"refresh_token=[^&]+", b"refresh_token=" + token, body, count=1)
    return re.sub(rb"Content-Length: \d+", b"Content-Length: %d" % len(body), head, count=1) + b"\r\n\r\n" + body


@dataclass(frozen=True)
class Row:
    """One figure."""

    name: str
    said: Callable[[str, float], list[Said]]
    """What each connection says to the server at this address, enough for so many seconds."""
    proof: bytes
    """What every good answer contains."""
    oauth: bool = False
    """Whether only an authorization server answers this."""


def rows_for(stage: Stage) -> list[Row]:
    """Each figure; every connection is that of an app of its own."""
    apps = stage.connected(CONNECTIONS)

    def each(request: Callable[[str, Installation], bytes]) -> Callable[[str, float], list[Said]]:
        return lambda host, _: [Said("again", [request(host, app)]) for app in apps]

    last = last_of_page(stage)
    return [
        Row(
            f"tools/call list_profiles ({LIMIT} rows), {MODERN}",
            each(lambda host, app: call(host, app.access_token, "list_profiles", limit=LIMIT)),
            last,
        ),
        Row(
            f"tools/call list_profiles ({LIMIT} rows), {HANDSHAKE}",
            each(lambda host, app: call(host, app.access_token, "list_profiles", HANDSHAKE, limit=LIMIT)),
            last,
        ),
        Row("tools/call update_tag", lambda host, _: changing_tags(host, apps, stage), b'"color":"'),
        Row("tools/list", each(lambda host, app: mcp(host, app.access_token, "tools/list", {})), b'"update_tag"'),
        Row(
            "server/discover",
            each(lambda host, app: mcp(host, app.access_token, "server/discover", {})),
            b'"supportedVersions"',
        ),
        Row("token: refresh", lambda host, _: refreshing(host, stage), b'"access_token"', oauth=True),
        Row(
            "token: code exchange", lambda host, seconds: redeeming(host, stage, seconds), b'"access_token"', oauth=True
        ),
        Row(
            "authorization server metadata",
            each(lambda host, _: get(host, "/.well-known/oauth-authorization-server")),
            b'"token_endpoint"',
            oauth=True,
        ),
        Row(
            "protected resource metadata",
            each(lambda host, _: get(host, "/.well-known/oauth-protected-resource/mcp")),
            b'"authorization_servers"',
            oauth=True,
        ),
    ]


def last_of_page(stage: Stage) -> bytes:
    """The address in the last row of a page: whoever answers with it has read all of them."""
    with stage.app.app_context(), open_scope(), in_account(stage.account_id):
        found = db.session.scalars(select(Profile.email).order_by(Profile.name_key, Profile.id).limit(LIMIT)).all()
        db.session.rollback()
        db.engine.dispose()
    return found[-1].encode()


def changing_tags(host: str, apps: Sequence[Installation], stage: Stage) -> list[Said]:
    """Each app gives a tag of its own one colour, then another, for ever."""
    return [
        Said(
            "again",
            [call(host, app.access_token, "update_tag", tag_id=str(tag_id), color=color) for color in ("red", "blue")],
        )
        for app, tag_id in zip(apps, stage.own_tag_ids, strict=False)
    ]


def refreshing(host: str, stage: Stage) -> list[Said]:
    """Each connection renews its share of new installations in turn, always with the newest token."""

    def request(app: Installation) -> bytes:
        return form(
            host, "/token", grant_type="refresh_token", refresh_token=app.refresh_token, client_id=app.client_id
        )

    return shared_out("renew", [request(app) for app in stage.connected(FAMILIES)])


def redeeming(host: str, stage: Stage, seconds: float) -> list[Said]:
    """Each connection redeems new codes, each once."""
    apps = stage.waiting(int(seconds * MOST_CODES_A_SECOND) + CONNECTIONS)
    return shared_out("once", [redemption(host, app) for app in apps])


def shared_out(how: Literal["once", "renew"], requests: Sequence[bytes]) -> list[Said]:
    return [Said(how, requests[number::CONNECTIONS]) for number in range(CONNECTIONS)]
