"""Whether new limits would allow an app more than the current ones.

Stricter ones apply without asking; looser ones need confirmation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from models.connections.connection import Connection
from models.connections.tripwires import milder


def loosens(connection: Connection, wanted: Mapping[str, Any]) -> bool:
    """Whether any of these limits is looser than the current one of this connection."""
    return any(LOOSER[name](getattr(connection, name), value) for name, value in wanted.items())


def given_up(present: bool, wanted: bool) -> bool:
    return present and not wanted


def raised(present: Any, wanted: Any) -> bool:
    """For numbers and times: None is no limit."""
    return present is not None and (wanted is None or wanted > present)


def widened(present: list[str] | None, wanted: list[str] | None) -> bool:
    """For tags, of which people must have one: fewer tags are stricter, and None is no limit."""
    return present is not None and (not wanted or not set(wanted) <= set(present))


def dropped(present: list[str] | None, wanted: list[str] | None) -> bool:
    """For calls that wait for a person: more of them are stricter."""
    return not set(present or ()) <= set(wanted or ())


LOOSER: dict[str, Callable[[Any, Any], bool]] = {
    "read_only": given_up,
    "hide_contact": given_up,
    "only_tags": widened,
    "daily_calls": raised,
    "ends_at": raised,
    "ask_first": dropped,
    "tripwires": milder,
}
