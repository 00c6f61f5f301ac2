"""axe-core, which looks for what keeps people out of a page. It comes with npm, pinned in tests/interop, where Node.js is present."""

from __future__ import annotations

import fcntl
import subprocess
from pathlib import Path

import pytest

from tests.machine import node

INTEROP = Path(__file__).parent / "interop"
AXE = INTEROP / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="session")
def axe() -> str:
    """The script of axe-core; empty where there is no Node.js to fetch it with."""
    if not AXE.exists() and node():
        install()
    return AXE.read_text() if AXE.exists() else ""


def install() -> None:
    """Install what package-lock.json names, once, however many workers ask."""
    with (INTEROP / "package.json").open() as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not AXE.exists():
            command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            done = subprocess.run(command, cwd=INTEROP, capture_output=True, text=True)
            assert done.returncode == 0, f"npm could not install axe-core:\n{done.stderr}"
