"""The three assessments: their scales, and the instruments that ask about them, as data."""

from __future__ import annotations

from models.instruments.instrument import Instrument, Page, Statement, Value
from models.instruments.registry import bundled, by_key, current
from models.instruments.scales import (
    ASSESSMENTS,
    CORE_PLACES,
    CORE_VALUES,
    DISC_SCALES,
    FOCUS_DOMAINS,
    TITLES,
    core_places,
    core_result,
    disc_result,
    disc_style,
    focus_result,
    level,
)
from models.instruments.straight_lining import StraightLine, straight_lined

__all__ = [
    "ASSESSMENTS",
    "CORE_PLACES",
    "CORE_VALUES",
    "DISC_SCALES",
    "FOCUS_DOMAINS",
    "TITLES",
    "Instrument",
    "Page",
    "Statement",
    "StraightLine",
    "Value",
    "bundled",
    "by_key",
    "core_places",
    "core_result",
    "current",
    "disc_result",
    "disc_style",
    "focus_result",
    "level",
    "straight_lined",
]
