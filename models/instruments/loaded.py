"""Instruments that an operator has loaded, beside the bundled ones."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Moment


class LoadedInstrument(Base):
    """One version of an instrument, as its file had it. The newest of an assessment is the one that is asked."""

    __tablename__ = "instrument"

    key: Mapped[str] = mapped_column(primary_key=True)
    assessment: Mapped[str]
    data: Mapped[dict[str, Any]]
    loaded_at: Mapped[Moment]
