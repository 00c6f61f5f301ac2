"""E-mails about a membership that an Owner changed: another role, or removal."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask_babel import gettext as _

from blueprints.mail.content import Occasion, short
from blueprints.web.template_filters import role
from blueprints.web.urls import address_of
from models.accounts import Account, Member
from models.database import db
from models.mail import Kind, Message


def role_changed(message: Message) -> Occasion:
    return membership_notice(
        message, _("You are now %(role)s in %(team)s", role=role(message.facts["role"]), team=team_of(message))
    )


def member_removed(message: Message) -> Occasion:
    return membership_notice(message, _("You are no longer a member of %(team)s", team=team_of(message)))


def membership_notice(message: Message, subject: str) -> Occasion:
    """Sent even if it was changed again since: the person must learn that it happened."""
    by = db.session.get(Member, UUID(message.facts["by"])) if message.facts.get("by") else None
    values = {
        "team": team_of(message),
        # The server administrator has no name.
        "by": short(by.user.name) if by else "",
        "role": message.facts.get("role"),
        "happened": message.created_at,
        "page": address_of("connections.connections"),
    }
    return Occasion(subject, values)


def team_of(message: Message) -> str:
    return short(db.session.get_one(Account, message.account_id).name)


MEMBERSHIP_NOTICES: dict[Kind, Callable[[Message], Occasion | None]] = {
    Kind.ROLE_CHANGED: role_changed,
    Kind.MEMBER_REMOVED: member_removed,
}
