"""The limits of a connection on pages: the form fields that set them, and the sentences that describe them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from wtforms import BooleanField, DateField, IntegerField, SelectMultipleField
from wtforms.validators import Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from blueprints.auth.time_zone import reader_zone
from blueprints.forms.edit_conflict import EditForm
from models.connections import TOO_FAR
from models.connections.limit_values import FURTHEST
from models.database import in_account
from models.errors import Invalid, Problem
from models.profiles import Tag
from models.request_scope import Limits
from models.text import end_in_words, end_of, last_day


class Tags(SelectMultipleField):
    """A choice of the account's tags, each with a check box."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def offer(self, tags: Mapping[str, str], kept: Collection[str]) -> None:
        """Offer these tags, and chosen ones that were deleted since: the limit to them stays until they are unticked."""
        gone = [id_ for id_ in kept if id_ not in tags]
        deleted = {id_: DELETED if len(gone) == 1 else f"{DELETED} ({number})" for number, id_ in enumerate(gone, 1)}
        self.choices = list((dict(tags) | deleted).items())


DELETED = "A deleted tag that no profile has"
LEFT_OUT = (
    "These fields are left out of every answer, and so are aliases that look like contact data. "
    "What somebody typed into a name, a tag or a debrief is still shown."
)


class LimitsForm(EditForm):
    read_only = BooleanField(
        "Read only", description="The app can read what its scopes allow. It cannot change or send anything."
    )
    hide_contact = BooleanField(
        "Hide e-mail addresses and phone numbers",
        description=f"{LEFT_OUT} It can invite new people, but nobody whose address is already in this account.",
    )
    only_tags = Tags(
        "Only profiles with one of these tags",
        description="With none selected, the app sees all profiles. It cannot rename or delete these tags, or tags of other profiles.",
    )
    daily_calls = IntegerField(
        "Maximum calls per day",
        [Optional()],
        description="A day begins at midnight UTC. Leave empty for no limit of your own.",
    )
    ends_on = DateField(
        "Ends after", [Optional()], description="The last day of its access. Leave empty for no end date."
    )

    @classmethod
    def within(cls, account_id: UUID, kept: Collection[str] = (), **given: Any) -> Self:
        """The form with the tags of this account as choices, and the current ones ticked."""
        form = cls(**given)
        with in_account(account_id):
            form.only_tags.offer(labels(account_id), kept)
        return form

    def validate_ends_on(self, field: DateField) -> None:
        if field.data is not None and field.data >= FURTHEST.date():
            raise ValidationError(TOO_FAR)

    def wanted(self, kept_end: datetime | None = None) -> dict[str, Any]:
        """The limits as models take them. A last day that is still that of `kept_end` leaves it as it is.

        It may have been chosen in another time zone, and saving another limit must not move it.
        """
        last, zone = self.ends_on.data, reader_zone()
        kept = kept_end is not None and last == last_day(kept_end, zone)
        return {
            "read_only": self.read_only.data,
            "hide_contact": self.hide_contact.data,
            "only_tags": self.only_tags.data or None,
            "daily_calls": self.daily_calls.data,
            "ends_at": kept_end if kept else last and end_of(last, zone),
        }

    @property
    def touched(self) -> bool:
        """Whether any limit was entered, valid or not."""
        return bool(self.errors) or any(self[name].data for name in CHOSEN)

    def refuse(self, problem: Problem) -> None:
        about_end = isinstance(problem, Invalid) and problem.field == "ends_at"
        super().refuse(Invalid("ends_on", problem.message) if about_end else problem)


CHOSEN = ("read_only", "hide_contact", "only_tags", "daily_calls", "ends_on")


def last_day_here(ends_at: datetime | None) -> date | None:
    """The last day of a connection that ends then, in the reader's time zone."""
    return None if ends_at is None else last_day(ends_at, reader_zone())


def labels(account_id: UUID) -> dict[str, str]:
    """The tags of an account by their ids."""
    return {str(tag.id): tag.label for tag in Tag.all_in(account_id)}


def limit_sentences(limits: Limits, tags: Mapping[str, str]) -> Iterator[str]:
    """What these limits allow, in sentences; none if there is no limit."""
    if limits.read_only:
        yield "It can read, but cannot change or send anything."
    if limits.hide_contact:
        yield "E-mail addresses and phone numbers are hidden from it."
    for each in limits.only_tags:
        carried = sorted(tags.get(str(id_), "a deleted tag") for id_ in each)
        yield f"It sees only profiles with the tag {' or '.join(carried)}."
    if limits.daily_calls:
        yield f"It can make at most {limits.daily_calls:,} {'call' if limits.daily_calls == 1 else 'calls'} a day."
    if limits.ends_at:
        yield f"Its access ends {end_in_words(limits.ends_at, reader_zone())}."


def limit_labels(limits: Limits, tags: Mapping[str, str]) -> Iterator[str]:
    """The same in a few words each, for a list."""
    if limits.read_only:
        yield "Read only"
    if limits.hide_contact:
        yield "No e-mail or phone"
    for each in limits.only_tags:
        carried = sorted(tags.get(str(id_), "a deleted tag") for id_ in each)
        yield f"Only {' or '.join(carried)}"
    if limits.daily_calls:
        yield f"{limits.daily_calls:,} {'call' if limits.daily_calls == 1 else 'calls'} a day"
    if limits.ends_at:
        yield f"Ends {end_in_words(limits.ends_at, reader_zone())}"
