"""Which worker of a parallel run gets which test, and in which order."""

from __future__ import annotations

import gc
import os
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
# Which tests go to one worker together, in sequence.
TOGETHER = {
    # They start processes of their own: two at a time would only race for the machine.
    "races": ("tests/races/", "tests/faults/"),
    # They share a server and what is in front of it.
    "proxies": ("tests/deploy/test_proxies.py",),
    # They share a process that has loaded the library which asks language models; that takes as long as a hundred other tests.
    "debriefs": (
        "tests/blueprints/worker/debriefs/",
        "tests/blueprints/profiles/test_debriefs",
        "tests/blueprints/settings/test_debriefs.py",
    ),
}
# A file that has tests with these marks takes long: its tests go to any worker, one by one.
LONG = re.compile(r"\bmark\.(slow|browser|interop)\b")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """With `-n logical`, two workers more than there are processors: races and browsers wait as long as they compute, and the models
    and pages of `--fast` never do."""
    return (os.cpu_count() or 1) + (0 if config.getoption("--fast") else 2)


def pytest_collection_finish() -> None:
    """What is there by now stays to the end: the collector leaves it alone, and looks less often at what comes, for a twentieth of the
    computing."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes longest begins first, so that no worker is left alone with it: what goes together, then long tests, then large files."""
    if not hasattr(config, "workerinput"):
        return
    scopes = Counter(scope_of(item.nodeid) for item in items)

    def place(item: pytest.Item) -> tuple[bool, bool, int]:
        scope = scope_of(item.nodeid)
        return scope not in TOGETHER, scope != item.nodeid, -scopes[scope]

    items.sort(key=place)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With `--dist loadgroup`, what `scope_of` puts together goes to whichever worker is free."""
    if config.getoption("dist") != "loadgroup":
        return None
    from xdist.scheduler import LoadScopeScheduling  # only a parallel run needs it

    # The order is that of `pytest_collection_modifyitems`.
    config.option.loadscopereorder = False
    scheduler = LoadScopeScheduling(config, log)
    # Groups by mark do not work: pytest 9.2 drops the suffix that xdist 3.8 adds to an item's id.
    scheduler._split_scope = scope_of
    return scheduler


def scope_of(test: str) -> str:
    """The tests that go to one worker together with this one: those of its file, which share an app, or only this test."""
    file = test.partition("::")[0]
    together = next((name for name, places in TOGETHER.items() if test.startswith(places)), file)
    return test if together == file and takes_long(file) else together


@cache
def takes_long(file: str) -> bool:
    path = ROOT / file
    return file.startswith("tests/interop/") or (path.exists() and LONG.search(path.read_text()) is not None)
