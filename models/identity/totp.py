"""An authenticator app: it shows a new code every thirty seconds (TOTP, RFC 6238), made from a key that it shares with this server."""

from __future__ import annotations

import base64
import uuid
from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, UniqueConstraint, delete
from sqlalchemy.orm import Mapped, mapped_column

from models.accounts import User
from models.database import Base, Id, Moment, claim_once, db, now
from models.errors import Invalid
from models.secrets import derive, mint, same
from models.text import plain, typed_code

SEED = 43
"""Characters of a seed."""
KEY_BYTES = 20
WRONG = "That code is incorrect. Enter the current code from the app. The clock of its device must be right."


class Authenticator(Base):
    """A person's authenticator app. Its key is not stored: it is derived from a seed, which is worth nothing without this server's key."""

    __tablename__ = "authenticator"

    id: Mapped[Id]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    seed: Mapped[str]
    last_step: Mapped[int] = mapped_column(BigInteger)
    """The thirty seconds, counted from 1970, of the newest code that was taken: neither that nor an older one is taken again."""
    created_at: Mapped[Moment]
    last_used_at: Mapped[datetime | None]

    __table_args__ = (UniqueConstraint("user_id"),)

    @classmethod
    def add(cls, person: User, seed: str, code: str) -> Authenticator:
        """Take the app that shows this code, in place of an earlier one; raises `Invalid` when the code is not that of the key."""
        step = step_of(key_of(person.id, checked_seed(seed)), code)
        if step is None:
            raise Invalid("code", WRONG)
        db.session.execute(delete(cls).where(cls.user_id == person.id))
        app = cls(user_id=person.id, seed=seed, last_step=step, created_at=now())
        db.session.add(app)
        db.session.flush()
        return app

    def accepts(self, code: str) -> bool:
        """Whether this code is the app's, not used before; it is used up by asking. Of many who ask at once, one is told yes."""
        step = step_of(key_of(self.user_id, self.seed), code)
        if step is None:
            return False
        # RFC 6238 §5.2: one-time use, decided by one statement.
        return claim_once(self, Authenticator.last_step < step, last_step=step, last_used_at=now())


def new_seed() -> str:
    """What a new key is derived from."""
    return mint("")


def checked_seed(seed: str) -> str:
    if len(seed) != SEED or not seed.isascii():
        raise Invalid("code", "This form is incomplete. Reload the page.")
    return seed


def key_of(user_id: uuid.UUID, seed: str) -> str:
    """The key that server and app share, 160 bits in base 32 (RFC 4226 §4)."""
    return base64.b32encode(derive("authenticator", user_id.hex, seed)[:KEY_BYTES]).decode()


def step_of(key: str, code: str) -> int | None:
    """The thirty seconds that this code belongs to: the present ones or, since clocks differ, those beside them (RFC 6238 §5.2)."""
    from pyotp import TOTP  # on the way of few requests: the server's start need not load it

    typed, app = typed_code(code), TOTP(key)
    present = app.timecode(now())
    return next((step for step in (present, present - 1, present + 1) if same(app.generate_otp(step), typed)), None)


def address_for_app(person: User, seed: str, issuer: str) -> str:
    """What the square picture says that an app reads: key, person and server."""
    from pyotp import TOTP

    return TOTP(key_of(person.id, seed)).provisioning_uri(name=person.email, issuer_name=plain(issuer))
