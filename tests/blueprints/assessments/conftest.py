"""People who come by a link, without JavaScript and without an account."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from flask import Flask

from models.assessments.answer import Answer
from models.assessments.invitation import AssessmentInvitation
from models.assessments.shared_link import AssessmentLink
from models.assessments.sitting import Sitting
from models.database.base import db
from tests.fixtures.people import Person
from tests.fixtures.sittings import choices_at
from tests.plain_browser import PlainBrowser
from tests.taker import Taker

Within = Callable[..., object]


@pytest.fixture
def invite(within: Within) -> Callable[..., str]:
    """Has a member invite somebody; gives the path of the personal link."""

    def make(member: Person, email: str = "ana@example.com", **given: Any) -> str:
        def work(account_id: uuid.UUID) -> str:
            made = AssessmentInvitation.invite(account_id, email, **{"by": member.member_id, **given})
            return f"/a/{made.link.secret}"

        return str(within(member, work))

    return make


@pytest.fixture
def share(within: Within) -> Callable[..., str]:
    """Has a member make a shared link; gives its path."""

    def make(member: Person, **given: Any) -> str:
        def work(account_id: uuid.UUID) -> str:
            return f"/a/{AssessmentLink.provide(account_id, by=member.member_id, **given).link.secret}"

        return str(within(member, work))

    return make


@pytest.fixture
def come(app: Flask, public_url: str) -> Iterator[Callable[[str], Taker]]:
    """Somebody opens a link in a browser of their own; `come(link)`."""
    with ExitStack() as stack:

        def arrive(link: str) -> Taker:
            browser = PlainBrowser(public_url, app)
            stack.enter_context(browser.http)
            browser.open(link)
            return Taker(browser)

        yield arrive


@pytest.fixture
def answered(within: Within, alice: Person) -> Callable[..., None]:
    """Answers, without a browser, every page of the sittings in Alice's account except those of these kinds or with these items."""

    def answer(*but: str) -> None:
        def work(account_id: uuid.UUID) -> None:
            waiting = db.select(Sitting).where(Sitting.account_id == account_id, Sitting.state == "open")
            for sitting in db.session.scalars(waiting):
                for step in sitting.questionnaire.steps:
                    if not {step.page.kind, *step.page.item_ids} & set(but):
                        Answer.keep(sitting, step, choices_at(step, sitting.extended))

        within(alice, work)

    return answer


@pytest.fixture
def take(come: Callable[[str], Taker], answered: Callable[..., None]) -> Callable[..., Taker]:
    """Somebody goes from a link to their result: begins and finishes in a browser, and answers without one."""

    def go(link: str, **introduction: str) -> Taker:
        taker = come(link).begin(**introduction)
        answered()
        taker.browser.open(taker.link)
        return taker.finish()

    return go


@pytest.fixture
def link(invite: Callable[..., str], alice: Person) -> str:
    """Alice's invitation of Ana Löwe."""
    return invite(alice, first_name="Ana", last_name="Löwe")


@pytest.fixture
def shared(share: Callable[..., str], alice: Person) -> str:
    """A link that Alice made for anybody."""
    return share(alice)
