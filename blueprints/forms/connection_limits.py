"""The limits of a connection on pages: the form fields that set them, and the sentences that describe them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from babel.lists import format_list
from flask_babel import format_decimal, lazy_gettext, ngettext
from flask_babel import gettext as _
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
from models.request_scope import MANY_AT_ONCE, AskFirst, Limits
from models.text import current_language, end_in_words, end_of, last_day, locale_of


class Tags(SelectMultipleField):
    """A choice of the account's tags, each with a check box."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def offer(self, tags: Mapping[str, str], kept: Collection[str]) -> None:
        """Offer these tags, and chosen ones that were deleted since: the limit to them stays until they are unticked."""
        gone = [id_ for id_ in kept if id_ not in tags]
        deleted = {id_: deleted_tag(number if len(gone) > 1 else None) for number, id_ in enumerate(gone, 1)}
        self.choices = list((dict(tags) | deleted).items())


def deleted_tag(number: int | None) -> str:
    if number is None:
        return str(_("A deleted tag that no profile has"))
    return str(_("A deleted tag that no profile has (%(number)s)", number=number))


def asks() -> list[tuple[str, str]]:
    """The calls that can wait for a person."""
    many = _("More than %(number)s profiles at once", number=MANY_AT_ONCE)
    return [
        (AskFirst.DELETE, _("Deleting")),
        (AskFirst.SEND, _("Sending mail to people")),
        (AskFirst.MANY, many),
        (AskFirst.CHANGE, _("Every change")),
    ]


class AsksFirst(SelectMultipleField):
    """A choice of calls that wait for a person, each with a check box."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class LimitsForm(EditForm):
    read_only = BooleanField(
        lazy_gettext("Read only"),
        description=lazy_gettext("The app can read what its scopes allow. It cannot change or send anything."),
    )
    hide_contact = BooleanField(
        lazy_gettext("Hide e-mail addresses and phone numbers"),
        description=lazy_gettext(
            "These fields are left out of every answer, and so are aliases that look like contact data. "
            "What somebody typed into a name, a tag or a debrief is still shown. "
            "It can invite new people, but nobody whose address is already in this account."
        ),
    )
    only_tags = Tags(
        lazy_gettext("Only profiles with one of these tags"),
        description=lazy_gettext(
            "With none selected, the app sees all profiles. It cannot rename or delete these tags, or tags of other profiles."
        ),
    )
    ask_first = AsksFirst(
        lazy_gettext("Ask me first"),
        choices=asks,
        description=lazy_gettext(
            "These calls wait until you allow each of them on a page here, where you see what it would do. A yes in the app does not count."
        ),
    )
    daily_calls = IntegerField(
        lazy_gettext("Maximum calls per day"),
        [Optional()],
        description=lazy_gettext("A day begins at midnight UTC. Leave empty for no limit of your own."),
    )
    ends_on = DateField(
        lazy_gettext("Ends after"),
        [Optional()],
        description=lazy_gettext("The last day of its access. Leave empty for no end date."),
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
            "ask_first": self.ask_first.data or None,
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


CHOSEN = ("read_only", "hide_contact", "only_tags", "ask_first", "daily_calls", "ends_on")


def last_day_here(ends_at: datetime | None) -> date | None:
    """The last day of a connection that ends then, in the reader's time zone."""
    return None if ends_at is None else last_day(ends_at, reader_zone())


def labels(account_id: UUID) -> dict[str, str]:
    """The tags of an account by their ids."""
    return {str(tag.id): tag.label for tag in Tag.all_in(account_id)}


def limit_sentences(limits: Limits, tags: Mapping[str, str]) -> Iterator[str]:
    """What these limits allow, in sentences; none if there is no limit."""
    if limits.read_only:
        yield _("It can read, but cannot change or send anything.")
    if limits.hide_contact:
        yield _("E-mail addresses and phone numbers are hidden from it.")
    for each in limits.only_tags:
        yield _("It sees only profiles with the tag %(tags)s.", tags=tags_in_words(each, tags))
    if limits.ask_first:
        yield _("A person must allow these calls first: %(calls)s.", calls=asks_in_words(limits.ask_first))
    if calls := limits.daily_calls:
        yield ngettext(
            "It can make at most %(shown)s call a day.",
            "It can make at most %(shown)s calls a day.",
            calls,
            shown=format_decimal(calls),
        )
    if limits.ends_at:
        yield _("Its access ends %(end)s.", end=end_in_words(limits.ends_at, reader_zone()))


def limit_labels(limits: Limits, tags: Mapping[str, str]) -> Iterator[str]:
    """The same in a few words each, for a list."""
    if limits.read_only:
        yield _("Read only")
    if limits.hide_contact:
        yield _("No e-mail or phone")
    for each in limits.only_tags:
        yield _("Only %(tags)s", tags=tags_in_words(each, tags))
    if limits.ask_first:
        yield _("Asks first")
    if calls := limits.daily_calls:
        yield ngettext("%(shown)s call a day", "%(shown)s calls a day", calls, shown=format_decimal(calls))
    if limits.ends_at:
        yield _("Ends %(end)s", end=end_in_words(limits.ends_at, reader_zone()))


def asks_in_words(chosen: Collection[str]) -> str:
    """The calls that wait for a person, as a list inside a sentence."""
    if AskFirst.CHANGE in chosen:
        return str(_("every change"))
    words = {
        AskFirst.DELETE: _("deleting"),
        AskFirst.SEND: _("sending mail to people"),
        AskFirst.MANY: _("more than %(number)s profiles at once", number=MANY_AT_ONCE),
    }
    return format_list([word for each, word in words.items() if each in chosen], locale=locale_of(current_language()))


def tags_in_words(ids: Iterable[UUID | str], tags: Mapping[str, str]) -> str:
    """One or more of these tags, of which a profile must have one: "A, B or C"."""
    carried = sorted(tags.get(str(id_), _("a deleted tag")) for id_ in ids)
    return format_list(carried, style="or", locale=locale_of(current_language()))
