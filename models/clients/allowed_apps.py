"""How Owners name the apps that a policy lets in: by the domain that an app proves, or by its client id."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from urllib.parse import SplitResult, urlsplit

from sqlalchemy import select

from models.clients.client import Client
from models.database import db
from models.errors import Invalid
from models.text import typed_url

MOST_APPS = 100
LONGEST = 500
HOST = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")
NO_APP = (
    "“{typed}” is not an app. Enter an app's verified domain, such as claude.ai, or the client ID of an app known here."
)


def app_names(typed: Iterable[str], kept: Collection[str]) -> list[str]:
    """What was typed, each as a domain or a client id; what is `kept` stays as it is. Raises `Invalid` for what names no app."""
    names = sorted({each if each in kept else app_name(each) for each in map(typed_url, typed) if each})
    if len(names) > MOST_APPS:
        raise Invalid("apps", f"Enter at most {MOST_APPS} apps, each by its domain or client ID.")
    return names


def app_name(typed: str) -> str:
    """A domain, also out of an address that says no more than that, or a client id."""
    address = address_in(typed)
    if address is not None and address.path not in {"", "/"}:
        # The id of an app that publishes a document is the document's address.
        return typed
    name = (address.hostname or "") if address else typed.lower().rstrip("/")
    if HOST.fullmatch(name) or known(name):
        return name
    raise Invalid("apps", NO_APP.format(typed=typed[:60]))


def address_in(typed: str) -> SplitResult | None:
    """What was typed, where it is a web address with a domain."""
    try:
        parts = urlsplit(typed)
        named = parts.scheme == "https" and HOST.fullmatch(parts.hostname or "") is not None
    except ValueError:
        return None
    return parts if named and typed.isprintable() and len(typed) <= LONGEST else None


def known(client_id: str) -> bool:
    return client_id.isprintable() and Client.by_client_id(client_id) is not None


def all_registered(names: Collection[str]) -> bool:
    """Whether every one of these apps registered itself."""
    kinds = select(Client.client_id).where(Client.client_id.in_(names), Client.kind == "registered")
    return set(db.session.scalars(kinds)) == set(names)
