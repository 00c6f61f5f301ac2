"""axe-core, the accessibility checker. It comes with npm, pinned in tests/interop, if Node.js is present."""

from __future__ import annotations

import pytest

from tests.interop.packages import node_package
from tests.machine import node


@pytest.fixture(scope="session")
def axe() -> str:
    """The script of axe-core; empty if there is no Node.js to fetch it with."""
    return (node_package("axe-core") / "axe.min.js").read_text() if node() else ""
