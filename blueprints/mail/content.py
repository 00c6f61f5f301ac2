"""The content of an e-mail, and how names are put into it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from models.text import plain

LONGEST_NAME = 80
# E-mail programs turn what looks like an address into a link, and anyone can name an app "Claude https://…", or an account so.
LINK_LIKE = re.compile(r"(\.|://)(?=\S)")


@dataclass(frozen=True)
class Occasion:
    """The subject, the template's values, the link that lets its holder act as the recipient, and the one that stops such mail."""

    subject: str
    values: dict[str, Any]
    personal_link: str | None = None
    stop_link: str | None = None


def short(name: str) -> str:
    """A name that is safe in a sentence: one line, no bidirectional control characters, of limited length, and no link."""
    name = LINK_LIKE.sub(r"\1 ", plain(name))
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
