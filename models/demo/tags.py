"""The tags of the two teams: departments, and groups across them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from random import Random

from models.profiles import Tag

APERTURE_TAGS = {
    "Engineering": "blue",
    "Research": "indigo",
    "Sales": "red",
    "Customer care": "emerald",
    "Operations": "zinc",
    "Finance & People": "orange",
    "Leadership": "yellow",
    "Mentors": "purple",
    "Remote": "pink",
    "Spring workshop": "emerald",
    "Autumn workshop": "orange",
}
BLACK_MESA_TAGS = {
    "Anomalous materials": "purple",
    "Biology": "emerald",
    "Facilities": "zinc",
    "Security": "red",
    "Administration": "yellow",
    "Leadership": "blue",
    "On call": "orange",
    "Night shift": "indigo",
    "Induction group": "pink",
}
# The relative sizes of the departments.
DEPARTMENTS = {
    "Engineering": 9,
    "Research": 6,
    "Sales": 6,
    "Customer care": 5,
    "Operations": 4,
    "Finance & People": 3,
    "Anomalous materials": 7,
    "Biology": 4,
    "Facilities": 3,
    "Security": 4,
    "Administration": 2,
}
# The share of all people in each group, in addition.
GROUPS = {
    "Leadership": 0.08,
    "Mentors": 0.15,
    "Remote": 0.3,
    "Spring workshop": 0.3,
    "Autumn workshop": 0.25,
    "On call": 0.3,
    "Night shift": 0.2,
    "Induction group": 0.2,
}
MOST = 4


def make_tags(account_id: uuid.UUID, colors: Mapping[str, str]) -> None:
    """The tags of a new account: labels with their colours."""
    for label, color in colors.items():
        Tag.create(account_id, label, color)


def tags_for(chance: Random, present: dict[str, uuid.UUID]) -> list[uuid.UUID]:
    """One person's tags: usually one department, and up to three groups."""
    departments = [label for label in DEPARTMENTS if label in present]
    chosen = [label for label, part in GROUPS.items() if label in present and chance.random() < part][: MOST - 1]
    if departments and chance.random() < 0.9:
        chosen.append(chance.choices(departments, [DEPARTMENTS[label] for label in departments])[0])
    return [present[label] for label in chosen]
