"""What is in the database while the server is measured: one account, its owner, profiles with tags, and connected apps."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from random import Random
from typing import Any

from flask.sessions import SecureCookieSessionInterface
from sqlalchemy import insert, text

from app import create_app
from config import Settings
from models.accounts.account import Account
from models.accounts.member import Member
from models.accounts.user import User
from models.clients.client import Client
from models.connections.authorization import Authorization
from models.connections.connection import Connection
from models.connections.usage import ConnectionUse
from models.database.base import Base, db, new_id, now
from models.database.tenancy import enter_account, in_account
from models.identity.session import LoginSession
from models.oauth.tokens import AccessToken, AuthorizationCode, RefreshToken, refresh_tokens_of
from models.permissions import Role
from models.profiles.profile import Profile
from models.profiles.profile_tag import ProfileTag
from models.profiles.tag import COLORS, Tag
from models.request_scope import open_scope
from models.scopes import ALL_SCOPES
from models.secrets import ACCESS_TOKEN, AUTHORIZATION_CODE, fingerprint, mint, pkce_challenge
from models.text import email_key

FIRST = ("Ada", "Bente", "Chiara", "Daan", "Elif", "Farid", "Grace", "Hugo", "Ines", "Jonas", "Katya", "Leo", "Mina")
LAST = ("Abel", "Bauer", "Costa", "Dubois", "Eriksen", "Fischer", "Garcia", "Hansen", "Ito", "Jansen", "Kaya", "Lopez")
RARE = "Quillfeather"
RARE_ONE_IN = 1_000
STYLES = ("D", "DI", "I", "IS", "S", "SC", "C", "CD", None)
BATCH = 5_000
CALLBACK = "http://localhost:3118/callback"
VERIFIER = "v" * 64
YEAR = timedelta(days=365)

Row = dict[str, Any]
Rows = dict[type[Base], list[Row]]


@dataclass(frozen=True)
class Installation:
    """An installed app with what it holds: tokens, or a code that it has not redeemed yet."""

    client_id: str
    access_token: str
    refresh_token: str
    code: str


class Stage:
    """Everything that a measurement needs to know of the database. Rows are written in bulk, through the models' tables."""

    def __init__(self, settings: Settings, profiles: int) -> None:
        self.settings, self.profiles = settings, profiles
        self.app = create_app(settings)
        with self.app.app_context(), open_scope():
            account = Account.create("Aperture Science")
            user = User(email="owner@example.com", email_key="owner@example.com", name="Olivia Hart", created_at=now())
            db.session.add(user)
            db.session.flush()
            member = Member.add(account, user, Role.OWNER)
            self.account_id, self.user_id, self.member_id = account.id, user.id, member.id
            with in_account(account.id):
                self.tag_ids = [Tag.create(account.id, f"Team {color}", color).id for color in COLORS]
                # One tag for each connection that changes tags, so that none waits for another's row.
                self.own_tag_ids = [Tag.create(account.id, f"Own {n}", "blue").id for n in range(64)]
            db.session.commit()
            enter_account(account.id)
            people = self.people(profiles)
            while batch := list(islice(people, BATCH)):
                self.write({Profile: batch, ProfileTag: list(self.tagged(batch))})
            settle()
            db.engine.dispose()

    def people(self, count: int) -> Iterator[Row]:
        """So many profiles; each thousandth has a rare name."""
        moment = now()
        for number in range(count):
            last = RARE if number % RARE_ONE_IN == 500 else LAST[number // len(FIRST) % len(LAST)]
            address = f"person{number}@example.com"
            style = STYLES[number % len(STYLES)]
            profile = Profile(
                id=new_id(),
                account_id=self.account_id,
                email=address,
                email_key=email_key(address),
                first_name=FIRST[number % len(FIRST)],
                last_name=f"{last} {number:x}",
                phone="",
                comment="",
                status="completed" if style else "pending",
                disc_style=style,
                completed_at=moment if style else None,
                created_at=moment,
                updated_at=moment,
            )
            profile.refresh_search()
            yield {column.key: getattr(profile, column.key) for column in Profile.__table__.columns}

    def tagged(self, profiles: list[Row]) -> Iterator[Row]:
        """Two tags for each of these profiles."""
        chance = Random(len(profiles))
        for profile in profiles:
            for tag_id in chance.sample(self.tag_ids, 2):
                yield {"account_id": self.account_id, "profile_id": profile["id"], "tag_id": tag_id}

    def connected(self, count: int) -> list[Installation]:
        """So many installations that have their tokens, each of an app and with a connection of its own."""
        return self.install(count, waiting=False)

    def waiting(self, count: int) -> list[Installation]:
        """So many installations that have been allowed and have not redeemed their code."""
        return self.install(count, waiting=True)

    def install(self, count: int, *, waiting: bool) -> list[Installation]:
        made: list[Installation] = []
        with self.app.app_context(), open_scope():
            for _ in range(0, count, BATCH):
                rows: Rows = {}
                made += [self.installation(rows, waiting) for _ in range(min(BATCH, count - len(made)))]
                self.write(rows)
            settle()
            db.engine.dispose()
        return made

    def installation(self, rows: Rows, waiting: bool) -> Installation:
        """One installation, its rows added to those of others."""
        ids = {model: new_id() for model in (Client, Connection, Authorization)}
        moment = now()
        found = Installation(
            uuid.uuid4().hex,
            "" if waiting else mint(ACCESS_TOKEN),
            "" if waiting else next(refresh_tokens_of(ids[Authorization], 0)),
            mint(AUTHORIZATION_CODE) if waiting else "",
        )
        of = {"id": new_id(), "authorization_id": ids[Authorization]}
        for model, row in {
            Client: {
                "id": ids[Client],
                "client_id": found.client_id,
                "kind": "registered",
                "name": "Claude",
                "redirect_uris": [CALLBACK],
                "grant_types": ["authorization_code", "refresh_token"],
                "auth_method": "none",
                "about": {},
                "created_at": moment,
                "first_used_at": moment,
            },
            Connection: {
                "id": ids[Connection],
                "account_id": self.account_id,
                "member_id": self.member_id,
                "client_id": ids[Client],
                "ceiling": ALL_SCOPES,
                "created_at": moment,
            },
            ConnectionUse: {"connection_id": ids[Connection], "last_used_at": moment},
            Authorization: {
                "id": ids[Authorization],
                "account_id": self.account_id,
                "connection_id": ids[Connection],
                "requested": ALL_SCOPES,
                "granted": ALL_SCOPES,
                "denied": frozenset(),
                "resource": self.settings.mcp_url,
                "redirect_uri": CALLBACK,
                "created_at": moment,
                "expires_at": moment + YEAR,
                "idle_until": moment + YEAR,
                "generation": 0,
            },
        }.items():
            rows.setdefault(model, []).append(row)
        if waiting:
            rows.setdefault(AuthorizationCode, []).append(
                {
                    **of,
                    "code_hash": fingerprint(found.code),
                    "code_challenge": pkce_challenge(VERIFIER),
                    "redirect_uri": CALLBACK,
                    "expires_at": moment + YEAR,
                }
            )
            return found
        access = {"token_hash": fingerprint(found.access_token), "scope": ALL_SCOPES, "expires_at": moment + YEAR}
        rows.setdefault(AccessToken, []).append({**of, **access, "created_at": moment})
        refresh = {"token_hash": fingerprint(found.refresh_token), "generation": 0}
        rows.setdefault(RefreshToken, []).append({**of, **refresh, "created_at": moment})
        return found

    def write(self, rows: Rows) -> None:
        """Insert these rows, in one transaction."""
        enter_account(self.account_id)
        for model, several in rows.items():
            db.session.connection().execute(insert(model), several)
        db.session.commit()

    def browser_cookie(self) -> str:
        """The cookie of a browser in which the owner is signed in."""
        with self.app.app_context(), open_scope():
            _, secret = LoginSession.start(db.session.get_one(User, self.user_id), self.account_id, None, None)
            db.session.commit()
            db.engine.dispose()
        signer = SecureCookieSessionInterface().get_signing_serializer(self.app)
        assert signer
        return f"{self.app.config['SESSION_COOKIE_NAME']}={signer.dumps({'signed_in': secret})}"


def settle() -> None:
    """Bring the database to where it would be some time after so many rows came in: PostgreSQL has statistics, SQLite a short WAL."""
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    else:
        db.session.rollback()
        db.engine.raw_connection().cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
