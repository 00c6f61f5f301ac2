"""Journeys go over the network, to a real server, with the official SDK in both eras of the protocol."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.application import settings_for
from tests.fixtures.people import Person
from tests.plain_browser import OpenBrowser, PlainBrowser

Consent = Callable[..., PlainBrowser]


@pytest.fixture
def settings(database_url, public_url, mail_url):
    """The limits that the product comes with: what people and assistants do in a journey stays well within them."""
    return settings_for(database_url, public_url, mail_url)


@pytest.fixture(params=["auto", "legacy"], ids=["2026-07-28", "2025-11-25"])
def era(request):
    """How the SDK's client begins: it asks what the server speaks, or shakes hands as before 2026."""
    return request.param


@pytest.fixture
def at_the_desk(browser: OpenBrowser):
    """Somebody who answers the consent page in their browser: `at_the_desk(alice, deny=["tags:manage"])`."""

    def sit(person: Person, decision: str = "Allow", **answer: object) -> Callable[[str], None]:
        def answer_the_question(address: str) -> None:
            opened = browser(person)
            opened.open(address)
            assert opened.status == 200, opened.text
            if account := answer.get("account"):
                opened.press("Use this account", account=account)
            opened.press(decision, **answer)
            opened.follow("continue")

        return answer_the_question

    return sit
