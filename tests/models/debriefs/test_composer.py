"""The embedded writer says something useful about everybody, from the scores alone."""

from __future__ import annotations

import re
from itertools import permutations
from random import Random

import pytest
from flask_babel import force_locale

from models.debriefs.composer import compose
from models.debriefs.prompt import in_words
from models.debriefs.text.core_values import MEANING
from models.debriefs.text.disc import ALSO, APPROACH, EVEN, MARKED, QUIET, UNDER_PRESSURE, WITH_OTHERS
from models.debriefs.text.disc_focus_pairs import TENSIONS
from models.debriefs.text.focus import DOMAINS, GIFTS, HIGH, HINTS, NO_HINT
from models.instruments import CORE_VALUES, DISC_SCALES, FOCUS_DOMAINS, core_result, disc_result, focus_result
from tests.for_each import for_each

STYLES = ["".join(letters) for length in range(1, 5) for letters in permutations("DISC", length)]
FACETS = [facet for facets in FOCUS_DOMAINS.values() for facet in facets]
CLINICAL = ("disorder", "patient who", "neurotic", "diagnos", "symptom", "abnormal", "deficit", "syndrome", "therap")


def disc_of(style):
    """DISC scores whose style is this one."""
    high = {letter.lower(): 90.0 - 10 * place for place, letter in enumerate(style)}
    return disc_result({scale: high.get(scale, 20.0) for scale in DISC_SCALES})


def results_of(style, chance, middle=12):
    """Results of somebody with this DISC style and, for the rest, of this luck."""
    sums = {facet: max(4, min(20, round(chance.gauss(middle, 4)))) for facet in FACETS}
    return {
        "disc": disc_of(style),
        "focus": focus_result(sums),
        "core": core_result(chance.sample(CORE_VALUES, 5)),
    }


@for_each("style", STYLES)
def test_every_style_gets_a_debrief_of_a_page_with_five_headings(style):
    for number, middle in enumerate((5, 9, 12, 15, 19)):
        results = results_of(style, Random(f"{style} {number}"), middle)
        assert results["disc"]["style"] == style
        text = compose(results)
        assert 800 <= len(text) <= 1700, text
        paragraphs = text.split("\n\n")
        assert [paragraph.startswith("# ") for paragraph in paragraphs] == [True, False] * 5
        assert paragraphs[2::2] == [
            "# With others",
            "# Under pressure",
            "# What matters to them",
            "# Working with them",
        ]
        assert "  " not in text
        assert all(paragraph.endswith(".") for paragraph in paragraphs[1::2])


def test_each_leading_pair_of_letters_has_a_headline_of_its_own():
    headlines = {style[:2]: compose({"disc": disc_of(style)}).split("\n")[0] for style in STYLES}
    assert len(headlines) == len(set(headlines.values())) == 16


def test_every_facet_value_and_scale_has_its_words():
    assert list(DOMAINS) == list(FOCUS_DOMAINS)
    assert set(GIFTS) == set(HINTS) == set(FACETS)
    assert set(MEANING) == set(CORE_VALUES)
    for sentences in (ALSO, WITH_OTHERS, UNDER_PRESSURE, APPROACH, EVEN, QUIET):
        assert list(sentences) == ["D", "I", "S", "C"]


def test_a_value_of_somebody_elses_instrument_is_named_without_a_meaning():
    assert "Thrift comes first. " in compose({"core": core_result(["thrift", "sisu", "freedom", "fun", "order"])})


@pytest.mark.parametrize(("language", "headings"), [("de", ("Arbeitsweise", "Unter Druck")), ("fr", ("Façon", "Sous"))])
def test_it_says_the_same_in_the_readers_language(app, language, headings):
    chance = Random("languages")
    with app.app_context():
        for style in STYLES:
            results = results_of(style, chance, 8 + len(style) * 3)
            english = compose(results).split("\n\n")
            with force_locale(language):
                translated = compose(results).split("\n\n")
            assert [each[:2] == "# " for each in translated] == [each[:2] == "# " for each in english]
            assert not set(translated) & set(english)
            assert not re.search(r"\b(they|their|them|the|when)\b", " ".join(translated), re.IGNORECASE)
            assert f"# {headings[1]}" in "\n".join(translated)
        with force_locale(language):
            assert compose({"focus": focus_result(dict.fromkeys(FACETS, 12))}).startswith(f"# {headings[0]}")


def test_equal_scores_give_equal_words_in_whatever_order_they_come():
    results = results_of("SC", Random(7))
    assert compose(results) == compose(dict(reversed(results.items())))


def test_two_hundred_people_of_one_style_get_nearly_as_many_debriefs():
    chance = Random("many")
    assert len({compose(results_of("DI", chance)) for _ in range(200)}) > 190


