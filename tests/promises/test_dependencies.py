"""What the code imports is what requirements.txt says was chosen, neither less nor more."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PRODUCT = [
    *(ROOT / name for name in ("app.py", "config.py", "gunicorn.conf.py", "gunicorn_worker.py", "bin/serve")),
    *(path for folder in ("models", "blueprints", "migrations") for path in (ROOT / folder).rglob("*.py")),
]
# Clients and servers of other projects have environments of their own.
TESTS = [
    path
    for path in (ROOT / "tests").rglob("*.py")
    if not any(
        part in {"clients", "servers", "node_modules"} or part.startswith(".venv")
        for part in path.relative_to(ROOT).parts
    )
]
# Chosen without an import: the parser of the server, and the driver that SQLAlchemy loads by its name.
RUN_ON = {"gunicorn-h1c", "tzdata"}
NOT_CHOSEN = "# Needed by those."


@pytest.mark.asvs("15.1.2")
def test_what_the_product_imports_is_chosen_and_what_is_chosen_is_imported():
    chosen = pinned((ROOT / "requirements.txt").read_text().split(NOT_CHOSEN)[0])
    assert imported(PRODUCT) == chosen - RUN_ON


def test_what_only_tests_import_is_chosen_for_them():
    product = pinned((ROOT / "requirements.txt").read_text())
    for_tests = pinned((ROOT / "requirements-dev.txt").read_text().split(NOT_CHOSEN)[0])
    assert imported(TESTS) - product <= for_tests
    assert not for_tests & product


def pinned(requirements: str) -> set[str]:
    """The distributions that these lines pin."""
    return {normalized(name) for name in re.findall(r"^([\w.-]+)(?:\[[\w,]+\])?==", requirements, re.MULTILINE)}


def imported(files: Iterable[Path]) -> set[str]:
    """The distributions that these files import from."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in files]
    modules = {name.split(".")[0] for tree in trees for node in ast.walk(tree) for name in imported_by(node)}
    ours = {path.stem if path.suffix == ".py" else path.name for path in ROOT.iterdir()}
    installed = packages_distributions()
    return {normalized(installed[module][0]) for module in modules - ours - sys.stdlib_module_names}


def imported_by(node: ast.AST) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return [alias.name for alias in node.names] if isinstance(node, ast.Import) else []


def normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
