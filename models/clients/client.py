"""An app that asks for access: it registered itself, or a server administrator registered it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Self
from urllib.parse import urlsplit

from authlib.oauth2.rfc6749 import ClientMixin
from flask_babel import gettext as _
from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    UniqueConstraint,
    bindparam,
    select,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.clients.lookalike_names import Likeness, likeness_of
from models.clients.redirect_uri import redirect_host, redirect_matches, without_port
from models.database import Base, Id, Moment, db, new_id, now, table_of
from models.request_scope import current_scope
from models.secrets import CLIENT_SECRET, REGISTRATION, digest, fingerprint, keyed_digest, mint, same

# How clients authenticate. An assertion is checked first: an invalid one must not count as `none`.
AUTH_METHODS = ("private_key_jwt", "none", "client_secret_post", "client_secret_basic")


class Client(Base, ClientMixin):
    """An OAuth client. Its name is its own claim, and not proven."""

    __tablename__ = "client"

    id: Mapped[Id]
    client_id: Mapped[str]
    """The public identifier; text of any length, since it can be the address of a metadata document."""
    kind: Mapped[str]
    """`registered` (by itself, RFC 7591), `preregistered` (by an administrator) or `document` (at the address in its identifier)."""
    name: Mapped[str]
    redirect_uris: Mapped[list[str]]
    grant_types: Mapped[list[str]]
    auth_method: Mapped[str]
    """How it authenticates at the token endpoint: `none`, `client_secret_post`, `client_secret_basic` or `private_key_jwt`.
    A client with keys and `none` may do either."""
    secret_hash: Mapped[str | None]
    account_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    """Set when only one account may use the client."""
    about: Mapped[dict[str, Any]]
    """What else it said about itself (RFC 7591 §2); shown as claims, never fetched."""
    likeness: Mapped[str | None]
    """Digest of a public client's metadata: the same registration again gives the same client."""
    created_at: Mapped[Moment]
    seen_at: Mapped[Moment]
    """When it last registered, or its document was last fetched."""
    network: Mapped[str | None]
    """A keyed digest of the network that it was last seen from; forgotten as soon as somebody uses the app."""
    first_used_at: Mapped[datetime | None]
    document_fetched_at: Mapped[datetime | None]
    document_fresh_until: Mapped[datetime | None]
    """When the document must be fetched again (RFC 9111)."""
    document_etag: Mapped[str | None]
    auth_signing_alg: Mapped[str | None]
    """The one algorithm for its assertions, if its document names one."""
    jwks: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """Its public keys: from the document, or as last fetched from `jwks_uri`."""
    jwks_uri: Mapped[str | None]
    jwks_fetched_at: Mapped[datetime | None]
    jwks_fresh_until: Mapped[datetime | None]
    registration_hash: Mapped[str | None]
    """The hash of the token with which a confidential client manages its registration (RFC 7592)."""
    removed_at: Mapped[datetime | None]
    """When it was removed: nobody can use it any more, but past actions still show its name."""

    __table_args__ = (
        UniqueConstraint("client_id"),
        CheckConstraint("kind IN ('registered', 'preregistered', 'document')", name="kind"),
        CheckConstraint(
            "auth_method IN ('none', 'client_secret_post', 'client_secret_basic', 'private_key_jwt')",
            name="auth_method",
        ),
        CheckConstraint("(auth_method IN ('none', 'private_key_jwt')) = (secret_hash IS NULL)", name="secret"),
        Index(
            "uq_client_likeness",
            "likeness",
            unique=True,
            sqlite_where=text("likeness IS NOT NULL"),
            postgresql_where=text("likeness IS NOT NULL"),
        ),
        Index(
            "ix_client_unused",
            "seen_at",
            sqlite_where=text("first_used_at IS NULL"),
            postgresql_where=text("first_used_at IS NULL"),
        ),
    )

    @classmethod
    def register(
        cls,
        name: str,
        redirect_uris: list[str],
        *,
        auth_method: str = "none",
        grant_types: list[str] | None = None,
        kind: str = "registered",
        account_id: uuid.UUID | None = None,
        about: dict[str, Any] | None = None,
        id: uuid.UUID | None = None,  # noqa: A002
    ) -> tuple[Self, str | None]:
        """Create a client; a confidential one gets a secret, shown once. A known public one is returned as it is."""
        grants = grant_types or ["authorization_code", "refresh_token"]
        likeness = None
        if auth_method == "none" and kind == "registered":
            likeness = digest([name, sorted(map(str, map(without_port, redirect_uris))), sorted(grants), about or {}])
            if known := cls._seen_again(likeness):
                return known, None
        secret = mint(CLIENT_SECRET) if auth_method != "none" else None
        client = cls(
            id=id or new_id(),
            client_id=uuid.uuid4().hex if kind == "registered" else f"client-{uuid.uuid4().hex}",
            kind=kind,
            name=name,
            redirect_uris=redirect_uris,
            grant_types=grants,
            auth_method=auth_method,
            secret_hash=fingerprint(secret) if secret else None,
            account_id=account_id,
            about=about or {},
            likeness=likeness,
            created_at=now(),
        )
        client.seen()
        db.session.add(client)
        db.session.flush()
        return client, secret

    @classmethod
    def _seen_again(cls, likeness: str) -> Self | None:
        """The public client with this metadata, locked and renewed: tidying does not take it while its person is on their way."""
        known = db.session.scalar(select(cls).where(cls.likeness == likeness).with_for_update())
        if known:
            known.seen()
            db.session.flush()
        return known

    @classmethod
    def exists(cls, row: uuid.UUID) -> bool:
        """Whether a client with this row's id exists or existed."""
        return db.session.scalar(select(cls.id).where(cls.id == row)) is not None

    @classmethod
    def by_client_id(cls, client_id: str) -> Self | None:
        """The client with this public identifier."""
        return db.session.scalar(select(cls).where(cls.client_id == client_id, cls.removed_at.is_(None)))

    @classmethod
    def presented(cls, client_id: str) -> Self | None:
        """The client with this public identifier, read only: every token request starts with it."""
        row = db.session.connection().execute(PRESENTED, {"client_id": client_id}).one_or_none()
        return cls(**row._mapping) if row else None

    @classmethod
    def publish(cls, client_id: str, *, fresh_until: datetime, etag: str | None, **said: Any) -> Self:
        """The client of the document at this address, created or updated."""
        client = cls.by_client_id(client_id)
        if client is None:
            client = cls(client_id=client_id, kind="document", created_at=now(), seen_at=now())
            db.session.add(client)
        if said["jwks_uri"] and said["jwks_uri"] == client.jwks_uri:
            # The keys fetched from there stay valid for as long as they were going to.
            said.pop("jwks")
        else:
            client.jwks_fetched_at = client.jwks_fresh_until = None
        for name, value in said.items():
            setattr(client, name, value)
        client.stays_fresh(fresh_until, etag)
        db.session.flush()
        return client

    def stays_fresh(self, until: datetime, etag: str | None) -> None:
        """Record that the document was just fetched, and until when it is fresh."""
        self.document_fetched_at, self.document_fresh_until, self.document_etag = now(), until, etag
        self.seen()

    def keep_keys(self, jwks: dict[str, Any], fresh_until: datetime) -> None:
        """Store the keys that were just fetched."""
        self.jwks, self.jwks_fetched_at, self.jwks_fresh_until = jwks, now(), fresh_until

    @classmethod
    def configured_by(cls, client_id: str, token: str) -> Self | None:
        """The client with this public identifier and registration access token; one query finds it or nothing."""
        own = select(cls).where(cls.client_id == client_id, cls.registration_hash == fingerprint(token))
        return db.session.scalar(own.where(cls.removed_at.is_(None)))

    def seen(self) -> None:
        """Record that it introduced itself just now, and from where."""
        address = current_scope().actor.address
        self.seen_at = now()
        self.network = keyed_digest("client network", address) if address and not self.first_used_at else None

    def used(self) -> None:
        """Record that somebody connected it or denied it permanently, so that it is never deleted."""
        self.first_used_at, self.network = self.first_used_at or now(), None

    @property
    def publisher(self) -> str | None:
        """The host of this client's document; nobody else could have published it there."""
        return urlsplit(self.client_id).hostname if self.kind == "document" else None

    def identity(self, redirect_uris: Iterable[str]) -> str:
        """What is known about it besides its own claims, if its answers go to these addresses; a device has none."""
        if self.kind == "preregistered":
            by_owner = _("Registered by an Owner of this account")
            return str(by_owner if self.account_id else _("Registered by the server administrator"))
        if self.publisher is None:
            return str(_("Not verified. Any program can use this name."))
        if all(map(self.proven_for, redirect_uris)):
            return str(_("Published by %(host)s, where the answer goes too", host=self.publisher))
        # A document proves its author, not the listener: any local program can use a public identifier.
        if not all(redirect_uris):
            return str(
                _("The description comes from %(host)s. Any device or program could be asking.", host=self.publisher)
            )
        if any(urlsplit(uri).scheme != "https" for uri in redirect_uris):
            return str(
                _(
                    "The description comes from %(host)s. Any program on this computer could be asking.",
                    host=self.publisher,
                )
            )
        return str(
            _(
                "The description comes from %(host)s. The answer goes to another host, which is not verified.",
                host=self.publisher,
            )
        )

    def trusted_name(self, redirect_uris: Iterable[str]) -> Likeness | None:
        """The trusted name that this app uses or imitates, unless the administrator or every proven host behind it stands for that."""
        if self.kind == "preregistered" and self.account_id is None:
            return None
        return likeness_of(self.name, self.hosts_behind(redirect_uris))

    def hosts_behind(self, redirect_uris: Iterable[str]) -> set[str]:
        """The hosts that published this app and receive its answers; none if anybody could have described it."""
        if self.publisher is None:
            return set()
        return {self.publisher} | {redirect_host(uri) for uri in redirect_uris if urlsplit(uri).scheme == "https"}

    def proven_for(self, redirect_uri: str) -> bool:
        """Whether the publisher of the document also receives the answer, so that the host identifies the app."""
        return proven_host(self.kind, self.client_id, redirect_uri) is not None

    def open_configuration(self) -> str:
        """Create a token with which the client can read, change and delete its registration; returned once."""
        token = mint(REGISTRATION)
        self.registration_hash = fingerprint(token)
        return token

    # The methods that Authlib calls on a client.
    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> str | None:
        return self.redirect_uris[0] if len(self.redirect_uris) == 1 else None

    def get_allowed_scope(self, scope: str | None) -> str:
        # A client may ask for anything; what of it counts, and is granted, is decided elsewhere.
        return scope or ""

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return any(redirect_matches(registered, redirect_uri) for registered in self.redirect_uris)

    def check_client_secret(self, client_secret: str) -> bool:
        return self.secret_hash is not None and same(self.secret_hash, fingerprint(client_secret))

    def check_endpoint_auth_method(self, method: str, _endpoint: str) -> bool:
        # A confidential client may send its secret either way: hosted clients always use the body.
        if method == "private_key_jwt":
            return self.jwks is not None or self.jwks_uri is not None
        if self.auth_method in {"none", "private_key_jwt"}:
            return method == self.auth_method
        return method in {"client_secret_post", "client_secret_basic"}

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code" and self.check_grant_type("authorization_code")

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in self.grant_types


def proven_host(kind: str, client_id: str, redirect_uri: str) -> str | None:
    """The host that identifies the app: it published the document and receives the answer; None if nothing is proven."""
    if kind != "document" or not redirect_uri:
        return None
    publisher, parts = urlsplit(client_id).hostname, urlsplit(redirect_uri)
    proven = redirect_host(redirect_uri) == publisher and parts.scheme == "https" and parts.port in {None, 443}
    return publisher if proven else None


# Core, prepared once: through the ORM, looking up the client took a quarter of a token refresh.
PRESENTED = (
    select(table_of(Client))
    .where(table_of(Client).c.client_id == bindparam("client_id"))
    .where(table_of(Client).c.removed_at.is_(None))
)
