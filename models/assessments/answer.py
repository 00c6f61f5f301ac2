"""An answer: what somebody chose at one item, stored until they finish."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, ColumnElement, ForeignKeyConstraint, delete, func, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from models.assessments.questionnaire import Step
from models.assessments.sitting import Sitting
from models.database import AccountRow, Base, Moment, db, now


@dataclass(frozen=True)
class Progress:
    """How many of the questions somebody has answered so far."""

    answered: int
    questions: int


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
        found: dict[str, dict[str, Any]] = {}
        for answer in db.session.scalars(select(cls).where(*cls._of(sitting))):
            found.setdefault(answer.assessment, {})[answer.item] = answer.value
        return found

    @classmethod
    def keep(cls, sitting: Sitting, step: Step, given: Mapping[str, Any]) -> None:
        """Store these checked answers to one page in place of earlier ones; raises `NotAllowed` in a finished sitting."""
        # Nobody else can write answers of this sitting now: they wait in `touch`.
        sitting.touch()
        page = (cls.assessment == step.assessment, cls.item.in_(given))
        db.session.execute(delete(cls).where(*cls._of(sitting), *page))
        whose = {"account_id": sitting.account_id, "sitting_id": sitting.id, "assessment": step.assessment}
        rows = [whose | {"item": item, "value": value, "answered_at": now()} for item, value in given.items()]
        if rows:
            db.session.execute(insert(cls), rows)

    @classmethod
    def delete_all_of(cls, sitting: Sitting) -> None:
        """Delete every answer; the results stay."""
        db.session.execute(delete(cls).where(*cls._of(sitting)))

    @classmethod
    def _of(cls, sitting: Sitting) -> tuple[ColumnElement[bool], ...]:
        return cls.account_id == sitting.account_id, cls.sitting_id == sitting.id


def progress_of(account_id: uuid.UUID, invitation_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Progress]:
    """How far the people are who answer by these invitations; those who have not answered anything are left out."""
    if not invitation_ids:
        return {}
    wanted = (Sitting.account_id == account_id, Sitting.invitation_id.in_(invitation_ids), Sitting.state == "open")
    sittings = {sitting.id: sitting for sitting in db.session.scalars(select(Sitting).where(*wanted))}
    if not sittings:
        return {}
    counted = select(Answer.sitting_id, func.count()).where(
        Answer.account_id == account_id, Answer.sitting_id.in_(sittings)
    )
    return {
        invitation_id: Progress(answered, sittings[sitting_id].questionnaire.questions)
        for sitting_id, answered in db.session.execute(counted.group_by(Answer.sitting_id))
        if (invitation_id := sittings[sitting_id].invitation_id)
    }
