"""A link to the assessments that many people can use, until it is closed."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Self

from babel.numbers import format_decimal
from flask_babel import gettext as _
from sqlalchemy import (
    ColumnElement,
    Index,
    Text,
    UniqueConstraint,
    and_,
    cast,
    exists,
    false,
    func,
    not_,
    or_,
    select,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.assessments.invitee import account_in_turn, chosen_tags
from models.assessments.signed_link import Link, Opens
from models.audit import Action, record
from models.database import AccountRow, Base, Id, Moment, Page, claim_once, db, now, page_of
from models.errors import Invalid, NotAllowed, NotFound
from models.profiles import Alias, Tag, alias_key, seen, taken, visible
from models.request_scope import current_scope
from models.secrets import digest
from models.text import current_language, locale_of

STILL_OPEN = text("closed_at IS NULL")
MOST_OPEN = 1_000


class AssessmentLink(AccountRow, Base):
    """A link for everybody who has it. The same tags and custom id always give the same open link."""

    __tablename__ = "assessment_link"

    id: Mapped[Id]
    created_by: Mapped[uuid.UUID | None]
    """The member who created it; no foreign key, since members may leave."""
    tag_ids: Mapped[list[str]]
    """Tags that a profile gets through it; a deleted tag is skipped."""
    custom_id: Mapped[str | None]
    likeness: Mapped[str]
    """A digest of tags and custom id, to find the same link again."""
    finished: Mapped[int] = mapped_column(default=0)
    """How many people have finished through it."""
    created_at: Mapped[Moment]
    closed_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("account_id", "id"),
        Index(
            "uq_assessment_link_open",
            "account_id",
            "likeness",
            unique=True,
            sqlite_where=STILL_OPEN,
            postgresql_where=STILL_OPEN,
        ),
    )

    @property
    def shown_custom_id(self) -> str | None:
        """Its custom id, unless that belongs to a profile that the caller does not see."""
        alias = Alias.by_key(self.account_id, self.custom_id) if self.custom_id else None
        return self.custom_id if alias is None or seen(self.account_id, alias.resource_id) else None

    @property
    def link(self) -> Link:
        """The link to share."""
        return Link(Opens.SHARED, self.account_id, self.id)

    @classmethod
    def provide(
        cls,
        account_id: uuid.UUID,
        tag_ids: Collection[uuid.UUID] = (),
        custom_id: str | None = None,
        by: uuid.UUID | None = None,
    ) -> Self:
        """The open link with exactly these tags and this custom id, created if there is none.

        Raises `Invalid` if a profile already has the custom id, and `NotAllowed` at a thousand open links.
        """
        account_in_turn(account_id)
        tags = sorted(tag.id for tag in chosen_tags(account_id, tag_ids))
        wanted = alias_key(custom_id) if custom_id and custom_id.strip() else None
        likeness = digest([[tag_id.hex for tag_id in tags], wanted])
        open_ones = select(cls).where(cls.account_id == account_id, cls.closed_at.is_(None))
        if found := db.session.scalar(open_ones.where(cls.likeness == likeness, *cls.shown())):
            return found
        cls._make_room(account_id, wanted)
        link = cls(
            account_id=account_id,
            created_by=by,
            tag_ids=[str(tag_id) for tag_id in tags],
            custom_id=wanted,
            likeness=likeness,
            created_at=now(),
        )
        db.session.add(link)
        db.session.flush()
        record(Action.SHARED_LINK_CREATED, ("assessment_link", link.id))
        return link

    @classmethod
    def _make_room(cls, account_id: uuid.UUID, custom_id: str | None) -> None:
        if custom_id and Alias.by_key(account_id, custom_id):
            limited = current_scope().limits.tag_limits
            raise Invalid(
                "custom_id", taken() if limited else _("This custom id already belongs to a profile in this account.")
            )
        open_ones = select(func.count()).where(cls.account_id == account_id, cls.closed_at.is_(None))
        if (db.session.scalar(open_ones) or 0) >= MOST_OPEN:
            raise NotAllowed(
                _(
                    "This account has %(most)s open links. Close some that are no longer needed.",
                    most=format_decimal(MOST_OPEN, locale=locale_of(current_language())),
                )
            )

    @classmethod
    def shown(cls) -> Iterator[ColumnElement[bool]]:
        """Conditions on links for the caller: only those that give a new profile a tag by which the caller sees it.

        A link with the custom id of somebody whom the caller does not see is none of theirs.
        """
        if not current_scope().limits.tag_limits:
            return
        its = Alias.account_id == cls.account_id, Alias.consumer_key == cls.custom_id
        yield ~exists().where(*its, not_(and_(*visible(Alias.resource_id, Alias.account_id))))
        for limit in current_scope().limits.tag_limits:
            given = cast(cls.tag_ids, Text)
            yield or_(false(), *(given.contains(f'"{tag_id}"', autoescape=True) for tag_id in sorted(limit.tags)))

    @classmethod
    def find(cls, account_id: uuid.UUID, link_id: uuid.UUID) -> Self:
        """The shared link with this id in this account; raises `NotFound`."""
        link = db.session.scalar(select(cls).where(cls.account_id == account_id, cls.id == link_id, *cls.shown()))
        if link is None:
            raise NotFound("There is no shared link with this id in this account.")
        return link

    @classmethod
    def open_in(cls, account_id: uuid.UUID, limit: int = 50, page: int = 1) -> Page:
        """The open links of an account, newest first."""
        statement = select(cls).where(cls.account_id == account_id, cls.closed_at.is_(None), *cls.shown())
        return page_of(statement.order_by(cls.id.desc()), limit, page)

    @property
    def tags(self) -> list[Tag]:
        """The tags that a profile gets through it and that still exist, by label."""
        wanted = {uuid.UUID(tag_id) for tag_id in self.tag_ids}
        return [tag for tag in Tag.all_in(self.account_id) if tag.id in wanted]

    @property
    def open(self) -> bool:
        """Whether it works."""
        return self.closed_at is None

    def close(self) -> None:
        """Close it: nobody can start with it any more. People who have started can finish."""
        if claim_once(self, AssessmentLink.closed_at.is_(None), closed_at=now()):
            record(Action.SHARED_LINK_CLOSED, ("assessment_link", self.id))
        db.session.refresh(self)
