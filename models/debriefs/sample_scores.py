"""Invented scores: to show what would be sent, and to test a language model."""

from __future__ import annotations

from itertools import chain
from typing import Any

from models.instruments import FOCUS_DOMAINS, core_result, disc_result, focus_result

NOBODY: dict[str, Any] = {
    "disc": disc_result({"d": 31, "i": 44, "s": 78, "c": 66}),
    "focus": focus_result({facet: 6 + 3 * (place % 5) for place, facet in enumerate(chain(*FOCUS_DOMAINS.values()))}),
    "core": core_result(["fairness", "curiosity", "familyHappiness", "security", "fun"]),
}
