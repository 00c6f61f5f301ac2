"""An account: a team's profiles, tags and settings, apart from everyone else's."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime

from babel.numbers import format_decimal
from flask_babel import gettext as _
from sqlalchemy import CheckConstraint, false, func, select
from sqlalchemy.orm import Mapped, mapped_column

from models.audit import Action, difference, record, stored
from models.database import Base, Id, Moment, change, db, locks, now
from models.errors import Invalid
from models.instruments import ASSESSMENTS
from models.text import ENGLISH, current_language, known_language, line, locale_of

# The link works for seven days. A reminder of an expired link would only annoy.
MOST_REMINDER_DAYS = 6


# How many days an account can keep its audit log, and the default.
LEAST_DAYS, USUAL_DAYS, MOST_DAYS = 30, 400, 3_650


class SetUp(Base):
    """A first account that there was once. It outlives the account, so that the set-up token that created it stays spent."""

    __tablename__ = "set_up"

    id: Mapped[Id]
    spent_at: Mapped[Moment]


class Account(Base):
    """A team's account. Every row that belongs to it carries its id."""

    __tablename__ = "account"

    id: Mapped[Id]
    name: Mapped[str]
    type: Mapped[str] = mapped_column(default="team")
    assessments: Mapped[list[str]] = mapped_column(default=lambda: list(ASSESSMENTS))
    """Which assessments an invitation asks for, in order."""
    eco_printing: Mapped[bool] = mapped_column(default=False)
    """Whether reports print without coloured areas."""
    core_extended: Mapped[bool] = mapped_column(default=False)
    """Whether Core Values shows ten values instead of five."""
    audit_retention_days: Mapped[int] = mapped_column(default=USUAL_DAYS)
    debriefs_by_model: Mapped[bool] = mapped_column(default=False)
    """Whether scores may be sent to the language model that DEBRIEF_MODEL names. An Owner turns it on."""
    debriefs_sent_to: Mapped[str | None]
    """The host that the Owner agreed to. Scores are sent to no other host."""
    results_seen_first: Mapped[bool] = mapped_column(default=False)
    """Whether people see their result before anybody else. It holds for those who agree while it is on."""
    reminder_days: Mapped[int] = mapped_column(default=3)
    """Days until a reminder follows an unanswered invitation; 0 for no reminders."""
    language: Mapped[str] = mapped_column(default=ENGLISH)
    """The language in which people are invited, unless the invitation names another one."""
    second_factor_required: Mapped[bool] = mapped_column(default=False)
    """Whether members need a second factor before they see anything of the account."""
    set_up_hidden: Mapped[bool] = mapped_column(default=False)
    """Whether an Owner hid the set-up from Home. What is done of it is read from the data."""
    profiles_by_tags: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether Users and Managers see only profiles with their tags, and their own."""
    decoy_id: Mapped[uuid.UUID | None]
    """The profile of an invented person, which exists for apps and for no member (models/demo/decoy.py)."""
    created_at: Mapped[Moment]
    delete_after: Mapped[datetime | None]
    """When the account and everything in it will be deleted.

    It is locked while this is set (models/privacy/account_deletion.py).
    """

    __table_args__ = (CheckConstraint("type IN ('team', 'personal')", name="type"),)

    @classmethod
    def create(cls, name: str) -> Account:
        """A new account without members yet."""
        account = cls(name=account_name(name), created_at=now())
        if not cls.any_exists():
            # Whichever set-up token created it is spent.
            db.session.add(SetUp(spent_at=now()))
        db.session.add(account)
        db.session.flush()
        return account

    @classmethod
    def called(cls, name_or_id: str) -> Account:
        """The account with this name or id, for the command line; raises `Invalid` unless exactly one matches."""
        wanted = name_or_id if name_or_id.isprintable() else ""
        found = list(db.session.scalars(select(cls).where(cls.name == wanted).order_by(cls.id)))
        if not found and (account := db.session.get(cls, as_id(name_or_id))):
            return account
        if len(found) > 1:
            ids = ", ".join(str(account.id) for account in found)
            raise Invalid("account", f'Several accounts are called "{name_or_id}". Say which by its id: {ids}.')
        if not found:
            raise Invalid("account", f'No account has the name or id "{name_or_id}".')
        return found[0]

    @classmethod
    def any_exists(cls) -> bool:
        """Whether any account exists; until then, the first person may sign up (SIGN_UP=invite)."""
        return db.session.scalar(select(func.count()).select_from(select(cls.id).limit(1).subquery())) == 1

    def update(
        self,
        name: str | None = None,
        assessments: Iterable[str] | None = None,
        eco_printing: bool | None = None,
        core_extended: bool | None = None,
        reminder_days: int | None = None,
        audit_retention_days: int | None = None,
        results_seen_first: bool | None = None,
        language: str | None = None,
    ) -> list[str]:
        """Change the given fields and leave the rest; returns the names of the settings that changed."""
        wanted = {
            "name": None if name is None else account_name(name),
            "assessments": None if assessments is None else checked_assessments(assessments),
            "eco_printing": eco_printing,
            "core_extended": core_extended,
            "results_seen_first": results_seen_first,
            "reminder_days": None if reminder_days is None else checked_reminder_days(reminder_days),
            "audit_retention_days": None if audit_retention_days is None else checked_retention(audit_retention_days),
            "language": None if language is None else checked_language(language),
        }
        before = stored(self)
        changed = change(self, wanted)
        # Somebody typed the name, so it stays out of the audit log; the other values are enumerated.
        values = {field: wanted[field] for field in changed if field != "name"}
        kept = difference(self, before)
        record(Action.ACCOUNT_CHANGED, ("account", self.id), fields=changed, values=values, kept=kept)
        return changed

    def show_profiles_by_tags(self, by_tags: bool) -> None:
        """Show Users and Managers only profiles with their tags, or all profiles, from the next request of each."""
        locks.take(self.id)
        if by_tags == self.profiles_by_tags:
            return
        self.profiles_by_tags = by_tags
        record(
            Action.ACCOUNT_CHANGED,
            ("account", self.id),
            fields=["profiles_by_tags"],
            values={"profiles_by_tags": by_tags},
            account_id=self.id,
        )

    @property
    def locked(self) -> bool:
        """Whether it will be deleted soon: nobody can work in it, and its Owners can only cancel the deletion."""
        return self.delete_after is not None

    def allow_scores_to(self, host: str | None) -> None:
        """Let the language model at this host write debriefs from scores alone; None stops sending scores."""
        if host == (self.debriefs_sent_to if self.debriefs_by_model else None):
            return
        self.debriefs_by_model, self.debriefs_sent_to = host is not None, host
        given = {"debriefs_by_model": host is not None, "sent_to": host}
        record(Action.ACCOUNT_CHANGED, ("account", self.id), fields=["debriefs_by_model"], values=given)

    def allows_scores_to(self, host: str | None) -> bool:
        """Whether an Owner agreed to this exact host."""
        return self.debriefs_by_model and not self.locked and host is not None and self.debriefs_sent_to == host


def as_id(text: str) -> uuid.UUID:
    """This text as an id; an id that no row has if it is not one."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.UUID(int=0)


