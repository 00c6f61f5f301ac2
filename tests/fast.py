"""`--fast` chooses what to run while you work: the models, and the way through each entry point that `both_databases` marks. What is
marked `everything` runs before a release alone."""

from __future__ import annotations

from pathlib import Path

import pytest

MODELS = Path(__file__).parent / "models"
LEFT_OUT = ("everything", "slow", "browser", "races", "interop")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fast", action="store_true", help="the models and one way through each entry point")


@pytest.fixture
def thorough(request: pytest.FixtureRequest) -> bool:
    """Whether this run is one before a release, which tries all rounds of what the usual run tries some of."""
    return bool(request.config.getoption("--everything"))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """A file without a test that is wanted need not be imported."""
    unwanted = config.getoption("--fast") and collection_path.suffix == ".py" and not has_fast(collection_path)
    return True if unwanted else None


def has_fast(file: Path) -> bool:
    """Whether this file may have tests that `is_fast` takes."""
    return MODELS in file.parents or "both_databases" in file.read_text()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    wanted = is_fast if config.getoption("--fast") else is_usual
    if left_out := [item for item in items if not wanted(item)]:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if wanted(item)]


def is_usual(item: pytest.Item) -> bool:
    """Whether every change must pass this test."""
    return item.config.getoption("--everything") or item.get_closest_marker("everything") is None


def is_fast(item: pytest.Item) -> bool:
    """Whether this test is short, and tells much about the product."""
    marks = {mark.name for mark in item.iter_markers()}
    return not marks & {*LEFT_OUT} and (MODELS in item.path.parents or "both_databases" in marks)
