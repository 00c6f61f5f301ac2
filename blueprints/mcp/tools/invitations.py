"""Inviting people to the assessments, by `profiles:write`. No answer and no e-mail gives an app the personal link."""

from __future__ import annotations

import uuid
from typing import Any

from blueprints.mcp import effects
from blueprints.mcp.input_types import ConsumerKey, Email, Name, TagsToPut, as_custom_id
from blueprints.mcp.output_models import InvitedProfile
from blueprints.mcp.registry import tool
from blueprints.mcp.tools.profiles import read_other_scopes
from models.assessments import AssessmentInvitation
from models.audit import Action, touch
from models.database import now
from models.oauth import Bearer
from models.permissions import Permission
from models.profiles import Profile, tags_for_new
from models.request_scope import current_scope
from models.scopes import ACCOUNT_WRITE, PROFILES_READ, PROFILES_WRITE, TAGS_MANAGE

NO_TAGS: list[uuid.UUID] = []


@tool(
    needs=PROFILES_WRITE,
    may=Permission.EDIT_PROFILES,
    title="Send an assessment",
    effect=effects.invites,
    additive=True,
    open_world=True,
    needs_if={"tag_ids": TAGS_MANAGE, "custom_id": ACCOUNT_WRITE},
)
def send_assessment_invite(
    bearer: Bearer,
    email: Email,
    first_name: Name = "",
    last_name: Name = "",
    tag_ids: TagsToPut = NO_TAGS,
    custom_id: ConsumerKey | None = None,
) -> InvitedProfile:
    """Invite a person by e-mail to answer the account's assessments. They get mail with a personal link, which nobody else is shown.

    The profile with this address is found, or made as pending; names that it has stay, and tags are added. Somebody who answered before is
    asked again. Somebody with an open invitation gets the same one again, but not within 24 hours: then nothing is sent (`sent` is false).
    The mail is in this server's own words and carries none of these inputs. A connection can send about 200 a day.
    """
    began = now()
    tag_ids = tags_for_new(bearer.account_id, tag_ids)
    with as_custom_id():
        invitation = AssessmentInvitation.invite(
            bearer.account_id,
            email,
            first_name,
            last_name,
            tag_ids=tag_ids,
            custom_id=custom_id,
            by=bearer.member_id,
            connection_id=bearer.connection_id,
        )
    if not invited_here(invitation.profile_id):
        touch("profile", [invitation.profile_id])
    return InvitedProfile.of(
        bearer,
        **describe_invited(bearer, invitation.profile, email),
        sent=invitation.sent_at >= began,
        sent_at=invitation.sent_at,
        expires_at=invitation.expires_at,
    )


def invited_here(profile_id: uuid.UUID) -> bool:
    """Whether this call created the profile: then the answer has nothing about the person that the app did not send."""
    call = current_scope().call
    return call is not None and Action.PROFILE_CREATED in call.steps and ("profile", profile_id) in call.resources


def describe_invited(bearer: Bearer, profile: Profile, email: str) -> dict[str, Any]:
    """With `profiles:read` the profile; without it the id, the status and the address that was given."""
    if bearer.allows(PROFILES_READ):
        return {**profile.as_dict(), **read_other_scopes(bearer, profile)}
    return {"id": profile.id, "status": profile.status, "email": email.strip()}
