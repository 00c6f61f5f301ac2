"""What tests may ask for."""

pytest_plugins = ["tests.machine", "tests.application", "tests.databases", "tests.fixtures.people", "tests.fixtures.assistants"]
