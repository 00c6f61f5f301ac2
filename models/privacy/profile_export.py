"""What an account stores about the person of a profile: one JSON document, which members make. It has no single answers."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import ColumnElement, select, true

from models.assessments import AssessmentInvitation, RemovalRequest, Sitting
from models.audit import Action, record
from models.database import Base, table_of
from models.debriefs import Debrief, DebriefRequest
from models.mail import Message
from models.privacy.export_archive import plain
from models.privacy.export_columns import exported_columns
from models.privacy.export_tables import Row, streamed
from models.profiles import Alias, Profile, Result, Team, tags_of_profile

SECTIONS: dict[str, type[Base]] = {
    "results": Result,
    "debriefs": Debrief,
    "debrief_requests": DebriefRequest,
    "assessment_invitations": AssessmentInvitation,
    "sittings": Sitting,
    "removal_requests": RemovalRequest,
    "aliases": Alias,
    "messages": Message,
}
NOT_EXPORTED = {
    "profile_tag": "The tags themselves are in it.",
    "team_profile": "The names of these teams are in it.",
    "profile_word": "It is made from names and address, to search by.",
}


def data_of(profile: Profile) -> str:
    """Everything about this person, as JSON; the audit log records that it was exported."""
    record(Action.PROFILE_EXPORTED, ("profile", profile.id))
    data: dict[str, Any] = {"profile": rows_of(Profile, Profile.id == profile.id)[0]}
    data["tags"] = [{"label": tag.label, "color": tag.color} for tag in tags_of_profile(profile.account_id, profile.id)]
    data["teams"] = [team.name for team in Team.picking(profile)]
    for name, model in SECTIONS.items():
        data[name] = rows_of(model, about(model, profile))
    return json.dumps(data, ensure_ascii=False, indent=2, default=plain)


def about(model: type[Base], profile: Profile) -> ColumnElement[bool]:
    columns = table_of(model).c
    named = columns.profile_id if "profile_id" in columns else columns.resource_id
    # Mail about the person that names who signs in went to a member, and is left out. All else went to the person, at
    # whichever address they had then.
    to_them = columns.user_id.is_(None) if model is Message else true()
    return (columns.account_id == profile.account_id) & (named == profile.id) & to_them


def rows_of(model: type[Base], which: ColumnElement[bool]) -> list[Row]:
    return list(streamed(select(*exported_columns(model)).where(which).order_by(*table_of(model).primary_key.columns)))
