"""The manifest of clauses is complete both ways: what it names exists, and what our code and tests cite is in it."""

from __future__ import annotations

import ast
import re
from functools import cache
from itertools import chain, pairwise
from pathlib import Path

from tests.requirements import CLAUSES

ROOT = Path(__file__).parents[1]
OUR_CODE = [path for folder in ("blueprints", "models") for path in sorted((ROOT / folder).rglob("*.py"))]
# No deeper: other projects' clients are installed below tests/interop, with their own tests.
TEST_FILES = ("tests/test_*.py", "tests/*/test_*.py", "tests/*/*/test_*.py", "tests/blueprints/*/*/test_*.py")
CITED = re.compile(r"RFC \d{4}|CVE-\d{4}-\d+|OAuth 2\.1")


@cache
def in_the_tree():
    """Every test function by its node id, with the clauses that its marks name."""
    found = {}
    for path in chain.from_iterable(map(ROOT.glob, TEST_FILES)):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                found[f"{path.relative_to(ROOT)}::{node.name}"] = list(marks(node))
    return found


def marks(test):
    for mark in test.decorator_list:
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.requirement":
            yield from map(ast.literal_eval, mark.args)


def natural(id_):
    return [(text, int(number or -1)) for text, number in re.findall(r"(\D*)(\d*)", id_)]


def test_each_clause_is_shown_by_tests_that_are_there_or_says_why_not():
    assert [clause.id for clause in CLAUSES if not (clause.tests or clause.instead)] == []
    assert [(clause.id, test) for clause in CLAUSES for test in clause.tests if test not in in_the_tree()] == []
    assert [clause.id for clause in CLAUSES if not clause.behaviour.endswith(".")] == []


def test_each_test_that_names_a_clause_stands_in_its_row():
    named = {(id_, test) for test, ids in in_the_tree().items() for id_ in ids}
    assert named
    assert named - {(clause.id, test) for clause in CLAUSES for test in clause.tests} == set()


def test_ids_are_unique_and_in_order():
    for one, other in pairwise(CLAUSES):
        assert natural(one.id) < natural(other.id), f"{other.id} stands behind {one.id}"


def test_what_our_code_cites_stands_in_the_manifest():
    known = {cited for clause in CLAUSES for cited in CITED.findall(clause.source)}
    cited = {(str(path.relative_to(ROOT)), cited) for path in OUR_CODE for cited in CITED.findall(path.read_text())}
    assert {(path, one) for path, one in cited if one not in known} == set()
