"""Which answers an instrument takes while somebody is at it, and which it refuses with the question's own name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import Invalid
from tests.for_each import for_each
from tests.models.instruments.respondents import ALL, CORE, DISC, FOCUS, complete, names, ranks

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["b01a", "b01b", *names(3)]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["most", "least", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)


def refused(instrument, item_id, value):
    with pytest.raises(Invalid) as problem:
        instrument.check_answer(item_id, value)
    assert problem.value.field == item_id
    return problem.value.message


def outcome(instrument, item_id, value):
    """The answer as it is kept, or why it is not."""
    try:
        return instrument.check_answer(item_id, value)
    except Invalid as problem:
        return problem


@pytest.mark.slow
@pytest.mark.parametrize("instrument", ALL, ids=lambda each: each.key)
@given(data=st.data())
def test_whatever_comes_is_taken_or_refused_with_a_sentence(instrument, data):
    item_id = data.draw(st.sampled_from(instrument.item_ids))
    value = data.draw(anything)
    answer = outcome(instrument, item_id, value)
    if isinstance(answer, Invalid):
        assert answer.field == item_id
        assert answer.message.endswith(".")
    else:
        # A choice of values comes back in the order of the list; everything else as it was given.
        assert answer == value or sorted(answer) == sorted(value)
        assert outcome(instrument, item_id, answer) == answer


@for_each("value", [0, 6, -1, "3", 3.0, True, None, [3]])
def test_a_statement_takes_whole_numbers_from_1_to_5(value):
    assert refused(FOCUS, "f012", value) == "Statement 12: choose one of the five answers."
    assert FOCUS.check_answer("f012", 5) == 5


@for_each(
    "value",
    [
        {"most": "b03a"},
        {"most": "b03a", "least": "b04b"},
        {"most": "b03a", "least": ["b03b"]},
        ["b03a", "b03b"],
        "b03a",
        None,
        {"most": "b03a", "least": "b03b", "middle": "b03c"},
    ],
)
def test_a_block_takes_two_of_its_own_four(value):
    assert refused(DISC, "b03", value) == "Group 3: choose the statement most like you and the one least like you."
    assert DISC.check_answer("b03", {"least": "b03a", "most": "b03d"}) == {"most": "b03d", "least": "b03a"}


def test_nobody_is_most_and_least_like_the_same_statement():
    assert "cannot be both" in refused(DISC, "b01", {"most": "b01a", "least": "b01a"})


def test_a_choice_of_values_may_be_half_done_and_is_kept_in_the_order_of_the_list():
    first, second, third = names(3)
    assert CORE.check_answer("narrow", [third, first]) == [first, third]
    assert CORE.check_answer("narrow", []) == []
    assert CORE.unanswered({"narrow": [first, third]}) == ["narrow", "rank"]
    assert CORE.check_answer("rank", [second, first]) == [second, first]


@for_each(
    ("item_id", "value", "sentence"),
    [
        ("narrow", names(13), "That is more than 12 values. Remove some."),
        ("rank", names(11), "That is more than 10 values. Remove some."),
        ("rank", ["freedom", "wealth", "freedom"], "You can choose each value only once."),
        ("narrow", ["freedom", "Freedom"], "One of these values is not on the list. Choose again."),
        ("narrow", "freedom", "Choose among the values that are listed."),
        ("rank", {"first": "freedom"}, "Choose among the values that are listed."),
        ("narrow", [["freedom"]], "Choose among the values that are listed."),
    ],
)
def test_values_that_cannot_be_taken_are_explained(item_id, value, sentence):
    assert refused(CORE, item_id, value) == sentence


@for_each(
    ("answers", "extended", "open_items", "sentence"),
    [
        (ranks(*names(4)), False, ["narrow", "rank"], "Choose at least 5 values, and at most 12."),
        (ranks(*names(9)), True, ["narrow", "rank"], "Choose at least 10 values, and at most 12."),
        (
            {"narrow": names(12), "rank": names(4)},
            False,
            ["rank"],
            "Put 5 of the values that you chose in order, each in one place.",
        ),
        # They went back and left out a value that they had ranked.
        (
            {"narrow": names(6)[1:], "rank": names(5)},
            False,
            ["rank"],
            "Put 5 of the values that you chose in order, each in one place.",
        ),
        (
            {"narrow": names(12), "rank": names(5)},
            True,
            ["rank"],
            "Put 10 of the values that you chose in order, each in one place.",
        ),
    ],
)
def test_core_values_need_enough_of_them_and_only_chosen_ones_in_order(answers, extended, open_items, sentence):
    assert CORE.unanswered(answers, extended) == open_items
    with pytest.raises(Invalid) as problem:
        CORE.score(answers, extended)
    assert (problem.value.field, problem.value.message) == (open_items[0], sentence)


@pytest.mark.parametrize("instrument", ALL, ids=lambda each: each.key)
def test_pages_ask_everything_once_and_in_order(instrument):
    asked = [item_id for page in instrument.pages for item_id in page.item_ids]
    assert tuple(asked) == instrument.item_ids
    assert len(set(asked)) == len(asked)
    assert instrument.unanswered({}) == asked
    assert instrument.unanswered(complete(instrument)) == []
    assert [instrument.place(item_id) for item_id in asked] == list(range(1, len(asked) + 1))


def test_pages_are_small_enough_for_a_phone():
    assert {(page.kind, len(page.statements)) for page in DISC.pages} == {("most_least", 4)}
    assert {(page.kind, len(page.statements)) for page in FOCUS.pages} == {("rate", 6)}
    assert [(page.kind, page.most) for page in CORE.pages] == [("narrow", 12), ("rank", 10)]
