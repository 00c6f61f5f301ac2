"""The end of a sitting: its answers become results once, and are then deleted."""

from __future__ import annotations

import uuid

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from models.accounts import Member
from models.assessments.answer import Answer
from models.assessments.invitation import AssessmentInvitation
from models.assessments.invitee import add_tags_and_custom_id
from models.assessments.reminders import withdraw
from models.assessments.shared_link import AssessmentLink
from models.assessments.sitting import Ended, Finished, Sitting, hold_profile
from models.audit import Action, record
from models.database import claim_once, db, now
from models.debriefs import DebriefRequest
from models.errors import Invalid, NotFound
from models.mail import Kind
from models.permissions import Permission
from models.profiles import Alias, Profile, Result

TRIES = 3


def finish(sitting: Sitting) -> None:
    """Turn the answers into results; raises `Invalid` while something is unanswered, and `Finished` if somebody finished first."""
    for _ in range(TRIES):
        try:
            return finish_once(sitting)
        except Taken:
            # Somebody else with the same address was faster. Their profile is visible now.
            continue
    raise Invalid("answers", "Somebody else is finishing right now. Try again.")


class Taken(Exception):
    """The address or custom id got a profile after our check. Everything was rolled back."""


def finish_once(sitting: Sitting) -> None:
    profile = hold_profile(sitting.account_id, sitting.profile_id) if sitting.profile_id else None
    claim(sitting)
    sitting.scores = sitting.questionnaire.score(Answer.all_of(sitting))
    Answer.delete_all_of(sitting)
    if profile:
        arrive_as_invited(sitting, profile)
    else:
        arrive_by_link(sitting)
    db.session.flush()


def claim(sitting: Sitting) -> None:
    """Let only one of several simultaneous attempts finish this sitting; nobody can answer in it any more."""
    if not claim_once(sitting, Sitting.state == "open", state="finished", finished_at=now()):
        raise Finished


def arrive_as_invited(sitting: Sitting, profile: Profile) -> None:
    invitation = AssessmentInvitation.find(sitting.account_id, sitting.invitation_id or uuid.UUID(int=0))
    if not claim_once(invitation, AssessmentInvitation.is_unanswered, completed_at=now()):
        raise Ended
    withdraw(invitation)
    keep_results(sitting, profile)
    record(Action.ASSESSMENT_COMPLETED, ("profile", profile.id))
    notify_inviter(invitation)


def notify_inviter(invitation: AssessmentInvitation) -> None:
    """Mail the member who sent the invitation, if they still belong to the account. Apps check for themselves."""
    if invitation.invited_by is None or invitation.connection_id is not None:
        return
    try:
        member = Member.find(invitation.account_id, invitation.invited_by)
    except NotFound:
        return
    if member.may(Permission.SEE_PROFILES):
        member.notify(Kind.RESULTS_ARRIVED, invitation.id, profile_id=invitation.profile_id)


def arrive_by_link(sitting: Sitting) -> None:
    """Create profiles for new people. Results for an existing profile stay pending, since anybody can enter any address."""
    link = db.session.get_one(AssessmentLink, sitting.link_id)
    known = Profile.by_email(sitting.account_id, sitting.email) or owner_of(link)
    db.session.execute(
        update(AssessmentLink).where(AssessmentLink.id == link.id).values(finished=AssessmentLink.finished + 1)
    )
    if known:
        sitting.state, sitting.profile_id = "held", known.id
        record(Action.RESULTS_HELD, ("profile", known.id))
        return
    profile = newcomer(sitting, link)
    sitting.profile_id = profile.id
    keep_results(sitting, profile)
    record(Action.ASSESSMENT_COMPLETED, ("profile", profile.id))


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
    """Add a result for each assessment and request a debrief. A retake adds another result; the newest counts."""
    for assessment, scores in (sitting.scores or {}).items():
        Result.keep(profile, assessment, scores, sitting.instruments[assessment], at=sitting.finished_at)
    DebriefRequest.ask(profile)
