"""Alarms that no single call shows, and the weekly digest of what apps did."""

from __future__ import annotations

import logging

from blueprints.worker import jobs
from blueprints.worker.jobs import every
from config import current_settings
from models.alarms import Alarm, countries_in, new_countries, refusal_bursts
from models.assessments import accounts
from models.audit_log import send_digests
from models.connections import Connection, Tripwire
from models.database import db, in_account, only_reading, writing

log = logging.getLogger("profile.alarms")


@every(5)
def watch_refusals() -> None:
    """Raise the alarm about every burst of refusals."""
    with only_reading():
        db.session.rollback()
        bursts = [(id_, calls) for id_, calls in refusal_bursts() if is_due(id_, Tripwire.REFUSALS)]
        db.session.rollback()
    for connection_id, calls in bursts:
        if jobs.stopping.is_set():
            return
        with writing():
            Alarm.sound(connection_id, Tripwire.REFUSALS, calls=calls)


@every(60)
def watch_countries() -> None:
    """Raise the alarm about every use from a new country, if this server has a table of countries."""
    if not (table := current_settings().country_table):
        return
    with only_reading():
        db.session.rollback()
        found = [(id_, name) for id_, name in new_countries(countries_in(table)) if is_due(id_, Tripwire.COUNTRY)]
        db.session.rollback()
    for connection_id, country in found:
        if jobs.stopping.is_set():
            return
        with writing():
            Alarm.sound(connection_id, Tripwire.COUNTRY, country=country)


@every(900)
def send_weekly_digests() -> None:
    """Go through all accounts: it is Monday morning at another time in each time zone."""
    for account_id in accounts():
        if jobs.stopping.is_set():
            return
        with in_account(account_id):
            if number := send_digests(account_id):
                log.info("weekly digests were posted", extra={"account": str(account_id), "messages": number})


def is_due(connection_id: object, tripwire: Tripwire) -> bool:
    connection = db.session.get(Connection, connection_id)
    return connection is not None and Alarm.due(connection, tripwire) is not None
