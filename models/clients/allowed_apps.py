"""How Owners name the apps that a policy allows: by the app's proven domain, or by its client id."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from urllib.parse import SplitResult, urlsplit

from flask_babel import gettext as _
from sqlalchemy import select

from models.clients.client import Client
from models.database import db
from models.errors import Invalid
from models.text import typed_url

MOST_APPS = 100
LONGEST = 500
HOST = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")


def app_names(typed: Iterable[str], kept: Collection[str]) -> list[str]:
    """The typed domains and client ids; those in `kept` stay as they are. Raises `Invalid` for anything that names no app."""
    names = sorted({each if each in kept else app_name(each) for each in map(typed_url, typed) if each})
    if len(names) > MOST_APPS:
        raise Invalid("apps", _("Enter at most %(most)s apps, each by its domain or client ID.", most=MOST_APPS))
    return names


def app_name(typed: str) -> str:
    """A domain, also from an address without a path, or a client id."""
    address = address_in(typed)
    if address is not None and address.path not in {"", "/"}:
        # An app that publishes a document has its address as its id.
        return typed
    name = (address.hostname or "") if address else typed.lower().rstrip("/")
    if HOST.fullmatch(name) or known(name):
        return name
    no_app = _(
        "“%(typed)s” is not an app. Enter an app's verified domain, such as claude.ai, "
        "or the client ID of an app known here.",
        typed=typed[:60],
    )
    raise Invalid("apps", no_app)


def address_in(typed: str) -> SplitResult | None:
    """The typed text as a web address with a domain, if it is one."""
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
