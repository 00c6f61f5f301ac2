"""A profile: made, changed, deleted."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import func, select

from models.audit.recorder import AuditEntry
from models.database.base import db, new_id
from models.debriefs.debrief import Debrief
from models.errors import Invalid, NotFound
from models.instruments import disc_result
from models.profiles.alias import Alias
from models.profiles.listing import tags_of_profile
from models.profiles.profile import Profile, ProfileWord
from models.profiles.profile_tag import ProfileTag
from models.profiles.result import Result
from models.profiles.tag import Tag

DISC = disc_result({"d": 20, "i": 71, "s": 64, "c": 30})


@pytest.fixture
def ana(account_id):
    """Ana Löwe, who has no results yet."""
    return Profile.create(account_id, "Ana@Example.com", "Ana", "Löwe", "+49 30 123")


def actions():
    return list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_a_new_profile_is_pending_and_in_the_audit_log(ana):
    assert (ana.status, ana.completed_at, ana.name) == ("pending", None, "Ana Löwe")
    assert actions() == ["profile.created"]


def test_somebody_without_a_name_is_called_by_the_address(account_id):
    assert Profile.create(account_id, "nobody@example.com").name == "nobody@example.com"


@pytest.mark.parametrize("again", ["ana@example.com", "ANA@EXAMPLE.COM", "  Ana@example.com "])
def test_an_address_has_one_profile_however_it_is_typed(account_id, ana, again):
    with pytest.raises(Invalid, match="already has a profile") as refused:
        Profile.create(account_id, again)
    assert refused.value.field == "email"


def test_only_what_is_given_changes(ana):
    assert ana.update(last_name="Bauer") == ["last_name"]
    assert (ana.first_name, ana.last_name, ana.phone) == ("Ana", "Bauer", "+49 30 123")
    assert ana.update(last_name="Bauer") == []


def test_names_lose_what_cannot_be_seen(account_id):
    profile = Profile.create(account_id, "x@example.com", "A\x00na\u202e", "\u200bLöwe\n")
    assert (profile.first_name, profile.last_name) == ("A na", "Löwe")


@pytest.mark.parametrize(
    ("field", "value"),
    [("first_name", "x" * 101), ("last_name", "x" * 101), ("phone", "1" * 41), ("phone", "<b>"), ("email", "")],
)
def test_what_cannot_stand_in_a_field_is_refused_there(ana, field, value):
    with pytest.raises(Invalid) as refused:
        ana.update(**{field: value})
    assert refused.value.field == field


def test_deleting_takes_everything_along_but_the_tag_and_the_audit_log(account_id, ana):
    tag = Tag.create(account_id, "Sales", "red")
    tag.put_on([ana.id])
    Alias.create(account_id, "profile", ana.id, "crm-1")
    Result.keep(ana, "disc", DISC, "disc-1")
    Debrief.write(ana, "Calm.", "embedded", {})
    ana.delete()
    for table in (Profile, ProfileTag, ProfileWord, Alias, Result, Debrief):
        assert db.session.scalar(select(func.count()).select_from(table)) == 0, table
    assert [tag.label for tag in Tag.all_in(account_id)] == ["Sales"]
    assert actions()[-1] == "profile.deleted"


def test_nobody_is_found_by_an_unknown_id(account_id):
    with pytest.raises(NotFound):
        Profile.find(account_id, new_id())


def test_many_are_added_without_an_entry_for_each(account_id):
    ids = Profile.add_quietly(
        account_id,
        [({"email": "a@example.com", "first_name": "Ana"}, {"disc": DISC}), ({"email": "b@example.com"}, {})],
    )
    ana, bob = (Profile.find(account_id, id_) for id_ in ids)
    assert (ana.status, ana.disc_style, ana.completed_at is not None) == ("completed", "IS", True)
    assert (bob.status, bob.disc_style, bob.completed_at) == ("pending", None, None)
    assert actions() == []
    assert Profile.add_quietly(account_id, []) == []


def test_a_profile_added_among_many_is_like_one_made_by_hand(account_id, ana):
    given = {"email": "ana2@example.com", "first_name": "Ana", "last_name": "Löwe", "phone": ana.phone}
    (added,) = (Profile.find(account_id, id_) for id_ in Profile.add_quietly(account_id, [(given, {})]))
    own = {"id", "email", "email_key", "search_text", "created_at", "updated_at"}
    for column in set(Profile.__table__.columns.keys()) - own:
        assert getattr(added, column) == getattr(ana, column), column
    assert set(added.search_text.split()) == {*ana.search_text.split(), "ana2"}


def test_a_result_completes_the_profile_and_the_newest_counts(account_id, ana):
    Result.keep(ana, "disc", DISC, "disc-1")
    completed = ana.completed_at
    later = disc_result({"d": 80, "i": 10, "s": 10, "c": 10})
    Result.keep(ana, "disc", later, "disc-2")
    db.session.flush()
    assert (ana.status, ana.disc_style, ana.completed_at) == ("completed", "D", completed)
    newest = Result.newest(account_id, ana.id)
    assert {name: (result.title, result.instrument, result.scores) for name, result in newest.items()} == {
        "disc": ("DISC", "disc-2", later)
    }
    assert Result.present(account_id, ana.id) == {"disc": later, "focus": None, "core": None}
    assert Result.newest(account_id, uuid.UUID(int=0)) == {}


def test_the_newest_debrief_counts_and_is_read_in_blocks(account_id, ana):
    Debrief.write(ana, "Old.", "embedded", {})
    debrief = Debrief.write(
        ana, "# Calm\nThey wait.\n\n\nThey\nlisten.\n# With others\n\nMuch.", "model", {}, "a model"
    )
    assert Debrief.newest(account_id, ana.id) is debrief
    assert debrief.version == 2
    assert debrief.blocks == [
        ("heading", "Calm"),
        ("paragraph", "They wait."),
        ("paragraph", "They listen."),
        ("heading", "With others"),
        ("paragraph", "Much."),
    ]


def test_a_profile_without_tags_has_none(account_id, ana):
    assert tags_of_profile(account_id, ana.id) == []
