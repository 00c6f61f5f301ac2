"""A visit to a secret address: what it opens, its state, and how the person can decline."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from flask_babel import gettext as _
from sqlalchemy import delete, or_, select

from models.accounts import Account, Member
from models.assessments.held_results import discard
from models.assessments.invitation import AssessmentInvitation
from models.assessments.reminders import withdraw
from models.assessments.removal_request import RemovalRequest
from models.assessments.shared_link import AssessmentLink
from models.assessments.signed_link import Link, Opens
from models.assessments.sitting import LONGEST_COMMENT, Finished, Sitting, hold_profile
from models.database import claim_once, db, now, rows_changed
from models.errors import Invalid, NotAllowed, NotFound
from models.profiles import Profile
from models.text import greeting_name, prose, too_long


class VisitState(StrEnum):
    """The state of what an address opens."""

    ASKED = "asked"
    """The person can agree and start."""
    STARTED = "started"
    """Somebody has started by this invitation; only the sitting's own link shows the answers."""
    ANSWERING = "answering"
    SHOWN = "shown"
    """They have finished and can see their own result."""
    REMOVAL_ASKED = "removal asked"
    CANCELLED = "cancelled"
    DECLINED = "declined"
    """The person said that they do not want to answer."""
    EXPIRED = "expired"
    CLOSED = "closed"
    ENDED = "ended"


