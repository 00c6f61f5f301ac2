"""get_group_report: the report of a group, for assistants, within the limits of their connection."""

from __future__ import annotations

import uuid

import pytest

from models.audit import MOST_RESOURCES
from models.connections import lifecycle as lifecycle
from models.connections.connection import Connection
from models.database.base import db
from models.database.tenancy import in_account
from models.instruments import disc_result
from models.profiles.profile import Profile
from models.profiles.result import Result
from models.profiles.tag import Tag
from models.profiles.team import Team


@pytest.fixture
def cast(app, aperture):
    """Ana and Ben, who have the tag Sales, and Cyd; the team Support is Sales and Cyd."""
    with app.app_context(), in_account(aperture.id):
        made = [Profile.create(aperture.id, f"{name.lower()}@example.com", name) for name in ("Ana", "Ben", "Cyd")]
        for profile, scores in zip(made, ((20, 70, 60, 50), (70, 70, 45, 15), (90, 20, 10, 30)), strict=True):
            Result.keep(profile, "disc", disc_result(dict(zip("disc", scores, strict=True))), "disc-1")
        sales = Tag.create(aperture.id, "Sales", "red")
        sales.put_on([profile.id for profile in made[:2]])
        team = Team.create(aperture.id, "Support", [sales.id], [made[2].id])
        db.session.commit()
        return {"people": [str(profile.id) for profile in made], "sales": str(sales.id), "team": str(team.id)}


def test_claude_reads_medians_and_what_people_differ_in(claude, cast):
    answer = claude.result("get_group_report", team_id=cast["team"])
    assert (answer["people"], answer["complete"], answer["answered"]) == (3, True, {"disc": 3, "focus": 0, "core": 0})
    assert [scale["median"] for scale in answer["scales"]] == [70, 70, 45, 30]
    assert answer["strongest"] == ["d", "i"]
    assert answer["teams"] == [{"id": cast["team"], "name": "Support"}]
    tagged = claude.result("get_group_report", tag_ids=[cast["sales"]])
    assert tagged["people"] == 2
    assert claude.result("get_group_report")["people"] == 3


def test_no_person_is_in_the_answer(claude, cast):
    answer = str(claude.result("get_group_report", team_id=cast["team"]))
    assert not any(id_ in answer for id_ in cast["people"])
    assert "@" not in answer
    assert "Ana" not in answer


def test_under_tag_limits_only_those_with_the_tag_are_in_it(app, claude, cast, aperture):
    with app.app_context(), in_account(aperture.id):
        lifecycle.limit(db.session.get_one(Connection, claude.connection_id), only_tags=[uuid.UUID(cast["sales"])])
        db.session.commit()
    assert claude.result("get_group_report", team_id=cast["team"])["people"] == 2
    assert claude.result("get_group_report")["people"] == 2


def test_anothers_team_and_tag_are_like_unknown_ones(claude, theirs, app, lambda_team):
    for name, sentence in (("team_id", "There is no team"), ("tag_ids", "There is no tag")):
        foreign = theirs.tag if name == "tag_ids" else theirs.profile
        for id_ in (foreign, str(uuid.uuid4())):
            refused = claude.refusal("get_group_report", **{name: [id_] if name == "tag_ids" else id_})
            assert refused.startswith(sentence)


def test_a_team_and_tags_do_not_go_together(claude, cast):
    refused = claude.refusal("get_group_report", team_id=cast["team"], tag_ids=[cast["sales"]])
    assert refused == "team_id: Give team_id or tag_ids, not both."


def test_the_audit_log_names_everybody_whose_scores_were_used(claude, cast, audit_log):
    claude.result("get_group_report", team_id=cast["team"])
    [entry] = audit_log()
    assert sorted(id_ for _, id_ in entry.resources) == sorted(cast["people"])
    assert MOST_RESOURCES == 200, "the description of the tool says so"
