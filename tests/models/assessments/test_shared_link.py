"""A link to the assessments that many may use: the same wish gives the same link, until it is closed."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import select

from models.assessments.shared_link import AssessmentLink
from models.audit.recorder import AuditEntry
from models.database.base import db, new_id
from models.errors import Invalid, NotFound
from models.profiles.alias import Alias
from models.profiles.profile import Profile
from models.profiles.tag import Tag


@pytest.fixture
def tags(account_id):
    """Sales and Berlin."""
    return [Tag.create(account_id, label, "red").id for label in ("Sales", "Berlin")]


def actions():
    return [action for action in db.session.scalars(select(AuditEntry.action)) if "link" in action]


def test_the_same_tags_and_custom_id_give_the_same_link(account_id, tags):
    one = AssessmentLink.provide(account_id, tags, " crm-1 ", by=(alice := new_id()))
    again = AssessmentLink.provide(account_id, [*reversed(tags), tags[0]], "crm-1")
    assert (one.id, one.link.secret, one.created_by) == (again.id, again.link.secret, alice)
    assert [tag.label for tag in one.tags] == ["Berlin", "Sales"]
    assert actions() == ["assessment.shared_link_created"]


def test_other_tags_or_another_custom_id_give_another_link(account_id, tags):
    links = [
        AssessmentLink.provide(account_id),
        AssessmentLink.provide(account_id, tags),
        AssessmentLink.provide(account_id, tags[:1]),
        AssessmentLink.provide(account_id, tags, "crm-1"),
        AssessmentLink.provide(account_id, tags, "CRM-1"),
    ]
    assert len({link.id for link in links}) == 5
    assert AssessmentLink.open_in(account_id).rows == links[::-1]
    assert AssessmentLink.open_in(account_id, limit=2, page=2).rows == links[2:0:-1]


def test_a_closed_link_is_not_opened_again(account_id, tags):
    link = AssessmentLink.provide(account_id, tags)
    link.close()
    link.close()
    assert not link.open
    assert AssessmentLink.open_in(account_id).total == 0
    assert AssessmentLink.provide(account_id, tags).id != link.id
    assert actions() == [
        "assessment.shared_link_created",
        "assessment.shared_link_closed",
        "assessment.shared_link_created",
    ]


def test_a_custom_id_that_stands_for_somebody_makes_no_link(account_id):
    made_before = AssessmentLink.provide(account_id, custom_id="crm-1")
    profile = Profile.create(account_id, "ana@example.com")
    for custom_id in ("crm-1", "crm-2"):
        Alias.create(account_id, "profile", profile.id, custom_id)
    assert AssessmentLink.provide(account_id, custom_id="crm-1").id == made_before.id
    with pytest.raises(Invalid, match="already belongs to a profile") as refused:
        AssessmentLink.provide(account_id, custom_id="crm-2")
    assert refused.value.field == "custom_id"


def test_a_tag_that_was_deleted_is_passed_over(account_id, tags):
    link = AssessmentLink.provide(account_id, tags)
    Tag.find(account_id, tags[0]).delete()
    assert [tag.label for tag in link.tags] == ["Berlin"]


def test_a_strangers_tag_and_link_are_unknown(account_id):
    with pytest.raises(NotFound):
        AssessmentLink.provide(account_id, [uuid.UUID(int=7)])
    with pytest.raises(NotFound):
        AssessmentLink.find(account_id, uuid.UUID(int=7))
