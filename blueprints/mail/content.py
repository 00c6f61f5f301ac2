"""What a mail is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Occasion:
    """What is said: the subject, what the template needs, and the address that makes whoever has it the person meant."""

    subject: str
    values: dict[str, Any]
    personal_link: str | None = None
