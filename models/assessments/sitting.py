"""A sitting: one person answers the assessments, over any number of visits and devices."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Self

from flask_babel import gettext as _
from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    delete,
    func,
    select,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from models.accounts import Account
from models.assessments.invitation import AssessmentInvitation
from models.assessments.questionnaire import Questionnaire
from models.assessments.shared_link import AssessmentLink
from models.assessments.signed_link import Link, Opens
from models.audit import Action, record
from models.database import AccountRow, Base, Id, Moment, claim_once, db, now
from models.errors import NotAllowed, NotFound
from models.instruments import Value, current
from models.profiles import Profile, first_name_of, last_name_of, visible
from models.text import current_language, email_address, email_key, full_name

SHARED_AFTER = timedelta(days=7)
"""How long only the person sees their result, in accounts that let people see it first."""
LONGEST_COMMENT = 2_000
SHOWN_FOR = timedelta(days=30)
"""How long the link shows people their own result."""
MOST_OPEN = 2_000
"""How many people can be answering through one shared link at the same time."""
STILL_ANSWERING = timedelta(days=1)
"""How long somebody counts as answering after their last answer: what was abandoned keeps nobody out."""


class Sitting(AccountRow, Base):
    """A person's progress with their answers. It starts when they agree and ends with results; then the answers are deleted.

    Anybody can enter any address on a shared link. So if the address already has a profile, the sitting ends as `held`:
    a Manager reviews the results and keeps them for that profile, or discards them.
    """

    __tablename__ = "sitting"

    id: Mapped[Id]
    invitation_id: Mapped[uuid.UUID | None]
    link_id: Mapped[uuid.UUID | None]
    """The shared link that the person used; None for a personal invitation."""
    profile_id: Mapped[uuid.UUID | None]
    """The profile of the results: known from the start for an invitation, from the end for a shared link."""
    email: Mapped[str]
    email_key: Mapped[str]
    first_name: Mapped[str] = mapped_column(default="")
    last_name: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="open")
    instruments: Mapped[dict[str, Any]]
    """The version of each instrument, by assessment, fixed at the start; also their order."""
    extended: Mapped[bool] = mapped_column(default=False)
    """Whether ten Core Values are asked for instead of five."""
    scores: Mapped[dict[str, Any] | None]
    """The results by assessment, which the link shows its person; None before they finish and once they take pending ones back."""
    removal_id: Mapped[uuid.UUID | None]
    """The removal request that was made by this link. While it is open, the link shows no result."""
    seen_first: Mapped[bool] = mapped_column(default=False)
    """Whether the person was told, when they agreed, that they see their result before the account gets it."""
    share_due_at: Mapped[datetime | None]
    """When the account gets the result if the person does not share it before; None once it has it, or until they finish."""
    comment: Mapped[str] = mapped_column(default="", server_default="")
    """What the person wrote beside their report by this link; the profile gets it with the results."""
    agreed_at: Mapped[Moment]
    touched_at: Mapped[Moment]
    finished_at: Mapped[datetime | None]
    shown_until: Mapped[datetime | None]
    """Until when the result is shown, if longer than usual: a declined removal request gives it back."""

    __table_args__ = (
        CheckConstraint("state IN ('open', 'finished', 'held', 'discarded')", name="state"),
        UniqueConstraint("account_id", "id"),
        UniqueConstraint("account_id", "invitation_id"),
        ForeignKeyConstraint(
            ["account_id", "invitation_id"],
            ["assessment_invitation.account_id", "assessment_invitation.id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["account_id", "link_id"], ["assessment_link.account_id", "assessment_link.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(["account_id", "profile_id"], ["profile.account_id", "profile.id"], ondelete="CASCADE"),
        Index("ix_sitting_profile", "account_id", "profile_id"),
        Index("ix_sitting_state", "account_id", "state", "touched_at"),
        Index("ix_sitting_link", "account_id", "link_id"),
    )

    @classmethod
    def begin_invited(cls, invitation: AssessmentInvitation, again: bool = False) -> Self:
        """The invited person has agreed. Raises `Begun` if there are answers already, unless they start `again` without them."""
        profile = hold_profile(invitation.account_id, invitation.profile_id)
        this, moment = AssessmentInvitation, now()
        # A second submission of the same form waits here for the first.
        works = this.is_unanswered, this.expires_at > moment
        if not claim_once(invitation, *works, opened_at=invitation.opened_at or moment, language=current_language()):
            raise Ended
        cls._make_way(invitation, again)
        sitting = cls(
            invitation_id=invitation.id,
            profile_id=profile.id,
            email=profile.email,
            email_key=profile.email_key,
            first_name=profile.first_name,
            last_name=profile.last_name,
            **asked(profile.account_id, invitation.assessments),
        )
        db.session.add(sitting)
        record(Action.ASSESSMENT_STARTED, ("profile", profile.id))
        db.session.flush()
        return sitting

    @classmethod
    def _make_way(cls, invitation: AssessmentInvitation, again: bool) -> None:
        """Delete an earlier sitting: the person who began it, perhaps another one, has its link and would see the answers."""
        of_invitation = (cls.account_id == invitation.account_id, cls.invitation_id == invitation.id)
        earlier = delete(cls).where(*of_invitation, cls.state == "open")
        db.session.execute(earlier if again else earlier.where(~cls.has_begun))
        if cls.of_invitation(invitation):
            raise Begun

    @classmethod
    def begin_shared(cls, link: AssessmentLink, email: str, first_name: str, last_name: str) -> Self:
        """Somebody with a shared link has agreed and said who they are; raises `Invalid` for an invalid address."""
        address = email_address(email)
        if link.closed_at is not None:
            raise NotAllowed(_("This link is closed. Ask the person who gave it to you."))
        if cls.count_open(link) >= MOST_OPEN:
            raise NotAllowed(_("Too many people are answering with this link right now. Try again tomorrow."))
        account = db.session.get_one(Account, link.account_id)
        sitting = cls(
            link_id=link.id,
            email=address,
            email_key=email_key(address),
            first_name=first_name_of(first_name),
            last_name=last_name_of(last_name),
            **asked(account.id, account.assessments),
        )
        db.session.add(sitting)
        record(Action.ASSESSMENT_STARTED, ("assessment_link", link.id))
        db.session.flush()
        return sitting

    @classmethod
    def find(cls, account_id: uuid.UUID, sitting_id: uuid.UUID) -> Self:
        """The sitting with this id in this account; raises `NotFound`."""
        sitting = db.session.scalar(select(cls).where(cls.account_id == account_id, cls.id == sitting_id))
        if sitting is None:
            raise NotFound("There is no sitting with this id in this account.")
        return sitting

    @classmethod
    def of_invitation(cls, invitation: AssessmentInvitation) -> Self | None:
        """The sitting that was started from this invitation."""
        wanted = (cls.account_id == invitation.account_id, cls.invitation_id == invitation.id)
        return db.session.scalar(select(cls).where(*wanted))

    @classmethod
    def is_open_for(cls, invitation_id: uuid.UUID | None) -> bool:
        """Whether somebody has started by this invitation and has not finished."""
        answering = select(cls.id).where(cls.invitation_id == invitation_id, cls.state == "open")
        return db.session.scalar(answering.limit(1)) is not None

    @classmethod
    def result_of(cls, account_id: uuid.UUID, removal_id: uuid.UUID, email: str) -> Self | None:
        """The sitting whose personal link, sent to this address, asked for this removal and shows its result again."""
        asked = (cls.account_id == account_id, cls.removal_id == removal_id, cls.scores.is_not(None))
        own = select(cls).join(AssessmentInvitation, AssessmentInvitation.id == cls.invitation_id)
        return db.session.scalar(own.where(*asked, AssessmentInvitation.email_key == email_key(email)).limit(1))

    @classmethod
    def shown(cls) -> Iterator[ColumnElement[bool]]:
        """Conditions on sittings for the caller: only those of people whom they see."""
        return visible(cls.profile_id, cls.account_id)

    @classmethod
    def held_in(cls, account_id: uuid.UUID, limit: int = 100) -> list[Self]:
        """The pending results that a Manager must keep or discard, oldest first, up to a limit."""
        waiting = select(cls).where(cls.account_id == account_id, cls.state == "held", *cls.shown())
        return list(db.session.scalars(waiting.order_by(cls.finished_at, cls.id).limit(limit)))

    @property
    def shared_link(self) -> AssessmentLink | None:
        """The shared link that it was started from, if it was one. The caller sees it here, whoever else it is for."""
        return db.session.get(AssessmentLink, self.link_id) if self.link_id else None

    @classmethod
    def count_open(cls, link: AssessmentLink) -> int:
        """The number of people who are answering through this shared link."""
        recent = cls.touched_at > now() - STILL_ANSWERING
        wanted = (cls.account_id == link.account_id, cls.link_id == link.id, cls.state == "open", recent)
        return db.session.scalar(select(func.count()).select_from(cls).where(*wanted)) or 0

    @hybrid_property
    def has_begun(self) -> bool:
        """Whether the person has sent answers since they agreed."""
        return self.touched_at != self.agreed_at

    @property
    def link(self) -> Link:
        """The address that continues this sitting on any device. Only the person who began it sees it."""
        return Link(Opens.SITTING, self.account_id, self.id)

    @property
    def entry_link(self) -> Link:
        """The link of the invitation, which outlives the sitting; without an invitation, the sitting's own."""
        return Link(Opens.INVITATION, self.account_id, self.invitation_id) if self.invitation_id else self.link

    @property
    def name(self) -> str:
        """The person's name, or their e-mail address if they gave none."""
        return full_name(self.first_name, self.last_name) or self.email

    @cached_property
    def questionnaire(self) -> Questionnaire:
        """The questions of this sitting, whichever instruments were loaded since."""
        return Questionnaire.of(self.instruments, self.extended)

    def shuffled(self, values: Sequence[Value]) -> list[Value]:
        """These values in an order of chance, the same whenever this person looks: what is listed first is chosen more often."""
        return random.Random(str(self.id)).sample(values, len(values))  # noqa: S311

    @property
    def unshared(self) -> bool:
        """Whether the person has finished and the account does not have the result yet."""
        return self.share_due_at is not None

    @classmethod
    def unshared_of(cls, profile: Profile) -> Self | None:
        """A result that this person has by an invitation, and that the account does not have yet."""
        wanted = (cls.account_id == profile.account_id, cls.profile_id == profile.id, cls.share_due_at.is_not(None))
        return db.session.scalar(select(cls).where(*wanted).order_by(cls.share_due_at).limit(1))

    @property
    def visible_until(self) -> datetime | None:
        """When the person's own result stops being shown."""
        return self.shown_until or (self.finished_at and self.finished_at + SHOWN_FOR)

    def touch(self) -> None:
        """Record that the person is answering; raises `NotAllowed` once they have finished. This locks the sitting."""
        if not claim_once(self, Sitting.state == "open", touched_at=now()):
            raise Finished


