"""A result in one sentence. Each begins with a word for the first letter of the DISC style."""

from __future__ import annotations

ALONE: dict[str, str] = {
    "D": "Direct above all.",
    "I": "Outgoing above all.",
    "S": "Steady above all.",
    "C": "Careful above all.",
}
STRONG_SECOND: dict[str, str] = {
    "D": "Direct, with a strong second in {second}.",
    "I": "Outgoing, with a strong second in {second}.",
    "S": "Steady, with a strong second in {second}.",
    "C": "Careful, with a strong second in {second}.",
}
SOME: dict[str, str] = {
    "D": "Direct, with some {second}.",
    "I": "Outgoing, with some {second}.",
    "S": "Steady, with some {second}.",
    "C": "Careful, with some {second}.",
}
BALANCED = "Balanced: the four DISC scales are close together."
HIGHEST = "Highest in {highest}, lowest in {lowest}."
FIRST = "Puts {first} first."
