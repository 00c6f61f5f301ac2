"""The end of a sitting: its answers become results once, and are then deleted."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from models.accounts import Member
from models.assessments.answer import Answer
from models.assessments.invitation import AssessmentInvitation
from models.assessments.invitee import add_tags_and_custom_id
from models.assessments.reminders import withdraw
from models.assessments.removal_request import RemovalRequest
from models.assessments.shared_link import AssessmentLink
from models.assessments.sitting import SHARED_AFTER, Ended, Finished, Sitting, hold_profile
from models.audit import Action, record
from models.database import claim_once, db, now
from models.debriefs import DebriefRequest
from models.errors import Invalid, NotFound
from models.mail import Kind
from models.permissions import Permission
from models.profiles import Alias, Profile, Result, seen_by

TRIES = 3


def finish(sitting: Sitting) -> None:
    """Turn the answers into results; raises `Invalid` while something is unanswered, and `Finished` if somebody finished first."""
    until_free(finish_once, sitting)


def share(sitting: Sitting) -> None:
    """Give the account a result that only its person has seen; does nothing if it has been shared, or removal was requested."""
    until_free(share_once, sitting)


def until_free(work: Callable[[Sitting], None], sitting: Sitting) -> None:
    for _attempt in range(TRIES):
        try:
            return work(sitting)
        except Taken:
            # Somebody else with the same address was faster. Their profile is visible now.
            continue
    raise Invalid("answers", _("Somebody else is finishing right now. Try again."))


class Taken(Exception):
    """The address or custom id got a profile after our check. Everything was rolled back."""


def finish_once(sitting: Sitting) -> None:
    profile = hold_profile(sitting.account_id, sitting.profile_id) if sitting.profile_id else None
    claim(sitting)
    sitting.scores = sitting.questionnaire.score(Answer.all_of(sitting))
    Answer.delete_all_of(sitting)
    if sitting.invitation_id:
        end_invitation(sitting)
    else:
        count_finished(sitting)
    if sitting.seen_first:
        sitting.share_due_at = now() + SHARED_AFTER
        record(Action.ASSESSMENT_COMPLETED, subject_of(sitting))
    else:
        arrive(sitting, profile, Action.ASSESSMENT_COMPLETED)
    db.session.flush()


def share_once(sitting: Sitting) -> None:
    profile = hold_profile(sitting.account_id, sitting.profile_id) if sitting.profile_id else None
    undecided = select(RemovalRequest.id).where(
        RemovalRequest.account_id == sitting.account_id,
        RemovalRequest.id == sitting.removal_id,
        RemovalRequest.settled_at.is_(None),
    )
    if claim_once(sitting, Sitting.share_due_at.is_not(None), ~undecided.exists(), share_due_at=None):
        db.session.refresh(sitting)
        arrive(sitting, profile, Action.RESULTS_SHARED)
        db.session.flush()


def claim(sitting: Sitting) -> None:
    """Let only one of several simultaneous attempts finish this sitting; nobody can answer in it any more."""
    if not claim_once(sitting, Sitting.state == "open", state="finished", finished_at=now()):
        raise Finished


def end_invitation(sitting: Sitting) -> None:
    invitation = invitation_of(sitting)
    if not claim_once(invitation, AssessmentInvitation.is_unanswered, completed_at=now()):
        raise Ended
    withdraw(invitation)


def invitation_of(sitting: Sitting) -> AssessmentInvitation:
    return AssessmentInvitation.find(sitting.account_id, sitting.invitation_id or uuid.UUID(int=0))


def count_finished(sitting: Sitting) -> None:
    this = AssessmentLink.account_id == sitting.account_id, AssessmentLink.id == sitting.link_id
    db.session.execute(update(AssessmentLink).where(*this).values(finished=AssessmentLink.finished + 1))


def subject_of(sitting: Sitting) -> tuple[str, uuid.UUID]:
    """What an entry is about while the account has no profile of the person."""
    if sitting.profile_id:
        return "profile", sitting.profile_id
    assert sitting.link_id is not None
    return "assessment_link", sitting.link_id


def arrive(sitting: Sitting, profile: Profile | None, action: Action) -> None:
    """The account gets the result: of an invited person for their profile, else by the address that was entered."""
    if profile is None:
        arrive_by_link(sitting, action)
        return
    if not is_superseded(sitting, profile):
        keep_results(sitting, profile)
    record(action, ("profile", profile.id))
    notify_inviter(invitation_of(sitting))


def notify_inviter(invitation: AssessmentInvitation) -> None:
    """Mail the member who sent the invitation, if they still belong to the account. Apps check for themselves."""
    if invitation.invited_by is None or invitation.connection_id is not None:
        return
    try:
        member = Member.find(invitation.account_id, invitation.invited_by)
    except NotFound:
        return
    if member.may(Permission.SEE_PROFILES) and seen_by(member, invitation.profile_id):
        member.notify(Kind.RESULTS_ARRIVED, invitation.id, profile_id=invitation.profile_id)


def is_superseded(sitting: Sitting, profile: Profile) -> bool:
    """Whether the profile got newer results while only the person saw this one: a late result must not replace them."""
    if not sitting.seen_first:
        return False
    newer = select(Result.id).where(Result.account_id == profile.account_id, Result.profile_id == profile.id)
    return db.session.scalar(newer.where(Result.created_at > sitting.finished_at).limit(1)) is not None


def arrive_by_link(sitting: Sitting, action: Action) -> None:
    """Create profiles for new people. Results for an existing profile stay pending, since anybody can enter any address."""
    link = db.session.get_one(AssessmentLink, sitting.link_id)
    if known := Profile.by_email(sitting.account_id, sitting.email) or owner_of(link):
        sitting.state, sitting.profile_id = "held", known.id
        record(Action.RESULTS_HELD, ("profile", known.id))
        return
    profile = newcomer(sitting, link)
    sitting.profile_id = profile.id
    keep_results(sitting, profile)
    record(action, ("profile", profile.id))


def owner_of(link: AssessmentLink) -> Profile | None:
    """The profile that already has the link's custom id."""
    alias = Alias.by_key(link.account_id, link.custom_id) if link.custom_id else None
    return Profile.find(link.account_id, alias.resource_id) if alias else None


def newcomer(sitting: Sitting, link: AssessmentLink) -> Profile:
    try:
        profile = Profile.create(sitting.account_id, sitting.email, sitting.first_name, sitting.last_name)
        add_tags_and_custom_id(profile, link.tags, link.custom_id)
    except (Invalid, NotFound, IntegrityError) as problem:
        db.session.rollback()
        raise Taken from problem
    return profile


def keep_results(sitting: Sitting, profile: Profile) -> None:
    """Add a result for each assessment, and the person's comment; request a debrief. Of several results, the newest counts."""
    for assessment, scores in (sitting.scores or {}).items():
        Result.keep(profile, assessment, scores, sitting.instruments[assessment], at=sitting.finished_at)
    if sitting.comment:
        profile.set_comment(sitting.comment)
    DebriefRequest.ask(profile)
