"""Ours and its peers in turns: in each round every row of every server, all of them running, on the same database."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from blueprints.mcp.registry import registry
from models.database.base import db
from models.database.tenancy import in_account
from models.request_scope import open_scope
from tests.bench.load import WARM_UP
from tests.bench.peers.generator import generator_name, load, warm_up
from tests.bench.peers.machine import Database, busy_of_machine, describe_machine
from tests.bench.peers.report import print_report
from tests.bench.peers.roster import OURS, PEERS, Peer
from tests.bench.peers.rows import Row, rows_for
from tests.bench.peers.turn import Turn
from tests.bench.server import ROOT, Server, running
from tests.bench.stage import Stage
from tests.bench.storage import storage
from tests.bench.surroundings import bench_settings, say
from tests.bench.wire import mcp

AUDIT = """CREATE TABLE peer_audit (id TEXT PRIMARY KEY, peer TEXT NOT NULL, account_id TEXT NOT NULL, at FLOAT NOT NULL,
    tool TEXT NOT NULL, resources TEXT NOT NULL, hash TEXT NOT NULL)"""
KEPT = "SELECT count(*) FROM peer_audit WHERE peer = :peer"
KEPT_BY_US = "SELECT count(*) FROM audit_entry WHERE tool IN ('list_profiles', 'update_tag')"


@dataclass
class Contestant:
    """A running server."""

    peer: Peer
    server: Server
    ready_ms: float
    turns: dict[str, list[Turn]] = field(default_factory=dict)
    calls: int = 0
    """Good answers to calls of tools, in all runs: each has left an audit row."""


def against_peers(database: str, profiles: int, seconds: float, rounds: int, only: str) -> dict[str, Any]:
    """Measure and print; returns every figure."""
    with storage(database) as (home, url, kind):
        stage = Stage(bench_settings(url), profiles)
        execute(stage, AUDIT)
        rows = [row for row in rows_for(stage) if only in row.name and (database in OURS.oauth_on or not row.oauth)]
        about = {
            "command": " ".join(["bin/bench", *sys.argv[1:]]),
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "commit": commit(),
            "machine": describe_machine(home),
            "database": kind,
            "profiles": profiles,
            "load": f"{generator_name()}; {rounds} rounds × {seconds:g} s",
        }
        with everyone(stage, database, home) as contestants:
            for number in range(rounds):
                say(f"Round {number + 1} of {rounds} …")
                one_round(contestants, rows, seconds, Database(url), number)
            found = [entry_of(stage, each) for each in contestants]
    return print_report(about, found, [row.name for row in rows])


@contextmanager
def everyone(stage: Stage, database: str, home: Path) -> Iterator[list[Contestant]]:
    """Ours and each peer that this machine can run, started and answering."""
    with ExitStack() as stack:
        contestants = []
        for peer in (OURS, *PEERS):
            if database not in peer.databases:
                continue
            try:
                contestants.append(stack.enter_context(contestant(peer, stage, home)))
            except pytest.skip.Exception as missing:
                say(f"Without {peer.name}: {missing}")
        yield contestants


@contextmanager
def contestant(peer: Peer, stage: Stage, home: Path) -> Iterator[Contestant]:
    settings = stage.settings if peer is OURS else bench_settings(stage.settings.database_url)
    address = Database(settings.database_url).address_for_peers()
    listing = mcp(settings.host, stage.connected(1)[0].access_token, "tools/list", {})
    log = home / f"{peer.name}.log"
    with running(
        settings,
        log,
        peer.command(settings.host),
        PEER_DATABASE=address,
        PEER_URL=settings.public_url,
        PEER_NAME=peer.name,
        PEER_TOOLS=str(tools_of_ours(home)),
    ) as server:
        ready = server.seconds_until(listing, b'"list_profiles"')
        yield Contestant(peer, server, ready * 1000)


def tools_of_ours(home: Path) -> Path:
    """A file with the tools that our server lists."""
    file = home / "tools.json"
    listed = [tool.listed.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in registry]
    file.write_text(json.dumps(listed))
    return file


def one_round(
    contestants: Sequence[Contestant], rows: Sequence[Row], seconds: float, database: Database, number: int
) -> None:
    """Each row of each server. Who is first changes, so that what the machine does meanwhile falls on all alike."""
    for place, row in enumerate(rows):
        several = [each for each in contestants if each.peer.oauth_on or not row.oauth]
        first = (number + place) % len(several)
        for each in [*several[first:], *several[:first]]:
            turn = one_turn(each.server, row, seconds, database)
            each.turns.setdefault(row.name, []).append(turn)
            each.calls += turn.load.good if row.name.startswith("tools/call") else 0


def one_turn(server: Server, row: Row, seconds: float, database: Database) -> Turn:
    host = server.settings.host
    warm_up(server.address, row.said(host, WARM_UP), row.proof)
    said = row.said(host, seconds)
    workers, before = server.worker_seconds(), readings(server, database)
    found = load(server.address, said, row.proof, seconds)
    did = [after - earlier for earlier, after in zip(workers, server.worker_seconds(), strict=False)]
    after = readings(server, database)
    servers, databases, machines = (
        None if a is None or b is None else b - a for a, b in zip(before, after, strict=True)
    )
    busiest = max(did) / sum(did) if any(did) else None
    return Turn(found, servers, databases, machines, busiest)


def readings(server: Server, database: Database) -> list[float | None]:
    return [server.processor_seconds(), database.processor_seconds(), busy_of_machine()]


def entry_of(stage: Stage, each: Contestant) -> dict[str, Any]:
    """What was found of one server."""
    kept = execute(stage, KEPT_BY_US) if each.peer is OURS else execute(stage, KEPT, peer=each.peer.name)
    return {
        "name": each.peer.name,
        "versions": each.peer.versions(),
        "ready ms": each.ready_ms,
        "memory MB": each.server.memory(),
        "good calls": each.calls,
        "audit rows": kept,
        "turns": each.turns,
    }


def commit() -> str:
    """Which version of ours this is; nothing where it did not come by git."""
    return subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True
    ).stdout.strip()


def execute(stage: Stage, statement: str, **given: str) -> int | None:
    """What a statement of the bench itself finds, if anything."""
    with stage.app.app_context(), open_scope(), in_account(stage.account_id):
        done: Any = db.session.execute(text(statement), given)
        found = done.scalar() if done.returns_rows else None
        db.session.commit()
        db.engine.dispose()
    return found
