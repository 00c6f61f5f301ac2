"""The fixtures of all tests."""

from hypothesis import settings

# A busy machine may take its time over any example.
settings.register_profile("tests", deadline=None)
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
