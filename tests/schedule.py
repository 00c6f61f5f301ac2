"""Which worker of a parallel run gets which test: races all go to one, one after the other, while the others go on with the rest."""

from __future__ import annotations

from typing import Any

import pytest

RACES = "tests/races/"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With `--dist loadgroup`, single tests go to whichever worker is free. Races start processes of their own: two at a time would
    only race for the machine."""
    if config.getoption("dist") != "loadgroup":
        return None
    from xdist.scheduler import LoadScopeScheduling  # only a parallel run needs it

    scheduler = LoadScopeScheduling(config, log)
    # Groups by mark do not come through: pytest 9.2 shows no trace of the suffix that xdist 3.8 writes behind an item's id.
    scheduler._split_scope = scope_of
    return scheduler


def scope_of(test: str) -> str:
    """What goes to one worker together with this test: for all but races, that is the test alone."""
    return RACES if test.startswith(RACES) else test
