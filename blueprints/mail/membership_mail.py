"""E-mails about a membership that an Owner changed: another role, or removal."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from blueprints.mail.content import Occasion, short
from blueprints.web.urls import address_of
from models.accounts import Account, Member
from models.database import db
from models.mail import Kind, Message


def role_changed(message: Message) -> Occasion:
    return membership_notice(message, f"You are now {message.facts['role']} in {{team}}")


def member_removed(message: Message) -> Occasion:
    return membership_notice(message, "You are no longer a member of {team}")


def membership_notice(message: Message, subject: str) -> Occasion:
    """Sent even if it was changed again since: the person must learn that it happened."""
    team = short(db.session.get_one(Account, message.account_id).name)
    by = db.session.get(Member, UUID(message.facts["by"])) if message.facts.get("by") else None
    values = {
        "team": team,
        "by": f"{short(by.user.name)}, an Owner of {team}," if by else "The server administrator",
        "role": message.facts.get("role"),
        "happened": message.created_at,
        "page": address_of("connections.connections"),
    }
    return Occasion(subject.format(team=team), values)


MEMBERSHIP_NOTICES: dict[Kind, Callable[[Message], Occasion | None]] = {
    Kind.ROLE_CHANGED: role_changed,
    Kind.MEMBER_REMOVED: member_removed,
}
