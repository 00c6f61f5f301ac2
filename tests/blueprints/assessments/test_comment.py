"""What a person writes beside their own report: theirs to change and delete by their link, for members to read, and for no app."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select, update

from blueprints.assessments import result
from models.accounts.account import Account
from models.assessments.held_results import discard, keep
from models.assessments.sitting import LONGEST_COMMENT, Sitting
from models.audit.recorder import AuditEntry
from models.database.base import db
from models.privacy.profile_export import data_of
from models.profiles.profile import Profile
from models.rate_limits.buckets import Limit
from tests.pages import text_of

pytestmark = pytest.mark.both_databases
WORDS = "I speak little in large groups.\nAsk me afterwards."


@pytest.fixture
def ana(take, link):
    """Ana has finished."""
    return take(link)


def comment_on(email="ana@example.com"):
    return lambda account_id: Profile.by_email(account_id, email).comment


def entries(_account_id):
    about = select(AuditEntry.action).where(AuditEntry.action.startswith("assessment.comment"))
    return list(db.session.scalars(about.order_by(AuditEntry.id)))


def test_members_read_it_and_she_changes_and_deletes_it(ana, within, alice, browser_of, charlie):
    ana.browser.press("Save comment", comment=WORDS)
    assert "I speak little in large groups." in ana.text
    profile = within(alice, lambda id_: Profile.by_email(id_, "ana@example.com").id)
    page = text_of(browser_of(charlie).get(f"/profiles/{profile}"))
    assert "Comment by Ana" in page
    assert "Ask me afterwards." in page
    ana.browser.press("Save comment", comment="Just ask.")
    assert within(alice, comment_on()) == "Just ask."
    ana.browser.press("Save comment", comment="Just ask.")
    ana.browser.press("Save comment", comment=" ")
    assert within(alice, comment_on()) == ""
    assert "Comment by" not in text_of(browser_of(charlie).get(f"/profiles/{profile}"))
    assert within(alice, entries) == ["assessment.comment_written"] * 2 + ["assessment.comment_deleted"]


def test_one_that_is_too_long_is_refused_and_stays_in_the_field(ana, within, alice):
    ana.browser.press("Save comment", comment="a" * (LONGEST_COMMENT + 1))
    assert ana.status == 400
    assert f"at most {LONGEST_COMMENT:,} characters" in ana.text
    assert ana.browser.page.by_id("comment").text.count("a") > LONGEST_COMMENT
    assert within(alice, comment_on()) == ""


def test_nobody_writes_one_again_and_again(ana, monkeypatch):
    """Each change is an entry in the audit log."""
    monkeypatch.setattr(result, "BY_SITTING", Limit(a_minute=1, at_once=1))
    ana.browser.press("Save comment", comment="one")
    ana.browser.press("Save comment", comment="two")
    assert ana.status == 429


def test_what_is_not_shared_has_a_comment_that_nobody_sees(take, link, within, alice):
    within(alice, lambda id_: db.session.get_one(Account, id_).update(results_seen_first=True))
    ana = take(link)
    ana.browser.press("Save comment", comment=WORDS)
    assert within(alice, comment_on()) == ""
    assert within(alice, entries) == []
    ana.browser.press("Share with Aperture Science")
    assert within(alice, comment_on()) == WORDS
    assert "I speak little" in ana.text


def test_results_to_review_bring_it_along_when_they_are_kept(take, shared, invite, alice, within):
    invite(alice, "known@example.com")
    somebody = take(shared, first_name="Ana", email="known@example.com")
    somebody.browser.press("Save comment", comment=WORDS)
    assert within(alice, comment_on("known@example.com")) == ""
    within(alice, lambda id_: keep(Sitting.held_in(id_)[0]))
    assert within(alice, comment_on("known@example.com")) == WORDS
    somebody.browser.press("Save comment", comment="")
    assert within(alice, comment_on("known@example.com")) == ""


def test_results_that_are_discarded_leave_it_to_its_writer_alone(take, shared, invite, alice, within):
    invite(alice, "known@example.com")
    somebody = take(shared, first_name="Ana", email="known@example.com")
    within(alice, lambda id_: discard(Sitting.held_in(id_)[0]))
    somebody.browser.press("Save comment", comment=WORDS)
    assert "I speak little" in somebody.text
    assert within(alice, comment_on("known@example.com")) == ""


def test_who_only_typed_an_address_neither_reads_nor_changes_what_its_owner_wrote(take, link, shared, alice, within):
    take(link).browser.press("Save comment", comment="Mine.")
    somebody = take(shared, first_name="Eve", email="ana@example.com")
    within(alice, lambda id_: keep(Sitting.held_in(id_)[0]))
    somebody.browser.open(somebody.link)
    assert "Mine." not in somebody.text
    somebody.browser.press("Save comment", comment="Not hers.")
    assert within(alice, comment_on()) == "Mine."


def test_a_link_that_went_to_a_former_address_takes_no_comment(ana, within, alice):
    moved = update(Profile).values(email="ana.loewe@example.com", email_key="ana.loewe@example.com")
    within(alice, lambda _: db.session.execute(moved))
    ana.browser.press("Save comment", comment="A stranger's.")
    assert "Your comment" not in ana.text
    assert within(alice, comment_on("ana.loewe@example.com")) == ""


def test_it_is_in_her_copy_and_in_the_export_of_her_data_and_goes_with_the_profile(client, ana, within, alice):
    ana.browser.press("Save comment", comment=WORDS)
    assert json.loads(client.get(f"{ana.link}/copy").data)["comment"] == WORDS
    exported = within(
        alice,
        lambda id_: json.loads(
            data_of(
                db.session.scalars(
                    select(Profile).where(Profile.account_id == id_, Profile.email == "ana@example.com")
                ).one()
            )
        ),
    )
    assert exported["profile"]["comment"] == WORDS
    within(alice, lambda id_: Profile.by_email(id_, "ana@example.com").delete())
    ana.browser.open(ana.link)
    assert ana.status == 404
