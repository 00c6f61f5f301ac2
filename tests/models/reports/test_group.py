"""A group as a whole: worked examples of the median, the spread and who stands apart."""

from __future__ import annotations

import uuid
from types import SimpleNamespace

import pytest

from models.instruments import FOCUS_DOMAINS, core_result, disc_result, focus_result
from models.reports.group import RULES, Share, describe, in_fifths, quarters
from models.reports.person import Person
from tests.for_each import for_each


def people(*dominance, **more):
    """So many people, with these Dominance scores."""
    return [person(f"P{number}", d=score, **more) for number, score in enumerate(dominance)]


def person(name, d=None, sums=None, core=None):
    row = SimpleNamespace(
        id=uuid.uuid5(uuid.NAMESPACE_URL, name), first_name=name, last_name="", email=f"{name}@example.com"
    )
    return Person.of(
        row,
        {
            "disc": None if d is None else disc_result({"d": d, "i": 40, "s": 40, "c": 40}),
            "focus": focus_result({f: sums for facets in FOCUS_DOMAINS.values() for f in facets}) if sums else None,
            "core": core_result(core.split()) if core else None,
        },
    )


def dominance_of(group):
    return next(spread for spread in group.spreads if spread.scale.key == "d")


@for_each(
    ("scores", "expected"),
    [
        ([50], (50, 50, 50)),
        ([20, 80], (35, 50, 65)),
        ([20, 40, 60, 80], (35, 50, 65)),
        ([10, 20, 30, 40, 50], (20, 30, 40)),
        ([0, 0, 100], (0, 0, 50)),
    ],
)
def test_quartiles_and_median(scores, expected):
    assert quarters(scores) == expected


def test_scores_fall_into_fifths_as_levels_do():
    assert in_fifths([0, 19.9, 20, 39, 40, 59, 60, 79, 80, 100]) == (2, 2, 2, 2, 2)
    assert in_fifths([50]) == (0, 0, 1, 0, 0)


def test_a_group_leans_from_ten_points_off_the_middle_on():
    leanings = {middle: dominance_of(describe(people(middle))).leaning for middle in (39, 40, 41, 59, 60, 61)}
    assert leanings == {39: "low", 40: "low", 41: "", 59: "", 60: "high", 61: "high"}


@pytest.mark.parametrize(
    ("scores", "width", "closeness"),
    [((40, 45, 50, 55, 60), 10, "close"), ((20, 40, 50, 60, 80), 20, ""), ((0, 30, 50, 65, 90), 35, "wide")],
)
def test_a_group_is_close_together_or_far_apart_by_its_middle_half(scores, width, closeness):
    spread = dominance_of(describe(people(*scores)))
    assert (spread.width, spread.closeness) == (width, closeness)


def test_somebody_stands_apart_who_is_far_from_everybody_else():
    crowd = people(44, 46, 48, 50, 50, 52, 54, 56, 95)
    spread = dominance_of(describe(crowd))
    # The middle half goes from 48 to 54; half as much again beyond it is 39 to 63.
    assert (spread.lower, spread.upper) == (48, 54)
    assert [(score, one.first_name) for score, one in spread.apart] == [(95, "P8")]


def test_in_a_small_group_and_in_a_narrow_one_nobody_stands_apart():
    assert dominance_of(describe(people(44, 46, 48, 50, 52, 54, 95))).apart == ()
    assert dominance_of(describe(people(50, 50, 50, 50, 50, 50, 50, 50, 69))).apart == (), "19 points are not far"
    assert len(dominance_of(describe(people(50, 50, 50, 50, 50, 50, 50, 50, 70))).apart) == 1


def test_the_highest_and_the_lowest_are_named_unless_all_are_equal():
    spread = dominance_of(describe(people(30, 30, 50, 70)))
    assert [one.first_name for one in spread.lowest] == ["P0", "P1"]
    assert [one.first_name for one in spread.highest] == ["P3"]
    equal = dominance_of(describe(people(50, 50)))
    assert equal.lowest == equal.highest == ()


def test_every_assessment_counts_those_who_took_it():
    crowd = [
        person("Ana", d=60),
        person("Ben", sums=16),
        person("Cyd"),
        person("Dan", core="fun order peace wealth wisdom"),
    ]
    group = describe(crowd)
    assert group.answered == {"disc": 1, "focus": 1, "core": 1}
    assert [spread.count for spread in group.spreads] == [1] * 9
    assert group.facets["organization"][0].median == 75


def test_styles_and_first_letters_are_counted():
    group = describe(people(60, 70, 45, 30))
    # Without a scale above fifty the highest one is the style, and of equals the first.
    assert {share.key: share.count for share in group.leads} == {"D": 3, "I": 1, "S": 0, "C": 0}
    assert group.styles == (Share("D", 3), Share("I", 1))


def test_values_are_ranked_by_how_many_chose_them_and_equals_by_name():
    crowd = [person("Ana", core="fun order peace wealth wisdom"), person("Ben", core="order fun faith growth health")]
    assert describe(crowd).values[:3] == (Share("fun", 2, 1), Share("order", 2, 1), Share("faith", 1, 0))


def test_nobody_is_a_group_too():
    group = describe([])
    assert not any((group.spreads, group.leads, group.styles, group.values))
    assert group.answered == {"disc": 0, "focus": 0, "core": 0}


def test_the_rules_say_the_numbers():
    rules = " ".join(RULES)
    for number in ("10 points", "15 points", "30 or more", "20 points", "1.5 times", "8 people"):
        assert number in rules