def account_name(value: str) -> str:
    return line("name", value, 120, _("The account's name"), required=True)


def checked_reminder_days(days: int) -> int:
    if not 0 <= days <= MOST_REMINDER_DAYS:
        raise Invalid(
            "reminder_days", _("A reminder is sent after 1 to %(most)s days, or not at all.", most=MOST_REMINDER_DAYS)
        )
    return days


def checked_assessments(chosen: Iterable[str]) -> list[str]:
    """The chosen assessments in their usual order; raises `Invalid` when none is chosen or one is unknown."""
    wanted = set(chosen)
    if unknown := wanted - set(ASSESSMENTS):
        raise Invalid("assessments", f'unknown assessment "{min(unknown)}": choose among {", ".join(ASSESSMENTS)}')
    if not wanted:
        raise Invalid("assessments", _("Choose at least one assessment."))
    return [name for name in ASSESSMENTS if name in wanted]


def checked_language(tag: str) -> str:
    """This language; raises `Invalid` if there are no translations into it."""
    if known_language(tag) is None:
        raise Invalid("language", _("Choose one of the languages in the list."))
    return tag


def checked_retention(days: int) -> int:
    """How many days the audit log is kept; raises `Invalid` if that is too short or too long."""
    if not LEAST_DAYS <= days <= MOST_DAYS:
        raise Invalid("audit_retention_days", retention_rule())
    return days


def retention_rule() -> str:
    """For how many days an audit log can be kept."""
    most = format_decimal(MOST_DAYS, locale=locale_of(current_language()))
    rule = _(
        "The audit log is kept for %(least)s to %(most)s days. Enter a whole number of days.",
        least=LEAST_DAYS,
        most=most,
    )
    return str(rule)
