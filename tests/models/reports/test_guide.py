"""What results are said to mean, and how to work with somebody: from scores alone, kindly, and not the same for everybody."""

from __future__ import annotations

import re
from random import Random

import pytest

from models.demo.scores import Temperament
from models.instruments import CORE_VALUES, DISC_SCALES, FOCUS_DOMAINS, core_result, disc_result, focus_result
from models.instruments.scales import LEVELS
from models.reports.guide import guide_for
from models.reports.text.approach import FOLLOWING, LEADING, LOWEST, SECTIONS, STRONGEST
from models.reports.text.domains import DOMAINS, FACETS
from models.reports.text.readings import disc_reading, focus_reading
from models.reports.text.styles import SCALES, STYLES
from models.reports.text.values import VALUES
from tests.for_each import for_each

FACET_NAMES = [facet for facets in FOCUS_DOMAINS.values() for facet in facets]
LABELS = re.compile(
    r"\b(they (are|never|always)|he|she|his|her|weak\w*|lazy|rude|neurotic|disorder\w*|introvert\w*|extrovert\w*)\b",
    re.IGNORECASE,
)


def focus(**facets: int):
    return focus_result({name: facets.get(name, 12) for name in FACET_NAMES})


def sentences(words):
    if isinstance(words, str):
        yield words
    else:
        for word in words.values() if isinstance(words, dict) else words:
            yield from sentences(word)


def test_there_are_words_for_every_scale_every_level_and_every_value():
    assert {style[:2] for style in STYLES} == {a + b for a in "DISC" for b in "DISC" if a != b} | set("DISC")
    assert set(SCALES) == set(DISC_SCALES)
    assert set(DOMAINS) == set(STRONGEST) == set(LOWEST) == set(FOCUS_DOMAINS)
    assert all(tuple(levels) == LEVELS for levels in DOMAINS.values())
    assert set(FACETS) == set(FACET_NAMES)
    assert set(VALUES) == set(CORE_VALUES)
    assert all(set(advice) == set(SECTIONS) for advice in (*LEADING.values(), *FOLLOWING.values()))


@for_each("words", [STYLES, SCALES, DOMAINS, LEADING, FOLLOWING, STRONGEST, LOWEST, VALUES])
def test_words_are_sentences_that_label_nobody(words):
    for sentence in sentences(words):
        assert sentence.endswith("."), sentence
        assert sentence[0].isupper() or sentence[0] == "“", sentence
        assert not LABELS.search(sentence), sentence


@pytest.mark.parametrize("words", [STYLES, SCALES, DOMAINS])
def test_what_somebody_is_told_of_themselves_is_a_tendency(words):
    assert all(sentence.startswith("Tends to ") for sentence in sentences(words))


def test_no_sentence_stands_twice():
    said = list(sentences([STYLES, SCALES, DOMAINS, LEADING, FOLLOWING, STRONGEST, LOWEST, VALUES, FACETS]))
    assert sorted(set(said)) == sorted(said)


def test_a_disc_result_is_told_by_its_first_two_letters_and_scale_by_scale():
    reading = disc_reading(disc_result({"d": 20, "i": 71.5, "s": 64, "c": 45}))
    assert reading.style == "IS"
    assert reading.summary == STYLES["IS"]
    assert [(scale.title, scale.score, scale.level) for scale in reading.scales] == [
        ("Dominance", 20, "low"),
        ("Influence", 71.5, "high"),
        ("Steadiness", 64, "high"),
        ("Correctness", 45, "middle"),
    ]
    assert reading.scales[0].sentence == SCALES["d"]["low"]


def test_scales_that_lie_close_together_say_that_the_style_says_little():
    assert "lie close together" in disc_reading(disc_result({"d": 52, "i": 50, "s": 50, "c": 48})).summary
    assert "lie close together" not in disc_reading(disc_result({"d": 58, "i": 50, "s": 50, "c": 43})).summary


def test_a_focus_result_is_told_domain_by_domain_with_every_facet():
    low_calm = dict.fromkeys(FOCUS_DOMAINS["stability"], 4)
    reading = focus_reading(focus(**low_calm))
    assert [(domain.key, domain.level) for domain in reading] == [
        ("flexibility", "baseline"),
        ("organization", "baseline"),
        ("communication", "baseline"),
        ("understanding", "baseline"),
        ("stability", "veryLow"),
    ]
    assert reading[-1].sentence == DOMAINS["stability"]["veryLow"]
    assert [facet.key for facet in reading[-1].facets] == list(FOCUS_DOMAINS["stability"])


def test_a_guide_names_what_it_was_drawn_from_and_has_all_five_parts():
    disc = disc_result({"d": 20, "i": 71.5, "s": 64, "c": 45})
    scores = focus(**dict.fromkeys(FOCUS_DOMAINS["communication"], 18), **dict.fromkeys(FOCUS_DOMAINS["stability"], 6))
    guide = guide_for(
        {"disc": disc, "focus": scores, "core": core_result(["freedom", "fun", "order", "peace", "wealth"])}
    )
    assert guide is not None
    assert (guide.style, guide.highest, guide.lowest, guide.values) == (
        "IS",
        "communication",
        "stability",
        ("freedom", "fun"),
    )
    assert [section.title for section in guide.sections] == list(SECTIONS.values())
    do, avoid = guide.sections[0].advice, guide.sections[1].advice
    assert do == (
        *LEADING["I"]["do"],
        *FOLLOWING["S"]["do"],
        *STRONGEST["communication"]["do"],
        VALUES["freedom"][0],
        VALUES["fun"][0],
    )
    assert avoid[-1] == VALUES["freedom"][1]


def test_a_domain_in_the_middle_is_neither_strong_nor_weak():
    guide = guide_for({"disc": None, "focus": focus(), "core": None})
    assert guide is None


def test_what_was_not_taken_adds_nothing():
    assert guide_for({"disc": None, "focus": None, "core": None}) is None
    guide = guide_for({"core": core_result(["freedom", "fun", "order", "peace", "wealth"])})
    assert guide is not None
    assert [section.title for section in guide.sections] == ["Do", "Avoid"]


def test_a_value_of_another_instrument_is_passed_over():
    assert guide_for({"core": core_result(["punctuality", "elegance", "order", "peace", "wealth"])}) is None


def test_equal_results_give_equal_advice_and_different_people_different_advice():
    crowd = [Temperament.of(Random(number)).results() for number in range(200)]
    guides = [guide_for(results) for results in crowd]
    assert guides == [guide_for(results) for results in crowd]
    assert len({guide.sections for guide in guides if guide}) > 195
