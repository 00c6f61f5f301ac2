"""A request for a debrief: created in one transaction, carried out by the worker afterwards."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Self

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    func,
    select,
    text,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from models.audit import Action, record
from models.database import Base, Leased, Moment, db, now
from models.errors import NotAllowed
from models.profiles import Profile

UNFINISHED = text("state IN ('waiting', 'writing')")
ASKED_A_DAY = 100
DAY = timedelta(days=1)
LONGEST_PAUSE = timedelta(hours=1)
"""Between two attempts, whatever the model's server asks for."""

WHY = {
    "busy": lazy_gettext("The model was overloaded."),
    "slow": lazy_gettext("The model took too long."),
    "unreachable": lazy_gettext("The model could not be reached."),
    "faulty": lazy_gettext("The model's server reported an error."),
    "unusable": lazy_gettext("The model's text could not be used. It had the wrong form, a name or a link."),
    "refused": lazy_gettext(
        "The model's server did not accept the request. The server administrator has to check the settings."
    ),
    "not_ready": lazy_gettext(
        "This server could not use the model in its settings. The server administrator has to check them."
    ),
    "interrupted": lazy_gettext("This server was interrupted each time."),
    "no_results": lazy_gettext("There are no results left to write about."),
}
"""Why it failed, for people; the keys are stored and never change."""


class DebriefRequest(Leased, Base):
    """One requested debrief: waiting, being written, written, or failed with a reason. It holds ids only, no scores."""

    __tablename__ = "debrief_request"
    # DEBRIEF_TIMEOUT is 15 minutes at most (config.py), and a worker adds one for what comes before and after.
    LONGEST = timedelta(minutes=16)

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    profile_id: Mapped[uuid.UUID]
    asked_by: Mapped[uuid.UUID | None]
    """The member who requested a new one; None when results came in. No foreign key, since members may leave."""
    asked_at: Mapped[Moment]
    state: Mapped[str] = mapped_column(default="waiting")
    due_at: Mapped[Moment]
    attempts: Mapped[int] = mapped_column(default=0)
    model: Mapped[str | None]
    """The model that scores were sent to; None if none was."""
    finished_at: Mapped[datetime | None]
    failure: Mapped[str | None]
    """Why the last attempt failed, as a word of `WHY`."""

    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'writing', 'written', 'failed')", name="state"),
        ForeignKeyConstraint(["account_id", "profile_id"], ["profile.account_id", "profile.id"], ondelete="CASCADE"),
        Index(
            "uq_debrief_request_open",
            "account_id",
            "profile_id",
            unique=True,
            sqlite_where=UNFINISHED,
            postgresql_where=UNFINISHED,
        ),
        Index("ix_debrief_request_due", "state", "due_at"),
        Index("ix_debrief_request_asked", "account_id", "asked_at"),
        Index("ix_debrief_request_profile", "account_id", "profile_id", "id"),
    )

    @classmethod
    def ask(cls, profile: Profile, by: uuid.UUID | None = None) -> Self:
        """Request a new debrief, or return the unfinished request.

        A member's request (`by`) needs results, and an account can make a hundred a day.
        """
        if unfinished := cls.newest(profile.account_id, profile.id, unfinished=True):
            return unfinished
        if by is not None:
            check_may_ask(profile)
            record(Action.DEBRIEF_ASKED, ("profile", profile.id))
        moment, whose = now(), {"account_id": profile.account_id, "profile_id": profile.id}
        request = cls(**whose, asked_by=by, asked_at=moment, due_at=moment)
        try:
            with db.session.begin_nested():
                db.session.add(request)
        except IntegrityError:
            # Somebody else requested one at the same moment.
            return cls.newest(profile.account_id, profile.id, unfinished=True) or cls.ask(profile, by)
        return request

    @classmethod
    def newest(cls, account_id: uuid.UUID, profile_id: uuid.UUID, *, unfinished: bool = False) -> Self | None:
        """The last request for a profile; with `unfinished`, only one that is waiting or being written."""
        statement = select(cls).where(cls.account_id == account_id, cls.profile_id == profile_id)
        if unfinished:
            statement = statement.where(UNFINISHED)
        return db.session.scalar(statement.order_by(cls.id.desc()).limit(1))

    @classmethod
    def is_unfinished(cls) -> ColumnElement[bool]:
        """Whether it is waiting or being written."""
        return cls.state.in_(("waiting", "writing"))

    @classmethod
    def due(cls, account_id: uuid.UUID | None, limit: int, *, newest_first: bool = False) -> list[uuid.UUID]:
        """Requests that should be seen to now, of one account or of all; those that have waited longest first, or last."""
        statement = select(cls.id).where(cls.is_free(), cls.due_at <= now())
        if account_id:
            statement = statement.where(cls.account_id == account_id)
        statement = statement.order_by(cls.due_at.desc() if newest_first else cls.due_at)
        return list(db.session.scalars(statement.limit(limit)))

    @classmethod
    def written_among(cls, ids: list[uuid.UUID]) -> int:
        """How many of these were written."""
        written = select(func.count()).where(cls.id.in_(ids), cls.state == "written")
        return db.session.scalar(written) or 0

    @property
    def on_its_way(self) -> bool:
        """Whether it is waiting or being written."""
        return self.state in {"waiting", "writing"}

    @property
    def is_put_off(self) -> bool:
        """Whether the next attempt is more than a minute away."""
        return self.due_at > now() + timedelta(minutes=1)

    @property
    def why(self) -> str | None:
        """Why the last attempt failed, in a sentence."""
        return str(WHY[self.failure]) if self.failure in WHY else None


def check_may_ask(profile: Profile) -> None:
    """Raise `NotAllowed` if there are no results, or if this account has reached its daily limit."""
    if profile.status != "completed":
        raise NotAllowed(_("There are no results to write a debrief from yet."))
    asked = select(func.count()).where(
        DebriefRequest.account_id == profile.account_id,
        DebriefRequest.asked_at > now() - DAY,
        DebriefRequest.asked_by.is_not(None),
    )
    if (db.session.scalar(asked) or 0) >= ASKED_A_DAY:
        raise NotAllowed(
            _("This account has reached the limit of %(most)s debriefs a day. Try again tomorrow.", most=ASKED_A_DAY)
        )
