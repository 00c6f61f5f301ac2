"""What the code imports is what requirements.txt says was chosen, neither less nor more."""

from __future__ import annotations

import ast
import os
import re
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PRODUCT = [
    *(
        ROOT / name
        for name in ("app.py", "config.py", "gunicorn.conf.py", "gunicorn_worker.py", "log_lines.py", "bin/serve")
    ),
    *(path for folder in ("models", "blueprints", "migrations") for path in (ROOT / folder).rglob("*.py")),
]
# Chosen without an import: the parser of the server, and the driver that SQLAlchemy loads by its name.
RUN_ON = {"gunicorn-h1c", "tzdata"}
# Several distributions share this name, and each has a part of it.
OPENTELEMETRY = {"sdk": "opentelemetry-sdk", "exporter": "opentelemetry-exporter-otlp-proto-http"}
NOT_CHOSEN = "# Needed by those."


@pytest.mark.asvs("15.1.2")
def test_what_the_product_imports_is_chosen_and_what_is_chosen_is_imported():
    files = (ROOT / "requirements.txt", ROOT / "requirements-otel.txt")
    chosen = {name for file in files for name in pinned(file.read_text().split(NOT_CHOSEN)[0])}
    assert imported(PRODUCT) == chosen - RUN_ON


def test_what_only_tests_import_is_chosen_for_them():
    product = pinned((ROOT / "requirements.txt").read_text())
    for_tests = pinned((ROOT / "requirements-dev.txt").read_text().split(NOT_CHOSEN)[0])
    assert imported(files_of_tests()) - product <= for_tests
    assert not for_tests & product


def files_of_tests() -> Iterator[Path]:
    """Clients and servers of other projects are left out: they have environments of their own, with thousands of files.
    So has the fuzzer."""
    for folder, folders, names in os.walk(ROOT / "tests"):
        folders[:] = [name for name in folders if not name.startswith((".venv", "node_modules", "clients", "servers"))]
        files = {Path(folder, name) for name in names if name.endswith(".py")}
        yield from files - {ROOT / "tests" / "fuzz" / "__main__.py"}


def pinned(requirements: str) -> set[str]:
    """The distributions that these lines pin."""
    return {normalized(name) for name in re.findall(r"^([\w.-]+)(?:\[[\w,]+\])?==", requirements, re.MULTILINE)}


def imported(files: Iterable[Path]) -> set[str]:
    """The distributions that these files import from."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in files]
    names = {name for tree in trees for node in ast.walk(tree) for name in imported_by(node)}
    modules = {name.split(".")[0] for name in names} - {"opentelemetry"}
    traces = {name.split(".")[1] for name in names if name.startswith("opentelemetry.")}
    ours = {path.stem if path.suffix == ".py" else path.name for path in ROOT.iterdir()}
    installed = packages_distributions()
    return {normalized(installed[module][0]) for module in modules - ours - sys.stdlib_module_names} | {
        OPENTELEMETRY.get(part, "opentelemetry-api") for part in traces
    }


def imported_by(node: ast.AST) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return [alias.name for alias in node.names] if isinstance(node, ast.Import) else []


def normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
