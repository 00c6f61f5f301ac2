"""How fast an app can work through a connection.

The counters are in its usage row, and change in the transaction of each call's entry.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import BigInteger, Text, Uuid, bindparam, case, func, or_, select, update

from models.connections import ConnectionUse
from models.database import Prepared, db, microseconds, now, table_of
from models.oauth.bearer import Bearer
from models.rate_limits import Limit, counted, fill, fuller, wait_for
from models.rate_limits.buckets import has_room
from models.request_scope import current_scope

NOTED_EVERY = timedelta(minutes=1)
MOST_IN_A_SHARE = 10
EVERYTHING = 2**62

SENTENCES = {
    "calls": "Too many calls in a short time.",
    "writes": "Too many changes in a short time.",
    "account": "Too many calls in a short time by all apps of this account together.",
}


class TooFast(Exception):
    """A connection, or all of an account's together, made too many calls; `wait` is how many seconds to wait."""

    def __init__(self, what: str, wait: int) -> None:
        self.what, self.wait = what, max(1, wait)
        unit = "second" if self.wait == 1 else "seconds"
        super().__init__(f"{SENTENCES[what]} Nothing was done. Wait {self.wait} {unit}, then try again.")


class DayIsOver(Exception):
    """A connection has used up its daily calls, set by the member or the account's policy."""

    def __init__(self, most: int) -> None:
        made = "1 call a day, and has made it" if most == 1 else f"{most:,} calls a day, and has made them"
        super().__init__(f"This connection can make {made}. It can make more after midnight UTC.")


