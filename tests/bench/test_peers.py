"""The comparison with peers cannot rot: each server starts and does, once, everything that it is measured by. Nothing is timed.
Each has an environment of its own to install: before a release all do it, for every change only ours."""

from __future__ import annotations

import pytest

from tests.bench.load import Line
from tests.bench.peers.comparison import AUDIT, KEPT, KEPT_BY_US, Contestant, contestant, execute
from tests.bench.peers.roster import OURS, PEERS
from tests.bench.peers.rows import rows_for
from tests.bench.stage import Stage
from tests.bench.surroundings import bench_settings

pytestmark = [pytest.mark.interop, pytest.mark.slow]
PYTHON_SDK = PEERS[0]


@pytest.fixture
def stage(database_url: str) -> Stage:
    stage = Stage(bench_settings(database_url), 100)
    execute(stage, AUDIT)
    return stage


@pytest.mark.only("sqlite")
@pytest.mark.parametrize(
    "peer", [OURS, *(pytest.param(peer, marks=pytest.mark.everything) for peer in PEERS)], ids=lambda peer: peer.name
)
def test_each_server_does_what_it_is_measured_by(peer, stage, tmp_path):
    with contestant(peer, stage, tmp_path) as running:
        does_everything(running, stage, "sqlite")


@pytest.mark.everything
@pytest.mark.only("postgres")
@pytest.mark.both_databases
@pytest.mark.parametrize("peer", [OURS, PYTHON_SDK], ids=lambda peer: peer.name)
def test_so_does_each_on_postgresql(peer, stage, tmp_path):
    with contestant(peer, stage, tmp_path) as running:
        does_everything(running, stage, "postgres")


def does_everything(running: Contestant, stage: Stage, database: str) -> None:
    """One good answer to each kind of request, and an audit row for each call."""
    kept_by = (KEPT_BY_US, {}) if running.peer is OURS else (KEPT, {"peer": running.peer.name})
    before = execute(stage, kept_by[0], **kept_by[1]) or 0
    rows = [row for row in rows_for(stage) if not row.oauth or database in running.peer.oauth_on]
    for row in rows:
        line = Line(running.server.address, row.said(running.server.settings.host, 0)[0].talk(), row.proof)
        line.ask()
        while not line.listen():
            pass
        line.socket.close()
        assert line.good, f"{row.name}: {line.body!r}"
    calls = sum(row.name.startswith("tools/call") for row in rows)
    assert execute(stage, kept_by[0], **kept_by[1]) == before + calls == before + 3
