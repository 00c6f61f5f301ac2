"""`--fast` chooses what to run while you work: the first tests of each file of the models, and of each file of an entry point that
`both_databases` marks. What is marked `everything` runs before a release alone."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

MODELS = Path(__file__).parent / "models"
LEFT_OUT = ("everything", "slow", "browser", "races", "interop")
# So many of a file: its first tests are about what usually happens, the others about what may go wrong.
OF_A_FILE = 4


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fast", action="store_true", help="the first tests of each file of the models and the entry points"
    )


@pytest.fixture
def thorough(request: pytest.FixtureRequest) -> bool:
    """Whether this run is one before a release, which tries all rounds of what the usual run tries some of."""
    return bool(request.config.getoption("--everything"))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """A file without a test that is wanted need not be imported."""
    unwanted = config.getoption("--fast") and collection_path.suffix == ".py" and not has_fast(collection_path)
    return True if unwanted else None


def has_fast(file: Path) -> bool:
    """Whether this file may have tests that `fast_ones` takes."""
    return MODELS in file.parents or "both_databases" in file.read_text()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    wanted = fast_ones(items) if config.getoption("--fast") else [item for item in items if is_usual(item)]
    if left_out := [*set(items) - set(wanted)]:
        config.hook.pytest_deselected(items=left_out)
        items[:] = wanted


def is_usual(item: pytest.Item) -> bool:
    """Whether every change must pass this test."""
    return item.config.getoption("--everything") or item.get_closest_marker("everything") is None


def fast_ones(items: list[pytest.Item]) -> list[pytest.Item]:
    """Those that are short, and tell much about the product."""
    taken, of_a_file = [], Counter[Path]()
    for item in items:
        marks = {mark.name for mark in item.iter_markers()}
        models = MODELS in item.path.parents
        only = item.get_closest_marker("only")
        here = only is None or "sqlite" in only.args
        wanted = (models or "both_databases" in marks) and not marks & {*LEFT_OUT} and here
        if wanted and of_a_file[item.path] < OF_A_FILE:
            of_a_file[item.path] += 1
            taken.append(item)
    return taken
