"""Rates and waiting times under load, how soon the server answers after its start, and the memory it holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.bench.load import WARM_UP, Run, connected, drive
from tests.bench.measures import CONNECTIONS, Measure, measures
from tests.bench.server import Server, running
from tests.bench.stage import Stage
from tests.bench.storage import storage
from tests.bench.surroundings import bench_settings, say, surroundings
from tests.bench.table import spread, table
from tests.bench.wire import get, mcp

Runs = dict[str, list[Run]]
TITLES = ("", "a second", "p50 ms", "p99 ms", "CPU ms", "errors", "runs")


def under_load(database: str, profiles: int, seconds: float, rounds: int, only: str) -> dict[str, Any]:
    """Measure and print; returns every figure."""
    with storage(database) as (home, url, kind):
        settings = bench_settings(url)
        about = surroundings(kind, home)
        about.append(f"{CONNECTIONS} connections that stay open; an account with {profiles:,} profiles.")
        about.append(f"Median (least–most) of {rounds} runs of {seconds:g} s; the figures take turns.")
        say("\n".join(about))
        stage = Stage(settings, profiles)
        chosen = [measure for measure in measures(stage, rounds * seconds) if only in measure.name]
        cold = [cold_start(stage, home) for _ in range(max(rounds, 1))]
        with running(settings, home / "server.log") as server:
            server.seconds_until(get(settings.host, "/healthz"), b'"ok"')
            fresh = server.memory()
            runs = take_turns(server, chosen, rounds, seconds)
            full = server.memory()
    say()
    say(table(TITLES, [row_of(name, several) for name, several in runs.items()]))
    say()
    say(table(("", "ms"), [[name, spread([start[name] * 1000 for start in cold])] for name in cold[0]]))
    say()
    say(
        table(
            ("memory of all processes (PSS)", "MB"), [["after the start", amount(fresh)], ["after load", amount(full)]]
        )
    )
    return {
        "about": about,
        "runs": {name: [figures(run) for run in several] for name, several in runs.items()},
        "seconds from the start of the process": cold,
        "memory": {"after the start": fresh, "after load": full},
    }


def take_turns(server: Server, chosen: list[Measure], rounds: int, seconds: float) -> Runs:
    """Each figure in each round, so that what the machine does meanwhile falls on all alike."""
    runs: Runs = {measure.name: [] for measure in chosen}
    for _ in range(rounds):
        for measure in chosen:
            runs[measure.name].append(run_of(server, measure, seconds))
    return runs


def run_of(server: Server, measure: Measure, seconds: float) -> Run:
    with connected(server.address, measure.talks, measure.proof) as lines:
        drive(lines, WARM_UP)
        before = server.processor_seconds()
        run = drive(lines, seconds)
        after = server.processor_seconds()
    if before is not None and after is not None and run.answers:
        run.processor_ms = (after - before) * 1000 / run.answers
    return run


def cold_start(stage: Stage, home: Path) -> dict[str, float]:
    """Seconds from the start of the process to its first answers; the files it reads are in the system's cache by then."""
    host = stage.settings.host
    listing = mcp(host, stage.connected(1)[0].access_token, "tools/list", {})
    with running(stage.settings, home / "server.log") as server:
        return {
            "start to the first answer of /healthz": server.seconds_until(get(host, "/healthz"), b'"ok"'),
            "start to the first tools/list, asked after that": server.seconds_until(listing, b'"list_profiles"'),
        }


def row_of(name: str, runs: list[Run]) -> list[str]:
    return [
        name,
        spread([run.rate for run in runs]),
        spread([run.percentile(50) for run in runs], 1),
        spread([run.percentile(99) for run in runs], 1),
        spread([run.processor_ms for run in runs if run.processor_ms is not None], 2),
        str(sum(run.errors for run in runs)),
        str(len(runs)),
    ]


def figures(run: Run) -> dict[str, float | None]:
    return {
        "seconds": run.seconds,
        "answers": len(run.latencies),
        "a second": run.rate,
        "p50 ms": run.percentile(50),
        "p99 ms": run.percentile(99),
        "CPU ms": run.processor_ms,
        "errors": run.errors,
    }


def amount(megabytes: float | None) -> str:
    return "not known here" if megabytes is None else f"{megabytes:,.0f}"
