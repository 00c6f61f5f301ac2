"""Other projects' packages, as their registries have them, at the versions pinned here: installed once, kept until a pin moves."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import NoReturn

import pytest

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"
NEWEST_WANTED = (22, 19)


def node_package(name: str) -> Path:
    """Where a package from npm is, or something in it."""
    lock = HERE / "package-lock.json"
    # Nothing here may run a script of its own while it is installed.
    install(lock, MODULES, [["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]])
    return MODULES / name


def command(name: str) -> list[str]:
    """How to start a program that a package from npm brings."""
    # This one is put into its place by a script at installation, or else started so.
    start = node_package("@anthropic-ai/claude-code/cli-wrapper.cjs" if name == "claude" else f".bin/{name}")
    return [node(), str(start)]


def node() -> str:
    """Node.js as new as the newest of these programs wants it: the one on PATH, or else the one that npm brought."""
    found = shutil.which("node")
    if found and version(found) >= NEWEST_WANTED:
        return found
    brought = [*node_package(".").glob("node-*/bin/node")]
    return str(brought[0]) if brought else missing("no Node.js 22.19 or newer here, and npm has none for this machine")


def version(node: str) -> tuple[int, ...]:
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    return tuple(map(int, said.strip().removeprefix("v").split(".")))


def python_with(name: str) -> str:
    """A Python of its own with what requirements-<name>.txt says."""
    requirements, home = HERE / f"requirements-{name}.txt", HERE / f".venv-{name}"
    python = str(home / "bin" / "python")
    # Our own pip installs what the file says and asks for nothing more: it names all; nothing is compiled that nobody imports.
    venv = [sys.executable, "-m", "venv", "--without-pip", str(home)]
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "--no-compile",
        "--no-deps",
        "--only-binary=:all:",
    ]
    install(requirements, home, [venv, [*pip, "--quiet", "--disable-pip-version-check", "-r", str(requirements)]])
    return python


def install(pins: Path, into: Path, commands: Sequence[Sequence[str]]) -> None:
    """Bring a directory to what a file pins, unless it is there already; once, however many workers ask."""
    wanted, stamp = sha256(pins.read_bytes()).hexdigest(), into / ".installed"
    with pins.open() as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_text() == wanted:
            return
        shutil.rmtree(into, ignore_errors=True)
        for step in commands:
            done = subprocess.run(step, cwd=HERE, env=surroundings(), capture_output=True, text=True)
            if done.returncode != 0:
                missing(f"{' '.join(step)} failed:\n{done.stdout}{done.stderr}")
        stamp.write_text(wanted)


def missing(reason: str) -> NoReturn:
    """What cannot be had here is not tested; with NOTHING_SKIPPED=1 that is a failure."""
    if os.environ.get("NOTHING_SKIPPED") == "1":
        pytest.fail(f"{reason}; NOTHING_SKIPPED=1 asks for it")
    pytest.skip(reason)


def surroundings() -> dict[str, str]:
    """This process's variables, without those that belong to its own Python."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
