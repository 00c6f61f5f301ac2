"""Races do not race with each other, however many workers a run has; files stay together, and long tests do not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.schedule import TOGETHER, scope_of

ROOT = Path(__file__).parents[1]
MEETING = """
import os, time
from pathlib import Path
import pytest

@pytest.mark.parametrize("number", range(4))
def test_something(number):
    time.sleep(0.1)
    with Path({log!r}).open("a") as log:
        log.write(f"{kind} {{os.environ['PYTEST_XDIST_WORKER']}}\\n")
"""


@pytest.mark.slow
def test_races_run_in_one_worker_and_the_rest_in_all(tmp_path):
    log = tmp_path / "log"
    for kind in ("races", "models"):
        folder = tmp_path / "tests" / kind
        folder.mkdir(parents=True)
        (folder / f"test_{kind}.py").write_text(MEETING.format(log=str(log), kind=kind))
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.schedule", "-n", "2", "--dist", "loadgroup"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout
    seen = [tuple(line.split()) for line in log.read_text().splitlines()]
    assert len(seen) == 8
    assert len({worker for kind, worker in seen if kind == "races"}) == 1
    assert len({worker for _, worker in seen}) == 2


def test_a_file_stays_together_unless_it_has_long_tests():
    assert scope_of("tests/models/text/test_collation.py::test_a") == "tests/models/text/test_collation.py"
    for long in ("tests/journeys/test_signing_in.py::test_a", "tests/interop/test_codex.py::test_a[b]"):
        assert scope_of(long) == long


def test_what_goes_together_is_there():
    for scope, places in TOGETHER.items():
        assert scope_of(f"{places[0]}::test_a") == scope
        assert all(list(ROOT.glob(f"{place}*")) for place in places)
