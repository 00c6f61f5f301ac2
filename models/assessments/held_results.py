"""Pending results from a shared link for an existing profile: a Manager keeps or discards them."""

from __future__ import annotations

from flask_babel import gettext as _

from models.assessments.completion import keep_results
from models.assessments.invitee import add_tags_and_custom_id
from models.assessments.shared_link import AssessmentLink
from models.assessments.sitting import Sitting, hold_profile
from models.audit import Action, record
from models.database import claim_once, db
from models.errors import NotAllowed
from models.profiles import Alias


def keep(sitting: Sitting) -> None:
    """Make pending results the newest ones of their profile, and give it the tags of the link."""
    if sitting.profile_id is None:
        raise reviewed()
    profile = hold_profile(sitting.account_id, sitting.profile_id)
    decide(sitting, "finished")
    # The person may have changed their comment since it was read.
    db.session.refresh(sitting, ["comment"])
    keep_results(sitting, profile)
    link = db.session.get_one(AssessmentLink, sitting.link_id)
    add_tags_and_custom_id(profile, link.tags, free_custom_id(link, sitting))
    record(Action.RESULTS_KEPT, ("profile", profile.id))


def discard(sitting: Sitting) -> None:
    """Keep nothing of pending results in the account. The person can still see their own for the promised time."""
    decide(sitting, "discarded")
    record(Action.RESULTS_DISCARDED, *([("profile", sitting.profile_id)] if sitting.profile_id else []))


def decide(sitting: Sitting, state: str) -> None:
    if not claim_once(sitting, Sitting.state == "held", state=state):
        raise reviewed()


def reviewed() -> NotAllowed:
    return NotAllowed(_("These results were already reviewed, or the person has withdrawn them."))


def free_custom_id(link: AssessmentLink, sitting: Sitting) -> str | None:
    """The link's custom id, if no profile has it and this profile has none."""
    if link.custom_id is None or sitting.profile_id is None or Alias.by_key(link.account_id, link.custom_id):
        return None
    return None if Alias.of_profile(sitting.account_id, sitting.profile_id) else link.custom_id
