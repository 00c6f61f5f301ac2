"""Answers become results by the formulas of the product: examples worked by hand, and every answer set there can be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import Invalid
from models.instruments import CORE_PLACES, CORE_VALUES, DISC_SCALES, FOCUS_DOMAINS
from models.profiles.importing.scores import results_of
from tests.for_each import for_each
from tests.models.instruments.respondents import (
    ALL,
    CORE,
    DISC,
    FACETS,
    FOCUS,
    chooses,
    complete,
    names,
    ranks,
    reaches,
)

disc_answers = st.fixed_dictionaries(
    {
        page.item_ids[0]: st.permutations([statement.id for statement in page.statements]).map(
            lambda order: {"most": order[0], "least": order[1]}
        )
        for page in DISC.pages
    }
)
focus_answers = st.fixed_dictionaries({item_id: st.integers(1, 5) for item_id in FOCUS.item_ids})
narrowed = st.lists(st.sampled_from(names(40)), min_size=10, max_size=12, unique=True)


# --- Focus: facet = ⌊(sum − 4) / 16 × 100⌋, domain = ⌊Σ(sum − 4) / 96 × 100⌋ -------------------------------------------


@for_each(
    ("total", "score", "level"),
    [
        (4, 0, "veryLow"),
        (5, 6, "veryLow"),
        (6, 12, "veryLow"),
        (8, 25, "low"),
        (10, 37, "low"),
        (12, 50, "baseline"),
        (15, 68, "high"),
        (16, 75, "high"),
        (18, 87, "veryHigh"),
        (20, 100, "veryHigh"),
    ],
)
def test_a_facet_is_what_its_four_answers_reach_of_what_they_could(total, score, level):
    result = FOCUS.score(reaches({"empathy": total}))
    assert result["understanding"]["facets"]["empathy"] == {"score": score, "level": level}


@pytest.mark.parametrize(
    ("total", "percent", "score", "level"),
    [(85, 88.54, 88, "veryHigh"), (75, 78.13, 78, "high"), (23, 23.96, 23, "low")],
)
def test_a_domain_is_what_its_twenty_four_answers_reach(total, percent, score, level):
    assert total / 96 * 100 == pytest.approx(percent, abs=0.006)
    facets = FOCUS_DOMAINS["stability"]
    result = FOCUS.score(reaches({facet: 4 + total // 6 + (place < total % 6) for place, facet in enumerate(facets)}))
    assert (result["stability"]["score"], result["stability"]["level"]) == (score, level)


def test_agreeing_with_everything_says_nothing_since_half_of_it_is_reversed():
    for answer in range(1, 6):
        result = FOCUS.score(dict.fromkeys(FOCUS.item_ids, answer))
        assert {domain["score"] for domain in result.values()} == {50}


@for_each("facet", FACETS)
def test_a_statement_counts_for_the_facet_that_it_names_and_for_no_other(facet):
    high, middle = FOCUS.score(reaches({facet: 20})), FOCUS.score(reaches({}))
    told = {
        name
        for domain in high
        for name in high[domain]["facets"]
        if high[domain]["facets"] != middle[domain]["facets"]
        and high[domain]["facets"][name] != middle[domain]["facets"][name]
    }
    assert told == {facet}


@pytest.mark.slow
@given(focus_answers)
def test_every_set_of_focus_answers_has_a_sound_result(answers):
    result = FOCUS.score(answers)
    # The reader of files knows the final shape and the level of every score by itself.
    assert results_of({"focus": result}) == ({"focus": result}, [])


# --- DISC: most − least, from −24 … 24 to 0 … 100 ---------------------------------------------------------------------


def test_who_always_takes_one_scale_and_leaves_another_is_at_both_ends():
    assert DISC.score(chooses("d", "c")) == {"style": "D", "d": 100.0, "i": 50.0, "s": 50.0, "c": 0.0}
    assert DISC.score(chooses("s", "d")) == {"style": "S", "d": 0.0, "i": 50.0, "s": 100.0, "c": 50.0}


def test_a_mixed_person_worked_by_hand():
    """12 blocks I most and D least, 9 blocks C most and I least, 3 blocks S most and C least."""
    first, second, third = (chooses(*pair) for pair in (("i", "d"), ("c", "i"), ("s", "c")))
    blocks = DISC.item_ids
    answers = {
        block: (first if place < 12 else second if place < 21 else third)[block] for place, block in enumerate(blocks)
    }
    # D −12, I 12 − 9 = 3, S 3, C 9 − 3 = 6; (raw + 24) / 48 × 100.
    assert DISC.score(answers) == {"style": "CIS", "d": 25.0, "i": 56.2, "s": 56.2, "c": 62.5}


def test_who_has_no_leaning_is_in_the_middle_of_all_four_scales():
    six_each = [chooses(*pair) for pair in (("d", "i"), ("i", "s"), ("s", "c"), ("c", "d"))]
    answers = {block: six_each[place % 4][block] for place, block in enumerate(DISC.item_ids)}
    assert DISC.score(answers) == {"style": "D", "d": 50.0, "i": 50.0, "s": 50.0, "c": 50.0}


@given(disc_answers)
def test_every_set_of_disc_answers_has_a_sound_result(answers):
    result = DISC.score(answers)
    assert results_of({"disc": result}) == ({"disc": result}, [])
    # What one scale gains another one loses; each of the four is rounded by 0.05 at most.
    assert sum(result[scale] for scale in DISC_SCALES) == pytest.approx(200, abs=0.2)


# --- Core Values: the ranking -----------------------------------------------------------------------------------------


def test_core_values_are_the_first_five_or_ten_in_the_persons_order():
    order = names(40)[::-1][:10]
    assert CORE.score(ranks(*order[:5])) == dict(zip(CORE_PLACES, order[:5], strict=False))
    assert CORE.score(ranks(*order), extended=True) == dict(zip(CORE_PLACES, order, strict=True))
    # The account asked for ten when they began, and for five when they finished.
    assert CORE.score(ranks(*order)) == dict(zip(CORE_PLACES, order[:5], strict=False))


@given(narrowed, st.data(), st.booleans())
def test_every_ranking_has_a_sound_result(chosen, data, extended):
    places = 10 if extended else 5
    order = data.draw(st.permutations(chosen))[:places]
    result = CORE.score({"narrow": chosen, "rank": order}, extended)
    assert list(result.values()) == order
    assert results_of({"core": result}) == ({"core": result}, [])
    assert set(order) <= set(CORE_VALUES)


# --- What cannot be scored --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("instrument", ALL, ids=lambda each: each.key)
@given(data=st.data())
def test_an_answer_that_is_missing_is_named(instrument, data):
    answers = complete(instrument)
    gone = data.draw(st.sets(st.sampled_from(instrument.item_ids), min_size=1))
    some = {item_id: value for item_id, value in answers.items() if item_id not in gone}
    first = next(item_id for item_id in instrument.item_ids if item_id in gone)
    with pytest.raises(Invalid) as refused:
        instrument.score(some)
    assert refused.value.field == first
    assert set(instrument.unanswered(some)) >= gone


@pytest.mark.parametrize("instrument", ALL, ids=lambda each: each.key)
def test_an_answer_to_something_that_was_not_asked_is_named(instrument):
    with pytest.raises(Invalid) as refused:
        instrument.score({**complete(instrument), "z99": 1})
    assert refused.value.field == "z99"
    assert instrument.title in refused.value.message