@dataclass(frozen=True)
class Visit:
    """What an address opens: a personal invitation or a shared link, and the sitting that it started."""

    link: Link
    account: Account
    invitation: AssessmentInvitation | None = None
    shared: AssessmentLink | None = None
    sitting: Sitting | None = None

    @classmethod
    def by(cls, link: Link) -> Self:
        """What this address opens, in the current account; raises `NotFound` for something deleted."""
        account = db.session.get(Account, link.account_id)
        if account is None or account.locked:
            raise NotFound("This account no longer exists.")
        if link.opens == Opens.INVITATION:
            invitation = AssessmentInvitation.find(link.account_id, link.target_id)
            return cls(link, account, invitation, sitting=Sitting.of_invitation(invitation))
        if link.opens == Opens.SHARED:
            return cls(link, account, shared=AssessmentLink.find(link.account_id, link.target_id))
        sitting = Sitting.find(link.account_id, link.target_id)
        if sitting.invitation_id:
            invitation = AssessmentInvitation.find(link.account_id, sitting.invitation_id)
            return cls(link, account, invitation, sitting=sitting)
        assert sitting.link_id is not None
        return cls(link, account, shared=AssessmentLink.find(link.account_id, sitting.link_id), sitting=sitting)

    @property
    def state(self) -> VisitState:
        """What the person can do now."""
        if self.sitting and self.sitting.state != "open":
            return after(self.sitting, self.removal)
        if self.invitation and not self.invitation.open:
            return why_ended(self.invitation)
        if self.sitting and self.link.opens == Opens.SITTING:
            return VisitState.ANSWERING
        if self.sitting and self.sitting.has_begun:
            return VisitState.STARTED
        return VisitState.CLOSED if self.shared and self.shared.closed_at else VisitState.ASKED

    @property
    def asked_by(self) -> Member | None:
        """The member who sent the invitation or created the link, while they belong to the account."""
        member_id = self.invitation.invited_by if self.invitation else self.shared and self.shared.created_by
        if member_id is None:
            return None
        wanted = select(Member).where(Member.account_id == self.account.id, Member.id == member_id)
        return db.session.scalar(wanted.where(Member.removed_at.is_(None)))

    @property
    def greeting(self) -> str:
        """The first name of an invited person, to greet them by; empty if it is not clearly a name."""
        return greeting_name(self.invitation.profile.first_name) if self.invitation else ""

    @property
    def removal(self) -> RemovalRequest | None:
        """The last removal request of the person with this link, open or declined."""
        if self.sitting and self.sitting.removal_id:
            return RemovalRequest.find(self.account.id, self.sitting.removal_id)
        if self.invitation and self.invitation.is_for_current_address:
            return RemovalRequest.newest_of(self.invitation.profile)
        return None

    @property
    def may_decline(self) -> bool:
        """Whether there is an invitation that the person can decline."""
        return self.invitation is not None and self.invitation.open

    def decline(self) -> None:
        """The person does not want to answer: delete their answers so far and end the invitation. The profile stays."""
        if self.invitation is None or not self.may_decline:
            return
        hold_profile(self.account.id, self.invitation.profile_id)
        if self.sitting:
            self._delete_answers(self.sitting)
        self.invitation.decline()

    @property
    def may_withdraw(self) -> bool:
        """Whether there is anything that the person can ask to remove."""
        if self.removal and self.removal.open:
            # Anyone can type this address at a shared link. Such a request does not stop the person from asking.
            return self._is_theirs and self.removal.asked_from is None
        if self.invitation and self.invitation.is_for_current_address:
            return True
        # The address was corrected since: they can ask for what they gave themselves, and nothing more.
        return self.sitting is not None and (self.sitting.state == "open" or self.sitting.scores is not None)

    def withdraw(self) -> None:
        """Delete the person's unfinished answers, and send a removal request if they have a profile."""
        profile = self._own_profile()
        wish = RemovalRequest.ask(profile, profile.email if self._is_theirs else None) if profile else None
        if self.sitting:
            self._forget(self.sitting, wish)
        if self.invitation:
            self._end(self.invitation)

    @property
    def leaves_nothing(self) -> bool:
        """Whether all that there is came by this link, so that the person can delete it without asking."""
        return (
            self.invitation is None
            and self.sitting is not None
            and (self.sitting.state == "open" or self.sitting.unshared)
        )

    @property
    def may_comment(self) -> bool:
        """Whether the person can write beside their report: not by a link that went to an address that is not theirs."""
        return self.state == VisitState.SHOWN and (self.invitation is None or self._is_theirs)

    @property
    def comment(self) -> str:
        """What the person wrote beside their report."""
        profile = self._commented_profile
        if profile and self._is_theirs:
            return profile.comment
        return self.sitting.comment if self.sitting else ""

    def write_comment(self, value: str) -> None:
        """Write beside the report, or delete what was written; raises `Invalid` when it is too long."""
        text = prose(value)
        if len(text) > LONGEST_COMMENT:
            raise Invalid("comment", too_long(_("A comment"), text, LONGEST_COMMENT))
        if self.sitting is None or not self.may_comment:
            raise NotAllowed(_("This link no longer shows a result."))
        sitting, profile = self.sitting, self._commented_profile
        if profile:
            profile = hold_profile(self.account.id, profile.id)
        # If it was shared or reviewed meanwhile, the comment would be stored where it is not shown.
        as_read = Sitting.state == sitting.state, Sitting.share_due_at.is_not_distinct_from(sitting.share_due_at)
        before = sitting.comment
        if not claim_once(sitting, *as_read, comment=text):
            raise NotAllowed(_("Your result was just shared or reviewed. Save your comment again."))
        # Anybody can type an address at a shared link: what came by another link is not theirs to change.
        if profile and (self._is_theirs or profile.comment in {"", before}):
            profile.set_comment(text)

    @property
    def _commented_profile(self) -> Profile | None:
        """The profile whose report has the comment; None while the account has no such results."""
        if self.sitting is None or self.sitting.state != "finished" or self.sitting.unshared:
            return None
        return db.session.get(Profile, self.sitting.profile_id) if self.sitting.profile_id else None

    @property
    def _is_theirs(self) -> bool:
        """Whether the link went to the address that the profile has now: another one may have been a stranger's."""
        return self.invitation is not None and self.invitation.is_for_current_address

    def _own_profile(self) -> Profile | None:
        """The profile that is certainly this person's, not one whose address somebody typed."""
        if self.invitation and self._is_theirs:
            return hold_profile(self.account.id, self.invitation.profile_id)
        if self.sitting and self.sitting.state == "finished" and self.sitting.profile_id:
            return hold_profile(self.account.id, self.sitting.profile_id)
        return None

    def _forget(self, sitting: Sitting, wish: RemovalRequest | None) -> None:
        if sitting.state == "open" or self.leaves_nothing:
            return self._delete_answers(sitting)
        if wish:
            # If the request is declined, the link shows the result again.
            sitting.removal_id = wish.id
            return None
        if sitting.state == "held":
            discard(sitting)
        sitting.scores = None
        return None

    def _delete_answers(self, sitting: Sitting) -> None:
        unknown = or_(Sitting.state == "open", Sitting.share_due_at.is_not(None))
        if rows_changed(delete(Sitting).where(Sitting.id == sitting.id, unknown)) != 1:
            raise Finished

    def _end(self, invitation: AssessmentInvitation) -> None:
        # Nobody at the account cancelled it: the person does not take part.
        if claim_once(invitation, AssessmentInvitation.is_unanswered, cancelled_at=now(), declined_at=now()):
            withdraw(invitation)


def after(sitting: Sitting, removal: RemovalRequest | None) -> VisitState:
    """The state after somebody has finished. It is the same whether the results are pending or discarded."""
    if sitting.scores is None or (sitting.removal_id and removal and removal.open):
        return VisitState.REMOVAL_ASKED
    return VisitState.SHOWN if sitting.visible_until and now() < sitting.visible_until else VisitState.ENDED


def why_ended(invitation: AssessmentInvitation) -> VisitState:
    if invitation.completed_at:
        return VisitState.ENDED
    if invitation.cancelled_at is None and invitation.is_for_current_address:
        return VisitState.EXPIRED
    if invitation.is_for_current_address and RemovalRequest.open_of(invitation.profile):
        return VisitState.REMOVAL_ASKED
    return VisitState.DECLINED if invitation.declined_at else VisitState.CANCELLED
