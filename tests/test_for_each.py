"""A test that tries many values fails for each that fails, and tries the others all the same."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
TRIES = """
from tests.for_each import for_each

@for_each("number", [1, 2, 3, 4])
def test_of_numbers(number):
    assert number % 2

@for_each(("one", "other"), [(1, 1), (1, 2)])
@for_each("third", [1, 3])
def test_of_pairs(one, other, third):
    assert one + other + third < 6
"""


def test_every_value_that_fails_is_named_and_the_others_are_tried(tmp_path):
    (tmp_path / "test_tries.py").write_text(TRIES)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--rootdir",
        str(tmp_path),
        "-p",
        "no:cacheprovider",
        "-c",
        os.devnull,
    ]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True
    )
    assert done.returncode == 1, done.stdout
    failed = [line.partition(" - ")[0] for line in done.stdout.splitlines() if line.startswith(("SUBFAILED", "FAILED"))]
    assert len([line for line in failed if line.startswith("SUBFAILED")]) == 3, done.stdout
    for value in ("number=2", "number=4", "third=3"):
        assert value in "".join(failed), done.stdout
