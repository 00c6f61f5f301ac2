"""Aliases: the names by which other systems know a profile."""

from __future__ import annotations

import pytest

from models.audit.recorder import AuditEntry
from models.database.base import db, new_id
from models.errors import Invalid, NotFound
from models.profiles.alias import Alias
from models.profiles.profile import Profile


@pytest.fixture
def ana(account_id):
    """Ana's profile."""
    return Profile.create(account_id, "ana@example.com", "Ana")


@pytest.fixture
def ben(account_id):
    """Ben's profile."""
    return Profile.create(account_id, "ben@example.com", "Ben")


def keys(profile):
    return [alias.consumer_key for alias in Alias.of_profile(profile.account_id, profile.id)]


def test_the_same_alias_again_is_the_same_row(account_id, ana):
    first, new = Alias.create(account_id, "profile", ana.id, "crm-1")
    again, second_new = Alias.create(account_id, "profile", ana.id, " crm-1 ")
    assert (new, second_new) == (True, False)
    assert first is again


def test_a_key_stands_for_one_profile(account_id, ana, ben):
    Alias.create(account_id, "profile", ana.id, "crm-1")
    with pytest.raises(Invalid, match="already belongs to another profile"):
        Alias.create(account_id, "profile", ben.id, "crm-1")
    assert Alias.create(account_id, "profile", ben.id, "CRM-1")[1], "keys are compared exactly"


@pytest.mark.parametrize("key", ["", "\x00", "x" * 201])
def test_what_is_no_key_is_refused(account_id, ana, key):
    with pytest.raises(Invalid):
        Alias.create(account_id, "profile", ana.id, key)


def test_only_profiles_have_aliases_and_only_those_that_exist(account_id, ana):
    with pytest.raises(Invalid, match="resource_type must be one of: profile"):
        Alias.create(account_id, "tag", ana.id, "crm-1")
    with pytest.raises(NotFound):
        Alias.create(account_id, "profile", new_id(), "crm-1")


def test_a_key_that_is_renamed_to_itself_is_recorded_as_no_change(account_id, ana):
    alias, _ = Alias.create(account_id, "profile", ana.id, "crm-1")
    for key in ("crm-1", "crm-2"):
        alias.rename(key)
    changed = db.select(AuditEntry.fields).where(AuditEntry.action == "alias.changed").order_by(AuditEntry.id)
    assert db.session.scalars(changed).all() == [[], ["consumer_key"]]


def test_the_oldest_alias_is_the_custom_id_and_takes_a_new_key(account_id, ana):
    assert Alias.custom_id_of(ana) is None
    Alias.set_custom_id(ana, "crm-1")
    Alias.create(account_id, "profile", ana.id, "erp-1")
    Alias.set_custom_id(ana, "crm-2")
    assert keys(ana) == ["crm-2", "erp-1"]
    custom_id = Alias.custom_id_of(ana)
    assert custom_id
    assert custom_id.consumer_key == "crm-2"


def test_another_key_of_the_profile_becomes_its_custom_id_and_none_is_lost(account_id, ana):
    Alias.set_custom_id(ana, "crm-1")
    Alias.create(account_id, "profile", ana.id, "erp-1")
    assert Alias.set_custom_id(ana, "erp-1").consumer_key == "erp-1"
    assert keys(ana) == ["erp-1", "crm-1"]
    # Once more changes nothing.
    assert Alias.set_custom_id(ana, "erp-1").consumer_key == "erp-1"
    assert keys(ana) == ["erp-1", "crm-1"]


def test_a_key_is_found_however_its_accents_are_encoded(account_id, ana):
    alias, _ = Alias.create(account_id, "profile", ana.id, " Ame\u0301lie\u200b ")
    assert alias.consumer_key == "Amélie"
    assert Alias.by_key(account_id, "Ame\u0301lie") == Alias.by_key(account_id, "Amélie") == alias


def test_renaming_onto_a_taken_key_is_refused(account_id, ana, ben):
    Alias.set_custom_id(ana, "crm-1")
    alias = Alias.set_custom_id(ben, "crm-2")
    with pytest.raises(Invalid):
        alias.rename("crm-1")
