"""A consent request: may this app have these scopes? It is frozen when the page is shown, and answered once."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, UniqueConstraint, delete, null, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.accounts import Member
from models.clients import Client
from models.database import Base, Id, Moment, claim_once, db, now
from models.oauth.consent_rules import Standing
from models.oauth.device_authorization import DEVICE_GRANT, DeviceAuthorization
from models.oauth.pending_request import LIFETIME as SIGN_IN
from models.scopes import ScopeSet
from models.secrets import CONSENT, fingerprint, mint

LIFETIME = timedelta(minutes=10)


@dataclass(frozen=True)
class AuthorizationRequest:
    """An app's validated request (RFC 6749 §4.1.1), or a device's request by a code (RFC 8628 §3.1)."""

    client: Client
    scope: frozenset[str]
    resource: str
    redirect_uri: str = ""
    redirect_uri_given: bool = False
    state: str | None = None
    code_challenge: str = ""
    device: DeviceAuthorization | None = None


class ConsentRequest(Base):
    """An authorization request as it was when the page was shown, bound to one browser session and one person."""

    __tablename__ = "consent_request"

    id: Mapped[Id]
    token_hash: Mapped[str]
    session_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("login_session.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    client_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("client.id", ondelete="CASCADE"), index=True)
    redirect_uri: Mapped[str]
    redirect_uri_given: Mapped[bool]
    """Whether the request included the redirect URI; then the token request must include it too (RFC 6749 §4.1.3)."""
    scope: Mapped[frozenset[str]] = mapped_column(ScopeSet)
    member_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"))
    """The person in the account for which the page was last shown. No other account can be answered for."""
    offered: Mapped[frozenset[str]] = mapped_column(ScopeSet)
    """The scopes that had a Deny box on that page. Nothing else can be granted by it."""
    app_name: Mapped[str]
    """What the app called itself on that page."""
    state: Mapped[str | None]
    resource: Mapped[str]
    code_challenge: Mapped[str]
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment] = mapped_column(index=True)
    answered_at: Mapped[datetime | None]
    choices: Mapped[dict[str, Any] | None]
    """By account, the choices that its page was sent with but not answered by, as the fields of the form."""

    device_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("device_authorization.id", ondelete="CASCADE"), index=True
    )
    """The device that asked by a code; then no address receives an answer."""

    client: Mapped[Client] = relationship(lazy="joined")
    member: Mapped[Member] = relationship(lazy="joined")
    device: Mapped[DeviceAuthorization | None] = relationship(lazy="joined")

    __table_args__ = (UniqueConstraint("token_hash"),)

    @classmethod
    def freeze(
        cls, asked: AuthorizationRequest, session_id: uuid.UUID, standing: Standing
    ) -> tuple[ConsentRequest, str]:
        """Store an authorization request as it is shown to this member; returns it and the secret in the page's form.

        The choices on an earlier page of the same request are those of the new page.
        """
        db.session.execute(delete(cls).where(cls.expires_at < now()))
        secret, member = mint(CONSENT), standing.member
        consent = cls(
            token_hash=fingerprint(secret),
            session_id=session_id,
            user_id=member.user_id,
            client_id=asked.client.id,
            member=member,
            offered=standing.offered(asked.scope),
            app_name=asked.client.name,
            scope=asked.scope,
            redirect_uri=asked.redirect_uri,
            redirect_uri_given=asked.redirect_uri_given,
            state=asked.state,
            resource=asked.resource,
            code_challenge=asked.code_challenge,
            device_id=asked.device and asked.device.id,
            created_at=now(),
            expires_at=now() + LIFETIME,
        )
        if former := cls.former(asked, member.user_id):
            consent.choices = former.choices
            # What had no Deny box on that page, or was denied on another one since, was not left open there.
            since = {each.scope for each in standing.denied.values() if each.refused_at > former.created_at}
            closed = (consent.offered - former.offered) | (consent.offered & since)
            if closed and (shown := consent.choices_in(member.account_id)) is not None:
                consent.keep(member.account_id, shown | {"deny": sorted(closed | {*shown["deny"]})})
        db.session.add(consent)
        db.session.flush()
        return consent, secret

    @classmethod
    def former(cls, asked: AuthorizationRequest, user_id: uuid.UUID) -> ConsentRequest | None:
        """The latest page of this very request on which this person chose something without answering it."""
        same = cls.of_request(user_id, asked.client.id, asked.device.id if asked.device else None, asked)
        kept = cls.choices.is_not(None), cls.answered_at.is_(None), cls.expires_at > now()
        return db.session.scalar(
            select(cls).where(*same, *kept).order_by(cls.expires_at.desc(), cls.id.desc()).limit(1)
        )

    @classmethod
    def of_request(
        cls,
        user_id: uuid.UUID,
        client_id: uuid.UUID,
        device_id: uuid.UUID | None,
        asked: AuthorizationRequest | ConsentRequest,
    ) -> tuple[ColumnElement[bool], ...]:
        """Shown to this person for one and the same request of an app."""
        return (
            cls.user_id == user_id,
            cls.client_id == client_id,
            cls.device_id == device_id,
            cls.redirect_uri == asked.redirect_uri,
            cls.scope == asked.scope,
            cls.state == asked.state,
            cls.code_challenge == asked.code_challenge,
        )

    @classmethod
    def find(cls, secret: str, session_id: uuid.UUID, user_id: uuid.UUID) -> ConsentRequest | None:
        """The request of a form, only for the browser and the person that it was shown to (CVE-2026-27124)."""
        return db.session.scalar(
            select(cls).where(
                cls.token_hash == fingerprint(secret), cls.session_id == session_id, cls.user_id == user_id
            )
        )

    @classmethod
    def by_secret(cls, secret: str) -> ConsentRequest | None:
        """The request of a form, whoever sends it. It can be shown again by this, but not answered."""
        return db.session.scalar(select(cls).where(cls.token_hash == fingerprint(secret)))

    def keep(self, account_id: uuid.UUID, choices: dict[str, list[str]]) -> None:
        """Keep what was chosen on the page for this account as long as a request waits for a sign-in."""
        self.choices = (self.choices or {}) | {str(account_id): choices}
        self.expires_at = now() + SIGN_IN

    def choices_in(self, account_id: uuid.UUID) -> dict[str, list[str]] | None:
        """What was chosen on the page for this account, if it was not answered."""
        return (self.choices or {}).get(str(account_id))

    def show_to(self, standing: Standing) -> None:
        """The page is shown for this member now: again, or for another of the person's accounts."""
        self.member, self.offered = standing.member, standing.offered(self.scope)
        self.app_name = self.client.name

    def shows(self, member: Member) -> bool:
        """Whether the page was last shown for this member, with the name that the app still has."""
        return self.member_id == member.id and self.app_name == self.client.name

    @property
    def open(self) -> bool:
        """Whether it can still be answered."""
        present = self.client.removed_at is None and (self.device is None or self.device.waiting)
        return self.answered_at is None and now() < min(self.expires_at, self.created_at + LIFETIME) and present

    def lock_client(self) -> bool:
        """Lock the client until the commit; False if it no longer accepts an answer to this request, or changed its name."""
        # `refresh` would discard unwritten changes.
        db.session.flush()
        db.session.refresh(self.client, with_for_update={"read": True})
        if self.device is not None:
            takes_it = self.client.check_grant_type(DEVICE_GRANT)
        else:
            takes_it = self.client.check_response_type("code") and self.client.check_redirect_uri(self.redirect_uri)
        return takes_it and self.client.removed_at is None and self.client.name == self.app_name

    def claim(self) -> bool:
        """Mark it as answered; False for every later answer."""
        waits = ConsentRequest.answered_at.is_(None), ConsentRequest.expires_at > now()
        recent = ConsentRequest.created_at > now() - LIFETIME
        if not claim_once(self, *waits, recent, answered_at=now()):
            return False
        # What was chosen on other pages of this request is not what was answered.
        db.session.execute(
            update(ConsentRequest)
            .where(*self.of_request(self.user_id, self.client_id, self.device_id, self))
            .values(choices=null())
        )
        return True