class Finished(NotAllowed):
    """An answer arrived for a finished sitting."""

    def __init__(self) -> None:
        super().__init__(_("These assessments are already finished. Answers can no longer be changed."))


class Begun(NotAllowed):
    """The invitation has answers that another browser sent."""

    def __init__(self) -> None:
        super().__init__(_("Somebody has started to answer with this invitation in another browser."))


class Ended(NotAllowed):
    """What the link led to no longer exists."""

    def __init__(self) -> None:
        super().__init__(_("This link has expired. Ask the person who sent it for a new one."))


def hold_profile(account_id: uuid.UUID, profile_id: uuid.UUID) -> Profile:
    """The profile, locked until the transaction ends; raises `Ended` if it was deleted.

    Lock it before anything else: a deletion locks the profile first too, so the opposite order could deadlock.
    """
    wanted = select(Profile).where(Profile.account_id == account_id, Profile.id == profile_id)
    profile = db.session.scalar(wanted.with_for_update(key_share=True).execution_options(populate_existing=True))
    if profile is None:
        raise Ended
    return profile


def asked(account_id: uuid.UUID, assessments: list[str]) -> dict[str, Any]:
    """What is fixed when somebody agrees: the current versions of the instruments."""
    account, moment = db.session.get_one(Account, account_id), now()
    return {
        "account_id": account_id,
        "instruments": {name: current(name).key for name in assessments},
        "extended": account.core_extended,
        "seen_first": account.results_seen_first,
        "agreed_at": moment,
        "touched_at": moment,
    }
