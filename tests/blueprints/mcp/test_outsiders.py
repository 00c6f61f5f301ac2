"""To an app that is limited to a tag, every answer is the same with and without the people outside, byte for byte."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sqlalchemy import delete

from models.connections import lifecycle
from models.database.base import db
from models.profiles.alias import Alias
from models.profiles.profile import Profile
from models.profiles.tag import Tag

pytestmark = [pytest.mark.both_databases, pytest.mark.slow]

# So few that the names inside and outside meet in every order.
NAMES = st.sampled_from(["Ana", "Anna", "Bo", "Zoe", "Åsa", "Aaron", "Annabel"])
OUTSIDERS = st.lists(st.tuples(NAMES, NAMES, st.booleans(), st.booleans()), min_size=1, max_size=12)
QUESTIONS = [
    ("list_profiles", {"sort": sort, "limit": limit, **more})
    for sort in ("name", "created", "completed")
    for limit in (2, 100)
    for more in ({}, {"search": "an"}, {"search": "an bo"}, {"status": "pending"}, {"search": "a", "status": "pending"})
] + [("list_tags", {}), ("list_tags", {"search": "t"}), ("list_aliases", {}), ("get_account", {"include_tags": True})]


@pytest.fixture
def settings(settings):
    return replace(settings, limit_calls=100_000, limit_calls_at_once=100_000, limit_account_calls=1_000_000)


@pytest.fixture
def small_thresholds(monkeypatch):
    """Twelve people cross each number at which a list is read in another way."""
    for name, number in {"FEW": 2, "WALK": 3, "LOOKED_THROUGH": 3, "COUNTED_AT_MOST": 6}.items():
        monkeypatch.setattr(f"models.profiles.listing.{name}", number)


@pytest.fixture
def inside(in_alices, change):
    """Five people inside the limit, and the tags that everybody may have."""

    def make(account_id):
        tags = [Tag.create(account_id, label, "blue") for label in ("Team", "Other")]
        people = [("Ana", "Bo"), ("Anna", "Zoe"), ("Bo", "Anders"), ("Zoe", "Ana"), ("Åsa", "Antonsson")]
        made = [Profile.create(account_id, f"in{n}@example.org", *name).id for n, name in enumerate(people)]
        tags[0].put_on(made)
        Alias.create(account_id, "profile", made[0], "crm-inside")
        return [tag.id for tag in tags]

    tags = in_alices(make)
    change(lambda connection: lifecycle.limit(connection, only_tags=[str(tags[0])]))
    return tags


@pytest.fixture
def answers(claude):
    """Every page of the answer to every question, as it is sent."""

    def pages(tool, arguments):
        answer = claude.call(tool, **arguments)
        assert answer.status_code == 200
        yield answer.json["result"]["content"][0]["text"]
        if following := answer.json["result"]["structuredContent"].get("next_cursor"):
            yield from pages(tool, arguments | {"cursor": following})

    return lambda: [list(pages(tool, arguments)) for tool, arguments in QUESTIONS]


@pytest.fixture
def without(inside, small_thresholds, answers):
    """The answers while nobody is outside."""
    return answers()


@given(outsiders=OUTSIDERS)
@examples(
    max_examples=4,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_answers_within_a_limit_are_the_same_with_and_without_those_outside(
    outsiders, in_alices, inside, answers, without
):
    def add(account_id):
        other = Tag.find(account_id, inside[1])
        for number, (first, last, tagged, known) in enumerate(outsiders):
            person = Profile.create(account_id, f"{first}{number}@example.com", first, last)
            if tagged:
                other.put_on([person.id])
            if known:
                Alias.create(account_id, "profile", person.id, f"crm-{number}")

    def remove(_account_id):
        db.session.execute(delete(Profile).where(Profile.email.like("%@example.com")))

    in_alices(add)
    try:
        assert answers() == without
    finally:
        in_alices(remove)
