"""`bin/faults`: breaks the server in every way that is listed, and prints what came of it. See `bin/faults --help`."""

from __future__ import annotations

import argparse
import os
import platform
import signal
import sys
import time
from collections import defaultdict
from contextlib import suppress
from typing import Any

import pytest

from config import ROOT
from tests.faults.registry import BY_NAME, FAULTS, Fault
from tests.faults.table import COLUMNS, Row, write

SECONDS = 900
"""How long one test may take."""


def main() -> int:
    chosen = arguments().parse_args()
    faults = [BY_NAME[name] for name in chosen.names] or list(FAULTS)
    progress = Progress(faults, chosen.rounds)
    began = time.monotonic()
    # Without pytest's own report, and the options that belong to it.
    strictly = "--strict-markers --strict-config --import-mode=importlib"
    unwanted = [
        option for plugin in ("terminal", "cacheprovider", "unraisableexception") for option in ("-p", f"no:{plugin}")
    ]
    options = ["--everything", *unwanted, "-o", f"addopts={strictly}"]
    if chosen.database:
        options += ["--database", chosen.database]
    # What was measured before an interruption counts, even if fixtures then ended badly.
    with suppress(Exception):
        pytest.main([*options, *dict.fromkeys(test for fault in faults for test in fault.tests)], plugins=[progress])
    rows = list(progress.rows.values())
    print("\n" + plain(rows))
    said = about(chosen, time.monotonic() - began)
    print("\n" + said)
    if chosen.write:
        write(rows, said)
    return 0 if rows and not any(row.missed for row in rows) else 1


class Progress:
    """Sets the rounds of each test, says what is being done, and collects the figures."""

    def __init__(self, faults: list[Fault], rounds: int | None) -> None:
        self.faults, self.rounds = faults, rounds
        self.rows: dict[tuple[str, str], Row] = {}
        self.began: dict[str, float] = defaultdict(time.monotonic)
        # Pytest keeps to itself what is printed during a test.
        self.out = os.fdopen(os.dup(1), "w")

    def say(self, sentence: str) -> None:
        print(sentence, file=self.out, flush=True)

    def fault_of(self, test: str) -> Fault:
        return next(fault for fault in self.faults if fault.has(test))

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """In the order of the list, without tests of a database that was not asked for."""
        items[:] = [item for item in items if "[NOTSET]" not in item.nodeid]
        items.sort(key=lambda item: self.faults.index(self.fault_of(item.nodeid)))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Any:
        fault = self.fault_of(item.nodeid)
        rounds = self.rounds or fault.rounds
        os.environ["RACE_ROUNDS"] = str(rounds)
        where = item.name.partition("[")[2][:-1]
        self.say(f"{time.strftime('%H:%M:%S')} {fault.name}: {fault.what}, {rounds} × {where}")
        signal.signal(signal.SIGALRM, out_of_time)
        signal.alarm(SECONDS)
        self.began[item.nodeid] = time.monotonic()
        try:
            return (yield)
        finally:
            signal.alarm(0)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        fault = self.fault_of(report.nodeid)
        database = "postgres" if "postgres" in report.nodeid.partition("[")[2] else "sqlite"
        row = self.rows.setdefault((fault.name, database), Row(fault.name, database))
        if report.when == "call" and report.passed:
            row.skipped = ""
        if report.skipped:
            row.skipped = str(report.longrepr[-1] if isinstance(report.longrepr, tuple) else report.longrepr)
        elif report.failed:
            row.missed.append(problem_of(report))
            self.say(report.longreprtext[-4000:])
        if report.when == "teardown":
            row.add(report.user_properties)
            row.seconds += time.monotonic() - self.began[report.nodeid]
            self.say(f"         {row.verdict}, {time.monotonic() - self.began[report.nodeid]:.0f} s")


def out_of_time(*_: object) -> None:
    raise TimeoutError(f"it took longer than {SECONDS} s")


def problem_of(report: pytest.TestReport) -> str:
    """Where a figure was missed, in one line: what the test says of it, without what pytest compared and without paths of this machine."""
    crash = getattr(report.longrepr, "reprcrash", None)
    said = (crash.message if crash else report.longreprtext).partition("\nassert ")[0]
    return " ".join(said.removeprefix("AssertionError: ").replace(f"{ROOT}/", "").split())[:300]


def plain(rows: list[Row]) -> str:
    """The table for a terminal."""
    lines = [list(COLUMNS), *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(COLUMNS) - 1)]
    return "\n".join("  ".join([*(c.ljust(w) for c, w in zip(line, widths, strict=False)), line[-1]]) for line in lines)


def about(chosen: argparse.Namespace, seconds: float) -> str:
    """How and where this was measured."""
    command = " ".join(["bin/faults", *sys.argv[1:]])
    ran = f"`{command}`, {time.strftime('%Y-%m-%d')}, {seconds / 60:.0f} minutes"
    return f"Each row is of the last run that had it. The newest of them: {ran}. {machine()}"


def machine() -> str:
    return f"Python {platform.python_version()}, {os.cpu_count()} cores, which other programs used at the same time."


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bin/faults",
        description="Breaks this server on purpose, on the loopback, and says what was lost. Exit status 1 if a figure is missed.",
    )
    parser.add_argument(
        "names",
        nargs="*",
        choices=[[], *BY_NAME],
        metavar="NAME",
        help=f"the faults, by default all: {', '.join(BY_NAME)}",
    )
    parser.add_argument("--rounds", type=int, help="how often each is made, instead of its usual number")
    parser.add_argument(
        "--database", choices=["sqlite", "postgres", "both"], help="by default both, where that matters"
    )
    parser.add_argument("--write", action="store_true", help="write the figures to docs/faults.md, too")
    return parser


if __name__ == "__main__":
    sys.exit(main())
