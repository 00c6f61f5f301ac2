"""Teams: saved under a name, made of tags and of people picked one by one."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import func, select

from models.audit.recorder import AuditEntry
from models.database.base import db, table_of
from models.errors import Invalid, NotAllowed, NotFound
from models.instruments import disc_result
from models.profiles import team as team_module
from models.profiles.profile import Profile
from models.profiles.result import Result
from models.profiles.tag import Tag
from models.profiles.team import Team, TeamProfile, TeamTag
from models.reports.people import members_of_team
from models.request_scope import Limits, current_scope

pytestmark = pytest.mark.both_databases


@pytest.fixture
def cast(account_id):
    """Ana and Ben have Sales, Ben also Remote, Cyd has neither; all but Ben have results."""
    ana, ben, cyd = (Profile.create(account_id, f"{name.lower()}@example.com", name) for name in ("Ana", "Ben", "Cyd"))
    sales, remote = (Tag.create(account_id, label, "red") for label in ("Sales", "Remote"))
    sales.put_on([ana.id, ben.id])
    remote.put_on([ben.id])
    for profile in (ana, cyd):
        Result.keep(profile, "disc", disc_result({"d": 20, "i": 70, "s": 60, "c": 50}), "disc-1")
    db.session.commit()
    return {"ana": ana, "ben": ben, "cyd": cyd, "sales": sales, "remote": remote}


def actions():
    return list(
        db.session.scalars(select(AuditEntry.action).where(AuditEntry.action.like("team.%")).order_by(AuditEntry.id))
    )


def names(team):
    members = members_of_team(team)
    return sorted(person.first_name for person in members.people), members.total


def test_everybody_with_the_tags_and_everybody_picked_is_in_it_once(account_id, cast):
    team = Team.create(account_id, "Support", [cast["sales"].id], [cast["ana"].id, cast["cyd"].id])
    assert names(team) == (["Ana", "Cyd"], 3)
    team.update("Support", [cast["sales"].id, cast["remote"].id], [], any_tag=False)
    assert names(team) == ([], 1)
    team.update("Support", [cast["sales"].id, cast["remote"].id], [], any_tag=True)
    assert names(team) == (["Ana"], 2)
    assert actions() == ["team.created", "team.changed", "team.changed"]


def test_a_team_outlives_its_people_and_its_tags(account_id, cast):
    team = Team.create(account_id, "Support", [cast["remote"].id], [cast["ana"].id, cast["cyd"].id])
    cast["cyd"].delete()
    cast["remote"].delete()
    db.session.commit()
    assert names(Team.find(account_id, team.id)) == (["Ana"], 1)
    cast["ana"].delete()
    db.session.commit()
    assert names(Team.find(account_id, team.id)) == ([], 0), "and it is not the whole account then"


def test_a_deleted_team_leaves_its_people(account_id, cast):
    team = Team.create(account_id, "Support", [cast["sales"].id], [cast["cyd"].id])
    db.session.commit()
    team.delete()
    db.session.commit()
    for model in (Team, TeamTag, TeamProfile):
        assert db.session.scalar(select(func.count()).select_from(table_of(model))) == 0
    assert Profile.find(account_id, cast["cyd"].id) is not None


def test_a_name_is_there_once_and_a_team_has_somebody_in_it(account_id, cast):
    Team.create(account_id, "Support", [cast["sales"].id])
    db.session.commit()
    for name, tags, sentence in (
        (" support ", [cast["sales"].id], 'There is already a team "support"'),
        ("", [cast["sales"].id], "Enter a name."),
        ("x" * 61, [cast["sales"].id], "at most 60 characters"),
        ("Others", [], "Select a tag or a person."),
    ):
        with pytest.raises(Invalid, match=sentence):
            Team.create(account_id, name, tags)
        db.session.rollback()
    for tags, people in (([uuid.uuid4()], []), ([], [uuid.uuid4()])):
        with pytest.raises(NotFound):
            Team.create(account_id, "Others", tags, people)
        db.session.rollback()


def test_an_account_has_not_endlessly_many(account_id, cast, monkeypatch):
    monkeypatch.setattr(team_module, "MOST_TEAMS", 1)
    Team.create(account_id, "One", [cast["sales"].id])
    with pytest.raises(NotAllowed, match="This account has 1 teams"):
        Team.create(account_id, "Two", [cast["sales"].id])


def test_under_limits_a_team_holds_only_those_who_may_be_seen(account_id, cast):
    team = Team.create(account_id, "Support", [cast["sales"].id], [cast["cyd"].id])
    db.session.commit()
    with current_scope().limited_to(Limits(only_tags=(frozenset({cast["sales"].id}),))):
        assert names(team) == (["Ana"], 2)
