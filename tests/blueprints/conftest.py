"""What tests of pages and tools share: an account's profiles and tags, and time that passes for rate limits."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from models.database.base import db
from models.database.tenancy import in_account
from models.profiles.profile import Profile
from models.profiles.tag import Tag
from models.rate_limits.buckets import MINUTE, Throttle
from tests.fixtures.people import Team


@pytest.fixture
def look(app: Flask) -> Callable[..., Any]:
    """Looks something up in an account, to be spoken about afterwards: `look(aperture, lambda id_: Profile.find(id_, …))`."""

    def at(team: Team, find: Callable[[uuid.UUID], object]) -> object:
        with app.app_context(), in_account(team.id):
            found = find(team.id)
            db.session.expunge_all()
            return found

    return at


@pytest.fixture
def a_minute_passes(app: Flask) -> Callable[[], None]:
    """Moves every rate limit back by a minute."""

    def move() -> None:
        with app.app_context():
            db.session.execute(update(Throttle).values(empty_at=Throttle.empty_at - MINUTE))
            db.session.commit()

    return move


@pytest.fixture
def new_profile(within) -> Callable[..., uuid.UUID]:
    """Makes a profile in an account; gives its id."""
    return lambda team, *facts: within(team, lambda id_: Profile.create(id_, *facts).id)


@pytest.fixture
def new_tag(within) -> Callable[..., uuid.UUID]:
    """Makes a tag in an account; gives its id."""
    return lambda team, label, color="red": within(team, lambda id_: Tag.create(id_, label, color).id)


@pytest.fixture
def ana(aperture, new_profile) -> uuid.UUID:
    """Ana Löwe's profile in Aperture Science."""
    return new_profile(aperture, "ana@example.com", "Ana", "Löwe", "+49 30 123")


@pytest.fixture
def gordon(black_mesa, new_profile) -> uuid.UUID:
    """Gordon's profile in Black Mesa: nobody's business in Aperture Science."""
    return new_profile(black_mesa, "gordon@example.com", "Gordon")


@pytest.fixture
def sales(aperture, new_tag) -> uuid.UUID:
    """The tag Sales in Aperture Science."""
    return new_tag(aperture, "Sales")


@pytest.fixture
def lambda_team(black_mesa, new_tag) -> uuid.UUID:
    """A tag in Black Mesa."""
    return new_tag(black_mesa, "Lambda")


@pytest.fixture
def bring(runner, tmp_path):
    """Writes a file and imports it."""

    def do(account, content, name="people.csv"):
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return runner.invoke(args=["profiles", "import", str(file), "--account", str(account)])

    return do
