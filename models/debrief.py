"""A debrief: what the scores mean, in words."""

from __future__ import annotations

import re
import uuid
from typing import Any, Self

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, select
from sqlalchemy.orm import Mapped

from models.base import Base, Id, Moment, db, now
from models.profile import Profile
from models.tenancy import AccountRow

HEADING = re.compile(r"^(# .*)$", re.MULTILINE)
BLANK_LINES = re.compile(r"\n\s*\n")


class Debrief(AccountRow, Base):
    """A text about one person's scores, with who or what wrote it, when, and from which scores. The newest one counts."""

    __tablename__ = "debrief"

    id: Mapped[Id]
    profile_id: Mapped[uuid.UUID]
    text: Mapped[str]
    """Paragraphs, separated by blank lines; a line that starts with `# ` is a heading."""
    author: Mapped[str]
    """`model` (a language model), `embedded` (composed from the scores by this server) or `person`."""
    model: Mapped[str | None]
    scores: Mapped[dict[str, Any]]
    version: Mapped[int]
    created_at: Mapped[Moment]

    __table_args__ = (
        CheckConstraint("author IN ('model', 'embedded', 'person')", name="author"),
        UniqueConstraint("account_id", "id"),
        ForeignKeyConstraint(["account_id", "profile_id"], ["profile.account_id", "profile.id"], ondelete="CASCADE"),
        Index("ix_debrief_profile", "account_id", "profile_id", "id"),
    )

    @classmethod
    def write(cls, profile: Profile, text: str, author: str, scores: dict[str, Any], model: str | None = None) -> Self:
        """Keep a debrief as the newest version."""
        earlier = cls.newest(profile.account_id, profile.id)
        debrief = cls(
            account_id=profile.account_id, profile_id=profile.id, text=text, author=author, model=model, scores=scores,
            version=earlier.version + 1 if earlier else 1, created_at=now(),
        )  # fmt: skip
        db.session.add(debrief)
        db.session.flush()
        return debrief

    @classmethod
    def newest(cls, account_id: uuid.UUID, profile_id: uuid.UUID) -> Self | None:
        """The present debrief of a profile."""
        statement = select(cls).where(cls.account_id == account_id, cls.profile_id == profile_id)
        return db.session.scalar(statement.order_by(cls.id.desc()).limit(1))

    @property
    def blocks(self) -> list[tuple[str, str]]:
        """The text as ("heading" or "paragraph", words) in order."""
        found: list[tuple[str, str]] = []
        for block in BLANK_LINES.split(HEADING.sub(r"\n\n\1\n\n", self.text)):
            kind, said = ("heading", block[2:]) if block.startswith("# ") else ("paragraph", block)
            if words := " ".join(said.split()):
                found.append((kind, words))
        return found

    @property
    def written_by(self) -> str:
        """Who or what wrote it, for people."""
        if self.author == "model":
            return f"Written by {self.model} from the scores"
        return "Composed by Profile from the scores" if self.author == "embedded" else "Written by a person"