def test_what_stands_out_is_named_and_what_falls_behind_gives_a_hint():
    sums = dict.fromkeys(FACETS, 12) | {"leadership": 20, "humility": 19, "calmness": 4, "trust": 5}
    text = compose({"focus": focus_result(sums)})
    assert "willingness to take the lead and their modesty about their own part." in text
    assert text.endswith("surprises cost them more than most. Keep small promises; that is how they come to trust.")


@pytest.mark.parametrize("middle", [4, 6, 12])
def test_where_nothing_stands_out_nothing_is_claimed_to(middle):
    text = compose({"focus": focus_result(dict.fromkeys(FACETS, middle))})
    assert "No single trait stands out from the rest" in text
    assert not [gift for gift in GIFTS.values() if gift in text]


def test_somebody_without_a_weak_side_is_given_what_they_are_good_at():
    text = compose({"focus": focus_result(dict.fromkeys(FACETS, 18) | {"teamwork": 20})})
    assert text.endswith("Give them work that needs their way of putting the team first.")
    assert compose({"focus": focus_result(dict.fromkeys(FACETS, 12))}).endswith(NO_HINT)


def test_four_scales_close_together_are_not_made_a_style_of():
    for scores in (
        {"d": 45.0, "i": 40.0, "s": 42.0, "c": 44.0},
        {"d": 60.0, "i": 58.0, "s": 55.0, "c": 52.0},
        dict.fromkeys("disc", 50.0),
    ):
        text = compose({"disc": disc_result(scores)})
        assert text.startswith("# Balanced, with a lean towards results\n\n")
        assert "go straight for the result" not in text
        assert [block[2:] for block in text.split("\n\n")[2::2]] == [
            "With others",
            "Under pressure",
            "Working with them",
        ]


def test_a_very_high_scale_and_a_very_low_one_are_said_to_be_so():
    marked = compose({"disc": disc_result({"d": 5, "i": 40, "s": 96, "c": 45})})
    assert any(sentence in marked for sentence in MARKED)
    assert QUIET["D"] in marked
    assert not any(sentence in compose({"disc": disc_of("IS")}) for sentence in QUIET.values())


@for_each(("letter", "domain", "height"), TENSIONS)
def test_where_disc_and_focus_pull_apart_one_sentence_says_both(letter, domain, height):
    facets = dict.fromkeys(FACETS, 12) | dict.fromkeys(FOCUS_DOMAINS[domain], 19 if height == HIGH else 5)
    text = compose({"disc": disc_of(letter), "focus": focus_result(facets)})
    assert TENSIONS[letter, domain, height] in text
    assert DOMAINS[domain][height] not in text


def test_the_first_values_are_explained_and_the_rest_follow():
    text = compose({"core": core_result(["familyHappiness", "freedom", "wealth", "wisdom", "achievement"])})
    assert text.startswith("# What matters to them\n\nFamily happiness comes first: the people at home")
    assert ": room to decide for themselves. Wealth, Wisdom and Achievement complete the first five." in text
    assert "Further down" not in text


def test_of_ten_values_none_is_left_out():
    values = list(CORE_VALUES[:10])
    text = compose({"core": core_result(values)})
    assert all(in_words(value) in text.lower() for value in values)
    assert "Further down their list are Belonging, Community, Compassion, Contribution and Courage." in text


def test_values_alone_still_say_how_to_work_with_somebody():
    text = compose({"core": core_result(list(CORE_VALUES[:5]))})
    assert "# Working with them" in text
    assert "# How they tend to work" not in text


def test_values_of_another_instrument_are_named_without_a_meaning():
    text = compose({"core": core_result(["beingFirst", "freedom", "zest", "honour2", "play"])})
    assert text.startswith("# What matters to them\n\nBeing first comes first. Freedom ")
    assert "Zest, Honour2 and Play complete the first five." in text


def test_what_was_not_taken_is_left_out():
    assert "# What matters to them" not in compose({"disc": disc_of("I"), "focus": None, "core": None})
    assert compose({"disc": None, "focus": None, "core": None}) == ""


def test_whatever_was_taken_there_is_something_under_every_heading():
    chance = Random("some of it")
    for _ in range(300):
        whole = results_of(chance.choice(STYLES), chance, chance.choice((4, 8, 12, 16, 20)))
        some = {name: scores if chance.random() < 0.6 else None for name, scores in whole.items()}
        blocks = compose(some).split("\n\n") if any(some.values()) else []
        assert [block.startswith("# ") for block in blocks] == [True, False] * (len(blocks) // 2)


def test_nothing_sounds_like_a_diagnosis():
    chance = Random("plain")
    written = " ".join(
        compose(results_of(chance.choice(STYLES), chance, chance.choice((6, 12, 18)))) for _ in range(300)
    )
    assert not [word for word in CLINICAL if word in written.lower()]
