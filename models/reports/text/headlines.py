"""A result in one sentence. Each begins with a word for the first letter of the DISC style."""

from __future__ import annotations

ALONE: dict[str, str] = {
    "D": "Direct above all.",
    "I": "Outgoing above all.",
    "S": "Steady above all.",
    "C": "Careful above all.",
}
STRONG_SECOND: dict[str, str] = {
    "D": "Direct, with a strong second in %(second)s.",
    "I": "Outgoing, with a strong second in %(second)s.",
    "S": "Steady, with a strong second in %(second)s.",
    "C": "Careful, with a strong second in %(second)s.",
}
SOME: dict[str, str] = {
    "D": "Direct, with some %(second)s.",
    "I": "Outgoing, with some %(second)s.",
    "S": "Steady, with some %(second)s.",
    "C": "Careful, with some %(second)s.",
}
BALANCED = "Balanced: the four DISC scales are close together."
HIGHEST = "Highest in %(highest)s, lowest in %(lowest)s."
FIRST = "Puts %(first)s first."
