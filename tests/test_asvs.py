"""The page about OWASP ASVS is complete and says what the tests say."""

from __future__ import annotations

from collections import Counter

from tests.asvs import ANSWERS, CHAPTERS, PAGE, ROWS, marked, page, requirements

# ASVS 5.0.0 has this many requirements for levels 1 and 2.
LEVELS = {"L1": 70, "L2": 183}


def test_every_requirement_has_one_answer_and_every_mark_a_requirement():
    ids = [line.split()[0] for line in ROWS.read_text().splitlines()]
    assert ids == sorted(set(ids), key=lambda id_: [*map(int, id_.split("."))])
    assert {id_ for _, named in marked() for id_ in named} - set(ids) == set()
    rows = [*requirements().values()]
    assert Counter(row.level for row in rows) == LEVELS
    assert {row.chapter for row in rows} == set(CHAPTERS)
    assert [row.id for row in rows if row.answer not in ANSWERS] == []
    assert [row.id for row in rows if (row.answer == "tests") != bool(row.tests)] == [], "held by tests, or by words"
    assert [row.id for row in rows if (row.answer == "tests") == bool(row.more)] == []
    assert PAGE.read_text() == page(), "run .venv/bin/python -m tests.asvs"
