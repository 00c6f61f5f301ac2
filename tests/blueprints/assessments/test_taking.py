"""The person's way: from the link in a mail to their own result, page by page, without JavaScript."""

from __future__ import annotations

import pytest


def test_ana_is_told_who_asks_what_for_and_who_will_see_it(come, link):
    ana = come(link)
    assert ana.title == "How do you like to work?"
    for said in (
        "Alice of Aperture Science asks you",
        "24 groups of four statements",
        "120 statements",
        "about 14 minutes",
        "every member of Aperture Science sees your name",
        "AI assistants such as Claude or ChatGPT",
        "Only your scores",
        "not validated psychometric tests",
        "You don't have to answer",
    ):
        assert said in ana.text


@pytest.mark.both_databases
def test_ana_answers_every_page_and_sees_her_result(come, link):
    ana = come(link).begin()
    assert ana.title == "Group 1 of 24"
    ana.answer_all()
    ana.finish()
    assert ana.title == "Your result"
