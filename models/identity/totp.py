"""An authenticator app: it shows a new code every thirty seconds (TOTP, RFC 6238), from a key shared with this server."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Iterator
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import JSON, BigInteger, ColumnElement, ForeignKey, UniqueConstraint, delete
from sqlalchemy.orm import Mapped, mapped_column

from models.accounts import User
from models.database import Base, Id, Moment, claim_once, db, now
from models.errors import Invalid
from models.secrets import NotOpened, decrypt, derivations, encrypt, mint, names_of_keys, same
from models.text import plain, typed_code

SEED = 43
"""Characters of a seed."""
KEY_BYTES = 20
ENCRYPTED = "key of an authenticator app"
KEPT_STEPS = 100
SECONDS = 30
WRONG = lazy_gettext(
    "That code is incorrect. Enter the current code from the app. The clock of its device must be right."
)


class Authenticator(Base):
    """A person's authenticator app.

    Its key is derived from a seed, which is worthless without the server's key; when that changes, the app keeps its key, which is
    then stored encrypted.
    """

    __tablename__ = "authenticator"

    id: Mapped[Id]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    seed: Mapped[str]
    """What its key is derived from; or, if longer, the key itself, encrypted."""
    key_name: Mapped[str | None]
    """The server's key that this was made under; None from versions before there was this column."""
    last_step: Mapped[int] = mapped_column(BigInteger)
    """The time step of the code that was accepted last, counted in thirty seconds from 1970."""
    used_steps: Mapped[list[int]] = mapped_column(JSON, default=list, server_default="[]")
    """The latest steps of which a code was accepted: some have not come yet if a clock was ahead."""
    created_at: Mapped[Moment]
    last_used_at: Mapped[datetime | None]

    __table_args__ = (UniqueConstraint("user_id"),)

    @classmethod
    def add(cls, person: User, seed: str, code: str) -> Authenticator:
        """Add the app that shows this code in place of an earlier one; raises `Invalid` if the key does not give this code."""
        step, app = None, cls(user_id=person.id, seed=checked_seed(seed), created_at=now())
        # The server's key may have changed while the page with the QR code was open.
        for app.key_name in names_of_keys():
            step = step or step_of(app.key, code, present_step())
            if step:
                break
        if step is None:
            raise Invalid("code", str(WRONG))
        app.last_step, app.used_steps = step, [step]
        db.session.execute(delete(cls).where(cls.user_id == person.id))
        db.session.add(app)
        db.session.flush()
        return app

    def accepts(self, code: str) -> bool:
        """Whether this is a valid, unused code of the app; asking uses it up. Of simultaneous callers, one gets True."""
        present = present_step()
        try:
            step = step_of(self.key, code, present)
        except NotOpened:
            return False
        # RFC 6238 §5.2: one-time use. Steps that no valid code has now were used while a clock was ahead: they are kept for
        # when their time comes, and shut nobody out until then.
        if step is None or any(step <= used <= present + 1 for used in self.used_steps):
            return False
        used_steps = [*sorted(self.used_steps)[1 - KEPT_STEPS :], step]
        unchanged = Authenticator.last_step == self.last_step
        return claim_once(self, unchanged, last_step=step, used_steps=used_steps, last_used_at=now())

    @property
    def key(self) -> str:
        """The key shared by server and app; raises `NotOpened` without the server's key that it was made under."""
        if len(self.seed) > SEED:
            return decrypt(ENCRYPTED, self.seed, self.user_id.hex).decode()
        keys = dict(zip(names_of_keys(), keys_of(self.user_id, self.seed), strict=True))
        # Without a name it is from before the change.
        name = self.key_name or list(keys)[-1]
        if name not in keys:
            raise NotOpened
        return keys[name]

    def renew_encryption(self) -> None:
        """Encrypt the app's key under the server's current key; raises `NotOpened`."""
        self.seed = encrypt(ENCRYPTED, self.key.encode(), self.user_id.hex)
        self.key_name = names_of_keys()[0]

    @classmethod
    def under_other_keys(cls) -> ColumnElement[bool]:
        """Which authenticator apps were made under another key of the server than the current one."""
        return cls.key_name.is_distinct_from(names_of_keys()[0])


def new_seed() -> str:
    """The seed of a new key."""
    return mint("")


def checked_seed(seed: str) -> str:
    if len(seed) != SEED or not seed.isascii():
        raise Invalid("code", _("This form is incomplete. Reload the page."))
    return seed


def key_of(user_id: uuid.UUID, seed: str) -> str:
    """The key shared by server and app, 160 bits in base 32 (RFC 4226 §4)."""
    return next(keys_of(user_id, seed))


def keys_of(user_id: uuid.UUID, seed: str) -> Iterator[str]:
    return (base64.b32encode(each[:KEY_BYTES]).decode() for each in derivations("authenticator", user_id.hex, seed))


def present_step() -> int:
    """The current time step."""
    return int(now().timestamp()) // SECONDS


def step_of(key: str, code: str, present: int) -> int | None:
    """The time step of this code: the current one or, since clocks differ, one of its neighbours (RFC 6238 §5.2)."""
    from pyotp import TOTP  # few requests need it, so the server's start does not load it

    typed, app = typed_code(code), TOTP(key)
    return next((step for step in (present, present - 1, present + 1) if same(app.generate_otp(step), typed)), None)


def address_for_app(person: User, seed: str, issuer: str) -> str:
    """The content of the QR code for an app: key, person and server."""
    from pyotp import TOTP

    return TOTP(key_of(person.id, seed)).provisioning_uri(name=person.email, issuer_name=plain(issuer))
