"""A file of people, read and checked and written whole, or refused with everything that is wrong with it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from models.audit.recorder import AuditEntry
from models.database.base import db
from models.instruments import CORE_VALUES, FOCUS_DOMAINS, core_result, disc_result, focus_result
from models.profiles.alias import Alias
from models.profiles.importing import Faulty, Import, read_rows
from models.profiles.importing.files import QUOTES, TOO_MANY, EntryLines
from models.profiles.importing.row import Draft
from models.profiles.listing import profile_page, tags_of_profiles
from models.profiles.profile import Profile
from models.profiles.result import Result
from models.profiles.tag import Tag
from tests.for_each import for_each

FACETS = [facet for facets in FOCUS_DOMAINS.values() for facet in facets]
DISC = disc_result({"d": 70.5, "i": 20, "s": 10, "c": 60})
FOCUS = focus_result(dict.fromkeys(FACETS, 12))
CORE = core_result(list(CORE_VALUES[:5]))


def quietly(_rows):
    pass


def bring_in(account_id, data, kind="csv"):
    wanted = Import(account_id, read_rows(data if isinstance(data, bytes) else data.encode(), kind))
    wanted.check(quietly)
    return wanted.write(quietly)


def faults_of(work):
    with pytest.raises(Faulty) as refused:
        work()
    return [(fault.line, fault.reason) for fault in refused.value.faults]


def drafted(entry):
    """What one JSON object makes: its results and what is wrong with it."""
    (row,) = read_rows(json.dumps([{"email": "ana@example.com", **entry}]).encode(), "json")
    draft = Draft.of(row)
    return draft.results, draft.wrong


def test_people_come_with_tags_custom_ids_and_results(account_id):
    Tag.create(account_id, "Sales", "red")
    facets = ",".join(FACETS)
    people = (
        f"email,first_name,last_name,tags,custom_id,disc_d,disc_i,disc_s,disc_c,{facets},core_1,core_2,core_3,core_4,core_5\n"
        f"ana@example.com,Ana,Löwe,SALES; Berlin,crm-1,70.5,20,10,60,{','.join(['12'] * 30)},{','.join(CORE_VALUES[:5])}\n"
        f"\nben@example.com,Ben{',' * 42}\n"
    )
    assert bring_in(account_id, people) == 2
    ana, ben = profile_page(account_id).rows[::-1]
    assert (ana.name, ana.status, ana.disc_style, ben.name, ben.status) == (
        "Ana Löwe",
        "completed",
        "DC",
        "Ben",
        "pending",
    )
    assert Result.present(account_id, ana.id) == {"disc": DISC, "focus": FOCUS, "core": CORE}
    assert {each.instrument for each in Result.newest(account_id, ana.id).values()} == {
        "disc-imported",
        "focus-imported",
        "core-imported",
    }
    assert [(mark.label, mark.color) for mark in tags_of_profiles(account_id, [ana.id])[ana.id]] == [
        ("Berlin", "zinc"),
        ("Sales", "red"),
    ]
    assert [alias.consumer_key for alias in Alias.of_profile(account_id, ana.id)] == ["crm-1"]
    assert profile_page(account_id, search="low").total == 1


def test_one_import_is_one_entry_with_the_count(account_id):
    bring_in(account_id, "email\n" + "".join(f"p{number}@example.com\n" for number in range(250)))
    (entry,) = db.session.scalars(select(AuditEntry))
    assert (entry.action, entry.resource_count, len(entry.resources)) == ("profile.imported", 250, 200)


def test_every_fault_of_every_row_is_named_with_its_line(account_id):
    Alias.set_custom_id(Profile.create(account_id, "known@example.com"), "crm-9")
    people = (
        "email,first_name,phone,custom_id\n"
        '"fine@example.com","two\nlines",,\n'
        "nobody,Ana,call me,\n"
        ",Ben,,\n"
        "FINE@example.com,,,crm-1\n"
        "known@example.com,,,crm-9\n"
        "last@example.com,,,crm-1\n"
        "long@example.com,,,,Sales\n"
    )
    assert faults_of(lambda: bring_in(account_id, people)) == [
        (4, "email: Enter an e-mail address in the form name@example.com."),
        (4, "phone: A phone number has digits, spaces and + - ( ) . / only."),
        (5, "email: Enter an e-mail address."),
        (6, "This e-mail address is also on line 2."),
        (7, "known@example.com already has a profile in this account."),
        (7, "This custom id already belongs to another profile in this account."),
        (8, "This custom id is also on line 6."),
        (9, str(TOO_MANY) % {"cells": 5, "columns": 4}),
    ]
    assert profile_page(account_id).total == 1, "nothing was written"


def test_a_file_may_begin_with_a_byte_order_mark(account_id):
    assert bring_in(account_id, "\ufeffemail\nana@example.com\n".encode()) == 1


@for_each(
    ("data", "line", "reason"),
    [
        (
            "email\nana@example.com\nLöwe\n".encode("latin-1"),
            3,
            "The file is not UTF-8. Save it as UTF-8 and try again.",
        ),
        ("email\nana@example.com\n".encode("utf-16"), 1, "The file is not UTF-8. Save it as UTF-8 and try again."),
        (b"", 1, "The file has no people in it."),
        (b"email\n\n \n", 1, "The file has no people in it."),
        (b"name\nAna\n", 1, "The first line must name the columns, separated by commas; email is missing."),
        (b"email,email\n", 1, "The first line names email twice."),
        (b'email\n"ana@example.com\n', 2, QUOTES),
    ],
)
def test_a_file_that_is_no_csv_of_people_says_why(data, line, reason):
    assert faults_of(lambda: read_rows(data, "csv")) == [(line, reason)]


@for_each(
    ("data", "line", "reason"),
    [
        ("[]", 1, "The file has no people in it."),
        ("", 1, "This is not JSON: Expecting value."),
        ('[\n{"email": "a@example.com",}]', 2, "This is not JSON: Illegal trailing comma before end of object."),
        ('{"people": []}', 1, "The file must be a list of objects, or an object whose “profiles” is such a list."),
        ('{"profiles": 3}', 1, "The file must be a list of objects, or an object whose “profiles” is such a list."),
        ('[{"email": "a@example.com"},\n3,\nnull]', 2, "Every entry of the list must be an object."),
        ('[{"disc_d": NaN}]', 1, "This JSON has a number or a depth that no file of people needs."),
        ("[" * 100_000, 1, "This JSON has a number or a depth that no file of people needs."),
        ("[" + "9" * 10_000 + "]", 1, "This JSON has a number or a depth that no file of people needs."),
    ],
)
def test_a_file_that_is_no_json_of_people_says_why(data, line, reason):
    found = faults_of(lambda: read_rows(data.encode(), "json"))[0]
    assert found == (line, reason) or (found[0] == line and "Illegal trailing comma" in reason)


ENTRY = st.dictionaries(
    st.sampled_from(["email", "[", '"', "profiles"]),
    st.sampled_from([None, 1, "]", "\n", ["[", {}], {"profiles": [1, 2]}]),
    max_size=2,
)


@given(st.lists(ENTRY, min_size=1, max_size=4), st.sampled_from([None, 0, 2]), st.booleans())
def test_every_entry_of_a_json_file_knows_its_line(entries, indent, wrapped):
    whole = {"note": ["]", {"profiles": []}], "profiles": entries, "end": "}"} if wrapped else entries
    text = json.dumps(whole, indent=indent)
    lines = EntryLines(text).all()
    assert len(lines) == len(entries)
    for line, entry in zip(lines, entries, strict=True):
        rest = "\n".join(text.split("\n")[line - 1 :])
        assert json.dumps(entry, indent=indent).split("\n")[0] in rest.split("\n")[0]


def test_finished_scores_are_taken_from_json_as_they_are(account_id):
    people = {"profiles": [{"email": "ana@example.com", "tags": ["A; B"], "disc": DISC, "focus": FOCUS, "core": CORE}]}
    assert bring_in(account_id, json.dumps(people), "json") == 1
    (row,) = profile_page(account_id).rows
    assert Result.present(account_id, row.id) == {"disc": DISC, "focus": FOCUS, "core": CORE}
    assert [tag.label for tag in Tag.all_in(account_id)] == ["A; B"]


@for_each(
    ("entry", "reason"),
    [
        ({"disc_d": 10}, "DISC takes all four scores; disc_i is missing."),
        ({"disc": {"d": 1, "i": 2, "s": 3}}, "DISC takes all four scores; disc_c is missing."),
        ({"disc": {**DISC, "style": "S"}}, "The DISC style of these scores is DC."),
        ({"disc": {**DISC, "x": 1}}, "disc has “x”, which is unknown."),
        ({"disc": [1]}, "disc must be an object."),
        ({"disc": {**DISC, "d": 100.1}}, "disc_d must be a number from 0 to 100, not “100.1”."),
        ({"disc": {**DISC, "d": True}}, "disc_d must be a number from 0 to 100, not “True”."),
        ({"disc": {**DISC, "d": "1e2"}}, "disc_d must be a number from 0 to 100, not “1e2”."),
        ({"disc": {**DISC, "d": 1e999}}, None),
        ({"creativity": "12"}, "Focus takes all 30 facets; aestheticAppreciation is missing."),
        (dict.fromkeys(FACETS, 3), "creativity must be a number from 4 to 20, not “3”."),
        (dict.fromkeys(FACETS, "12.5"), "creativity must be a whole number from 4 to 20, not “12.5”."),
        (dict.fromkeys(FACETS, "²"), "creativity must be a number from 4 to 20, not “²”."),
        ({"focus": {}}, "focus lacks flexibility."),
        ({"focus": {**FOCUS, "trust": {"score": 50, "facets": {}}}}, "focus has “trust”, which is unknown."),
        (
            {"focus": {**FOCUS, "stability": {"score": 50, "level": "high", "facets": FOCUS["stability"]["facets"]}}},
            "stability: the level of 50 is baseline.",
        ),
        ({"focus": {**FOCUS, "stability": {"score": 50, "facets": {}}}}, "the facets of stability lacks calmness."),
        ({"core_1": "freedom", "core_3": "wisdom"}, "Core Values take at least 5 values in order, without a gap."),
        ({"core": dict(list(CORE.items())[:4])}, "Core Values take at least 5 values in order, without a gap."),
        ({"core": {**CORE, "second": CORE["first"]}}, "Core Values name a value twice."),
        ({"core": {**CORE, "second": "greed"}}, "“greed” is not a core value."),
        ({"core": {**CORE, "eleventh": "wisdom"}}, "core has “eleventh”, which is unknown."),
        ({"first_name": 7}, "first_name: This must be text."),
        ({"first_name": "\ud800"}, "first_name: This has half a character (a lone surrogate)."),
        ({"tags": ["\udfff"]}, "tags: This has half a character (a lone surrogate)."),
        ({"tags": [["Sales"]]}, "tags: This must be text."),
        ({"tags": ["x" * 61]}, "tags: A label can have at most 60 characters. This one has 61."),
        ({"custom_id": "x" * 201}, "custom_id: A consumer key can have at most 200 characters. This one has 201."),
    ],
)
def test_what_is_no_score_and_no_text_is_refused(entry, reason):
    if reason is None:
        assert faults_of(lambda: drafted(entry))
        return
    results, wrong = drafted(entry)
    assert wrong == [reason]
    assert results == {}


def test_core_values_are_known_as_words_too():
    results, wrong = drafted(
        {f"core_{n}": value for n, value in enumerate(["Family happiness", "WISDOM", "fun", "order", "peace"], 1)}
    )
    assert wrong == []
    assert list(results["core"].values()) == ["familyHappiness", "wisdom", "fun", "order", "peace"]


def test_a_change_meanwhile_stops_the_whole(account_id):
    wanted = Import(account_id, read_rows(b"email\nana@example.com\nben@example.com\n", "csv"))
    wanted.check(quietly)
    db.session.commit()
    Profile.add_quietly(account_id, [({"email": "ben@example.com"}, {})])
    db.session.commit()
    assert faults_of(lambda: wanted.write(quietly)) == [
        (1, "The account was changed during the import, so nothing was imported. Run it again.")
    ]
    assert db.session.scalar(select(func.count()).select_from(Profile)) == 1


def test_how_far_it_is_adds_up_to_all_rows(account_id):
    through: list[int] = []
    wanted = Import(account_id, read_rows(b"email\n" + b"".join(b"p%d@example.com\n" % n for n in range(2_100)), "csv"))
    wanted.check(through.append)
    wanted.write(through.append)
    assert through == [1_000, 1_000, 100] * 2
