"""Results over time, and a result in one sentence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from models.instruments import FOCUS_DOMAINS, core_result, disc_result, focus_result
from models.profiles.profile import Profile
from models.profiles.result import Result
from models.reports.history import MOST, courses_of
from models.reports.text.readings import headline

FIRST_DAY = datetime(2026, 1, 31, tzinfo=UTC)


def disc(d, i, s, c):
    return disc_result({"d": d, "i": i, "s": s, "c": c})


@pytest.fixture
def ana(account_id):
    return Profile.create(account_id, "ana@example.com", "Ana")


@pytest.mark.both_databases
def test_a_second_result_makes_a_course_with_the_days_of_answering(account_id, ana):
    for days, scores in ((0, disc(20, 70, 60, 50)), (90, disc(30.4, 70, 45, 15))):
        Result.keep(ana, "disc", scores, "disc-1", at=FIRST_DAY + timedelta(days=days))
    Result.keep(ana, "core", core_result(["fun", "order", "peace", "wealth", "wisdom"]), "core-1")
    [course] = courses_of(Result.all_of(account_id, ana.id))
    assert (course.title, course.styles) == ("DISC", ("IS", "I"))
    assert course.days == (FIRST_DAY, FIRST_DAY + timedelta(days=90))
    assert [(line.title, line.scores, line.change) for line in course.lines][:2] == [
        ("Dominance", (20, 30), 10),
        ("Influence", (70, 70), 0),
    ]


def test_values_are_listed_and_only_the_last_results_shown(account_id, ana):
    for number in range(MOST + 1):
        first = "peace" if number else "wealth"
        rest = [value for value in ("fun", "order", "peace", "wealth", "wisdom") if value != first]
        Result.keep(ana, "core", core_result([first, *rest]), "core-1")
    [course] = courses_of(Result.all_of(account_id, ana.id))
    assert [values[0] for values in course.values] == ["peace"] * MOST


FOCUS = focus_result({f: 4 + 3 * n for n, facets in enumerate(FOCUS_DOMAINS.values()) for f in facets})


@pytest.mark.parametrize(
    ("scores", "sentence"),
    [
        ({"disc": disc(20, 30, 80, 70)}, "Steady, with a strong second in Correctness."),
        ({"disc": disc(90, 52, 20, 10)}, "Direct, with some Influence."),
        ({"disc": disc(10, 90, 20, 30)}, "Outgoing above all."),
        ({"disc": disc(50, 52, 55, 51)}, "Balanced: the four DISC scales are close together."),
        ({"focus": FOCUS}, "Highest in Stability, lowest in Flexibility."),
        ({"core": {"first": "familyHappiness"}}, "Puts Family happiness first."),
        ({"disc": disc(10, 90, 20, 30), "focus": FOCUS}, "Outgoing above all."),
        ({}, ""),
    ],
)
def test_a_result_in_one_sentence(scores, sentence):
    assert headline(scores) == sentence
