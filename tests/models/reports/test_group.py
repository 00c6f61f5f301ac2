"""A group as a whole: worked examples of the median, the spread, and what it is strongest in."""

from __future__ import annotations

import uuid
from types import SimpleNamespace

from models.instruments import FOCUS_DOMAINS, core_result, disc_result, focus_result
from models.reports.group import Share, describe, in_fifths, quarters
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


def test_the_two_strongest_scales_are_those_with_the_highest_median():
    group = describe([person("Ana", d=90, sums=20), person("Ben", d=70, sums=16)])
    assert [(spread.scale.key, spread.median) for spread in group.strongest] == [
        ("flexibility", 87.5),
        ("organization", 87.5),
    ]
    group = describe([person("Ana", d=90, sums=8), person("Ben", d=80, sums=8)])
    assert [(spread.scale.key, spread.median) for spread in group.strongest] == [("d", 85), ("i", 40)]


def test_the_two_widest_scales_are_those_whose_middle_half_spans_most():
    group = describe(people(10, 30, 50, 70, 90, sums=12))
    assert [(spread.scale.key, spread.width) for spread in group.widest] == [("d", 40), ("i", 0)]
    assert group.widest[0].advice.startswith("Some press for a decision")
    assert group.widest[1].advice == "", "on a scale on which all are equal nobody differs"


def test_one_person_has_strong_scales_and_no_spread():
    group = describe(people(90))
    assert [spread.scale.key for spread in group.strongest] == ["d", "i"]
    assert group.widest == ()


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
