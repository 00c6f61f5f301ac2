"""A debrief: what the scores mean, in words."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any, Self

from flask_babel import gettext as _
from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, select
from sqlalchemy.orm import Mapped

from models.database import AccountRow, Base, Id, Moment, db, now
from models.debriefs.composer import compose
from models.errors import NotFound
from models.instruments import ASSESSMENTS, CORE_PLACES, DISC_SCALES, FOCUS_DOMAINS, named, title_of
from models.profiles import Profile
from models.text import ENGLISH, current_language

HEADING = re.compile(r"^(# .*)$", re.MULTILINE)
BLANK_LINES = re.compile(r"\n\s*\n")


class Debrief(AccountRow, Base):
    """A text about one person's scores, with its author, time and scores. The newest one counts."""

    __tablename__ = "debrief"

    id: Mapped[Id]
    profile_id: Mapped[uuid.UUID]
    text: Mapped[str]
    """Paragraphs, separated by blank lines; a line that starts with `# ` is a heading."""
    author: Mapped[str]
    """`model` (a language model), `embedded` (composed from the scores by this server) or `person`."""
    model: Mapped[str | None]
    """Which model, as DEBRIEF_MODEL named it; None unless a model wrote it."""
    stands_in_for: Mapped[str | None]
    """The model that gave nothing usable, so that this server composed the text."""
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
    def write(
        cls,
        profile: Profile,
        text: str,
        author: str,
        scores: dict[str, Any],
        model: str | None = None,
        stands_in_for: str | None = None,
    ) -> Self:
        """Store a debrief as the newest version."""
        earlier = cls.newest(profile.account_id, profile.id)
        debrief = cls(
            account_id=profile.account_id,
            profile_id=profile.id,
            text=text,
            author=author,
            model=model,
            scores=scores,
            stands_in_for=stands_in_for,
            version=earlier.version + 1 if earlier else 1,
            created_at=now(),
        )
        db.session.add(debrief)
        db.session.flush()
        return debrief

    @classmethod
    def newest(cls, account_id: uuid.UUID, profile_id: uuid.UUID) -> Self | None:
        """The current debrief of a profile."""
        statement = select(cls).where(cls.account_id == account_id, cls.profile_id == profile_id)
        return db.session.scalar(statement.order_by(cls.id.desc()).limit(1))

    @classmethod
    def find(cls, account_id: uuid.UUID, profile_id: uuid.UUID, debrief_id: uuid.UUID) -> Self:
        """This version of a profile's debrief; raises `NotFound`."""
        mine = (cls.account_id == account_id, cls.profile_id == profile_id, cls.id == debrief_id)
        debrief = db.session.scalar(select(cls).where(*mine))
        if debrief is None:
            raise NotFound(_("There is no debrief with this id on this profile."))
        return debrief

    @classmethod
    def versions(cls, account_id: uuid.UUID, profile_id: uuid.UUID, most: int = 50) -> list[Self]:
        """The debriefs of a profile, newest first."""
        statement = select(cls).where(cls.account_id == account_id, cls.profile_id == profile_id)
        return list(db.session.scalars(statement.order_by(cls.id.desc()).limit(most)))

    @classmethod
    def lacking(cls, account_id: uuid.UUID) -> list[Profile]:
        """The people with results and no debrief."""
        theirs = select(cls.id).where(cls.account_id == Profile.account_id, cls.profile_id == Profile.id)
        statement = select(Profile).where(Profile.account_id == account_id, Profile.status == "completed")
        return list(db.session.scalars(statement.where(~theirs.exists()).order_by(Profile.id)))

    def is_of(self, results: Mapping[str, Any]) -> bool:
        """Whether it was written from these results, given as scores or as rows of `Result` by assessment."""
        present = {name: getattr(each, "scores", each) for name, each in results.items() if each}
        return present == {name: scores for name, scores in self.scores.items() if scores}

    @property
    def blocks(self) -> list[tuple[str, str]]:
        """The text as ("heading" or "paragraph", words) in order: one that was composed here in the reader's language."""
        found: list[tuple[str, str]] = []
        for block in BLANK_LINES.split(HEADING.sub(r"\n\n\1\n\n", self.words)):
            kind, said = ("heading", block[2:]) if block.startswith("# ") else ("paragraph", block)
            if words := " ".join(said.split()):
                found.append((kind, words))
        return found

    @property
    def words(self) -> str:
        """The text; one that was composed here says the same in the reader's language."""
        is_stored = self.author != "embedded" or current_language() == ENGLISH
        return self.text if is_stored else compose(self.scores)

    @property
    def written_by(self) -> str:
        """The author, for people."""
        if self.author == "model":
            return str(_("Written by %(model)s from the scores", model=self.model))
        if self.author == "person":
            return str(_("Written by a person"))
        if self.stands_in_for:
            return str(_("Composed by Profile from the scores, in place of %(model)s", model=self.stands_in_for))
        return str(_("Composed by Profile from the scores"))

    @property
    def score_lines(self) -> list[tuple[str, str]]:
        """The scores that it was written from, one line for each assessment."""
        said = {"disc": disc_line, "focus": focus_line, "core": core_line}
        return [(title_of(name), said[name](scores)) for name in ASSESSMENTS if (scores := self.scores.get(name))]


def disc_line(scores: dict[str, Any]) -> str:
    return f"{scores['style']}: " + ", ".join(f"{_(name)} {scores[scale]:.0f}" for scale, name in DISC_SCALES.items())


def focus_line(scores: dict[str, Any]) -> str:
    return ", ".join(f"{named(domain)} {scores[domain]['score']}" for domain in FOCUS_DOMAINS)


def core_line(scores: dict[str, Any]) -> str:
    return ", ".join(named(scores[place]) for place in CORE_PLACES if place in scores)
