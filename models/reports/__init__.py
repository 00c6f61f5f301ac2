"""People side by side, and groups as a whole: what their newest results have in common and where they part."""

from models.reports.comparison import compare
from models.reports.group import Group, Spread, describe
from models.reports.guide import guide_for
from models.reports.people import Members, members_of
from models.reports.person import Person
from models.reports.scales import Scale

__all__ = [
    "Group",
    "Members",
    "Person",
    "Scale",
    "Spread",
    "compare",
    "describe",
    "guide_for",
    "members_of",
]
