"""A file that claims to be an instrument: every fault has its JSON path and a sentence, whatever the file holds."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.instruments import DISC_SCALES
from models.instruments.registry import built
from models.instruments.validation import MOST_FAULTS, checked
from models.instruments.validation.fault import Faulty
from models.instruments.validation.reading import MOST_BYTES
from models.instruments.validation.schema import SCHEMA
from tests.for_each import for_each
from tests.models.instruments.respondents import FACETS, file_of

SCHEMA_DATA = json.loads(SCHEMA.read_text(encoding="utf-8"))


def faults_of(content):
    """What is wrong with a file, as the command says it."""
    with pytest.raises(Faulty) as refused:
        checked(content if isinstance(content, bytes) else json.dumps(content).encode())
    return [str(fault) for fault in refused.value.faults]


def places(data, *steps):
    """Every place inside a file, as the way to it."""
    yield steps
    for step, inner in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        yield from places(inner, *steps, step)


def put(data, steps, value):
    """The same file with another value in one place."""
    for step in steps[:-1]:
        data = data[step]
    data[steps[-1]] = value


def without(data, *steps):
    for step in steps[:-1]:
        data = data[step]
    del data[steps[-1]]


# --- The shape --------------------------------------------------------------------------------------------------------


@for_each(
    ("assessment", "steps", "value", "fault"),
    [
        (
            "disc",
            ("blocks", 3, "statements", 1, "scale"),
            "x",
            '$.blocks[3].statements[1].scale: "x" is not one of d, i, s, c',
        ),
        ("disc", ("blocks", 0, "statements", 0, "text"), "", "$.blocks[0].statements[0].text: must not be empty"),
        (
            "disc",
            ("blocks", 0, "statements", 0, "text"),
            "a" * 161,
            "$.blocks[0].statements[0].text: has 161 characters; at most 160 are allowed",
        ),
        (
            "disc",
            ("blocks", 0, "id"),
            "Block 1",
            '$.blocks[0].id: "Block 1" is invalid: up to 32 small letters, digits and hyphens',
        ),
        ("disc", ("blocks",), [], "$.blocks: has 0; there must be 8 to 60"),
        ("disc", ("blocks", 2, "statements"), {}, "$.blocks[2].statements: must be a list, not an object"),
        ("disc", ("title",), None, "$.title: must be text, not null"),
        ("disc", ("minutes",), 0, "$.minutes: must be from 1 to 120, not 0"),
        ("disc", ("minutes",), True, "$.minutes: must be a whole number, not true"),
        ("disc", ("validated",), "no", '$.validated: must be true or false, not "no"'),
        ("disc", ("assessment",), "mbti", '$.assessment: "mbti" is not one of disc, focus, core'),
        ("disc", ("language",), "English", '$.language: "English" is invalid: a language tag, such as en or pt-BR'),
        ("focus", ("items", 7, "facet"), "wit", f'$.items[7].facet: "wit" is not one of {", ".join(FACETS)}'),
        ("focus", ("items", 7, "keyed"), 1, "$.items[7].keyed: 1 is not one of +, -"),
        ("focus", ("scale",), ["no", "yes"], "$.scale: has 2; there must be 5"),
        ("core", ("narrow_to",), 5, "$.narrow_to: must be from 10 to 30, not 5"),
        ("core", ("values", 4), "belonging", '$.values[4]: must be an object, not "belonging"'),
        (
            "core",
            ("key",),
            "x" * 50,
            f'$.key: "{"x" * 40}…" is invalid: the assessment, a hyphen and the version, such as disc-acme.1',
        ),
    ],
)
def test_what_does_not_fit_the_schema_is_named_with_its_path(assessment, steps, value, fault):
    data = file_of(assessment)
    put(data, steps, value)
    assert faults_of(data) == [fault]


def test_what_is_missing_or_unknown_is_named():
    data = file_of("disc", colour="red")
    without(data, "title")
    without(data, "blocks", 5, "statements", 2, "text")
    missing_title, unknown, missing_text = faults_of(data)
    assert missing_title == '$: "title" is missing'
    assert unknown.startswith('$: "colour" is unknown; the known names are $schema, assessment, key, version, title')
    assert missing_text == '$.blocks[5].statements[2]: "text" is missing'


@for_each("content", [b"[]", b'"disc"', b"null", b"12"])
def test_a_file_must_be_an_object(content):
    assert faults_of(content)[0].startswith("$: must be an object, not ")


def test_a_file_full_of_faults_names_the_first_of_them():
    data = file_of("focus")
    for item in data["items"]:
        item["facet"] = "wit"
    assert len(faults_of(data)) == MOST_FAULTS


def test_the_schema_knows_the_scales_of_the_product():
    definitions = SCHEMA_DATA["$defs"]
    assert definitions["item"]["properties"]["facet"]["enum"] == FACETS
    assert definitions["block"]["properties"]["statements"]["items"]["properties"]["scale"]["enum"] == list(DISC_SCALES)


# --- The sense --------------------------------------------------------------------------------------------------------


@for_each(
    ("assessment", "steps", "value", "fault"),
    [
        ("disc", ("key",), "disc-acme.2", '$.key: must be "disc-acme.1", the assessment and the version'),
        ("disc", ("blocks", 1, "id"), "b01", "$.blocks[1].id: is the same as $.blocks[0].id"),
        (
            "disc",
            ("blocks", 1, "statements", 0, "id"),
            "b01c",
            "$.blocks[1].statements[0].id: is the same as $.blocks[0].statements[2].id",
        ),
        (
            "disc",
            ("blocks", 0, "statements", 3, "text"),
            "i GET people talking",
            "$.blocks[0].statements[3].text: is the same as $.blocks[0].statements[0].text",
        ),
        (
            "disc",
            ("title",),
            "DISC\u202e",
            "$.title: has invisible characters or line breaks; write it as plain text on one line",
        ),
        (
            "disc",
            ("title",),
            "A\nB",
            "$.title: has invisible characters or line breaks; write it as plain text on one line",
        ),
        (
            "disc",
            ("title",),
            "\ud800",
            "$.title: has invisible characters or line breaks; write it as plain text on one line",
        ),
        ("disc", ("title",), "  ", "$.title: must not be blank"),
        ("disc", ("title",), "DISC ", "$.title: begins or ends with a space"),
        ("focus", ("items", 5, "id"), "f001", "$.items[5].id: is the same as $.items[0].id"),
        ("focus", ("scale", 1), "exactly like me", "$.scale[4]: is the same as $.scale[1]"),
        ("core", ("values", 2, "value"), "adventure", "$.values[2].value: is the same as $.values[1].value"),
        ("core", ("values", 2, "name"), "Adventure", "$.values[2].name: is the same as $.values[1].name"),
        (
            "core",
            ("values",),
            [{"value": "freedom"}] + [{"value": f"v{n}", "name": f"V{n}", "meaning": "…"} for n in range(10)],
            "$.values: has 11, fewer than the 12 of narrow_to",
        ),
    ],
)
def test_what_makes_no_sense_is_named_with_its_path(assessment, steps, value, fault):
    data = file_of(assessment)
    put(data, steps, value)
    assert faults_of(data) == [fault]


def test_a_block_has_one_statement_for_each_scale():
    data = file_of("disc")
    for statement in data["blocks"][3]["statements"]:
        statement["scale"] = "d" if statement["scale"] == "i" else statement["scale"]
    told = "$.blocks[3].statements: has no statement for i; a block has one for each of d, i, s, c"
    assert faults_of(data) == [told]


def test_a_facet_has_four_items_two_of_them_reversed():
    data = file_of("focus")
    first = data["items"][0]
    first["keyed"] = "-" if first["keyed"] == "+" else "+"
    (told,) = faults_of(data)
    assert told.startswith(f"$.items: {first['facet']} has 1 items keyed + and 3 keyed -; balanced keying has 2 and 2")
    # What was published with other keys may be used as it is, when it says so.
    assert checked(json.dumps(data | {"keying": "free"}).encode())["keying"] == "free"
    first["facet"] = data["items"][1]["facet"]
    assert len([fault for fault in faults_of(data | {"keying": "free"}) if "every facet has exactly 4" in fault]) == 2


@for_each(("version", "taken"), [("2", False), ("imported", False), ("acme.1", True), ("1", False)])
def test_names_of_what_comes_with_profile_are_not_for_others(version, taken):
    data = file_of("core", version, title="Ours")
    if taken:
        assert checked(json.dumps(data).encode()) == data
    else:
        assert faults_of(data)[0].startswith("$.version: ")


def test_a_value_needs_a_name_and_a_meaning_unless_it_is_a_known_one_in_english():
    data = file_of("core")
    data["values"] = [{"value": "freedom"}, {"value": "thrift"}, *data["values"][:12]]
    assert faults_of(data) == ['$.values[1]: "thrift" needs its own "name" and "meaning"']
    data["values"][1] |= {"name": "Thrift", "meaning": "Spending with care"}
    freedom, thrift, *_ = built(checked(json.dumps(data).encode())).values
    assert (freedom.name, freedom.meaning) == ("Freedom", "Room to live and work as I choose")
    assert (thrift.value, thrift.name, thrift.meaning) == ("thrift", "Thrift", "Spending with care")
    assert faults_of(data | {"language": "fr"}) == ['$.values[0]: "freedom" needs its own "name" and "meaning"']


# --- Files that are none ----------------------------------------------------------------------------------------------


@for_each(
    ("content", "sentence"),
    [
        (b"", "The file is not JSON: line 1, column 1: Expecting value."),
        (b'{\n "key": }', "The file is not JSON: line 2, column 9: Expecting value."),
        (b"id,text\n1,hello\n", "The file is not JSON: line 1, column 1: Expecting value."),
        (b'{\n"title": "Caf\xe9"}', "The file is not UTF-8 (line 2). Save it as UTF-8 and try again."),
        ('{"key": 1}'.encode("utf-16"), "The file is not UTF-8 (line 1). Save it as UTF-8 and try again."),
        (b'{"key": 1, "key": 2}', 'An object has "key" twice.'),
        (b'{"minutes": 4.0}', "The file has the number 4.0. All numbers of an instrument must be whole."),
        (b'{"minutes": NaN}', "The file is not JSON: NaN is not a number in JSON."),
        (b'{"minutes": ' + b"1" * 5000 + b"}", "The file has a number that is too long."),
        (b"[" * 100_000, "Lists and objects are nested deeper than 16 levels."),
        (b'{"a":' * 200 + b"1" + b"}" * 200, "Lists and objects are nested deeper than 16 levels."),
        (b" " * (MOST_BYTES + 1), "The file is larger than 1 MB, which is the maximum."),
    ],
)
def test_what_is_no_json_gets_a_sentence(content, sentence):
    assert faults_of(content) == [f"$: {sentence}"]


def test_a_byte_order_mark_does_no_harm():
    assert checked(b"\xef\xbb\xbf" + json.dumps(file_of("core")).encode())["key"] == "core-acme.1"


def test_a_name_that_would_confuse_a_terminal_is_made_harmless():
    (told,) = faults_of(file_of("core") | {"a\x1b[31m b": 1})
    assert '"a�[31m b" is unknown' in told


@given(st.binary(max_size=60))
def test_any_bytes_are_refused_with_a_sentence(content):
    assert faults_of(content)


WAYS = {assessment: list(places(file_of(assessment)))[1:] for assessment in ("disc", "focus", "core")}
junk = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=9)
    | st.sampled_from(["disc", "d", "+", "b01", "trust", "freedom"]),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)


@pytest.mark.slow
@given(st.sampled_from(sorted(WAYS)), st.data())
def test_whatever_stands_anywhere_a_file_is_refused_with_paths_or_can_be_used(assessment, data):
    file = file_of(assessment)
    put(file, data.draw(st.sampled_from(WAYS[assessment])), data.draw(junk))
    try:
        sound = checked(json.dumps(file).encode())
    except Faulty as problem:
        paths = [fault.path for fault in problem.faults]
    else:
        assert built(sound).item_ids
        paths = ["$"]
    assert all(path.startswith("$") for path in paths)
