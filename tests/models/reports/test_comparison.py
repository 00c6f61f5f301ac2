"""People side by side: worked examples of where they meet and where they differ."""

from __future__ import annotations

import uuid
from types import SimpleNamespace

from models.instruments import FOCUS_DOMAINS, core_result, disc_result, focus_result
from models.reports.comparison import compare
from models.reports.person import Person
from models.reports.scales import MAIN
from models.reports.text.words import TOGETHER


def person(name, disc=None, focus=None, core=None):
    """Somebody with DISC scores, facet sums by domain, and values."""
    sums = {facet: (focus or {}).get(domain, 12) for domain, facets in FOCUS_DOMAINS.items() for facet in facets}
    row = SimpleNamespace(
        id=uuid.uuid5(uuid.NAMESPACE_URL, name), first_name=name, last_name="", email=f"{name}@example.com"
    )
    return Person.of(
        row,
        {
            "disc": disc_result(dict(zip("disc", disc, strict=True))) if disc else None,
            "focus": focus_result(sums) if focus is not None else None,
            "core": core_result(core.split()) if core else None,
        },
    )


ANA = person("Ana", (20, 70, 60, 50), {"organization": 16}, "freedom fun order peace wealth")
BEN = person("Ben", (70, 70, 45, 15), {"organization": 8}, "fun faith freedom growth health")
CYD = person("Cyd", (30, 65, 55, 50), {"organization": 12}, "fun courage beauty nature variety")


def sentences_of(findings):
    return {finding.scale: finding.sentence for finding in findings}


def test_people_meet_where_no_two_are_more_than_fifteen_points_apart():
    meet = sentences_of(compare([ANA, BEN, CYD]).meet)
    assert meet["i"] == "All 3 are within 5 points, from 65 to 70."
    assert meet["s"] == "All 3 are within 15 points, from 45 to 60."
    assert meet["stability"] == "All 3 have 50."
    assert not {"d", "c", "organization", "style"} & meet.keys()


def test_people_differ_from_forty_points_on_the_widest_first():
    dan = person("Dan", (100, 60, 50, 15))
    assert sentences_of(compare([ANA, BEN, CYD, dan]).differ) == {
        "d": "Range 20 to 100, 80 points apart.",
        "organization": "Range 25 to 75, 50 points apart.",
    }
    forty, less = person("Eva", (60, 40, 50, 50)), person("Fay", (59.9, 40, 50, 50))
    assert "d" in sentences_of(compare([ANA, forty]).differ)
    assert "d" not in sentences_of(compare([ANA, less]).differ)


def test_who_is_lowest_and_who_highest_is_said_by_id():
    dominance = next(finding for finding in compare([ANA, BEN, CYD]).differ if finding.scale == "d")
    assert (dominance.lowest, dominance.highest, dominance.points) == ((ANA.id,), (BEN.id,), 50)
    assert dominance.advice == TOGETHER["d"]["apart"]


def test_what_they_have_in_common_comes_with_what_it_can_mean():
    influence = next(finding for finding in compare([ANA, BEN, CYD]).meet if finding.scale == "i")
    assert influence.advice == TOGETHER["i"]["high"]
    of_two = next(finding for finding in compare([ANA, CYD]).meet if finding.scale == "i")
    assert of_two.sentence == "Both are within 5 points, from 65 to 70."
    assert of_two.advice == "Both tend to talk things through, so write down what was agreed."
    middle = next(finding for finding in compare([ANA, CYD]).meet if finding.scale == "s")
    assert middle.advice == "", "in the middle nothing follows"


def test_scores_less_than_a_point_apart_are_within_one_point():
    near, nearer = person("Eva", (50.4, 40, 50, 50)), person("Fay", (50.6, 40, 50, 50))
    assert sentences_of(compare([near, nearer]).meet)["d"] == "Both are within one point, from 50 to 51."


def test_a_style_is_shared_by_its_first_letter():
    assert sentences_of(compare([ANA, CYD]).meet)["style"] == "Both have Influence as their first letter: IS (2)."


def test_styles_are_told_apart_where_they_differ_after_the_first_letter():
    dan = person("Dan", (70, 80, 20, 20))
    assert (
        sentences_of(compare([ANA, CYD, dan]).meet)["style"]
        == "All 3 have Influence as their first letter: ID, IS (2)."
    )


def test_a_value_is_shared_when_more_than_half_have_it():
    compared = compare([ANA, BEN, CYD])
    values = [finding for finding in compared.meet if finding.assessment == "core"]
    assert [(value.title, value.sentence) for value in values] == [
        ("Fun", "All 3 have it among their first five values."),
        ("Freedom", "2 of 3 have it among their first five values."),
    ]
    assert values[0].shared_by == ()
    assert values[1].shared_by == (ANA.id, BEN.id)
    half = compare([ANA, BEN, CYD, person("Dan", core="faith peace health growth service")])
    assert "freedom" not in sentences_of(half.meet), "two of four are not more than half"


def test_that_no_two_share_a_value_is_a_difference():
    dan = person("Dan", core="faith service health growth loyalty")
    assert sentences_of(compare([CYD, dan]).differ) == {
        "values": "No two of them share one of their first five values."
    }


def test_of_ten_values_the_first_five_count():
    ten = person("Dan", core="faith service health growth loyalty fun freedom order peace wealth")
    assert sentences_of(compare([CYD, ten]).differ) == {
        "values": "No two of them share one of their first five values."
    }


def test_whoever_has_not_answered_is_left_out_and_one_alone_is_not_compared():
    nobody, only_disc = person("Dan"), person("Eva", (20, 70, 60, 50))
    assert compare([nobody, nobody]).meet == compare([nobody, ANA]).meet == compare([nobody, ANA]).differ == ()
    compared = compare([ANA, only_disc, nobody])
    assert {finding.assessment for finding in compared.meet} == {"disc"}
    assert compared.people == (ANA, only_disc, nobody)


def test_the_order_in_which_people_are_named_changes_nothing_that_is_found():
    assert sentences_of(compare([ANA, BEN, CYD]).meet) == sentences_of(compare([CYD, BEN, ANA]).meet)


def test_there_are_words_for_every_scale_and_the_rules_say_the_numbers():
    assert set(TOGETHER) == {scale.key for scale in MAIN}
    assert {frozenset(words) for words in TOGETHER.values()} == {
        frozenset(("high", "low", "both high", "both low", "apart"))
    }
    rules = " ".join(compare([]).rules)
    assert "15 points" in rules
    assert "40 points" in rules
