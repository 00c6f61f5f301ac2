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
from tests.bench.measures import CONNECTIONS
from tests.bench.stage import Installation, Stage
from tests.bench.wire import HANDSHAKE, MODERN, call, mcp

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
                requests[turn] = re.sub(rb"refresh_token=[^&]+", b"refresh_token=" + found[1], requests[turn], count=1)
            turn = (turn + 1) % len(requests)
        return requests[turn]

    return say


@dataclass(frozen=True)
class Row:
    """One figure."""

    name: str
    said: Callable[[str], list[Said]]
    """What each connection says to the server at this address."""
    proof: bytes
    """What every good answer contains."""


def rows_for(stage: Stage) -> list[Row]:
    """Each figure; every connection is that of an app of its own."""
    apps = stage.connected(CONNECTIONS)

    def each(request: Callable[[str, Installation], bytes]) -> Callable[[str], list[Said]]:
        return lambda host: [Said("again", [request(host, app)]) for app in apps]

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
        Row("tools/call update_tag", lambda host: changing_tags(host, apps, stage), b'"color":"'),
        Row("tools/list", each(lambda host, app: mcp(host, app.access_token, "tools/list", {})), b'"update_tag"'),
        Row(
            "server/discover",
            each(lambda host, app: mcp(host, app.access_token, "server/discover", {})),
            b'"supportedVersions"',
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
