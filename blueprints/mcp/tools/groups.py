"""The report of a group, by `profiles:read`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from blueprints.mcp.input_types import AnyTag, Id, TagFilter
from blueprints.mcp.output_models import GroupReport
from blueprints.mcp.registry import tool
from models.audit import MOST_RESOURCES, touch
from models.errors import Invalid
from models.oauth import Bearer
from models.permissions import Permission
from models.profiles import Tag, Team
from models.reports import Spread, describe, members_of, members_of_team
from models.request_scope import current_scope
from models.scopes import PROFILES_READ, TAGS_MANAGE


@tool(
    needs=PROFILES_READ,
    may=Permission.SEE_PROFILES,
    title="Get a group report",
    reads=True,
    needs_if={"tag_ids": TAGS_MANAGE},
)
def get_group_report(
    bearer: Bearer, team_id: Id | None = None, tag_ids: TagFilter | None = None, any_tag: AnyTag = False
) -> GroupReport:
    """Read the report of a group: its medians and spread on each scale, its DISC styles, and the values most people share.

    Name a saved team by `team_id`, or people by `tag_ids`; without either, the group is everybody. Scores of single people are not in it.
    The report uses the 200 people who finished last.
    """
    if team_id and tag_ids:
        raise Invalid("team_id", "Give team_id or tag_ids, not both.")
    # People read these numbers, so an invented person is not among them.
    with current_scope().limited_to(replace(bearer.limits, decoy=bearer.decoy_id)):
        if team_id:
            members = members_of_team(Team.find(bearer.account_id, team_id), MOST_RESOURCES)
        else:
            for tag_id in tag_ids or ():
                Tag.find(bearer.account_id, tag_id)
            members = members_of(bearer.account_id, tag_ids or (), any_tag, MOST_RESOURCES)
    touch("profile", (person.id for person in members.people))
    group = describe(members.people)
    return GroupReport.of(
        bearer,
        people=len(members.people),
        complete=members.complete,
        answered=group.answered,
        scales=[describe_spread(spread) for spread in group.spreads],
        strongest=[spread.scale.key for spread in group.strongest],
        widest=[spread.scale.key for spread in group.widest],
        first_letters={share.key: share.count for share in group.leads},
        styles={share.key: share.count for share in group.styles},
        values={share.key: share.count for share in group.values},
        rules=group.rules,
        teams=Team.all_in(bearer.account_id),
    )


def describe_spread(spread: Spread) -> dict[str, Any]:
    fields = ("count", "least", "lower", "median", "upper", "most", "levels")
    return {
        "assessment": spread.scale.assessment,
        "scale": spread.scale.key,
        "title": spread.scale.title,
        **{name: getattr(spread, name) for name in fields},
    }
