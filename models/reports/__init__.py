"""Reports on people side by side, and on groups: what their newest results have in common and where they differ."""

from models.reports.circle import Circle, circle_of
from models.reports.comparison import compare
from models.reports.group import Group, Spread, describe
from models.reports.guide import guide_for
from models.reports.history import Course, courses_of
from models.reports.people import Members, members_of, members_of_team
from models.reports.person import Person
from models.reports.scales import Scale

__all__ = [
    "Circle",
    "Course",
    "Group",
    "Members",
    "Person",
    "Scale",
    "Spread",
    "circle_of",
    "compare",
    "courses_of",
    "describe",
    "guide_for",
    "members_of",
    "members_of_team",
]
