"""A person's results: one row for each completed assessment, with the version of its instrument."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime
from typing import Any, Self

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, select
from sqlalchemy.orm import Mapped

from models.database import AccountRow, Base, Id, Moment, db, now
from models.instruments import ASSESSMENTS, title_of
from models.profiles.profile import Profile


class Result(AccountRow, Base):
    """One assessment's final scores. A retake adds another row; the newest one counts."""

    __tablename__ = "result"

    id: Mapped[Id]
    profile_id: Mapped[uuid.UUID]
    assessment: Mapped[str]
    instrument: Mapped[str]
    """Name and version of the instrument, for instance `disc-1`."""
    scores: Mapped[dict[str, Any]]
    created_at: Mapped[Moment]
    """When the person answered: results that were pending may have been kept later."""

    __table_args__ = (
        CheckConstraint("assessment IN ('disc', 'focus', 'core')", name="assessment"),
        UniqueConstraint("account_id", "id"),
        ForeignKeyConstraint(["account_id", "profile_id"], ["profile.account_id", "profile.id"], ondelete="CASCADE"),
        Index("ix_result_profile", "account_id", "profile_id", "id"),
    )

    @classmethod
    def keep(
        cls, profile: Profile, assessment: str, scores: dict[str, Any], instrument: str, at: datetime | None = None
    ) -> None:
        """Store a result that was answered `at` this moment, or now; a DISC result also updates the profile's style."""
        db.session.add(
            cls(
                account_id=profile.account_id,
                profile_id=profile.id,
                assessment=assessment,
                instrument=instrument,
                scores=scores,
                created_at=at or now(),
            )
        )
        if assessment == "disc":
            profile.disc_style = scores["style"]
        profile.status = "completed"
        profile.completed_at = profile.completed_at or now()
        profile.updated_at = now()

    @classmethod
    def assessments_of(cls, account_id: uuid.UUID, profile_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, set[str]]:
        """The assessments that each of these people has results of; people without results are left out."""
        found: dict[uuid.UUID, set[str]] = {}
        if profile_ids:
            wanted = cls.account_id == account_id, cls.profile_id.in_(profile_ids)
            for profile_id, assessment in db.session.execute(select(cls.profile_id, cls.assessment).where(*wanted)):
                found.setdefault(profile_id, set()).add(assessment)
        return found

    @property
    def title(self) -> str:
        """The assessment's name, in the reader's language."""
        return title_of(self.assessment)

    @classmethod
    def newest(cls, account_id: uuid.UUID, profile_id: uuid.UUID) -> dict[str, Self]:
        """The newest result of each completed assessment, in their usual order."""
        found = {result.assessment: result for result in cls.all_of(account_id, profile_id)}
        return {assessment: found[assessment] for assessment in ASSESSMENTS if assessment in found}

    @classmethod
    def all_of(cls, account_id: uuid.UUID, profile_id: uuid.UUID) -> list[Self]:
        """Every result of this person, in the order in which they came in."""
        statement = select(cls).where(cls.account_id == account_id, cls.profile_id == profile_id)
        return list(db.session.scalars(statement.order_by(cls.id)))

    @classmethod
    def present(cls, account_id: uuid.UUID, profile_id: uuid.UUID) -> dict[str, dict[str, Any] | None]:
        """The newest scores of each assessment; None if it was not taken."""
        found = db.session.execute(
            select(cls.assessment, cls.scores)
            .where(cls.account_id == account_id, cls.profile_id == profile_id)
            .order_by(cls.id)
        )
        return dict.fromkeys(ASSESSMENTS) | dict(found.all())
