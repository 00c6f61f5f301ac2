"""The three instruments that come with Profile: sound, balanced, plain, and nobody else's words."""

from __future__ import annotations

import re
from collections import Counter
from itertools import combinations, groupby, pairwise, permutations

import pytest

from models.instruments import CORE_VALUES, DISC_SCALES, FOCUS_DOMAINS
from models.instruments.registry import HERE
from models.instruments.validation import checked
from tests.models.instruments.respondents import ALL, CORE, DISC, FACETS, FOCUS

BLOCKS = [page.statements for page in DISC.pages]
ITEMS = [statement for page in FOCUS.pages for statement in page.statements]
TEXTS = [each.text for each in [*(statement for block in BLOCKS for statement in block), *ITEMS]]
DOMAIN_OF = {facet: domain for domain, facets in FOCUS_DOMAINS.items() for facet in facets}

# What has no place in a question among colleagues, as beginnings of words.
ELSEWHERE = (
    "depress",
    "anxi",
    "panic",
    "disorder",
    "suicid",
    "trauma",
    "therap",
    "drug",
    "drink",
    "alcohol",
    "ill",
    "sick",
    "sleep",
    "medic",
    "god",
    "pray",
    "faith",
    "church",
    "relig",
    "spirit",
    "vote",
    "politic",
    "party",
    "govern",
    "sex",
    "love",
    "marri",
    "partner",
    "wife",
    "husband",
    "child",
    "family",
    "body",
    "weight",
    "money",
    "salar",
    "age",
    "race",
    "gender",
)
LITTLE_WORDS = {
    "i",
    "a",
    "an",
    "the",
    "to",
    "of",
    "at",
    "in",
    "is",
    "it",
    "my",
    "me",
    "that",
    "when",
    "what",
    "how",
    "do",
    "not",
    "on",
    "for",
    "with",
    "and",
    "or",
    "have",
    "be",
    "are",
    "as",
    "by",
    "than",
    "so",
    "if",
    "was",
    "after",
}


def words(text):
    return re.findall(r"[a-z'-]+", text.lower())


def content(text):
    """The words that carry the sense, without their endings."""
    return {re.sub(r"(ing|ed|es|s|ly|e)$", "", word) for word in words(text) if word not in LITTLE_WORDS}


@pytest.mark.parametrize("instrument", ALL, ids=lambda each: each.key)
def test_each_passes_the_check_that_files_of_others_must_pass(instrument):
    data = checked((HERE / f"{instrument.key}.json").read_bytes())
    assert data["key"] == instrument.key


@pytest.mark.parametrize("instrument", ALL, ids=lambda each: each.key)
def test_each_says_that_it_is_not_validated(instrument):
    assert instrument.validated is False
    assert "not a validated psychometric instrument" in instrument.notice
    assert "written for Profile" in instrument.licence


def test_all_three_together_are_meant_to_take_less_than_fifteen_minutes():
    assert sum(instrument.minutes for instrument in ALL) < 15
    # At 200 words a minute, and two seconds for each choice, reading all of it takes about that long.
    words_to_read = sum(len(words(text)) for text in TEXTS) + sum(
        len(words(f"{v.name} {v.meaning}")) for v in CORE.values
    )
    choices = 2 * len(BLOCKS) + 12 + 5
    assert words_to_read / 200 + (choices * 2 + len(ITEMS)) / 60 < 15


def test_statements_are_short():
    assert max(len(statement.text.split()) for block in BLOCKS for statement in block) <= 6
    assert max(len(item.text.split()) for item in ITEMS) <= 12
    assert max(len(value.meaning.split()) for value in CORE.values) <= 10


@pytest.mark.slow
def test_no_two_statements_say_the_same():
    assert len({text.lower() for text in TEXTS}) == len(TEXTS)
    in_one_block = {frozenset(pair) for block in BLOCKS for pair in combinations([each.text for each in block], 2)}
    for one, other in combinations(TEXTS, 2):
        if frozenset((one, other)) in in_one_block:
            # There they are parallel on purpose: "I negotiate firmly", "I negotiate patiently".
            continue
        shared, all_words = content(one) & content(other), content(one) | content(other)
        assert len(shared) / len(all_words) < 0.6, f"{one} / {other}"


def test_a_statement_asks_one_thing_of_a_colleague_in_plain_words():
    for text in TEXTS:
        assert not [word for word in words(text) for start in ELSEWHERE if word.startswith(start)], text
        assert not {"and", "or", "don't", "never"} & set(words(text)), text
        assert text[0].isupper()


def test_every_order_of_the_four_scales_stands_in_one_block():
    orders = [tuple(statement.scale for statement in block) for block in BLOCKS]
    assert sorted(orders) == sorted(permutations(DISC_SCALES))
    # So each scale stands six times in each place, and nobody gains by always taking the first.
    assert {Counter(order[place] for order in orders)[scale] for place in range(4) for scale in DISC_SCALES} == {6}
    for block, following in pairwise(orders):
        assert not [place for place in range(4) if block[place] == following[place]]


def test_no_scale_has_much_longer_statements_than_another():
    length = Counter(
        {scale: sum(len(s.text.split()) for b in BLOCKS for s in b if s.scale == scale) for scale in DISC_SCALES}
    )
    assert max(length.values()) / min(length.values()) < 1.2


def test_each_facet_has_two_statements_that_count_for_it_and_two_against():
    assert Counter((item.scale, item.keyed) for item in ITEMS) == {
        (facet, sign): 2 for facet in FACETS for sign in "+-"
    }


def test_facets_are_far_apart_and_every_page_mixes_domains_and_keys():
    for facet in FACETS:
        places = [place for place, item in enumerate(ITEMS) if item.scale == facet]
        assert min(after - before for before, after in pairwise(places)) >= 20
    for item, following in pairwise(ITEMS):
        assert DOMAIN_OF[item.scale] != DOMAIN_OF[following.scale]
    for page in FOCUS.pages:
        assert {each.keyed for each in page.statements} == {"+", "-"}
    assert max(len(list(run)) for _, run in groupby(ITEMS, key=lambda item: item.keyed)) <= 3


def test_values_are_known_and_none_asks_for_somebodys_belief():
    asked = {each.value for each in CORE.values}
    assert len(CORE.values) == 40
    # Faith is known, for results from elsewhere, and not asked: at work nobody should have to say.
    assert set(CORE_VALUES) - asked == {"faith"}
    assert asked <= set(CORE_VALUES)
    assert len({each.meaning for each in CORE.values}) == len({each.name for each in CORE.values}) == 40
