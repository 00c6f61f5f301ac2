"""Codes and refresh tokens made in advance with the models alone, so that a round has nothing in it but the race."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from flask import Flask
from sqlalchemy import func, select

from config import Settings
from models.accounts.member import Member
from models.clients.client import Client
from models.connections.authorization import Authorization
from models.connections.connection import Connection
from models.connections.lifecycle import open_connection
from models.database.base import db
from models.oauth.tokens import AccessToken, AuthorizationCode, RefreshToken, issue_refresh_token
from models.scopes import ALL_SCOPES
from tests.assistant import challenge_of
from tests.fixtures.people import Person

CALLBACK = "http://localhost:3118/callback"
VERIFIER = "a-verifier-that-is-long-enough-to-be-one-of-RFC-7636"
YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Grant:
    """One installation of an app, and the secret that it is about to use."""

    authorization_id: uuid.UUID
    client_id: str
    secret: str

    def redeem(self) -> dict[str, str]:
        """The form that redeems it as a code."""
        return {
            "grant_type": "authorization_code",
            "code": self.secret,
            "client_id": self.client_id,
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
        }

    def refresh(self) -> dict[str, str]:
        """The form that uses it as a refresh token."""
        return {"grant_type": "refresh_token", "refresh_token": self.secret, "client_id": self.client_id}


@dataclass(frozen=True)
class Family:
    """What hangs off one authorization in the database."""

    ended: str | None
    generation: int
    refresh_tokens: int
    access_tokens: int


class Grants:
    """Makes installations of one app of one person, and looks at what became of them."""

    def __init__(self, app: Flask, settings: Settings, person: Person) -> None:
        self.app, self.settings, self.person = app, settings, person

    def codes(self, number: int) -> list[Grant]:
        """As many installations that have a code to redeem."""
        with self._kept() as (client_id, authorizations):
            challenge = challenge_of(VERIFIER)
            return [
                Grant(one.id, client_id, AuthorizationCode.issue(one, challenge, CALLBACK))
                for one in authorizations(number)
            ]

    def refresh_tokens(self, number: int) -> list[Grant]:
        """As many installations that have a refresh token."""
        with self._kept() as (client_id, authorizations):
            return [Grant(one.id, client_id, issue_refresh_token(one.id)) for one in authorizations(number)]

    def rotated_long_ago(self, grants: list[Grant]) -> None:
        """Make what was rotated look as if that had been ten minutes before."""
        ids = [grant.authorization_id for grant in grants]
        with self.app.app_context():
            for token in db.session.scalars(select(RefreshToken).where(RefreshToken.authorization_id.in_(ids))):
                if token.rotated_at:
                    token.rotated_at -= timedelta(minutes=10)
            db.session.commit()

    def family(self, grant: Grant) -> Family:
        """What became of it."""
        with self.app.app_context():
            one = db.session.get_one(Authorization, grant.authorization_id)
            counts = [
                db.session.scalar(
                    select(func.count()).select_from(table).where(table.authorization_id == grant.authorization_id)
                )
                for table in (RefreshToken, AccessToken)
            ]
            return Family(one.end_reason, one.generation, counts[0] or 0, counts[1] or 0)

    @contextmanager
    def _kept(self) -> Iterator[tuple[str, Authorizations]]:
        with self.app.app_context():
            client, _ = Client.register("Claude", [CALLBACK])
            connection = open_connection(db.session.get_one(Member, self.person.member_id), client, ALL_SCOPES)
            yield client.client_id, Authorizations(connection, self.settings.mcp_url)
            db.session.commit()


@dataclass(frozen=True)
class Authorizations:
    """Makes authorizations of one connection."""

    connection: Connection
    resource: str

    def __call__(self, number: int) -> Iterator[Authorization]:
        for _ in range(number):
            yield Authorization.give(
                self.connection, ALL_SCOPES, ALL_SCOPES, frozenset(), self.resource, CALLBACK, YEAR, YEAR, None, None
            )
