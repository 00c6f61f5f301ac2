"""Somebody who answers without reading is told apart from somebody who is merely consistent."""

from __future__ import annotations

from random import Random

from models.instruments import straight_lined
from tests.models.instruments.respondents import CORE, DISC, FACETS, FOCUS, chooses, complete, reaches


def test_a_row_of_answers_is_measured():
    line = straight_lined([3, 3, 3, 1, 3, 3])
    assert (line.answers, line.longest_run, round(line.share, 2)) == (6, 3, 0.83)
    assert straight_lined([]).longest_run == 0


def test_the_same_answer_all_the_way_deserves_a_word():
    same = FOCUS.straight_lined(dict.fromkeys(FOCUS.item_ids, 4))
    assert (same.longest_run, same.share, same.needs_notice) == (120, 1.0, True)


def test_a_run_of_fifteen_deserves_a_word_and_one_of_fourteen_does_not():
    answers = [1, 2, 3, 4, 5] * 20
    assert straight_lined([*answers, *[2] * 14, 5]).needs_notice is False
    assert straight_lined([*answers, *[2] * 15, 5]).needs_notice is True


def test_three_quarters_of_one_answer_deserve_a_word_however_they_lie():
    assert straight_lined([3, 3, 3, 1] * 6).needs_notice is True
    assert straight_lined([3, 3, 1, 3, 5] * 6 + [1, 2]).needs_notice is False


def test_it_is_never_said_after_a_few_answers():
    assert straight_lined([3] * 11).needs_notice is False


def test_taking_the_first_statement_of_every_block_deserves_a_word():
    first = {page.item_ids[0]: {"most": page.statements[0].id, "least": page.statements[1].id} for page in DISC.pages}
    assert DISC.straight_lined(first).needs_notice is True


def test_a_consistent_person_is_not_suspected_for_a_clear_leaning():
    assert DISC.straight_lined(chooses("d", "s")).needs_notice is False


def test_people_who_differ_a_little_from_facet_to_facet_are_not_suspected():
    for seed in range(200):
        chance = Random(seed)
        sums = {facet: max(4, min(20, round(chance.gauss(12, 3)))) for facet in FACETS}
        assert FOCUS.straight_lined(reaches(sums)).needs_notice is False, seed


def test_two_steps_of_core_values_are_never_a_line():
    assert CORE.straight_lined(complete(CORE)).needs_notice is False
