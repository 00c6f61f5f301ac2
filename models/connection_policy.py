"""What the Owners of an account have decided about every connection in it: at consent, and again at every call."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Self

from sqlalchemy import JSON, CheckConstraint, ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column

from models import gate
from models.audit import Action, record
from models.base import Base, db
from models.errors import Invalid
from models.limits import Limits, as_it_is, checked_calls, checked_tags, tag_sets
from models.member import Member
from models.scopes import ALL_SCOPES, ScopeSet

LEAST_DAYS, MOST_DAYS = 1, 3_650
MOST_APPS = 100


class ConnectionPolicy(Base):
    """The policy of an account. No row is no policy: each member decides alone."""

    __tablename__ = "connection_policy"

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    scopes: Mapped[frozenset[str] | None] = mapped_column(ScopeSet)
    """The most that any connection may have; None for all of them."""
    apps: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    """Proven hosts and client ids that may connect; None for any app."""
    registration: Mapped[bool] = mapped_column(default=True)
    """Whether apps that registered themselves may connect; what those say of themselves is only claimed."""
    second_factor: Mapped[bool] = mapped_column(default=False)
    """Whether a member must have a second factor to connect an app."""
    longest_days: Mapped[int | None]
    """Days after its consent when an installation must ask again, however active it is."""
    read_only: Mapped[bool] = mapped_column(default=False)
    hide_contact: Mapped[bool] = mapped_column(default=False)
    only_tags: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    daily_calls: Mapped[int | None]

    __table_args__ = (
        CheckConstraint("longest_days > 0", name="longest_days"),
        CheckConstraint("daily_calls > 0", name="daily_calls"),
    )

    @classmethod
    def of(cls, account_id: uuid.UUID) -> Self:
        """The policy of an account; one that allows everything where there is none."""
        found = db.session.get(cls, account_id)
        return found or cls(
            account_id=account_id, registration=True, second_factor=False, read_only=False, hide_contact=False
        )

    @property
    def limits(self) -> Limits:
        """What holds for every connection, whatever its member chose."""
        return Limits(self.read_only, self.hide_contact, tag_sets(self.only_tags), self.daily_calls)

    def allows_app(self, kind: str, client_id: str, host: str | None) -> bool:
        """Whether this app may connect and work here: by its proven host or its id, and by how it came to be known."""
        return app_allowed(self.apps, self.registration, kind, client_id, host)

    def change(self, **wanted: Any) -> list[str]:
        """Set what is given; returns the names of what changed. Raises `Invalid` for what cannot be meant."""
        checked = {name: CHECKS[name](self.account_id, value) for name, value in wanted.items()}
        changed = [name for name, value in checked.items() if getattr(self, name) != value]
        if changed:
            self._close_gates()
        for name in changed:
            setattr(self, name, checked[name])
        db.session.add(self)
        db.session.flush()
        values = {name: shown(checked[name]) for name in changed if name != "apps"}
        record(Action.POLICY_CHANGED, ("account", self.account_id), fields=changed, values=values)
        return changed

    def _close_gates(self) -> None:
        # All of them before any row, and in one order: see models/gate.py.
        for member_id in sorted(db.session.scalars(select(Member.id).where(Member.account_id == self.account_id))):
            gate.close(member_id)


def shown(value: Any) -> Any:
    return sorted(value) if isinstance(value, frozenset) else value


def app_allowed(apps: list[str] | None, registration: bool, kind: str, client_id: str, host: str | None) -> bool:
    """Whether a policy lets this app in."""
    named = apps is None or client_id in apps or (host is not None and host in apps)
    return named and (registration or kind != "registered")


def checked_scopes(_account_id: uuid.UUID, value: frozenset[str] | None) -> frozenset[str] | None:
    if value is None or value >= ALL_SCOPES:
        return None
    if not value:
        raise Invalid(
            "scopes", "A policy that allows no scope excludes every app. Allow at least one, or allow no apps."
        )
    return value & ALL_SCOPES


def checked_apps(_account_id: uuid.UUID, value: list[str] | None) -> list[str] | None:
    if value is None:
        return None
    apps = sorted({each.strip().lower() if "://" not in each else each.strip() for each in value if each.strip()})
    if len(apps) > MOST_APPS or any(len(each) > 500 or not each.isprintable() for each in apps):
        raise Invalid("apps", f"Name at most {MOST_APPS} apps, each by its domain or client id.")
    return apps


def checked_days(_account_id: uuid.UUID, value: int | None) -> int | None:
    if value is not None and not LEAST_DAYS <= value <= MOST_DAYS:
        raise Invalid("longest_days", f"Choose between {LEAST_DAYS} and {MOST_DAYS} days, or leave it empty.")
    return value


CHECKS: dict[str, Callable[[uuid.UUID, Any], Any]] = {
    "scopes": checked_scopes, "apps": checked_apps, "registration": as_it_is, "second_factor": as_it_is, "longest_days": checked_days,
    "read_only": as_it_is, "hide_contact": as_it_is, "only_tags": checked_tags, "daily_calls": checked_calls,
}  # fmt: skip


def ends_after(consented_at: datetime, longest_days: int | None) -> datetime | None:
    """When a policy ends what was consented to at that moment."""
    return None if longest_days is None else consented_at + timedelta(days=longest_days)
