"""Taking back while others change the same things: it happens once, as it was shown, and nothing of others is lost."""

from __future__ import annotations

import json
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from sqlalchemy import delete, func, select

from models.audit.before_image import BeforeImage
from models.audit.recorder import AuditEntry
from models.database.base import db
from models.database.tenancy import in_account
from models.profiles.tag import Tag
from tests.pages import first
from tests.races.start import FORM

pytestmark = pytest.mark.races
ROUNDS = 50
AT_ONCE = 8


@pytest.fixture
def within(app, alice):
    """Does something in Alice's account and commits it."""

    def do(work):
        with app.app_context(), in_account(alice.account_id):
            done = work()
            db.session.commit()
            return done

    return do


@pytest.fixture
def renamed(within, alice):
    """A tag that was "Before" and that Alice renamed to "After", and the address that takes it back."""

    def make():
        db.session.execute(delete(Tag))
        db.session.execute(delete(BeforeImage))
        tag = Tag.create(alice.account_id, "Before", "red")
        tag.update(label="After")
        newest = db.session.scalar(select(BeforeImage.entry_id).order_by(BeforeImage.number.desc()).limit(1))
        return tag.id, f"/settings/undo/{newest}"

    return lambda: within(make)


@pytest.fixture
def hand(alice, browser_of, public_url):
    """Alice's answer to what a page shows: path, body and headers."""
    cookie = f"profile={browser_of(alice).get_cookie('profile').value}"

    def answer(address):
        with urlopen(Request(public_url + address, headers={"Cookie": cookie}), timeout=30) as page:
            markup, given = page.read().decode(), page.headers.get("Set-Cookie", cookie)
        form = {name: first(rf'name="{name}" value="([^"]+)"', markup) for name in ("csrf_token", "shown")}
        return address, urlencode(form), FORM | {"Cookie": given.partition(";")[0]}

    return answer


@pytest.fixture
def renaming(claude):
    """Claude's call that renames a tag: path, body and headers."""

    def call(tag_id, label):
        arguments = {"tag_id": str(tag_id), "label": label}
        body, headers = claude.message("tools/call", {"name": "update_tag", "arguments": arguments})
        sent = headers | {"Authorization": f"Bearer {claude.token}", "Content-Type": "application/json"}
        return "/mcp", json.dumps(body), sent

    return call


def label_of_only_tag():
    return db.session.scalar(select(Tag.label))


def times_taken_back():
    taken = select(func.count()).where(AuditEntry.action == "account.changes_taken_back")
    return db.session.scalar(taken)


def test_of_eight_hands_one_takes_it_back(rounds, racers, within, renamed, hand):
    for batch in rounds(50):
        for _round in batch:
            before = within(times_taken_back)
            _tag, address = renamed()
            replies = racers.send_each([hand(address)] * AT_ONCE)
            assert sorted(reply.status for reply in replies) == [302] + [409] * (AT_ONCE - 1)
            assert within(label_of_only_tag) == "Before"
            assert within(times_taken_back) == before + 1


def test_what_an_app_writes_meanwhile_is_never_lost(rounds, racers, within, renamed, hand, renaming):
    for batch in rounds(50):
        for _round in batch:
            tag_id, address = renamed()
            hands, calls = [hand(address)] * 4, [renaming(tag_id, f"Theirs {number}") for number in range(4)]
            replies = racers.send_each([*hands, *calls])
            assert {reply.status for reply in replies[:4]} <= {302, 409}
            assert within(label_of_only_tag).startswith("Theirs")
