"""The tools that this machine has for tests. What is missing is reported after a run, and is a failure with NOTHING_SKIPPED=1."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

# The first is Chromium without its window: the same engine for two thirds of the computing.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = pytest.StashKey[dict[str, str]]()


def chromium() -> str | None:
    """The Chromium that browser tests drive: CHROMIUM, or one on PATH."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)


def node() -> str | None:
    """The Node.js that other projects' clients run on; npm installs them."""
    return shutil.which("npm") and shutil.which("node")


def memory() -> Path | None:
    """The in-memory file system, if it has room: copying a PostgreSQL database takes 14 ms there and 80 ms on a disk."""
    shared = Path("/dev/shm")
    return shared if shared.is_dir() and shutil.disk_usage(shared).free > 2**30 else None


def found(program: str) -> str | None:
    """A program that the system installs, also where few people have a PATH."""
    return shutil.which(program, path=f"{os.environ['PATH']}:/usr/local/sbin:/usr/sbin")


def in_front() -> str | None:
    """What operators put before the server and before its database."""
    return found("nginx") and found("caddy") and found("pgbouncer")


TOOLS = {
    "browser": (
        chromium,
        "no Chromium (Debian: apt install chromium-headless-shell); the tests that drive a browser did not run",
    ),
    "interop": (node, "no Node.js with npm (Debian: apt install nodejs npm); other projects' clients were not tried"),
    "in_front": (
        in_front,
        "no nginx, caddy or pgbouncer (Debian: apt install nginx caddy pgbouncer); proxies and poolers were not tried",
    ),
}


def report_missing(config: pytest.Config, name: str, reason: str) -> None:
    """Remember that something could not be tested here."""
    if os.environ.get("NOTHING_SKIPPED") == "1":
        raise pytest.UsageError(f"{reason}; NOTHING_SKIPPED=1 asks for it")
    config.stash.setdefault(MISSING, {})[name] = reason


def pytest_configure(config: pytest.Config) -> None:
    for name, (find, reason) in TOOLS.items():
        if not find():
            report_missing(config, name, reason)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    missing = config.stash.get(MISSING, {})
    for item in items:
        for mark in item.iter_markers():
            if mark.name in missing:
                item.add_marker(pytest.mark.skip(reason=missing[mark.name]))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if missing := config.stash.get(MISSING, {}):
        terminalreporter.section("not tested on this machine", yellow=True)
        for reason in missing.values():
            terminalreporter.write_line(f"- {reason}")
