"""The three assessments: their scales, and their instruments as data."""

from models.instruments.instrument import Instrument, Page, Statement, Value
from models.instruments.loaded_instrument import LoadedInstrument
from models.instruments.registry import Shelved, built, bundled, by_key, current, shelved
from models.instruments.scales import (
    ASSESSMENTS,
    CORE_PLACES,
    CORE_VALUES,
    DISC_SCALES,
    FIFTHS,
    FOCUS_DOMAINS,
    LEVELS,
    TITLES,
    core_places,
    core_result,
    disc_result,
    disc_style,
    focus_result,
    level,
    named,
    title_of,
)
from models.instruments.straight_lining import StraightLine, straight_lined
from models.instruments.validation import MOST_FAULTS, checked

__all__ = [
    "ASSESSMENTS",
    "CORE_PLACES",
    "CORE_VALUES",
    "DISC_SCALES",
    "FIFTHS",
    "FOCUS_DOMAINS",
    "LEVELS",
    "MOST_FAULTS",
    "TITLES",
    "Instrument",
    "LoadedInstrument",
    "Page",
    "Shelved",
    "Statement",
    "StraightLine",
    "Value",
    "built",
    "bundled",
    "by_key",
    "checked",
    "core_places",
    "core_result",
    "current",
    "disc_result",
    "disc_style",
    "focus_result",
    "level",
    "named",
    "shelved",
    "straight_lined",
    "title_of",
]
