"""The content of an e-mail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Occasion:
    """The subject, the template's values, and the link that lets its holder act as the recipient."""

    subject: str
    values: dict[str, Any]
    personal_link: str | None = None
