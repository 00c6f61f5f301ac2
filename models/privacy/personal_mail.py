"""Which mail is a person's own: to their current or former addresses, and about how they sign in."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, or_, select

from models.accounts import MemberInvitation, User
from models.database import db
from models.mail import Kind, Message
from models.text import email_key

# Mail to an address that an account stores for its own reasons, whether or not somebody signs in with it.
OF_THE_ACCOUNT = (Kind.ASSESSMENT_INVITATION, Kind.ASSESSMENT_REMINDER, Kind.MEMBER_INVITATION)


class Someone(NamedTuple):
    """How to find a person's data."""

    id: uuid.UUID
    email: str
    email_key: str


def mail_of(people: Collection[Someone]) -> ColumnElement[bool]:
    """The messages of these people, to any address."""
    ids = [person.id for person in people]
    addresses = {person.email for person in people} | former_addresses(ids)
    spelled = {spelling for address in addresses for spelling in (address, address.lower(), email_key(address))}
    to_them = or_(Message.recipient.in_(spelled), func.lower(Message.recipient).in_(spelled))
    return or_(
        Message.about_id.in_(ids),
        to_them & Message.kind.not_in(OF_THE_ACCOUNT),
        # It went to an address that may never have become theirs.
        (Message.kind == Kind.EMAIL_CHANGE) & Message.facts["person"].as_string().in_([str(id_) for id_ in ids]),
        Message.about_id.in_(select(MemberInvitation.id).where(*accepted_by(people))),
    )


def accepted_by(people: Collection[Someone]) -> tuple[ColumnElement[bool], ...]:
    """The invitations to accounts that these people have accepted: they follow the person to a new address."""
    keys = [person.email_key for person in people]
    return MemberInvitation.email_key.in_(keys), MemberInvitation.accepted_at.is_not(None)


def former_addresses(ids: Collection[uuid.UUID]) -> set[str]:
    """The recent former addresses of these people, as far as mail is stored, without those that somebody else has now."""
    told = select(Message.recipient).where(Message.kind == Kind.EMAIL_CHANGED, Message.about_id.in_(ids))
    found = set(db.session.scalars(told))
    others = select(User.email_key).where(User.email_key.in_([email_key(each) for each in found]), User.id.not_in(ids))
    taken = set(db.session.scalars(others))
    return {address for address in found if email_key(address) not in taken}