@dataclass(frozen=True)
class Pace:
    """How fast a connection can be, and all connections of an account together."""

    calls: Limit
    writes: Limit
    account: Limit

    @property
    def share(self) -> int:
        """How many calls of a connection the account counts together: counting each one would make all writers wait for one row."""
        return max(1, min(MOST_IN_A_SHARE, self.account.a_minute // 60))

    def look(self, bearer: Bearer, *, writes: bool = False) -> None:
        """Raise `TooFast` if the bearer was read without room left; this costs no query, so a flood is cheap."""
        self._check(bearer.calls_empty_at, bearer.writes_empty_at if writes else 0)

    def count(self, bearer: Bearer, *, wrote: bool, undone: bool = False, people: int = 0) -> None:
        """Count a call in the current transaction; raises `TooFast` or `DayIsOver`, and then it must not be committed.

        A call that is refused anyway is counted too, but not towards the daily limit.
        """
        moment, at = microseconds(), now()
        most = EVERYTHING if undone else bearer.limits.daily_calls or EVERYTHING
        numbers = {
            "row": bearer.connection_id,
            "now": at,
            "moment": moment,
            "today": at.date().isoformat(),
            "most": most,
            "step": self.calls.step(),
            "latest": self.calls.latest(moment),
            "beyond": self.calls.beyond(moment),
            "network": current_scope().actor.address,
            "people": people,
            **(self._write_numbers(moment) if wrote else {}),
        }
        calls = (COUNT_WRITE if wrote else COUNT_CALL).scalar(numbers)
        if calls is None:
            *counters, day, calls_of_day = COUNTERS.row({"row": bearer.connection_id}) or ()
            if day == numbers["today"] and calls_of_day >= most:
                raise DayIsOver(most)
            self._check(*counters)
            raise TooFast("calls", 1)
        if calls % self.share == 0:
            self._count_for_account(bearer)

    def _write_numbers(self, moment: int) -> dict[str, int]:
        limit = self.writes
        return {
            "write_step": limit.step(),
            "write_latest": limit.latest(moment),
            "write_beyond": limit.beyond(moment),
        }

    def _check(self, calls_empty_at: int, writes_empty_at: int) -> None:
        moment = microseconds()
        waits = {"calls": self.calls.wait(calls_empty_at, moment), "writes": self.writes.wait(writes_empty_at, moment)}
        what = max(waits, key=lambda name: waits[name])
        if waits[what]:
            raise TooFast(what, waits[what])

    def _count_for_account(self, bearer: Bearer) -> None:
        # A connection that is refused here stops before its next share; so does each of the account's in turn.
        everybody = counted(self.account, "calls of an account", bearer.account_id)
        if not fill(everybody, self.share):
            raise TooFast("account", wait_for(everybody, cost=self.share))

    def note_refusal(self, bearer: Bearer, refusal: TooFast) -> bool:
        """Whether to record this refusal in the audit log, in the current transaction: once a minute."""
        if refusal.what == "account":
            # Until the account has room again, this connection is refused before anything is read or written.
            until = self.calls.latest(microseconds()) + refusal.wait * 1_000_000
            db.session.connection().execute(HOLD, {"row": bearer.connection_id, "until": until})
        moment = now()
        told = {"row": bearer.connection_id, "now": moment, "before": moment - NOTED_EVERY}
        return bool(db.session.connection().execute(NOTE, told).rowcount)

    def noted(self, bearer: Bearer) -> bool:
        """Whether the audit log recorded a refusal a moment ago, as the bearer was read."""
        return bearer.refusal_noted_at is not None and bearer.refusal_noted_at > now() - NOTED_EVERY


def count_refresh(connection_id: uuid.UUID, limit: Limit) -> int:
    """Count a token refresh in the current transaction; returns the seconds to wait if it was one too many."""
    moment = microseconds()
    bounds = {"latest": limit.latest(moment), "beyond": limit.beyond(moment)}
    numbers = {"row": connection_id, "moment": moment, "step": limit.step(), **bounds}
    if db.session.connection().execute(COUNT_REFRESH, numbers).rowcount:
        return 0
    return max(1, limit.wait(db.session.connection().execute(REFRESHES, {"row": connection_id}).scalar_one(), moment))


use = table_of(ConnectionUse).c
OWN = use.connection_id == bindparam("row", type_=Uuid)


def number(name: str) -> Any:
    return bindparam(name, type_=BigInteger)


TODAY = use.day == bindparam("today", type_=Text)
COUNTING = (
    update(table_of(ConnectionUse))
    .where(OWN, has_room(use.calls_empty_at), case((TODAY, use.calls_of_day), else_=0) < number("most"))
    .values(
        calls=use.calls + 1,
        calls_empty_at=fuller(use.calls_empty_at),
        last_used_at=bindparam("now"),
        last_network=func.coalesce(bindparam("network", type_=Text), use.last_network),
        day=bindparam("today", type_=Text),
        calls_of_day=case((TODAY, use.calls_of_day), else_=0) + 1,
        people_of_day=case((TODAY, use.people_of_day), else_=0) + number("people"),
    )
    .returning(use.calls)
)
COUNT_CALL = Prepared(COUNTING)
WRITE_BEYOND = number("write_beyond")
COUNT_WRITE = Prepared(
    COUNTING.where(has_room(use.writes_empty_at, number("write_latest"), WRITE_BEYOND)).values(
        writes_empty_at=fuller(use.writes_empty_at, number("write_step"), WRITE_BEYOND)
    )
)
COUNT_REFRESH = (
    update(table_of(ConnectionUse))
    .where(OWN, has_room(use.refreshes_empty_at))
    .values(refreshes_empty_at=fuller(use.refreshes_empty_at))
)
REFRESHES = select(use.refreshes_empty_at).where(OWN)
COUNTERS = Prepared(select(use.calls_empty_at, use.writes_empty_at, use.day, use.calls_of_day).where(OWN))
HOLD = (
    update(table_of(ConnectionUse))
    .where(OWN, use.calls_empty_at < number("until"))
    .values(calls_empty_at=number("until"))
)
NOTE = (
    update(table_of(ConnectionUse))
    .where(OWN, or_(use.refusal_noted_at.is_(None), use.refusal_noted_at <= bindparam("before")))
    .values(refusal_noted_at=bindparam("now"))
)
