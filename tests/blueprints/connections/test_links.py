"""From a connection to what it touched, and to its own entries in the audit log; of another account only after switching to that."""

from __future__ import annotations

import re
import uuid

import pytest

from models.database.base import db
from models.database.tenancy import in_account
from models.permissions import Role
from models.profiles.alias import Alias
from models.profiles.profile import Profile
from models.profiles.tag import Tag
from tests.pages import csrf_token, first, text_of

LIST = "/settings/connections"


@pytest.fixture
def things(app, alice):
    """Ana, the tag Sales, and an alias of Ana's."""
    with app.app_context(), in_account(alice.account_id):
        ana = Profile.create(alice.account_id, "ana@example.org", "Ana", "Löwe")
        tag = Tag.create(alice.account_id, "Sales", "blue")
        alias, _ = Alias.create(alice.account_id, "profile", ana.id, "crm-1")
        db.session.commit()
        return {"profile": str(ana.id), "tag": str(tag.id), "alias": str(alias.id)}


def test_what_it_did_lately_leads_to_what_it_touched(alice, browser_of, claude, things):
    claude.result("tag_profiles", tag_id=things["tag"], profile_ids=[things["profile"]])
    claude.result("update_alias", alias_id=things["alias"], consumer_key="crm-2")
    browser = browser_of(alice)
    shown = browser.get(f"{LIST}/{claude.connection_id}").text
    recent = shown[shown.index('id="recent"') :]
    links = re.findall(r'<strong><a href="([^"]+)">', recent)
    assert f"/profiles/{things['profile']}" in links
    assert f"/profiles?tag={things['tag']}" in links
    assert f"/settings/aliases/{things['alias']}/edit" in links
    for link in links:
        assert browser.get(link).status_code == 200, link


def test_the_page_of_an_entry_leads_to_what_is_still_there(app, alice, browser_of, claude, things):
    claude.result("tag_profiles", tag_id=things["tag"], profile_ids=[things["profile"]])
    browser = browser_of(alice)
    entry = first(r'href="(/settings/audit/[0-9a-f-]{36})"', browser.get(f"{LIST}/{claude.connection_id}").text)
    assert f'href="/profiles/{things["profile"]}">Ana Löwe' in browser.get(entry).text
    with app.app_context(), in_account(alice.account_id):
        Profile.find(alice.account_id, uuid.UUID(things["profile"])).delete()
        db.session.commit()
    shown = browser.get(entry).text
    assert f'href="/profiles/{things["profile"]}"' not in shown
    assert f'href="/profiles?tag={things["tag"]}">Sales' in shown


def test_no_link_leads_where_the_role_does_not(charlie, browser_of, connect, things):
    his = connect(charlie)
    his.result("list_aliases")
    shown = browser_of(charlie).get(f"{LIST}/{his.connection_id}").text
    assert "crm-1" in shown
    assert "/settings/aliases/" not in shown


def test_its_entries_in_the_audit_log_are_its_own_alone(alice, bob, charlie, browser_of, connect):
    bobs, charlies = connect(bob), connect(charlie)
    bobs.result("list_tags")
    charlies.result("list_tags")
    browser = browser_of(alice)
    link = first(r'href="(/settings/audit\?connection=[^"]+)"', browser.get(f"{LIST}/{bobs.connection_id}").text)
    shown = browser.get(link)
    said = text_of(shown)
    assert "Claude (for Bob ) listed no tags" in said
    assert "for Charlie" not in said
    assert "Showing only entries of Claude of Bob" in said
    assert f"connection={bobs.connection_id}" in first(r'href="([^"]*export[^"]*jsonl[^"]*)"', shown.text)
    assert (
        text_of(browser_of(bob).get(link.replace(str(bobs.connection_id), str(charlies.connection_id)))).count(
            "listed no tags"
        )
        == 0
    )


@pytest.fixture
def both(new_person, aperture, black_mesa):
    """Somebody in two accounts, who looks at the first."""
    return new_person("Dana", aperture, Role.OWNER), new_person("Dana", black_mesa, Role.OWNER)


def test_of_another_account_nothing_links_there_and_a_switch_is_offered(app, both, browser_of, connect):
    here, there = both
    robot = connect(there)
    with app.app_context(), in_account(there.account_id):
        Profile.create(there.account_id, "gordon@example.org", "Gordon", "Freeman")
        db.session.commit()
    robot.result("list_profiles")
    browser = browser_of(here)
    page = f"{LIST}/{robot.connection_id}"
    browser.post("/accounts/current", data={"csrf_token": csrf_token(browser, LIST), "account": here.account_id})

    shown = browser.get(page)
    assert "Gordon Freeman" in text_of(shown)
    assert "Switch to Black Mesa" in text_of(shown)
    main = shown.text[shown.text.index("<main") :]
    assert 'href="/profiles/' not in main
    assert 'href="/settings/audit' not in main

    token = csrf_token(browser, page)
    answer = browser.post("/accounts/current", data={"csrf_token": token, "account": there.account_id, "next": page})
    assert answer.location == page
    shown = browser.get(page)
    assert "Switch to" not in text_of(shown)
    assert browser.get(first(r'href="(/profiles/[0-9a-f-]{36})"', shown.text)).status_code == 200


def test_after_a_switch_nobody_is_sent_to_another_site(both, browser_of):
    here, _ = both
    browser = browser_of(here)
    token = csrf_token(browser, LIST)
    for elsewhere in ("https://evil.example/", "//evil.example/"):
        sent = {"csrf_token": token, "account": here.account_id, "next": elsewhere}
        assert browser.post("/accounts/current", data=sent).location == "/"
