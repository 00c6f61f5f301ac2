"""The limits of a connection as people meet them: the fields that set them, and the sentences that tell them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Self
from uuid import UUID

from wtforms import BooleanField, DateField, IntegerField, SelectMultipleField
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, ListWidget

from blueprints.site.forms import Form
from models.errors import Invalid
from models.limits import Limits
from models.tag import Tag
from models.tenancy import in_account


class Tags(SelectMultipleField):
    """Some of an account's tags, each with a box to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class LimitsForm(Form):
    read_only = BooleanField(
        "Only read", description="It can look at what its scopes open, and change or send nothing."
    )
    hide_contact = BooleanField(
        "Hide e-mail addresses and phone numbers", description="They are left out of every answer."
    )
    only_tags = Tags("Only profiles with one of these tags", description="With none ticked, it sees all profiles.")
    daily_calls = IntegerField("Most calls a day", [Optional()], description="Empty for no limit of your own.")
    ends_on = DateField(
        "Ends after", [Optional()], description="The last day (UTC) on which it works. Empty for no end."
    )

    @classmethod
    def within(cls, account_id: UUID, **given: Any) -> Self:
        """The form with the tags of this account to choose from."""
        form = cls(**given)
        with in_account(account_id):
            form.only_tags.choices = list(labels(account_id).items())
        return form

    def wanted(self) -> dict[str, Any]:
        """The limits as models take them."""
        return {
            "read_only": self.read_only.data, "hide_contact": self.hide_contact.data, "only_tags": self.only_tags.data or None,
            "daily_calls": self.daily_calls.data, "ends_at": end_of(self.ends_on.data),
        }  # fmt: skip

    @property
    def touched(self) -> bool:
        """Whether it asks for any limit, or says something that cannot be one."""
        return bool(self.errors) or any(self.wanted().values())

    def refuse(self, problem: Invalid) -> None:
        super().refuse(Invalid("ends_on", problem.message) if problem.field == "ends_at" else problem)


def end_of(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day + timedelta(days=1), time(), UTC)


def last_day(ends_at: datetime | None) -> date | None:
    return None if ends_at is None else (ends_at - timedelta(days=1)).date()


def labels(account_id: UUID) -> dict[str, str]:
    """The tags of an account by their ids."""
    return {str(tag.id): tag.label for tag in Tag.all_in(account_id)}


def told(limits: Limits, tags: Mapping[str, str]) -> Iterator[str]:
    """What these limits leave, in sentences; none where there is no limit."""
    if limits.read_only:
        yield "It only reads: it can change and send nothing."
    if limits.hide_contact:
        yield "E-mail addresses and phone numbers are hidden from it."
    for each in limits.only_tags:
        carried = sorted(tags.get(str(id_), "a deleted tag") for id_ in each)
        yield f"It sees only profiles with the tag {' or '.join(carried)}."
    if limits.daily_calls:
        yield f"It may make at most {limits.daily_calls:,} {'call' if limits.daily_calls == 1 else 'calls'} a day."
    if limits.ends_at:
        yield f"It ends after {last_day(limits.ends_at):%-d %B %Y} (UTC)."
