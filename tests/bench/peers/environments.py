"""What peers need, installed once into environments of their own, at the versions pinned here; never into .venv."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path

from tests.interop.packages import install, missing, version

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"
NODE_WANTED = (22, 13)  # the first whose SQLite needs no flag


def python_with(name: str) -> str:
    """A Python of its own with what requirements-<name>.txt says."""
    requirements, home = HERE / f"requirements-{name}.txt", HERE / f".venv-{name}"
    python = str(home / "bin" / "python")
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:"]
    install(requirements, home, [[sys.executable, "-m", "venv", str(home)], [*pip, "-r", str(requirements)]])
    return python


def node() -> str:
    """A Node.js with SQLite in it and the TypeScript SDK beside it: the one on PATH, or else the one that npm brought."""
    found = shutil.which("node") or missing("no Node.js here")
    npm = ["npm", "ci", "--prefix", str(HERE), "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    install(HERE / "package-lock.json", MODULES, [npm])
    if version(found) >= NODE_WANTED:
        return found
    brought = [*MODULES.glob("node-*/bin/node")]
    return str(brought[0]) if brought else missing("no Node.js 22.13 or newer here, and npm has none for this machine")


def pinned(requirements: str, *names: str) -> dict[str, str]:
    """The versions that a requirements file pins for these distributions."""
    text = (HERE / requirements).read_text()
    found = dict(re.findall(r"^([\w.-]+)(?:\[\w+\])?==(\S+)", text, re.MULTILINE))
    return {name: found[name] for name in names}


def pinned_by_npm(*names: str) -> dict[str, str]:
    """The same of package.json."""
    found = json.loads((HERE / "package.json").read_text())["dependencies"]
    return {name: found[name] for name in names}
