"""What was purged from an audit log after its retention, with this server's signature, which nobody else can forge."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from models.audit.entry import hashable
from models.audit.verify_audit import Purge, signed_of_purge
from models.database import Base, Moment, db, now
from models.secrets import Signer


class AuditPurge(Base):
    """A signed statement that everything sealed from the start of a log up to one entry was removed. The newest covers all."""

    __tablename__ = "audit_purge"

    account_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[Moment]
    before: Mapped[Moment]
    """Nothing from this time or later was removed."""
    seal: Mapped[int]
    seal_hash: Mapped[str]
    place: Mapped[int]
    entry_id: Mapped[uuid.UUID]
    """The last removed entry, at this place of this seal."""
    entries: Mapped[int]
    """The total number of removed entries."""
    public_key: Mapped[str]
    signature: Mapped[str]

    __table_args__ = (ForeignKeyConstraint(["account_id", "seal"], ["audit_seal.account_id", "audit_seal.number"]),)

    @classmethod
    def last(cls, account_id: uuid.UUID) -> AuditPurge | None:
        """The newest one of an account."""
        return db.session.scalar(select(cls).where(cls.account_id == account_id).order_by(cls.number.desc()).limit(1))

    @property
    def read(self) -> Purge:
        """In the form of the verifier."""
        return Purge(
            account_id=str(self.account_id),
            at=hashable(self.at),
            before=hashable(self.before),
            seal=self.seal,
            seal_hash=self.seal_hash,
            place=self.place,
            entry_id=str(self.entry_id),
            entries=self.entries,
            public_key=self.public_key,
            signature=self.signature,
        )

    def sign(self) -> None:
        """Sign it with the key of the seals."""
        signer = Signer()
        self.public_key = signer.public_key
        self.signature = signer.sign(signed_of_purge(replace(self.read, public_key=signer.public_key)))


def sign_for(
    account_id: uuid.UUID, before: datetime, seal: tuple[int, str], place: int, entry_id: uuid.UUID, removed: int
) -> None:
    """State that everything sealed up to this place of this seal (number and hash) was removed, this many entries now."""
    last = AuditPurge.last(account_id)
    purge = AuditPurge(
        account_id=account_id,
        number=last.number + 1 if last else 1,
        at=now(),
        before=before,
        seal=seal[0],
        seal_hash=seal[1],
        place=place,
        entry_id=entry_id,
        entries=removed + (last.entries if last else 0),
    )
    purge.sign()
    db.session.add(purge)
    db.session.flush()
