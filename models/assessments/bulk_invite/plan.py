"""What will happen to each person of a file, in the current state of the account."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import select

from models.assessments.bulk_invite.row import Guest
from models.assessments.invitation import AssessmentInvitation
from models.assessments.invitee import MOST_TAGS, NOT_BY_YOU, OTHER_CUSTOM_ID
from models.database import db
from models.errors import NotAllowed
from models.profiles import Alias, Profile, Tag, batches, hidden_among, tags_for_new, taken
from models.request_scope import current_scope

TAKEN = lazy_gettext("This custom id already belongs to another profile in this account.")


def plan(account_id: uuid.UUID, guests: Sequence[Guest]) -> None:
    """Set what will happen to each guest, or why nothing can. This writes nothing."""
    for guest in guests:
        guest.against, guest.profile_id = [], None
    statuses = find_profiles(account_id, guests)
    leave_out_hidden(account_id, guests, statuses)
    check_tags(account_id, guests)
    check_tags_for_new(account_id, guests)
    check_custom_ids(account_id, guests)
    waiting = with_open_invitation(account_id, list(statuses))
    for guest in guests:
        guest.outcome = outcome_of(guest, statuses, waiting)


def outcome_of(guest: Guest, statuses: dict[uuid.UUID, str], waiting: set[uuid.UUID]) -> str:
    if guest.reasons:
        return "wrong"
    if guest.profile_id is None:
        return "new"
    if guest.profile_id in waiting:
        return "renewed"
    return "again" if statuses[guest.profile_id] == "completed" else "known"


def find_profiles(account_id: uuid.UUID, guests: Iterable[Guest]) -> dict[uuid.UUID, str]:
    """Set the profile of each guest who has one; returns the status of each."""
    by_key = first_by_value((guest.email_key, guest) for guest in guests)
    columns = select(Profile.email_key, Profile.id, Profile.status).where(Profile.account_id == account_id)
    statuses = {}
    for keys in batches(list(by_key)):
        for key, profile_id, status in db.session.execute(columns.where(Profile.email_key.in_(keys))):
            by_key[key].profile_id = profile_id
            statuses[profile_id] = status
    return statuses


def leave_out_hidden(account_id: uuid.UUID, guests: Iterable[Guest], statuses: dict[uuid.UUID, str]) -> None:
    """Leave out people whose profile the inviting member does not see, with the words of inviting one person."""
    hidden = {profile_id for some in batches(list(statuses)) for profile_id in hidden_among(account_id, some)}
    for guest in guests:
        if guest.profile_id in hidden:
            del statuses[guest.profile_id]
            guest.profile_id = None
            guest.against.append(f"email: {NOT_BY_YOU}")


def check_tags_for_new(account_id: uuid.UUID, guests: Iterable[Guest]) -> None:
    """A member who sees only profiles with their tags gives a new person one of them: the only one by itself."""
    if not current_scope().limits.tag_limits:
        return
    known = {tag.label_key: tag for tag in Tag.all_in(account_id)}
    by_id = {tag.id: tag for tag in known.values()}
    for guest in guests:
        if guest.profile_id is not None or guest.reasons:
            continue
        given = [known[key].id for key in guest.tags if key in known]
        try:
            guest.tags |= {by_id[id_].label_key: by_id[id_].label for id_ in tags_for_new(account_id, given)}
        except NotAllowed as problem:
            guest.against.append(f"tags: {problem.message}")


def check_tags(account_id: uuid.UUID, guests: Iterable[Guest]) -> None:
    known = {tag.label_key for tag in Tag.all_in(account_id)}
    for guest in guests:
        unknown = [label for key, label in guest.tags.items() if key not in known]
        guest.against += [no_tag(label) for label in unknown]
        if len(guest.tags) > MOST_TAGS:
            guest.against.append(f"tags: {_('A person can be given at most %(most)s tags at once.', most=MOST_TAGS)}")


def no_tag(label: str) -> str:
    reason = f"tags: {_('There is no tag “%(label)s” in this account.', label=label)}"
    # A label can have a comma, so it separates nothing.
    return f"{reason} {_('Separate several tags with semicolons.')}" if "," in label else reason


def check_custom_ids(account_id: uuid.UUID, guests: Iterable[Guest]) -> None:
    wanting = first_by_value((guest.texts.get("custom_id"), guest) for guest in guests)
    known = [guest.profile_id for guest in wanting.values() if guest.profile_id]
    owners = dict(aliases(account_id, Alias.consumer_key, list(wanting)))
    holders = {owner for _, owner in aliases(account_id, Alias.resource_id, known)}
    for custom_id, guest in wanting.items():
        owner = owners.get(custom_id)
        if owner is not None and owner != guest.profile_id:
            guest.against.append(f"custom_id: {taken() if current_scope().limits.tag_limits else TAKEN}")
        elif owner is None and guest.profile_id in holders:
            guest.against.append(f"custom_id: {OTHER_CUSTOM_ID}")


def first_by_value(pairs: Iterable[tuple[str | None, Guest]]) -> dict[str, Guest]:
    """The first guest for each of these values; later ones are marked as faulty."""
    found: dict[str, Guest] = {}
    for value, guest in pairs:
        if value:
            found.setdefault(value, guest)
    return found


def aliases(account_id: uuid.UUID, column: Any, wanted: Sequence[Any]) -> Iterable[tuple[str, uuid.UUID]]:
    """The custom ids among the values of this column, with the profiles that have them."""
    found = select(Alias.consumer_key, Alias.resource_id).where(Alias.account_id == account_id)
    for some in batches(wanted):
        yield from db.session.execute(found.where(column.in_(some)))


def with_open_invitation(account_id: uuid.UUID, profile_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """The profiles among these with an open invitation."""
    this = AssessmentInvitation
    found: set[uuid.UUID] = set()
    unanswered = select(this.profile_id).where(this.account_id == account_id, this.is_unanswered)
    for some in batches(profile_ids):
        found.update(db.session.scalars(unanswered.where(this.profile_id.in_(some))))
    return found
