"""The DISC circle: worked examples of places, and dots that do not cover each other."""

from __future__ import annotations

import uuid
from itertools import combinations
from math import hypot
from types import SimpleNamespace

import pytest

from models.instruments import disc_result
from models.reports.circle import DOTS_SHOWN, circle_alone, circle_of
from models.reports.person import Person


def person(d, i, s, c, name="Ana Löwe"):
    first, _, last = name.partition(" ")
    row = SimpleNamespace(id=uuid.uuid4(), first_name=first, last_name=last, email="ana@example.com")
    return Person.of(row, {"disc": disc_result({"d": d, "i": i, "s": s, "c": c})})


@pytest.mark.parametrize(
    ("scores", "x", "y", "between"),
    [
        ((100, 50, 0, 50), -0.64, -0.64, ("Dominance",)),
        ((50, 100, 50, 0), 0.64, -0.64, ("Influence",)),
        ((0, 50, 100, 50), 0.64, 0.64, ("Steadiness",)),
        ((50, 0, 50, 100), -0.64, 0.64, ("Correctness",)),
        ((80, 80, 20, 20), 0, -0.85, ("Dominance", "Influence")),
        ((50, 50, 50, 50), 0, 0, ()),
    ],
)
def test_each_scale_has_its_quarter(scores, x, y, between):
    [dot] = circle_alone(disc_result(dict(zip("disc", scores, strict=True)))).dots
    assert [dot.x, dot.y] == pytest.approx([x, y], abs=0.01)
    assert dot.between == between


@pytest.mark.parametrize("count", [2, 12, 40, 60])
def test_no_dot_covers_another_even_if_all_scores_are_equal(count):
    circle = circle_of([person(60, 40, 50, 50) for _ in range(count)])
    nearest = min(hypot(one.x - other.x, one.y - other.y) for one, other in combinations(circle.dots, 2))
    assert nearest > circle.size, "centres are further apart than a dot is wide to its middle"
    assert all(hypot(dot.x, dot.y) <= 1 for dot in circle.dots)


def test_two_hundred_dots_hold_and_more_are_counted():
    circle = circle_of([person(60, 40, 50, 50) for _ in range(DOTS_SHOWN + 3)])
    assert (len(circle.dots), circle.left_out, circle.named) == (DOTS_SHOWN, 3, False)


def test_people_without_a_disc_result_have_no_dot():
    row = SimpleNamespace(id=uuid.uuid4(), first_name="Ben", last_name="", email="ben@example.com")
    assert circle_of([Person.of(row, {})]).dots == ()


@pytest.mark.parametrize(("name", "initials"), [("Ana Löwe", "AL"), ("Ana", "A"), ("", "A")])
def test_initials_are_those_of_the_name_or_of_the_address(name, initials):
    assert person(60, 40, 50, 50, name).initials == initials
