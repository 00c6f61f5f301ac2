"""The Owners' policy for every connection in an account. It applies at consent, and again at every call."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Self

from flask_babel import gettext as _
from sqlalchemy import JSON, CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.audit import Action, record
from models.clients import all_registered, app_names
from models.connections.limit_checks import checked_tags, must_leave_somebody, must_leave_something_to_read
from models.connections.limit_values import Limited, as_it_is, checked_asks, checked_calls, stored_limits, tag_sets
from models.connections.tripwires import as_recorded, checked_policy
from models.database import Base, db, locks
from models.errors import Invalid
from models.request_scope import Limits
from models.scopes import ALL_SCOPES, ScopeSet

LEAST_DAYS, MOST_DAYS = 1, 3_650


class ConnectionPolicy(Base):
    """The policy of an account. No row means no policy: each member decides alone."""

    __tablename__ = "connection_policy"

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    scopes: Mapped[frozenset[str] | None] = mapped_column(ScopeSet)
    """The maximum for every connection; None for all scopes."""
    apps: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    """Proven hosts and client ids that may connect; None for any app."""
    registration: Mapped[bool] = mapped_column(default=True)
    """Whether apps that registered themselves may connect; their descriptions are only claims."""
    second_factor: Mapped[bool] = mapped_column(default=False)
    """Whether a member needs a second factor to connect an app."""
    longest_days: Mapped[int | None]
    """Days after consent when a device must ask again, even if it stays active."""
    read_only: Mapped[bool] = mapped_column(default=False)
    hide_contact: Mapped[bool] = mapped_column(default=False)
    only_tags: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    daily_calls: Mapped[int | None]
    ask_first: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    """The calls of every app that its member must allow one by one."""
    tripwires: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    """The least that happens at each tripwire; None where members decide."""
    owners_answer: Mapped[bool] = mapped_column(default=False)
    """Whether Owners can answer for a member whose app asks first."""

    __table_args__ = (
        CheckConstraint("longest_days > 0", name="longest_days"),
        CheckConstraint("daily_calls > 0", name="daily_calls"),
    )

    @classmethod
    def of(cls, account_id: uuid.UUID) -> Self:
        """The policy of an account; one that allows everything if there is none."""
        found = db.session.get(cls, account_id)
        return found or cls(
            account_id=account_id,
            registration=True,
            second_factor=False,
            read_only=False,
            hide_contact=False,
            owners_answer=False,
        )

    @classmethod
    def locked(cls, account_id: uuid.UUID) -> Self:
        """The current policy, locked until the commit."""
        locks.take(account_id)
        # A row read before the locks may be stale. One save must not undo another.
        db.session.get(cls, account_id, with_for_update=True, populate_existing=True)
        return cls.of(account_id)

    @property
    def limits(self) -> Limits:
        """The limits of every connection, in addition to its member's."""
        return stored_limits(
            read_only=self.read_only,
            hide_contact=self.hide_contact,
            only_tags=self.only_tags,
            daily_calls=self.daily_calls,
            ask_first=self.ask_first,
        )

    def allows_app(self, kind: str, client_id: str, host: str | None) -> bool:
        """Whether this app may connect and work here: by its proven host or its id, and by how it was registered."""
        return app_allowed(self.apps, self.registration, kind, client_id, host)

    def change(self, **wanted: Any) -> list[str]:
        """Set the given fields; returns the names of what changed. Raises `Invalid` for invalid values."""
        present = ConnectionPolicy.locked(self.account_id)
        if present is not self and present in db.session:
            raise Invalid("", _("Somebody else just saved a policy. Review it, then save again."))
        checked = self._check(wanted)
        changed = [name for name, value in checked.items() if getattr(self, name) != value]
        for name in changed:
            setattr(self, name, checked[name])
        db.session.add(self)
        db.session.flush()
        values = {name: recorded(checked[name]) for name in changed if name not in {"apps", "tripwires"}}
        if "tripwires" in changed:
            values["tripwires"] = as_recorded(checked["tripwires"])
        record(Action.POLICY_CHANGED, ("account", self.account_id), fields=changed, values=values)
        return changed

    def with_changes(self, **wanted: Any) -> ConnectionPolicy:
        """This policy as it would be with these fields, which are not saved; raises `Invalid` like `change`."""
        kept = {name: getattr(self, name) for name in CHECKS}
        return ConnectionPolicy(account_id=self.account_id, **kept | self._check(wanted))

    def _check(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """These fields as they are stored."""
        checked = {name: CHECKS[name](self, value) for name, value in wanted.items()}
        self._must_leave_something({name: new for name, new in checked.items() if getattr(self, name) != new})
        return checked

    def _must_leave_something(self, changed: Mapping[str, Any]) -> None:
        if changed.get("only_tags"):
            must_leave_somebody(self.account_id, tag_sets(changed["only_tags"]))
        scopes = changed.get("scopes", self.scopes)
        if changed.get("read_only", self.read_only) and scopes is not None and {"read_only", "scopes"} & changed.keys():
            must_leave_something_to_read(scopes, _("The maximum access includes no scope that can read."))
        apps, registration = (changed.get(name, getattr(self, name)) for name in ("apps", "registration"))
        if apps and not registration and {"apps", "registration"} & changed.keys() and all_registered(apps):
            message = _(
                "These apps all registered themselves, and such apps are not allowed. "
                "Name another app, or allow apps that register themselves."
            )
            raise Invalid("apps", message)


def recorded(value: Any) -> Any:
    return sorted(value) if isinstance(value, frozenset) else value


def app_allowed(apps: list[str] | None, registration: bool, kind: str, client_id: str, host: str | None) -> bool:
    """Whether a policy allows this app."""
    named = apps is None or client_id in apps or (host is not None and host in apps)
    return named and (registration or kind != "registered")


def checked_scopes(_whose: Limited, value: frozenset[str] | None) -> frozenset[str] | None:
    if value is None or value >= ALL_SCOPES:
        return None
    if not value:
        raise Invalid("scopes", _("Choose at least one. Without any, the policy would block every app."))
    return value & ALL_SCOPES


def checked_apps(policy: ConnectionPolicy, value: list[str] | None) -> list[str] | None:
    return None if value is None else app_names(value, policy.apps or [])


def checked_days(_whose: Limited, value: int | None) -> int | None:
    if value is not None and not LEAST_DAYS <= value <= MOST_DAYS:
        message = _("Choose between %(least)s and %(most)s days, or leave it empty.", least=LEAST_DAYS, most=MOST_DAYS)
        raise Invalid("longest_days", message)
    return value


CHECKS: dict[str, Callable[[Any, Any], Any]] = {
    "scopes": checked_scopes,
    "apps": checked_apps,
    "registration": as_it_is,
    "second_factor": as_it_is,
    "longest_days": checked_days,
    "read_only": as_it_is,
    "hide_contact": as_it_is,
    "only_tags": checked_tags,
    "daily_calls": checked_calls,
    "ask_first": checked_asks,
    "tripwires": checked_policy,
    "owners_answer": as_it_is,
}


def ends_after(consented_at: datetime, longest_days: int | None) -> datetime | None:
    """When a policy ends an authorization with a consent of this time."""
    return None if longest_days is None else consented_at + timedelta(days=longest_days)
