"""A signed-in browser. The row is authoritative; the cookie only names it."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import ForeignKey, UniqueConstraint, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.accounts import Member, User
from models.audit import Action
from models.database import Base, Id, Moment, db, now
from models.errors import NotFound
from models.identity.pending_sign_in import SecondStep
from models.identity.user_agents import browser_in_words
from models.secrets import SESSION, fingerprint, mint

SEEN_EVERY = timedelta(minutes=1)


class LoginSession(Base):
    """One sign-in in one browser. It belongs to the person; `account_id` is the account they are looking at."""

    __tablename__ = "login_session"

    id: Mapped[Id]
    token_hash: Mapped[str]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    account_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    created_at: Mapped[Moment]
    authenticated_at: Mapped[Moment]
    """When the person last proved who they are in this browser."""
    passkey_at: Mapped[datetime | None]
    """When they last did so with a passkey."""
    seen_at: Mapped[Moment] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    address: Mapped[str | None]
    user_agent: Mapped[str | None]

    user: Mapped[User] = relationship(lazy="joined")

    __table_args__ = (UniqueConstraint("token_hash"),)

    @classmethod
    def start(
        cls, user: User, account_id: uuid.UUID | None, address: str | None, user_agent: str | None
    ) -> tuple[LoginSession, str]:
        """Sign a browser in; returns the session and the secret for its cookie."""
        secret = mint(SESSION)
        session = cls(
            token_hash=fingerprint(secret),
            user_id=user.id,
            user=user,
            account_id=account_id,
            created_at=now(),
            authenticated_at=now(),
            seen_at=now(),
            address=address,
            user_agent=user_agent,
        )
        db.session.add(session)
        db.session.flush()
        Member.record_everywhere(Action.SIGNED_IN, user.id)
        return session, secret

    @classmethod
    def by_secret(cls, secret: str, lifetime: timedelta) -> LoginSession | None:
        """The active session of this cookie; None if it was unused for longer than `lifetime`."""
        statement = select(cls).where(
            cls.token_hash == fingerprint(secret), cls.ended_at.is_(None), cls.seen_at > now() - lifetime
        )
        return db.session.scalar(statement)

    @classmethod
    def of(cls, user_id: uuid.UUID, lifetime: timedelta) -> list[LoginSession]:
        """This person's active sessions, most recently used first."""
        live = select(cls).where(cls.user_id == user_id, cls.ended_at.is_(None), cls.seen_at > now() - lifetime)
        return list(db.session.scalars(live.order_by(cls.seen_at.desc(), cls.id.desc())))

    @classmethod
    def find(cls, user_id: uuid.UUID, session_id: uuid.UUID) -> LoginSession:
        """This person's session with this id, unless it has ended; raises `NotFound`."""
        found = select(cls).where(cls.user_id == user_id, cls.id == session_id, cls.ended_at.is_(None))
        login_session = db.session.scalar(found)
        if login_session is None:
            raise NotFound(_("You are not signed in there."))
        return login_session

    @property
    def browser(self) -> str:
        """The name of the browser."""
        return browser_in_words(self.user_agent)

    @property
    def due_to_be_seen(self) -> bool:
        """Whether the time of last use is more than a minute old; not every request updates it."""
        return now() - self.seen_at > SEEN_EVERY

    def proven_within(self, span: timedelta) -> bool:
        """Whether the person proved who they are within this time."""
        # A time that has not come was noted by a clock that was wrong; it would count until then.
        return abs(now() - self.authenticated_at) <= span

    def passkey_within(self, span: timedelta) -> bool:
        """Whether they did so with a passkey."""
        return self.passkey_at is not None and abs(now() - self.passkey_at) <= span

    def prove(self, by_passkey: bool = False) -> str:
        """Record that the person has just proved who they are; returns a new secret for the cookie, which replaces the old one."""
        if by_passkey:
            self.passkey_at = now()
        secret = mint(SESSION)
        self.token_hash, self.authenticated_at = fingerprint(secret), now()
        Member.record_everywhere(Action.CONFIRMED, self.user_id)
        return secret

    def end(self) -> None:
        """Sign this browser out."""
        if self.ended_at is None:
            self.ended_at = now()
            Member.record_everywhere(Action.SIGNED_OUT, self.user_id)

    def end_from_elsewhere(self) -> None:
        """Sign this browser out from another one."""
        if self.ended_at is None:
            self.ended_at = now()
            Member.record_everywhere(Action.SIGNED_OUT_ELSEWHERE, self.user_id)

    def end_others(self) -> None:
        """Sign the person out of every other browser."""
        LoginSession.end_all(self.user_id, but=self.id)
        Member.record_everywhere(Action.SIGNED_OUT_ELSEWHERE, self.user_id)

    @classmethod
    def end_all(cls, user_id: uuid.UUID, but: uuid.UUID | None = None) -> None:
        """Sign a person out everywhere, except in the given browser; pending sign-ins end as well."""
        SecondStep.end_all(user_id)
        db.session.execute(
            update(cls).where(cls.user_id == user_id, cls.ended_at.is_(None), cls.id != but).values(ended_at=now())
        )
