"""The embedded writer says something useful about everybody, from the scores alone."""

from __future__ import annotations

from itertools import permutations
from random import Random

import pytest

from models.debriefs import compose
from models.debriefs.core import MEANING
from models.debriefs.disc import ALSO, APPROACH, UNDER_PRESSURE, WITH_OTHERS
from models.debriefs.focus import DOMAINS, GIFTS, HINTS
from models.instruments import CORE_VALUES, DISC_SCALES, FOCUS_DOMAINS, core_result, disc_result, focus_result

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


@pytest.mark.parametrize("style", STYLES)
def test_every_style_gets_a_debrief_of_a_page_with_five_headings(style):
    for number, middle in enumerate((5, 9, 12, 15, 19)):
        results = results_of(style, Random(f"{style} {number}"), middle)
        assert results["disc"]["style"] == style
        text = compose(results)
        assert 700 <= len(text) <= 1200, text
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
    for sentences in (ALSO, WITH_OTHERS, UNDER_PRESSURE, APPROACH):
        assert list(sentences) == ["D", "I", "S", "C"]


def test_a_value_of_somebody_elses_instrument_is_named_without_a_meaning():
    assert "Thrift comes first. " in compose({"core": core_result(["thrift", "sisu", "freedom", "fun", "order"])})


def test_equal_scores_give_equal_words_in_whatever_order_they_come():
    results = results_of("SC", Random(7))
    assert compose(results) == compose(dict(reversed(results.items())))


def test_two_hundred_people_of_one_style_get_nearly_as_many_debriefs():
    chance = Random("many")
    assert len({compose(results_of("DI", chance)) for _ in range(200)}) > 190


def test_the_highest_facet_is_named_and_the_lowest_gives_a_hint():
    sums = dict.fromkeys(FACETS, 12) | {"leadership": 20, "calmness": 4, "trust": 5}
    text = compose({"focus": focus_result(sums)})
    assert "willingness to take the lead" in text
    assert text.endswith("surprises cost them more than most. Keep small promises; that is how they come to trust.")


def test_the_first_value_is_explained_and_the_rest_follow():
    text = compose({"core": core_result(["familyHappiness", "freedom", "wealth", "wisdom", "achievement"])})
    assert text.startswith("# What matters to them\n\nFamily happiness comes first: the people at home")
    assert all(value in text.lower() for value in ("freedom", "wealth", "wisdom", "achievement"))


def test_what_was_not_taken_is_left_out():
    assert "# What matters to them" not in compose({"disc": disc_of("I"), "focus": None, "core": None})
    assert compose({"disc": None, "focus": None, "core": None}) == ""


def test_nothing_sounds_like_a_diagnosis():
    chance = Random("plain")
    written = " ".join(
        compose(results_of(chance.choice(STYLES), chance, chance.choice((6, 12, 18)))) for _ in range(300)
    )
    assert not [word for word in CLINICAL if word in written.lower()]
