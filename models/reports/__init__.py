"""Reports on people side by side, and on groups: what their newest results have in common and where they differ."""

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
