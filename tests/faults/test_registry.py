"""The list of faults in docs/faults.md is the registry, and the registry has every test of this folder."""

from __future__ import annotations

import ast

from config import ROOT
from tests.faults.registry import FAULTS
from tests.faults.table import PAGE, Row, part, results, what_is_done, write

HERE = ROOT / "tests" / "faults"


def those_in(file):
    return [f"{file.relative_to(ROOT)}::{each.name}" for each in ast.parse(file.read_text()).body if is_test(each)]


def is_test(node):
    return isinstance(node, ast.FunctionDef) and node.name.startswith("test_")


def test_the_page_lists_what_the_registry_has():
    assert part(PAGE.read_text(), "faults") == what_is_done(), "run: bin/faults --write"


def test_every_fault_has_a_test_and_every_test_here_its_fault():
    files = {test.partition("::")[0] for fault in FAULTS for test in fault.tests}
    here = {str(file.relative_to(ROOT)) for file in HERE.glob("test_*.py")} - {
        str(HERE.relative_to(ROOT) / "test_registry.py")
    }
    there = [test for file in files | here for test in those_in(ROOT / file)]
    for fault in FAULTS:
        assert any(fault.has(test) for test in there), f"{fault.name} has no test"
    alone = [test for file in here for test in those_in(ROOT / file) if sum(fault.has(test) for fault in FAULTS) != 1]
    assert alone == []


def test_figures_are_added_up_and_rows_of_other_faults_stay(tmp_path):
    page = tmp_path / "faults.md"
    page.write_text("".join(f"<!-- {name} -->\n\n<!-- /{name} -->\n" for name in ("faults", "results")))
    one, other = Row("secrets", "sqlite", skipped=""), Row("slow-clients", "postgres", missed=["a figure"])
    for figures in (
        [("statuses", {200: 2}), ("changes", 1), ("rounds", 3)],
        [("statuses", {200: 1, 503: 4}), ("rounds", 3)],
    ):
        one.add(figures)
    write([one, other], "By hand.", page)
    one.add([("recovery", 0.25), ("lost", 0)])
    write([one], "Again.", page)
    said = part(page.read_text(), "results")
    assert said.startswith("Again.")
    assert said.splitlines()[-2:] == results([other]) + results([one])
    assert results([one]) == ["| `secrets` | sqlite | 3 | 1 | 0 | — | 3 × 200, 4 × 503 | ≤ 0.2 s | 0 | held |"]
    assert other.verdict == "**missed**: a figure"
