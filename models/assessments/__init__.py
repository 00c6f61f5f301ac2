"""Assessments: invitations and links, sittings and answers, completion and removal requests."""

from models.assessments.answer import Answer, Progress, progress_of
from models.assessments.completion import finish, share
from models.assessments.held_results import discard, keep
from models.assessments.invitation import AssessmentInvitation, note_of
from models.assessments.invitee import account_in_turn
from models.assessments.link_visit import Visit, VisitState
from models.assessments.outbox import outbox_message, outbox_page, state_of
from models.assessments.own_copy import own_copy, own_debrief
from models.assessments.questionnaire import Given, Questionnaire, Step
from models.assessments.removal_request import RemovalRequest, delete_profile, reason_of
from models.assessments.shared_link import AssessmentLink
from models.assessments.signed_link import Link, Opens
from models.assessments.sitting import LONGEST_COMMENT, SHARED_AFTER, Begun, Ended, Finished, Sitting
from models.assessments.sitting_cleanup import KEPT_OPEN, accounts, forget_sittings, share_due

__all__ = [
    "KEPT_OPEN",
    "LONGEST_COMMENT",
    "SHARED_AFTER",
    "Answer",
    "AssessmentInvitation",
    "AssessmentLink",
    "Begun",
    "Ended",
    "Finished",
    "Given",
    "Link",
    "Opens",
    "Progress",
    "Questionnaire",
    "RemovalRequest",
    "Sitting",
    "Step",
    "Visit",
    "VisitState",
    "account_in_turn",
    "accounts",
    "delete_profile",
    "discard",
    "finish",
    "forget_sittings",
    "keep",
    "note_of",
    "outbox_message",
    "outbox_page",
    "own_copy",
    "own_debrief",
    "progress_of",
    "reason_of",
    "share",
    "share_due",
    "state_of",
]
