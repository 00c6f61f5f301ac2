"""A scope that a member denied to an app, when, and whether the app may ask for it again."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import replace
from typing import Self

from flask_babel import gettext as _
from sqlalchemy import ForeignKey, ForeignKeyConstraint, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.accounts import Member
from models.audit import Action, record
from models.clients import Client
from models.database import Base, Id, Moment, db, now
from models.errors import NotFound
from models.request_scope import current_scope


class DeniedScope(Base):
    """A scope that a member denied to one app. With `for_good`, requests are denied automatically until the member changes that."""

    __tablename__ = "refusal"

    id: Mapped[Id]
    account_id: Mapped[uuid.UUID]
    member_id: Mapped[uuid.UUID]
    client_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("client.id", ondelete="CASCADE"), index=True)
    scope: Mapped[str]
    app_name: Mapped[str]
    """What the app called itself when it was denied."""
    refused_at: Mapped[Moment]
    for_good: Mapped[bool] = mapped_column(default=False)

    client: Mapped[Client] = relationship(lazy="joined")
    member: Mapped[Member] = relationship(lazy="joined")

    __table_args__ = (
        ForeignKeyConstraint(["account_id", "member_id"], ["member.account_id", "member.id"], ondelete="CASCADE"),
        UniqueConstraint("member_id", "client_id", "scope"),
    )

    @classmethod
    def between(cls, member: Member, client: Client) -> dict[str, Self]:
        """What this member has denied this app, by scope."""
        found = db.session.scalars(select(cls).where(cls.member_id == member.id, cls.client_id == client.id))
        return {refusal.scope: refusal for refusal in found}

    @classmethod
    def remember(cls, member: Member, client: Client, declined: Collection[str], *, for_good: bool) -> None:
        """Store what was just denied; what was denied permanently before stays so."""
        known = cls.between(member, client)
        for scope in declined:
            refusal = known.get(scope) or cls(
                account_id=member.account_id, member_id=member.id, client_id=client.id, scope=scope
            )
            refusal.app_name, refusal.refused_at = client.name, now()
            refusal.for_good = refusal.for_good or for_good
            db.session.add(refusal)
        if declined and for_good:
            # An app that nobody connected is deleted after a day, and this answer with it.
            client.used()

    @classmethod
    def forget(cls, member: Member, client: Client, granted: Collection[str]) -> None:
        """Delete the entries of scopes that are now granted."""
        declined = delete(cls).where(cls.member_id == member.id, cls.client_id == client.id, cls.scope.in_(granted))
        db.session.execute(declined)

    @classmethod
    def lasting_of(cls, user_id: uuid.UUID) -> list[Self]:
        """What a person denied permanently, in all their accounts, newest first."""
        statement = select(cls).join(Member, Member.id == cls.member_id)
        present = statement.where(Member.user_id == user_id, Member.removed_at.is_(None), cls.for_good)
        return list(db.session.scalars(present.order_by(cls.refused_at.desc(), cls.id)))

    @classmethod
    def find_for(cls, user_id: uuid.UUID, refusal_id: uuid.UUID) -> Self:
        """A denied scope of this person; raises `NotFound` for any other."""
        found = next((refusal for refusal in cls.lasting_of(user_id) if refusal.id == refusal_id), None)
        if found is None:
            raise NotFound(_("You have no denied request with this id."))
        return found

    def lift(self) -> None:
        """Let the app ask again; it still has no access until the member allows it."""
        self.for_good = False
        actor = replace(
            current_scope().actor, account_id=self.account_id, member_id=self.member_id, client_name=self.app_name
        )
        record(Action.REFUSAL_LIFTED, scope=self.scope, by=actor)
