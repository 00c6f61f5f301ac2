"""Other projects' programs go the whole way with the product: found, asked, allowed in part, used, renewed, revoked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from config import Settings
from models.connections.authorization import Authorization
from models.database.base import db, now
from models.oauth.tokens import AccessToken
from tests.application import settings_for
from tests.fixtures.people import Person
from tests.interop.desk import Desk, seated
from tests.interop.documents import CLAUDE_CODE, CODEX, meet
from tests.interop.story import DENIED
from tests.plain_browser import PlainBrowser
from tests.server import Gunicorn, Serve


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.interop)


@pytest.fixture
def settings(database_url: str, public_url: str) -> Settings:
    """A server whose access tokens live for a minute, as short as can be."""
    return replace(settings_for(database_url, public_url), access_token_lifetime=timedelta(seconds=60))


@pytest.fixture
def server(serve: Serve) -> Gunicorn:
    """Gunicorn, as other projects' programs meet the product."""
    return serve()


@pytest.fixture
def desk(server: Gunicorn, alice: Person, tmp_path: Path) -> Iterator[Desk]:
    """Alice at her desk. She allows what is asked for, except tags."""
    home = tmp_path / "home"
    home.mkdir()
    browser = PlainBrowser(server.url)
    with browser.http, seated(Desk(home, browser, alice)) as desk:
        desk.denies = [DENIED]
        yield desk


@pytest.fixture
def known_documents(app: Flask) -> None:
    """The server knows the apps that introduce themselves by documents."""
    with app.app_context():
        for document in (CLAUDE_CODE, CODEX):
            meet(document)


@pytest.fixture
def an_hour_passes(app: Flask) -> Callable[[], None]:
    """Ends the time of every access token there is."""

    def pass_by() -> None:
        with app.app_context():
            db.session.execute(update(AccessToken).values(expires_at=now() - timedelta(seconds=1)))
            db.session.commit()

    return pass_by


@pytest.fixture
def renewals(app: Flask) -> Callable[[], int]:
    """How often assistants have renewed their tokens."""

    def count() -> int:
        with app.app_context():
            return db.session.scalar(select(func.sum(Authorization.generation))) or 0

    return count
