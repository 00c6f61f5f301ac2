"""Comparing people side by side, by `profiles:read`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from blueprints.mcp.input_types import IdsToCompare
from blueprints.mcp.output_models import ComparedProfiles
from blueprints.mcp.registry import tool
from models.audit import touch
from models.errors import Invalid, NotFound
from models.instruments import ASSESSMENTS
from models.oauth import Bearer
from models.permissions import Permission
from models.reports import Person, compare
from models.reports.people import people
from models.scopes import PROFILES_READ


@tool(needs=PROFILES_READ, may=Permission.SEE_PROFILES, title="Compare profiles", reads=True)
def compare_profiles(bearer: Bearer, profile_ids: IdsToCompare) -> ComparedProfiles:
    """Compare 2 to 12 people: their DISC, Focus and Core scores side by side, what they share, where they differ, and by which rules.

    Findings name people by id. What was not answered is null, and is compared with nobody's.
    """
    if len(set(profile_ids)) < len(profile_ids):
        raise Invalid("profile_ids", "Name each profile once.")
    found = people(bearer.account_id, profile_ids)
    if len(found) < len(profile_ids):
        raise NotFound("At least one of these profiles does not exist in this account.")
    touch("profile", (person.id for person in found))
    compared = compare(found)
    return ComparedProfiles.of(
        bearer,
        profiles=[describe_person(person) for person in compared.people],
        meet=[asdict(finding) for finding in compared.meet],
        differ=[asdict(finding) for finding in compared.differ],
        rules=compared.rules,
    )


def describe_person(person: Person) -> dict[str, Any]:
    contact = {name: getattr(person, name) for name in ("id", "email", "first_name", "last_name")}
    return contact | {assessment: person.results.get(assessment) for assessment in ASSESSMENTS}
