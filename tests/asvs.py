"""`python -m tests.asvs` writes docs/security/asvs.md: each requirement of OWASP ASVS 5.0 for level 2, and what answers it.

A test answers a requirement by its mark, `@pytest.mark.asvs("6.2.1")`. What no test can show is answered in asvs.txt.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROWS = Path(__file__).with_suffix(".txt")
PAGE = ROOT / "docs/security/asvs.md"
# No deeper: other projects' clients are installed below tests/interop, with their own tests.
TEST_FILES = ("tests/test_*.py", "tests/*/test_*.py", "tests/*/*/test_*.py", "tests/blueprints/*/*/test_*.py")
CHAPTERS = {
    "1": "Encoding and sanitization",
    "2": "Validation and business logic",
    "3": "Web frontend security",
    "4": "API and web service",
    "5": "File handling",
    "6": "Authentication",
    "7": "Session management",
    "8": "Authorization",
    "9": "Self-contained tokens",
    "10": "OAuth and OIDC",
    "11": "Cryptography",
    "12": "Secure communication",
    "13": "Configuration",
    "14": "Data protection",
    "15": "Secure coding and architecture",
    "16": "Security logging and error handling",
    "17": "WebRTC",
}
ANSWERS = {"tests": "Held by tests", "design": "Met by design", "n/a": "Not applicable", "not met": "Not met"}
INTRODUCTION = """# OWASP ASVS 5.0, level 2

This is our own answer to each requirement of the [OWASP Application Security Verification Standard 5.0.0](https://owasp.org/www-project-application-security-verification-standard/)
for levels 1 and 2. Nobody else has verified it. [Decision 0055](../decisions/0055-the-asvs-answered-by-tests.md) says how it is made.

* **Held by tests**: the tests that are named fail if it is no longer so.
* **Met by design**: no test can show it, or none does; the place is named.
* **Not met**: also if most of it is met. What is missing is said.

The identifiers and the names of chapters are from the ASVS, © OWASP Foundation,
[CC BY-SA 4.0](https://creativecommons.org/licenses/by-sa/4.0/). The sentences are short and our own: read the standard for what it demands.

This page is generated: change the marks of tests or `tests/asvs.txt`, then run `.venv/bin/python -m tests.asvs`.
"""


@dataclass
class Requirement:
    """One requirement, in our words, and what answers it."""

    id: str
    level: str
    sentence: str
    answer: str
    """One of `ANSWERS`."""
    more: str
    tests: list[str] = field(default_factory=list)

    @property
    def chapter(self) -> str:
        return self.id.partition(".")[0]


def requirements() -> dict[str, Requirement]:
    """Every requirement for level 2, with the tests that have its mark."""
    found = {}
    for line in ROWS.read_text().splitlines():
        about, sentence, given = line.split(" | ")
        id_, level = about.split()
        answer, _, more = given.partition(": ")
        found[id_] = Requirement(id_, level, sentence, answer, more)
    for test, ids in marked():
        for id_ in ids:
            found[id_].tests.append(test)
    return found


@cache
def marked() -> list[tuple[str, list[str]]]:
    """Every test with marks, as pytest names it, and the requirements that they name."""
    functions = (
        (path, node)
        for path in sorted({path for pattern in TEST_FILES for path in ROOT.glob(pattern)})
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef)
    )
    named = ((f"{path.relative_to(ROOT)}::{node.name}", [*marks(node)]) for path, node in functions)
    return [(test, ids) for test, ids in named if ids]


def marks(test: ast.FunctionDef) -> Iterator[str]:
    for mark in test.decorator_list:
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.asvs":
            yield from map(ast.literal_eval, mark.args)


def page() -> str:
    """The page, from what the tests and the file say now."""
    rows = [*requirements().values()]
    numbers = {answer: sum(row.answer == answer for row in rows) for answer in ANSWERS}
    parts = [INTRODUCTION, table("| answer | requirements |", [f"| {ANSWERS[a]} | {n} |" for a, n in numbers.items()])]
    for chapter, name in CHAPTERS.items():
        lines = [line_of(row) for row in rows if row.chapter == chapter]
        parts += [f"## V{chapter} {name}\n", table("| | level | requirement | answer |", lines)]
    return "\n".join(parts)


def table(head: str, lines: list[str]) -> str:
    return "\n".join([head, "|---" * (head.count("|") - 1) + "|", *lines, ""])


def line_of(row: Requirement) -> str:
    shown = "<br>".join(link_to(test) for test in row.tests)
    said = f"**{ANSWERS[row.answer]}**" + (f": {row.more}" if row.more else "")
    return f"| {row.id} | {row.level[1:]} | {row.sentence} | {said}{'<br>' if shown else ''}{shown} |"


def link_to(test: str) -> str:
    path, _, name = test.partition("::")
    return f"[{name.removeprefix('test_').replace('_', ' ')}](../../{path})"


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page())
