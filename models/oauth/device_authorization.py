"""A request by code from a device or program without a browser: what it asked for, the answer, and whether it fetched it (RFC 8628)."""

from __future__ import annotations

import re
import secrets
import uuid
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import ForeignKey, UniqueConstraint, bindparam, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.clients import Client
from models.connections import Authorization
from models.database import Base, Id, Moment, claim_once, db, now, table_of
from models.errors import Invalid, NotAllowed
from models.oauth.token_exchange import Presented, held, known
from models.request_scope import current_scope
from models.scopes import ScopeSet
from models.secrets import DEVICE_CODE, fingerprint, mint
from models.text import typed_code

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
# Twenty letters without vowels, so that they form no words and none looks like a digit (RFC 8628 §6.1).
LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
USER_CODE = re.compile(f"[{LETTERS}]{{8}}")
LIFETIME = timedelta(minutes=10)
INTERVAL = 5
KEPT = timedelta(hours=1)
MOST_WAITING = 10_000


class DeviceAuthorization(Base):
    """One request of a device. The person finds it by the short code, the device by the long one."""

    __tablename__ = "device_authorization"

    id: Mapped[Id]
    client_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("client.id", ondelete="CASCADE"), index=True)
    device_code_hash: Mapped[str]
    user_code: Mapped[str]
    """Eight letters in clear text: they are shown on a screen, and open nothing without a signed-in person who allows it."""
    scope: Mapped[frozenset[str]] = mapped_column(ScopeSet)
    resource: Mapped[str]
    address: Mapped[str | None]
    """The network of the device."""
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment] = mapped_column(index=True)
    interval: Mapped[int]
    """Seconds to wait between two polls; each early one makes it longer."""
    polled_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    authorization_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("authorization.id", ondelete="CASCADE"), index=True
    )
    """What the person granted; None while there is no answer, and after a denial."""
    used_at: Mapped[datetime | None]

    client: Mapped[Client] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (UniqueConstraint("device_code_hash"), UniqueConstraint("user_code"))

    @classmethod
    def ask(cls, client: Client, scope: frozenset[str], resource: str) -> tuple[DeviceAuthorization, str]:
        """Store a device's request; returns it and the code with which the device polls."""
        # An allowed one stays with its authorization: if its code comes again, the authorization ends.
        db.session.execute(delete(cls).where(cls.authorization_id.is_(None), cls.expires_at < now() - KEPT))
        cls._make_room()
        code = mint(DEVICE_CODE)
        device = cls(
            client_id=client.id,
            device_code_hash=fingerprint(code),
            user_code=new_user_code(),
            scope=scope,
            resource=resource,
            address=current_scope().actor.address,
            created_at=now(),
            expires_at=now() + LIFETIME,
            interval=INTERVAL,
        )
        db.session.add(device)
        db.session.flush()
        return device, code

    @classmethod
    def _make_room(cls) -> None:
        """Under a flood, forget the oldest request of the network with most of them; raises `NotAllowed` if that is the sender's own."""
        waiting = select(func.count()).select_from(cls).where(cls.expires_at > now())
        if (db.session.scalar(waiting) or 0) < MOST_WAITING:
            return
        unanswered = cls.answered_at.is_(None), cls.expires_at > now()
        networks = select(cls.address).where(*unanswered).group_by(cls.address).order_by(func.count().desc())
        busiest = db.session.execute(networks.limit(1)).first()
        if busiest is None or busiest.address == current_scope().actor.address:
            raise NotAllowed("Too many devices are waiting for an answer. Try again in ten minutes.")
        there = select(cls.id).where(*unanswered, cls.address.is_not_distinct_from(busiest.address))
        oldest = there.order_by(cls.id).limit(1).scalar_subquery()
        db.session.execute(delete(cls).where(cls.id == oldest, cls.answered_at.is_(None)))

    @classmethod
    def by_user_code(cls, code: str) -> DeviceAuthorization | None:
        """The request with this short code, while it can be answered."""
        found = db.session.scalar(select(cls).where(cls.user_code == code))
        return found if found and found.waiting else None

    @classmethod
    def by_device_code(cls, code: str) -> DeviceAuthorization | None:
        """The request with this long code, in any state, locked until this transaction ends."""
        statement = select(cls).where(cls.device_code_hash == fingerprint(code))
        return db.session.scalar(statement.with_for_update(of=cls))

    @property
    def display_code(self) -> str:
        """The short code, for people."""
        return f"{self.user_code[:4]}-{self.user_code[4:]}"

    @property
    def expired(self) -> bool:
        """Whether its ten minutes are over."""
        return now() >= self.expires_at

    @property
    def waiting(self) -> bool:
        """Whether a person can still answer it."""
        return self.answered_at is None and not self.expired and self.client.removed_at is None

    def answer(self, authorization: Authorization | None) -> bool:
        """Store the person's answer for the device; False if somebody answered before, or too late."""
        waits = DeviceAuthorization.answered_at.is_(None), DeviceAuthorization.expires_at > now()
        return claim_once(self, *waits, answered_at=now(), authorization_id=authorization and authorization.id)

    def polled_too_early(self) -> bool:
        """Record a poll of the device, and whether it came too early: then it must wait five seconds longer from now on (RFC 8628 §3.5)."""
        soon = self.polled_at is not None and now() < self.polled_at + timedelta(seconds=self.interval)
        self.interval += 5 if soon else 0
        self.polled_at = now()
        return soon

    def claim(self) -> bool:
        """Take the answer; False for every caller after the first."""
        return claim_once(self, DeviceAuthorization.used_at.is_(None), used_at=now())


def new_user_code() -> str:
    """An unused short code; 34 bits, with at most thirty guesses in ten minutes (models/oauth/device_code_attempts.py)."""
    while True:
        code = "".join(secrets.choice(LETTERS) for _ in range(8))
        taken = select(DeviceAuthorization.id).where(DeviceAuthorization.user_code == code)
        if db.session.scalar(taken) is None:
            return code


def read_user_code(typed: str) -> str:
    """A short code that a person typed: capitals, dashes and spaces do not matter; raises `Invalid`."""
    code = typed_code(typed).upper()
    if not USER_CODE.fullmatch(code):
        raise Invalid("user_code", _("A code has eight letters, such as WDJB-MJHT. Enter it as your device shows it."))
    return code


FIND_ANSWER = held(
    table_of(DeviceAuthorization),
    known(table_of(DeviceAuthorization), Presented).where(DeviceAuthorization.id == bindparam("device")),
)


def find_answer(device: DeviceAuthorization) -> Presented:
    """What the person granted this device, with everything that decides whether it is still valid, locked until this transaction ends."""
    return Presented(*db.session.connection().execute(FIND_ANSWER, {"device": device.id}).one())
