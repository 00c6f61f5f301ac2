"""How many invitations can be sent in a day, so that neither a mistake nor a misled assistant floods people with mail."""

from __future__ import annotations

import math
import uuid
from dataclasses import dataclass

from models.errors import NotAllowed
from models.rate_limits.buckets import Counted, Limit, counted, fill, wait_for
from models.rate_limits.buckets import take as count_alone

DAY = 86_400_000_000
"""In microseconds."""


@dataclass(frozen=True)
class Daily(Limit):
    """This many at once, and as many again over a day."""

    def step(self, cost: int = 1) -> int:
        return cost * DAY // self.at_once

    @classmethod
    def of(cls, number: int) -> Daily:
        return cls(a_minute=0, at_once=number)


BY_PEOPLE, BY_FILES = Daily.of(2_000), Daily.of(20_000)
BY_ONE_CONNECTION, TO_ONE_ADDRESS = Daily.of(200), Daily.of(3)

ALL_OF_AN_APP = f"This connection has reached the limit of {BY_ONE_CONNECTION.at_once} invitations a day. Failed attempts count too."
ALL_TO_ONE = (
    f"Apps have sent e-mail to this address {TO_ONE_ADDRESS.at_once} times within a day. "
    "A member can send it again in Profile."
)


def spend(account_id: uuid.UUID, email_key: str, connection_id: uuid.UUID | None) -> None:
    """Count one sending, by a person or through a connection; raises `NotAllowed` if the daily limit is reached."""
    if connection_id is None:
        take(
            counted(BY_PEOPLE, "invitations by people", account_id),
            1,
            f"This account has sent {BY_PEOPLE.at_once:,} invitations within a day. To invite many people, upload a file.",
        )
        return
    take(by_connection(connection_id), 1, ALL_OF_AN_APP)
    # Deleting and recreating things in between does not reset this: an app cannot flood anybody with mail.
    to_address = counted(TO_ONE_ADDRESS, "invitations to an address", account_id, email_key)
    if not fill(to_address):
        wait = wait_for(to_address)
        spend_on_try(connection_id)
        raise used_up(ALL_TO_ONE, wait)


def spend_on_try(connection_id: uuid.UUID) -> None:
    """Count an app's invitation that is refused because of its recipient; raises `NotAllowed` if the daily limit is reached.

    In a separate transaction, since the refusal rolls back the current one: guessing addresses is as limited as mail.
    """
    if wait := count_alone(by_connection(connection_id)):
        raise used_up(ALL_OF_AN_APP, wait)


def by_connection(connection_id: uuid.UUID) -> Counted:
    return counted(BY_ONE_CONNECTION, "invitations by an app", connection_id)


def spend_on_file(account_id: uuid.UUID, people: int) -> None:
    """Count the sendings of one file; raises `NotAllowed` if the daily limit is too small."""
    sentence = f"Files have invited nearly {BY_FILES.at_once:,} people to this account within a day."
    take(counted(BY_FILES, "invitations by files", account_id), people, sentence)


def take(what: Counted, number: int, sentence: str) -> None:
    if number and not fill(what, number):
        raise used_up(sentence, wait_for(what, cost=number))


def used_up(sentence: str, wait: int) -> NotAllowed:
    return NotAllowed(f"{sentence} Try again in {span(wait)}.")


def span(seconds: int) -> str:
    minutes = max(1, math.ceil(seconds / 60))
    if minutes > 90:
        return f"{math.ceil(minutes / 60)} hours"
    return "a minute" if minutes == 1 else f"{minutes} minutes"
