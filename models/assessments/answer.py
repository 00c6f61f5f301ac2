"""An answer: what somebody chose at one item, stored until they finish."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import JSON, ForeignKeyConstraint, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from models.assessments.questionnaire import Step
from models.assessments.sitting import Sitting
from models.database import AccountRow, Base, Moment, db, now, rows_changed


class Answer(AccountRow, Base):
    """One answer in an open sitting; deleted when the sitting ends."""

    __tablename__ = "answer"

    account_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    sitting_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    assessment: Mapped[str] = mapped_column(primary_key=True)
    item: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)
    answered_at: Mapped[Moment]

    __table_args__ = (
        ForeignKeyConstraint(["account_id", "sitting_id"], ["sitting.account_id", "sitting.id"], ondelete="CASCADE"),
    )

    @classmethod
    def all_of(cls, sitting: Sitting) -> dict[str, dict[str, Any]]:
        """The answers so far, by assessment and item."""
        statement = select(cls).where(cls.account_id == sitting.account_id, cls.sitting_id == sitting.id)
        found: dict[str, dict[str, Any]] = {}
        for answer in db.session.scalars(statement):
            found.setdefault(answer.assessment, {})[answer.item] = answer.value
        return found

    @classmethod
    def keep(cls, sitting: Sitting, step: Step, given: Mapping[str, Any]) -> None:
        """Store these checked answers to one page in place of earlier ones; raises `NotAllowed` in a finished sitting."""
        sitting.touch()
        for item, value in given.items():
            cls._keep(sitting, step.assessment, item, value)

    @classmethod
    def _keep(cls, sitting: Sitting, assessment: str, item: str, value: Any) -> None:
        # Nobody else can write answers of this sitting now: they wait in `touch`.
        which = {"account_id": sitting.account_id, "sitting_id": sitting.id, "assessment": assessment, "item": item}
        known = update(cls).filter_by(**which)
        if not rows_changed(known.values(value=value, answered_at=now())):
            db.session.add(cls(**which, value=value, answered_at=now()))

    @classmethod
    def delete_all_of(cls, sitting: Sitting) -> None:
        """Delete every answer; the results stay."""
        db.session.execute(delete(cls).where(cls.account_id == sitting.account_id, cls.sitting_id == sitting.id))
