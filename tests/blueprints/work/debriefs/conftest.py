"""A person with results, whose name, address, phone and tag must never leave; and what becomes of a debrief on them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from blueprints.work.debriefs import write_debriefs
from config import Settings
from models.account import Account
from models.audit import AuditEntry, acting_in
from models.base import db, now
from models.debrief import Debrief
from models.debrief_request import DebriefRequest
from models.instruments import FOCUS_DOMAINS, core_result, disc_result, focus_result
from models.profile import Profile
from models.result import Result
from models.tag import Tag
from models.tenancy import in_account
from tests.application import settings_for
from tests.fixtures.people import Team
from tests.model_server import ModelServer

CANARIES = ("Canarina", "Vogelsang", "canary.bird", "555 0142", "5550142", "Canarytag", "Aperture", "Sparrow", "crm-77")
SCORES: dict[str, Any] = {
    "disc": disc_result({"d": 20.5, "i": 71.5, "s": 60.0, "c": 33.0}),
    "focus": focus_result({facet: 4 + place % 17 for place, facet in enumerate(sum(FOCUS_DOMAINS.values(), ()))}),
    "core": core_result(["fairness", "familyHappiness", "freedom", "security", "fun"]),
}


@pytest.fixture
def settings(database_url: str, public_url: str, model_process: ModelServer) -> Settings:
    """A server that knows a language model on its own machine, which has two seconds for an answer."""
    return replace(
        settings_for(database_url, public_url), debrief_model="openai-chat:local", debrief_base_url=model_process.url,
        debrief_timeout=timedelta(seconds=2),
    )  # fmt: skip


@dataclass
class Story:
    """One person's debrief, from the asking to the end."""

    app: Flask
    team: Team
    profile_id: uuid.UUID

    def within(self, work: Callable[[], Any]) -> Any:
        """Do something in the account, and commit it."""
        with self.app.app_context(), in_account(self.team.id), acting_in(self.team.id):
            done = work()
            db.session.commit()
            return done

    def ask(self) -> uuid.UUID:
        """Results have come in: a debrief is wanted."""
        id_: uuid.UUID = self.within(lambda: DebriefRequest.ask(self.profile).id)
        return id_

    def work(self) -> None:
        """What the worker does every few seconds."""
        with self.app.app_context():
            write_debriefs()

    def let_time_pass(self) -> None:
        """The pause before the next attempt is over, or the time that a silent worker was given."""
        past = {"due_at": now(), "claimed_until": now()}
        self.within(lambda: db.session.execute(update(DebriefRequest).values(**past)))

    def turn_on(self, host: str | None) -> None:
        """An Owner says to whom scores may go."""
        self.within(lambda: self.account.let_scores_go_to(host))

    def take(self, **scores: Any) -> None:
        """The person answers again."""

        def keep() -> None:
            for assessment, result in scores.items():
                Result.keep(self.profile, assessment, result, f"{assessment}-1")

        self.within(keep)

    @property
    def profile(self) -> Profile:
        return Profile.find(self.team.id, self.profile_id)

    @property
    def account(self) -> Account:
        return db.session.get_one(Account, self.team.id)

    @property
    def request(self) -> DebriefRequest:
        """The newest request, as it stands."""
        found: DebriefRequest = self.within(lambda: detached(DebriefRequest.newest(self.team.id, self.profile_id)))
        return found

    @property
    def debrief(self) -> Any:
        """The newest debrief, or None; it may be another one every time."""
        return self.within(lambda: detached(Debrief.newest(self.team.id, self.profile_id)))

    @property
    def trail(self) -> list[tuple[str, dict[str, Any]]]:
        """What the account's trail says of debriefs: actions with their values."""
        entries = select(AuditEntry).where(AuditEntry.account_id == self.team.id, AuditEntry.action.like("debrief.%"))
        statement = entries.order_by(AuditEntry.id)
        told: list[tuple[str, dict[str, Any]]] = self.within(
            lambda: [(entry.action, entry.values) for entry in db.session.scalars(statement)]
        )
        return told


def detached(row: Any) -> Any:
    """A row to look at after its session has ended."""
    if row is not None:
        db.session.refresh(row)
        db.session.expunge(row)
    return row


@pytest.fixture
def canary(app: Flask, aperture: Team) -> Story:
    """Canarina Vogelsang has answered everything. In this account, nothing leaves the server."""
    with app.app_context(), in_account(aperture.id), acting_in(aperture.id):
        profile = Profile.create(aperture.id, "canary.bird@example.com", "Canarina", "Vogelsang", "+1 202 555 0142")
        Tag.create(aperture.id, "Canarytag", "red").put_on([profile.id])
        for assessment, scores in SCORES.items():
            Result.keep(profile, assessment, scores, f"{assessment}-1")
        db.session.commit()
        return Story(app, aperture, profile.id)


@pytest.fixture
def by_model(canary: Story, model_server: ModelServer) -> Story:
    """The same, after an Owner has let scores go to the model on this machine."""
    canary.turn_on(f"127.0.0.1:{model_server.port}")
    return canary
