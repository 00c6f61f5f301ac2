"""The outbox of an account: every message that it sent or will send, as far as a member may see it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from flask_babel import lazy_gettext
from sqlalchemy import ColumnElement, Select, select

from models.accounts import Member
from models.database import Page, db, now, page_beside
from models.errors import NotFound
from models.mail import Kind, Message
from models.permissions import Permission
from models.profiles import visible

# Other kinds, such as news about a person's own apps, are between the server and that person.
SEEN_WITH: dict[Kind, Permission] = {
    Kind.ASSESSMENT_INVITATION: Permission.EDIT_PROFILES,
    Kind.ASSESSMENT_REMINDER: Permission.EDIT_PROFILES,
    Kind.RESULTS_ARRIVED: Permission.EDIT_PROFILES,
    Kind.REMOVAL_ASKED: Permission.EDIT_PROFILES,
    Kind.REMOVAL_DECLINED: Permission.EDIT_PROFILES,
    # The link in it makes its reader a member.
    Kind.MEMBER_INVITATION: Permission.MANAGE_MEMBERS,
    Kind.TEST_MAIL: Permission.CHANGE_ACCOUNT,
}
TITLES: dict[Kind, str] = {
    Kind.ASSESSMENT_INVITATION: lazy_gettext("Assessment invitation"),
    Kind.ASSESSMENT_REMINDER: lazy_gettext("Assessment reminder"),
    Kind.RESULTS_ARRIVED: lazy_gettext("New results"),
    Kind.REMOVAL_ASKED: lazy_gettext("Removal request"),
    Kind.REMOVAL_DECLINED: lazy_gettext("Removal request declined"),
    Kind.MEMBER_INVITATION: lazy_gettext("Member invitation"),
    Kind.TEST_MAIL: lazy_gettext("Test mail"),
}
STATES: dict[str, str] = {
    "planned": lazy_gettext("Scheduled"),
    "waiting": lazy_gettext("On its way"),
    "sent": lazy_gettext("Sent"),
    "kept": lazy_gettext("Not sent: no mail server"),
    "failed": lazy_gettext("Failed"),
    "dropped": lazy_gettext("No longer needed"),
}


def outbox_page(
    reader: Member,
    state: str | None = None,
    before: uuid.UUID | None = None,
    after: uuid.UUID | None = None,
    limit: int = 50,
) -> Page:
    """A page of the messages that this member may see, just older than `before` or just newer than `after`."""
    return page_beside(seen_by(reader).where(*in_state(state)), Message.id, before, after, limit)


def outbox_message(reader: Member, message_id: uuid.UUID) -> Message:
    """One message that this member may see; raises `NotFound` for any other."""
    message = db.session.scalar(seen_by(reader).where(Message.id == message_id))
    if message is None:
        raise NotFound("There is no message with this id in this account.")
    return message


def seen_by(reader: Member) -> Select[Message]:
    seen = [kind for kind, needed in SEEN_WITH.items() if reader.may(needed)]
    shown = select(Message).where(Message.account_id == reader.account_id, Message.kind.in_(seen))
    return shown.where(*visible(Message.profile_id, Message.account_id))


def in_state(state: str | None) -> Iterable[ColumnElement[bool]]:
    """People see a message as planned while its time has not come."""
    if state == "planned":
        return [Message.state == "waiting", Message.due_at > now()]
    if state == "waiting":
        return [Message.state == "waiting", Message.due_at <= now()]
    return [Message.state == state] if state else []


def state_of(message: Message) -> str:
    """The state of a message, as one of the words in `STATES`."""
    return "planned" if message.planned else message.state
