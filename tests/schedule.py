"""Which worker of a parallel run gets which test: all races go to one, in sequence, while the others run the rest."""

from __future__ import annotations

import gc
import os
from typing import Any

import pytest

RACES = ("tests/races/", "tests/faults/")
# Tests that share a server and what is in front of it.
PROXIES = "tests/deploy/test_proxies.py"


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


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With `--dist loadgroup`, single tests go to whichever worker is free. Races start processes of their own: two at a time would
    only race for the machine."""
    if config.getoption("dist") != "loadgroup":
        return None
    from xdist.scheduler import LoadScopeScheduling  # only a parallel run needs it

    scheduler = LoadScopeScheduling(config, log)
    # Groups by mark do not work: pytest 9.2 drops the suffix that xdist 3.8 adds to an item's id.
    scheduler._split_scope = scope_of
    return scheduler


def scope_of(test: str) -> str:
    """The tests that go to one worker together with this one: for most, only this test."""
    if test.startswith(RACES):
        return "races"
    return PROXIES if test.startswith(PROXIES) else test
