"""An authorization: one completed consent for one device of an app. Codes and tokens belong to it."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from flask_babel import lazy_gettext
from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint, text, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.database import Base, Id, Moment, Word, db, now, rows_changed
from models.mail import Kind, notify_of_app
from models.scopes import ScopeSet

if TYPE_CHECKING:
    from models.connections.connection import Connection
    from models.oauth import AccessToken


KEPT = text("reaped_at IS NULL")
ENDED = text("reaped_at IS NULL AND ended_at IS NOT NULL")


class EndReason(StrEnum):
    """Why an authorization, or its connection, ended."""

    REVOKED = "revoked"
    GIVEN_BACK = "given_back"
    REVOKED_BY_APP = "revoked_by_app"
    CODE_REUSED = "code_reused"
    TOKEN_REUSED = "token_reused"  # noqa: S105 (a reason)
    END_DATE = "end_date"
    END_MEMBER = "end_member"

    @property
    def text(self) -> str:
        """The reason, for people."""
        return str(END_TEXTS[self])


END_TEXTS = {
    EndReason.REVOKED: lazy_gettext("the connection was revoked"),
    EndReason.GIVEN_BACK: lazy_gettext("disconnected by the app"),
    EndReason.REVOKED_BY_APP: lazy_gettext("revoked by the app"),
    EndReason.CODE_REUSED: lazy_gettext("its code was used twice"),
    EndReason.TOKEN_REUSED: lazy_gettext("its refresh token was used twice"),
    EndReason.END_DATE: lazy_gettext("its end date had passed"),
    EndReason.END_MEMBER: lazy_gettext("its member is no longer in the account"),
}


class Authorization(Base):
    """The result of one consent for one device. It ends by itself, with its connection, or when its secrets were misused."""

    __tablename__ = "authorization"

    id: Mapped[Id]
    account_id: Mapped[uuid.UUID]
    connection_id: Mapped[uuid.UUID]
    requested: Mapped[frozenset[str]] = mapped_column(ScopeSet)
    granted: Mapped[frozenset[str]] = mapped_column(ScopeSet)
    denied: Mapped[frozenset[str]] = mapped_column(ScopeSet)
    resource: Mapped[str]
    redirect_uri: Mapped[str]
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    """When the person must be asked again, even if the app stays active."""
    idle_until: Mapped[Moment]
    """When it lapses unless it renews before."""
    generation: Mapped[int] = mapped_column(default=0)
    """How many times its refresh token was rotated."""
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[EndReason | None] = mapped_column(Word(EndReason))
    reaped_at: Mapped[datetime | None]
    """When its codes and tokens were deleted, long after it ended; its own row stays."""
    address: Mapped[str | None]
    user_agent: Mapped[str | None]
    opens_pages: Mapped[bool] = mapped_column(default=False)
    """Whether the app said in its last handshake that it opens an address for its person when a call needs one."""

    access_tokens: Mapped[list[AccessToken]] = relationship(viewonly=True)
    connection: Mapped[Connection] = relationship(back_populates="authorizations")

    __table_args__ = (
        UniqueConstraint("account_id", "id"),
        ForeignKeyConstraint(
            ["account_id", "connection_id"], ["connection.account_id", "connection.id"], ondelete="CASCADE"
        ),
        Index("ix_authorization_connection", "connection_id"),
        Index("ix_authorization_expires", "expires_at", sqlite_where=KEPT, postgresql_where=KEPT),
        Index("ix_authorization_ended", "ended_at", sqlite_where=ENDED, postgresql_where=ENDED),
    )

    @classmethod
    def give(
        cls,
        connection: Connection,
        requested: frozenset[str],
        granted: frozenset[str],
        denied: frozenset[str],
        resource: str,
        redirect_uri: str,
        lifetime: timedelta,
        idle: timedelta,
        address: str | None,
        user_agent: str | None,
    ) -> Authorization:
        """Create what this consent allows. Requested scopes that are neither granted nor denied were not possible.

        If the connection's answers never went to this place before, its member gets an e-mail.
        """
        moved = bool(connection.authorizations) and not connection.has_answered(redirect_uri)
        authorization = cls(
            account_id=connection.account_id,
            connection=connection,
            requested=requested,
            granted=granted,
            denied=denied,
            resource=resource,
            redirect_uri=redirect_uri,
            created_at=now(),
            expires_at=now() + lifetime,
            idle_until=now() + idle,
            address=address,
            user_agent=user_agent,
        )
        db.session.add(authorization)
        db.session.flush()
        if moved:
            about = {"authorization": str(authorization.id)}
            notify_of_app(Kind.APP_MOVED, connection.account_id, connection.id, connection.member.user, **about)
        return authorization

    @property
    def live(self) -> bool:
        """Whether it can still be renewed."""
        return self.ended_at is None and now() < min(self.expires_at, self.idle_until)

    def older_than(self, days: int | None) -> bool:
        """Whether its consent is older than the number of days in an account's policy."""
        return days is not None and now() >= self.created_at + timedelta(days=days)

    @property
    def cut_off(self) -> bool:
        """Whether it ended because two parties had one of its secrets."""
        return self.end_reason in {EndReason.CODE_REUSED, EndReason.TOKEN_REUSED}

    def narrow(self, scope: str) -> None:
        """Remove a scope from this device."""
        self.granted = self.granted - {scope}
        if scope in self.requested:
            self.denied = self.denied | {scope}

    def end(self, reason: EndReason) -> None:
        """End this device alone; other devices of the same app continue."""
        if self.ended_at is None:
            end_authorization(self.id, reason)


def end_authorization(authorization_id: uuid.UUID, reason: EndReason) -> bool:
    """End an authorization; False if it had already ended."""
    statement = update(Authorization).where(Authorization.id == authorization_id, Authorization.ended_at.is_(None))
    return rows_changed(statement.values(ended_at=now(), end_reason=reason)) == 1
