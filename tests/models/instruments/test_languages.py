"""The bundled instruments in every language: the same questions, other words, and scores that know no language."""

from __future__ import annotations

import pytest
from flask_babel import force_locale

from models.instruments import bundled
from models.instruments.registry import BUNDLED
from models.text import ENGLISH, languages

TRANSLATED = [language for language in languages() if language != ENGLISH]


def texts_of(instrument):
    return {
        **{statement.id: statement.text for page in instrument.pages for statement in page.statements},
        **{value.value: (value.name, value.meaning) for value in instrument.values},
        **dict(enumerate(instrument.scale)),
    }


@pytest.fixture(params=TRANSLATED)
def language(request, app):
    with app.app_context(), force_locale(request.param):
        yield request.param


@pytest.mark.parametrize("key", BUNDLED.values())
def test_each_text_is_there_and_is_another_one(key, language):
    theirs = bundled(key)
    with force_locale(ENGLISH):
        english = bundled(key)
    assert (theirs.key, theirs.language, english.language) == (key, language, ENGLISH)
    assert texts_of(theirs).keys() == texts_of(english).keys()
    same = [id_ for id_, text in texts_of(theirs).items() if text == texts_of(english)[id_]]
    assert same == []


@pytest.mark.parametrize("key", BUNDLED.values())
def test_no_two_texts_that_are_asked_together_are_alike(key, language):
    instrument = bundled(key)
    for page in instrument.pages:
        asked = [statement.text for statement in page.statements]
        assert len(set(asked)) == len(asked)
    names = [value.name for value in instrument.values]
    assert len(set(names)) == len(names)
    if instrument.scale:
        assert len(set(instrument.scale)) == 5
        every = [statement.text for page in instrument.pages for statement in page.statements]
        assert len(set(every)) == len(every)


@pytest.mark.parametrize("key", BUNDLED.values())
def test_ids_scales_and_keys_are_the_same_in_every_language(key, language):
    def measured():
        return [
            (page.item_ids, [(each.id, each.scale, each.keyed) for each in page.statements])
            for page in bundled(key).pages
        ]

    theirs = measured()
    with force_locale(ENGLISH):
        assert theirs == measured()


def test_answers_are_scored_alike_in_every_language(language):
    answers = {
        page.item_ids[0]: {"most": page.statements[0].id, "least": page.statements[1].id}
        for page in bundled("disc-1").pages
    }
    theirs = bundled("disc-1").score(answers)
    with force_locale(ENGLISH):
        assert theirs == bundled("disc-1").score(answers)


def test_a_question_is_about_as_long_as_in_english(language):
    for key in BUNDLED.values():
        theirs = bundled(key)
        with force_locale(ENGLISH):
            english = texts_of(bundled(key))
        for id_, text in texts_of(theirs).items():
            if isinstance(text, str):
                assert len(text) <= max(40, 1.9 * len(english[id_])), text
