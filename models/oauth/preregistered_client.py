"""Apps registered by hand, by an Owner for one account or by the server administrator for all; a secret is shown once."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import func, select

from models.audit import Action, record
from models.clients import Client, redirect_problem
from models.database import claim_once, db
from models.errors import Invalid, NotAllowed, NotFound
from models.oauth.device_authorization import DEVICE_GRANT
from models.request_scope import current_scope
from models.secrets import CLIENT_SECRET, digest, fingerprint, mint
from models.text import line, sort_key, typed_url

MOST_CLIENTS = 50
MOST_REDIRECT_URIS = 10


def clients_of(account_id: uuid.UUID) -> list[Client]:
    """The apps that this account registered, by name."""
    statement = select(Client).where(Client.account_id == account_id, Client.removed_at.is_(None))
    return sorted(db.session.scalars(statement.order_by(Client.id)), key=lambda client: sort_key(client.name))


def find_client(account_id: uuid.UUID, client_id: uuid.UUID) -> Client:
    """The app with this id that this account registered; raises `NotFound`."""
    own = select(Client).where(Client.account_id == account_id, Client.id == client_id)
    client: Client | None = db.session.scalar(own.where(Client.removed_at.is_(None)))
    if client is None:
        raise NotFound("There is no API client with this id in this account.")
    return client


def add_client(
    name: str,
    redirect_uris: Iterable[str],
    *,
    confidential: bool,
    device: bool = False,
    account_id: uuid.UUID | None,
    row: uuid.UUID | None = None,
) -> tuple[Client, str | None]:
    """Register an app and, if it is confidential, return its secret too. With an account, it can be used only there.

    `device`: it can ask with a code that a person enters (RFC 8628), and then needs no address.
    """
    if account_id:
        check_room(account_id)
    uris = list(dict.fromkeys(map(typed_url, redirect_uris)))
    by_address = ["authorization_code"] if uris or not device else []
    client, secret = Client.register(
        line("name", name, 80, "A name", required=True),
        addresses(uris) if by_address else [],
        grant_types=[*by_address, "refresh_token", *([DEVICE_GRANT] if device else [])],
        kind="preregistered",
        auth_method="client_secret_basic" if confidential else "none",
        account_id=account_id,
        id=row,
    )
    note(Action.CLIENT_REGISTERED, client)
    return client, secret


def check_room(account_id: uuid.UUID) -> None:
    present = select(func.count()).where(Client.account_id == account_id, Client.removed_at.is_(None))
    if (db.session.scalar(present) or 0) >= MOST_CLIENTS:
        raise Invalid("name", f"An account can have at most {MOST_CLIENTS} API clients. Remove one that is not used.")


def addresses(wanted: list[str]) -> list[str]:
    """Valid redirect addresses; raises `Invalid`, naming the invalid one."""
    if not wanted:
        raise Invalid("redirect_uris", "Enter at least one address.")
    if len(wanted) > MOST_REDIRECT_URIS:
        raise Invalid("redirect_uris", f"An app can have at most {MOST_REDIRECT_URIS} addresses.")
    for uri in wanted:
        if problem := redirect_problem(uri):
            raise Invalid("redirect_uris", f"{uri[:200]}: {problem}.")
    return wanted


def secret_mark(client: Client) -> str:
    """Distinguishes two secrets of a client without revealing anything: a page names the secret that it would replace."""
    return digest(client.secret_hash)[:16]


def rotate_secret(client: Client, mark: str) -> str | None:
    """A new secret in place of the one with this mark, returned once; None if that one was already replaced."""
    if client.secret_hash is None:
        raise NotAllowed("This app has no secret to replace.")
    if secret_mark(client) != mark:
        return None
    secret = mint(CLIENT_SECRET)
    if not claim_once(client, Client.secret_hash == client.secret_hash, secret_hash=fingerprint(secret)):
        return None
    note(Action.CLIENT_SECRET_ROTATED, client)
    return secret


def note(action: Action, client: Client) -> None:
    # Only an account has an audit log; an app that the server administrator registered for everybody has no account.
    if client.account_id:
        actor = replace(current_scope().actor, account_id=client.account_id, client_name=client.name)
        record(action, ("client", client.id), by=actor)
