"""Tags: labels with a colour, put on profiles and taken off."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from models.audit.recorder import AuditEntry
from models.database.base import db, new_id, unique
from models.errors import Invalid, NotFound
from models.profiles.profile import Profile
from models.profiles.profile_tag import ProfileTag
from models.profiles.tag import Tag
from tests.for_each import for_each


@pytest.fixture
def sales(account_id):
    """The red tag Sales."""
    return Tag.create(account_id, "Sales", "red")


def last_entry():
    return db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()


@pytest.fixture
def people(account_id):
    """Three people's ids."""
    return Profile.add_quietly(account_id, [({"email": f"p{number}@example.com"}, {}) for number in range(3)])


def test_a_label_is_there_once_however_it_is_typed(account_id, sales):
    db.session.commit()
    for again in ("sales", " SALES ", "\u200bSales"):
        with pytest.raises(Invalid, match='There is already a tag "'):
            Tag.create(account_id, again, "blue")


def test_a_label_that_is_taken_undoes_itself_alone(account_id, sales):
    with pytest.raises(Invalid, match='There is already a tag "'):
        Tag.create(account_id, "Sales", "blue")
    other = Tag.create(account_id, "Marketing", "blue")
    with pytest.raises(Invalid, match='There is already a tag "'):
        other.update(label="Sales")
    db.session.commit()
    assert [(tag.label, tag.color) for tag in Tag.all_in(account_id)] == [("Marketing", "blue"), ("Sales", "red")]


def test_another_fault_is_not_taken_for_a_label_that_is_taken(account_id, sales):
    worn_by_nobody = ProfileTag(account_id=account_id, tag_id=sales.id, profile_id=new_id())
    with pytest.raises(IntegrityError), unique(Tag.label_key, Invalid("label", "taken")):
        db.session.add(worn_by_nobody)


@for_each(
    ("label", "color", "sentence"),
    [
        ("", "red", "label is required"),
        ("\x00 \u200b", "red", "label is required"),
        ("x" * 61, "red", "at most 60 characters"),
        ("Sales", "mauve", 'invalid color "mauve"'),
        ("Sales", "", 'invalid color ""'),
        ("Sales", "m\x00", 'invalid color "m"'),
    ],
)
def test_what_is_no_tag_is_refused_in_the_words_that_apps_know(account_id, label, color, sentence):
    with pytest.raises(Invalid, match=sentence):
        Tag.create(account_id, label, color)


def test_a_tag_is_put_on_once(sales, people):
    assert sales.put_on(people[:2]) == 2
    assert sales.put_on(people) == 1
    assert sales.profile_count == 3
    assert sales.as_dict()["profiles"] == 3


def test_taking_off_counts_who_carried_it(sales, people):
    sales.put_on(people[:1])
    assert sales.take_off(people) == 1
    assert sales.take_off(people) == 0


def test_one_unknown_profile_stops_the_whole(sales, people):
    for change in (sales.put_on, sales.take_off):
        with pytest.raises(NotFound):
            change([people[0], new_id()])
        with pytest.raises(Invalid):
            change([])
    assert sales.profile_count == 0


def test_the_audit_log_names_the_tag_and_those_whom_it_came_to(sales, people):
    sales.put_on(people[:1])
    sales.put_on(people[:2])
    entry = last_entry()
    assert entry.action == "tag.put_on_profiles"
    assert entry.resources == [["tag", str(sales.id)], ["profile", str(people[1])]]


def test_a_colour_that_changes_is_in_the_audit_log_and_a_label_is_not(sales):
    assert sales.update(label="Selling", color="blue") == ["label", "color"]
    entry = last_entry()
    assert (entry.fields, entry.values) == (["label", "color"], {"color": "blue"})


def test_deleting_a_tag_leaves_the_profiles(account_id, sales, people):
    sales.put_on(people)
    sales.delete()
    assert Tag.all_in(account_id) == []
    assert [Profile.find(account_id, id_).id for id_ in people] == people
