"""What is measured under load: for each figure, what the connections say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle

import orjson

from tests.bench.load import Talk
from tests.bench.stage import CALLBACK, VERIFIER, Installation, Stage
from tests.bench.wire import HANDSHAKE, call, form, get, mcp

CONNECTIONS = 16
FAMILIES = 64
MOST_CODES_A_SECOND = 1_600


@dataclass(frozen=True)
class Measure:
    """One figure."""

    name: str
    talks: Sequence[Talk]
    """What each connection says."""
    proof: bytes
    """What every good answer contains."""


def measures(stage: Stage, seconds: float) -> list[Measure]:
    """Every figure, with what it needs put into the database; enough codes for so many seconds."""
    host = stage.settings.host
    apps = stage.connected(CONNECTIONS)
    return [
        Measure(READ, each(apps, lambda app: reading(host, app)), CALLED),
        Measure(
            READ_OLD,
            each(apps, lambda app: same(call(host, app.access_token, "list_profiles", HANDSHAKE, limit=20))),
            CALLED,
        ),
        Measure(CHANGE, changing_tags(host, apps, stage), CALLED),
        Measure("tools/call create_tag", creating_tags(host, apps), CALLED),
        Measure(
            LIST,
            each(apps, lambda app: same(mcp(host, app.access_token, "tools/list", {}))),
            b'"delete_profile"',
        ),
        Measure("token: refresh", refreshing(host, stage.connected(FAMILIES)), b'"access_token"'),
        Measure(
            "token: code exchange",
            redeeming(host, stage.waiting(int((seconds + 1) * MOST_CODES_A_SECOND))),
            b'"access_token"',
        ),
        Measure(
            "authorization server metadata",
            [same(get(host, "/.well-known/oauth-authorization-server"))] * CONNECTIONS,
            b'"token_endpoint"',
        ),
    ]


CALLED = b'"isError":false'
READ = "tools/call list_profiles (20 rows), 2026-07-28"
READ_OLD = "tools/call list_profiles (20 rows), 2025-11-25"
CHANGE = "tools/call update_tag"
LIST = "tools/list"


def each(apps: Sequence[Installation], talk_of: Callable[[Installation], Talk]) -> list[Talk]:
    return [talk_of(app) for app in apps]


def same(request: bytes) -> Talk:
    """The same request again and again."""
    return lambda _: request


def reading(host: str, app: Installation) -> Talk:
    return same(call(host, app.access_token, "list_profiles", limit=20))


def changing_tags(host: str, apps: Sequence[Installation], stage: Stage) -> list[Talk]:
    """Each app gives a tag of its own one colour, then another, for ever."""

    def talk_of(app: Installation, tag_id: object) -> Talk:
        requests = [
            call(host, app.access_token, "update_tag", tag_id=str(tag_id), color=color) for color in ("red", "blue")
        ]
        turns = cycle(requests)
        return lambda _: next(turns)

    return [talk_of(app, tag_id) for app, tag_id in zip(apps, stage.own_tag_ids, strict=False)]


def creating_tags(host: str, apps: Sequence[Installation]) -> list[Talk]:
    """Each app makes tag after tag; only the number in the label differs, so that it is filled in."""

    def talk_of(app: Installation, number: int) -> Talk:
        request = call(host, app.access_token, "create_tag", label="Label 00 0000000", color="pink")
        before, after = request.split(b"00 0000000")
        numbers = iter(range(10_000_000))
        return lambda _: b"%b%02d %07d%b" % (before, number, next(numbers), after)

    return [talk_of(app, number) for number, app in enumerate(apps)]


def refreshing(host: str, apps: Sequence[Installation]) -> list[Talk]:
    """Each connection renews its share of the installations in turn, always with the newest token."""

    def talk_of(mine: list[Installation]) -> Talk:
        held = [app.refresh_token for app in mine]
        turn = 0

        def say(answer: bytes) -> bytes:
            nonlocal turn
            if answer:
                held[turn] = orjson.loads(answer).get("refresh_token", held[turn])
                turn = (turn + 1) % len(mine)
            fields = {"refresh_token": held[turn], "client_id": mine[turn].client_id}
            return form(host, "/token", grant_type="refresh_token", **fields)

        return say

    return [talk_of(list(apps[number::CONNECTIONS])) for number in range(CONNECTIONS)]


def redeeming(host: str, apps: Sequence[Installation]) -> list[Talk]:
    """Each connection takes the next code that nobody has redeemed, until none is left."""
    requests: Iterator[bytes] = iter([redemption(host, app) for app in apps])
    return [lambda _: next(requests, None)] * CONNECTIONS


def redemption(host: str, app: Installation) -> bytes:
    return form(
        host,
        "/token",
        grant_type="authorization_code",
        code=app.code,
        redirect_uri=CALLBACK,
        client_id=app.client_id,
        code_verifier=VERIFIER,
    )
