"""How long one answer takes as an account grows: lists over /mcp, and the pages that people wait for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import select

from config import Settings
from models.database.base import db
from models.database.tenancy import enter_account
from models.profiles.ordering import Order, cursor_of
from models.profiles.profile import Profile
from models.request_scope import open_scope
from models.scopes import ALL_SCOPES
from models.secrets import pkce_challenge
from tests.bench.load import connected
from tests.bench.measures import CALLED, same
from tests.bench.reports import reports
from tests.bench.server import running
from tests.bench.stage import CALLBACK, RARE, VERIFIER, Stage
from tests.bench.storage import storage
from tests.bench.surroundings import bench_settings, say, surroundings
from tests.bench.table import table
from tests.bench.wire import call, get

ANSWERS = 100
WARM_UP = 20


@dataclass(frozen=True)
class Question:
    """One request that is asked again and again on one connection."""

    name: str
    request: bytes
    proof: bytes


def by_size(database: str, counts: list[int], only: str = "") -> dict[str, Any]:
    """Measure and print, for accounts of so many profiles each; returns every figure."""
    found: dict[int, dict[str, list[float]]] = {}
    about: list[str] = []
    for profiles in counts:
        with storage(database) as (home, url, kind):
            about = about or print_header(kind, home)
            found[profiles] = milliseconds(bench_settings(url), profiles, home, only)
    titles = ("", *(f"{profiles:,}" for profiles in found), "last : first")
    say()
    say(table(titles, [row_of(name, [times[name] for times in found.values()]) for name in found[counts[0]]]))
    return {"about": about, "milliseconds": found}


def print_header(kind: str, home: Path) -> list[str]:
    about = surroundings(kind, home)
    about.append(f"Median of {ANSWERS} answers, one after the other, in ms, by the number of profiles in the account.")
    say("\n".join(about))
    return about


def row_of(name: str, times: list[list[float]]) -> list[str]:
    middles = [median(several) for several in times]
    return [name, *(f"{middle:.2f}" for middle in middles), f"{middles[-1] / middles[0]:.1f}"]


def milliseconds(settings: Settings, profiles: int, home: Path, only: str) -> dict[str, list[float]]:
    """How long each answer took, by question, in an account of so many profiles."""
    stage = Stage(settings, profiles)
    asked = [*questions_of_assistants(stage), *pages(stage), *report_pages(stage)]
    with running(settings, home / "server.log") as server:
        server.seconds_until(get(settings.host, "/healthz"), b"ok")
        return {question.name: answers(server.address, question) for question in asked if only in question.name}


def answers(address: tuple[str, int], question: Question) -> list[float]:
    taken = []
    with connected(address, [same(question.request)], question.proof) as (line,):
        for _ in range(WARM_UP + ANSWERS):
            line.ask()
            while not line.listen():
                pass
            taken.append((perf_counter() - line.asked_at) * 1000)
            if not line.good:
                raise SystemExit(f"{question.name}: {bytes(line.received[:600])!r}")
    return taken[WARM_UP:]


def questions_of_assistants(stage: Stage) -> Iterator[Question]:
    token = stage.connected(1)[0].access_token

    def question(name: str, **arguments: Any) -> Question:
        request = call(stage.settings.host, token, "list_profiles", limit=20, **arguments)
        return Question(f"list_profiles {name}", request, CALLED)

    tags = [str(tag_id) for tag_id in stage.tag_ids[:2]]
    yield question("first page")
    yield question("page in the middle", cursor=cursor_in_the_middle(stage))
    yield question("newest first", sort="created")
    yield question("search, rare", search=RARE.lower())
    yield question("search, common", search="ada")
    yield question("search, two words", search="ada hansen")
    yield question("tag", tag_ids=tags[:1])
    yield question("two tags", tag_ids=tags)
    yield question("tag and search", tag_ids=tags[:1], search="ada")
    yield question("status and style", status="completed", disc_style="SC")


def pages(stage: Stage) -> Iterator[Question]:
    cookie, host = stage.browser_cookie(), stage.settings.host
    app = stage.connected(1)[0]
    asked = {
        "response_type": "code",
        "client_id": app.client_id,
        "redirect_uri": CALLBACK,
        "state": "s",
        "scope": " ".join(sorted(ALL_SCOPES)),
        "code_challenge": pkce_challenge(VERIFIER),
        "code_challenge_method": "S256",
        "resource": stage.settings.mcp_url,
    }
    for name, path in {
        "page: profiles": "/profiles",
        "page: profiles, search": "/profiles?search=ada",
        "page: Connected apps": "/settings/connections",
        "page: consent": f"/authorize?{urlencode(asked)}",
        "page: audit": "/settings/audit",
    }.items():
        yield Question(name, get(host, path, Cookie=cookie), b"</main>")


def report_pages(stage: Stage) -> Iterator[Question]:
    cookie, there = stage.browser_cookie(), reports(stage)
    twelve = urlencode([("profile", str(id_)) for id_ in there.profile_ids[:12]])
    for name, path in {
        "page: dashboard": "/dashboard",
        "page: one profile": f"/profiles/{there.profile_ids[0]}",
        "page: comparison of twelve": f"/reporting/comparison?{twelve}",
        "page: group of a thousand by tag": f"/reporting/group?tag={there.tag_id}",
        "page: the account as a group": "/reporting/group",
    }.items():
        yield Question(name, get(stage.settings.host, path, Cookie=cookie), b"</main>")


def cursor_in_the_middle(stage: Stage) -> str:
    """Where the list goes on after half of the profiles."""
    order = Order.called("name")
    with stage.app.app_context(), open_scope():
        enter_account(stage.account_id)
        row = db.session.scalars(
            select(Profile).order_by(Profile.sort_name, Profile.id).offset(stage.profiles // 2)
        ).first()
        assert row is not None
        cursor = cursor_of(row, order)
        db.session.remove()
        db.engine.dispose()
        return cursor
