"""What a language model wrote is checked before anybody reads it: its form, and what it must not hold."""

from __future__ import annotations

import json
from random import Random

import pytest

from models.debriefs.composer import compose
from models.debriefs.content_filter import GIVEN_NAMES, check_headline, check_prose, ordinary_words
from models.debriefs.response_schema import Unusable, sheet_for, text_from
from models.instruments import core_result, disc_result
from tests.for_each import for_each
from tests.model_server import SHEET
from tests.models.debriefs.test_composer import STYLES, results_of

DISC = disc_result({"d": 20.0, "i": 71.5, "s": 60.0, "c": 33.0})
CORE = core_result(["fairness", "familyHappiness", "freedom", "security", "fun"])
RESULTS = {"disc": DISC, "focus": None, "core": CORE}
NAMES = ("Canarina Luz", "Vogelsang")
LONG = "They tend to work at an even pace and finish what they have begun."


def read(changed=None, results=RESULTS, names=NAMES, **fields):
    """The debrief from an answer that is good but for what is changed."""
    return text_from(json.dumps(SHEET | fields) if changed is None else changed, results, names)


def test_a_good_answer_becomes_headings_and_paragraphs():
    assert read().split("\n\n") == [
        "# Calm and careful",
        SHEET["at_work"],
        "# With others",
        SHEET["with_others"],
        "# Under pressure",
        SHEET["under_pressure"],
        "# What matters to them",
        SHEET["what_matters"],
        "# Working with them",
        SHEET["working_with"],
    ]


@pytest.mark.parametrize(
    ("taken", "asked"),
    [
        ({"disc": DISC}, ["headline", "at_work", "with_others", "under_pressure", "working_with"]),
        ({"core": CORE}, ["what_matters", "working_with"]),
        ({"disc": DISC, "core": CORE}, list(SHEET)),
    ],
    ids=["DISC alone", "Core Values alone", "both"],
)
def test_a_model_is_asked_only_for_what_the_results_can_say(taken, asked):
    schema = sheet_for(taken).model_json_schema()
    assert list(schema["properties"]) == schema["required"] == asked
    assert schema["additionalProperties"] is False
    assert all({"minLength", "maxLength"} <= set(field) for field in schema["properties"].values())


@for_each(
    "answer",
    [
        "",
        "null",
        "I would love to help!",
        json.dumps(SHEET)[:-20],
        json.dumps([SHEET]),
        json.dumps(SHEET) * 2,
        "[" * 50_000,
        json.dumps(SHEET | {"at_work": "Nice."}),
        json.dumps(SHEET | {"at_work": LONG * 20}),
        json.dumps(SHEET | {"at_work": [LONG]}),
        json.dumps(SHEET | {"at_work": None}),
        json.dumps(SHEET | {"headline": "x" * 81}),
        json.dumps(SHEET | {"salary": LONG}),
        json.dumps({name: text for name, text in SHEET.items() if name != "at_work"}),
        json.dumps(SHEET | {"at_work": "\u200b" * 100}),
        '{"headline": "\\ud800"}',
    ],
)
def test_what_is_not_the_form_is_not_used(answer):
    with pytest.raises(Unusable):
        read(answer)


def test_the_reason_for_the_log_repeats_nothing_of_what_was_written():
    for answer in (json.dumps(SHEET | {"Canarina <b>": "secret words"}), '{"headline": "secret words", "at_work": 7}'):
        with pytest.raises(Unusable) as refused:
            read(answer)
        assert "secret" not in str(refused.value)
        assert "Canarina" not in str(refused.value)


@pytest.mark.asvs("1.3.5")
@for_each(
    "injected",
    [
        "Canarina keeps at it.",
        "Ask Vogelsang about it.",
        "It helps to ask Luz’s colleagues.",
        "Anna tends to agree.",
        "Their colleague Anna knows.",
        "They work as Dorothea Brand does.",
        "Companies such as Initech value that.",
        "He likes it quiet.",
        "It is up to her.",
        "See https://evil.example/x for more.",
        "Read evil.example first.",
        "See EVIL.COM for more.",
        "Write to a@b.example today.",
        "See [this](//evil).",
        "See //evil/x today.",
        "<b>Bold</b> as they are.",
        "They are `fast`.",
        "They are **fast**.",
        "&lt;script&gt; is a word.",
        "Call 202 555 0142 now.",
        "Call 2025550142 now.",
        "See ｅｖｉｌ．ｅｘａｍｐｌｅ for more.",
        "Их зовут Анна.",
        "They are 安.",
        "Click javascript:alert(1) now.",
        "They show signs of a personality disorder.",
        "A diagnosis would help.",
        "They seem neurotic.",
        "Their IQ is high.",
    ],
)
def test_what_names_somebody_leads_elsewhere_or_judges_is_not_used(injected):
    with pytest.raises(Unusable):
        read(at_work=f"{LONG} {injected}")


@for_each(
    "harmless",
    [
        "They say: “Show me.” Then they decide.",
        "On Mondays – and not only then – they plan.",
        "I mean this well, e.g. in meetings.",
        "Their Influence is what others notice, and their C shows in the details.",
        "Will they agree? They may.",
        "About 3 in 10 do so.",
    ],
)
def test_ordinary_sentences_are_used_as_they_are(harmless):
    assert harmless in read(at_work=f"{LONG} {harmless}", names=("Will", "May"))


def test_what_is_invisible_and_marks_of_emphasis_are_taken_out():
    text = read(headline="*Calm\u200b \u202eand Careful*", at_work=f"#  {LONG}\r\n\r\n{LONG}\u0000")
    assert text.startswith(f"# Calm and careful\n\n{LONG} {LONG}\n\n# With others")


@for_each("headline", ["Anna The Planner", "The quiet Canarina", "See evil.example", "A Strong Leader, He"])
def test_a_headline_names_nobody(headline):
    with pytest.raises(Unusable):
        read(headline=headline)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Calm And Dependable", "Calm and dependable"),
        ("warm, open", "Warm, open"),
        ("Strong In DISC", "Strong in DISC"),
    ],
)
def test_a_headline_stands_in_sentence_case(given, kept):
    assert check_headline(given, NAMES) == kept


def test_what_this_server_writes_itself_would_be_used():
    chance = Random("own words")
    for style in STYLES:
        for paragraph in compose(results_of(style, chance)).split("\n\n"):
            if not paragraph.startswith("# "):
                check_prose(paragraph, ("Ana", "Löwe"))


def test_no_name_on_the_list_is_a_word_that_sentences_begin_with():
    assert not {name.casefold() for name in GIVEN_NAMES} & ordinary_words()
