"""The fixtures of all tests."""

import pytest
from hypothesis import HealthCheck, settings


def pytest_configure(config: pytest.Config) -> None:
    """A busy machine may take its time over any example. Where each needs a database, the usual run tries a fifth of them."""
    fast, everything = config.getoption("--fast"), config.getoption("--everything")
    settings.register_profile("tests", deadline=None, max_examples=20 if fast else 100)
    settings.register_profile(
        "on a database",
        deadline=None,
        max_examples=100 if everything else 5 if fast else 20,
        # Such a test leaves nothing behind for the next example: one set of fixtures serves all.
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    settings.load_profile("tests")


pytest_plugins = [
    "tests.machine",
    "tests.schedule",
    "tests.fast",
    "tests.application",
    "tests.mailbox",
    "tests.databases",
    "tests.fixtures.people",
    "tests.fixtures.factors",
    "tests.fixtures.assistants",
    "tests.server",
    "tests.accessibility",
    "tests.browser",
    "tests.callback",
    "tests.plain_browser",
    "tests.sdk_assistant",
    "tests.publisher",
    "tests.model_server",
    "tests.fixtures.debriefs",
]
