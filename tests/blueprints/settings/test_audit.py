"""The audit log as people read it."""

from __future__ import annotations

import html
import re
import uuid
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, event, select, update

from models.accounts.user import User
from models.audit.recorder import Action, AuditEntry, AuditPersonal, Outcome, record, record_call
from models.audit_log import query
from models.database.base import db
from models.database.tenancy import in_account
from models.permissions import Role
from models.profiles.profile import Profile
from models.profiles.tag import Tag
from models.request_scope import Actor, Call, current_scope
from models.text import words
from tests.for_each import for_each
from tests.pages import first, submit, text_of

WORDS = re.compile(r'<td role="cell">\s*<p>(.*?)</p>', re.DOTALL)


def sentences(browser, query=""):
    """What the audit log says, newest first, as text."""
    body = browser.get(f"/settings/audit{query}").get_data(as_text=True)
    return [re.sub(r"<[^>]+>", "", each) for each in WORDS.findall(body)]


@pytest.fixture
def acting(app):
    """Do something as somebody, by the models alone; with an app, as one call of its tool."""

    def act(person, deed=None, through=None, tool="update_tag", outcome=Outcome.ALLOWED, **more):
        with app.app_context(), in_account(person.account_id):
            who = Actor(
                person.account_id, person.user_id, person.member_id, request_id="req-12345", revision="2026-07-28"
            )
            current_scope().authenticated_as(who)
            if through:
                call = Call(tool, scope=more.get("scope"))
                with current_scope().collecting(call):
                    done = deed() if deed else None
                app_acting = Actor(
                    person.account_id,
                    person.user_id,
                    person.member_id,
                    through.connection_id,
                    "Claude",
                    "req-67890",
                    "10.0.0.0/24",
                )
                record_call(app_acting, call, outcome, more.get("reason"), 1_500)
            else:
                done = deed()
            db.session.commit()
            current_scope().authenticated_as(Actor())
            return done

    return act


def sales(person, color="yellow"):
    return lambda: Tag.create(person.account_id, "Sales", color).id


def recolour(person, tag_id, color):
    return lambda: Tag.find(person.account_id, tag_id).update(color=color)


def test_what_claude_did_for_alice_can_be_read(alice, claude, browser_of, acting):
    tag_id = acting(alice, sales(alice))
    acting(alice, recolour(alice, tag_id, "red"), through=claude)
    acting(alice, through=claude, tool="list_profiles", outcome=Outcome.REFUSED, reason="scope", scope="profiles:read")
    assert sentences(browser_of(alice))[:5] == [
        "Alice signed in",
        "Claude (for Alice) was refused list_profiles: it has no profiles:read",
        "Claude (for Alice) changed the tag Sales to red",
        "Alice created the tag Sales",
        "Alice connected Claude",
    ]


def test_details_say_the_rest(alice, claude, browser_of, acting):
    tag_id = acting(alice, sales(alice))
    acting(alice, recolour(alice, tag_id, "red"), through=claude, scope="tags:manage")
    page = text_of(browser_of(alice).get("/settings/audit?action=tool.called"))
    for fact in ("update_tag", "tags:manage", "Color red", str(tag_id), "10.0.0.0/24", "req-67890", "1.5 ms", "UTC"):
        assert fact in page


def test_things_that_are_gone_are_named_as_far_as_they_may_be(alice, browser_of, acting):
    tag_id = acting(alice, sales(alice))
    acting(alice, lambda: Tag.find(alice.account_id, tag_id).delete())
    told = sentences(browser_of(alice))
    assert "Alice deleted the tag Sales" in told
    assert "Alice created a deleted tag" in told


def test_an_entry_whose_personal_part_was_erased_is_still_shown(app, alice, browser_of):
    browser = browser_of(alice)
    with app.app_context():
        db.session.execute(delete(AuditPersonal))
        db.session.commit()
    assert "Alice signed in" in sentences(browser)


def test_charlie_sees_what_he_and_his_apps_did_and_nothing_else(alice, charlie, connect, claude, browser_of, acting):
    his = connect(charlie)
    tag_id = acting(alice, sales(alice))
    acting(alice, recolour(alice, tag_id, "red"), through=claude)
    acting(charlie, through=his, tool="list_tags")
    told = sentences(browser_of(charlie))
    assert told == [
        "Charlie signed in",
        "Claude (for Charlie) listed no tags",
        "Charlie connected Claude",
        "Charlie joined as User",
    ]
    assert sentences(browser_of(charlie), f"?member={alice.member_id}") == []


def test_nothing_of_another_account_is_ever_in_it(alice, eve, browser_of, acting):
    acting(eve, sales(eve))
    told = sentences(browser_of(alice))
    assert "Eve" not in " ".join(told)
    assert sentences(browser_of(alice), f"?member={eve.member_id}") == []


def test_the_names_of_another_accounts_things_are_not_looked_up(app, alice, eve, browser_of, acting):
    tag_id = acting(eve, sales(eve))
    acting(alice, lambda: record(Action.TAG_CREATED, ("tag", tag_id)))
    assert "Alice created a deleted tag" in sentences(browser_of(alice))


def test_entries_are_filtered_by_member_app_action_and_outcome(alice, bob, claude, connect, browser_of, acting):
    tag_id = acting(bob, sales(bob))
    acting(alice, recolour(alice, tag_id, "red"), through=claude)
    acting(alice, through=claude, tool="list_profiles", outcome=Outcome.REFUSED, reason="scope", scope="profiles:read")
    browser = browser_of(alice)
    page = browser.get("/settings/audit").get_data(as_text=True)
    app_id = first(r'<option value="([\w-]+)">Claude</option>', page)
    assert sentences(browser, f"?member={bob.member_id}") == ["Bob created the tag Sales", "Bob joined as Manager"]
    assert len(sentences(browser, f"?app={app_id}")) == 3
    assert sentences(browser, "?outcome=refused") == [
        "Claude (for Alice) was refused list_profiles: it has no profiles:read"
    ]
    # What an app did by a tool is found by what it did.
    assert sentences(browser, "?action=tag.changed") == ["Claude (for Alice) changed the tag Sales to red"]
    assert sentences(browser, f"?action=tag.changed&app={app_id}&outcome=failed") == []


def test_a_long_audit_log_is_turned_page_by_page_without_gaps(alice, browser_of, acting):
    def many():
        for _ in range(120):
            record(Action.ALIAS_CHANGED, ("alias", uuid.uuid4()))

    acting(alice, many)
    browser = browser_of(alice)
    query, seen, sizes = "?action=alias.changed", [], []
    while query:
        body = browser.get(f"/settings/audit{query}").get_data(as_text=True)
        ids = re.findall(r"<dt>Entry ID</dt><dd><code>([\w-]+)</code>", body)
        sizes.append(len(ids))
        seen += ids
        older = re.search(r'href="/settings/audit(\?[^"]*before=[^"]*)"', body)
        query = older.group(1).replace("&amp;", "&") if older else ""
    assert sizes == [50, 50, 20]
    assert len(set(seen)) == 120
    assert seen == sorted(seen, reverse=True)
    back = browser.get(f"/settings/audit?action=alias.changed&after={seen[100]}").get_data(as_text=True)
    assert re.findall(r"<dt>Entry ID</dt><dd><code>([\w-]+)</code>", back) == seen[50:100]


def test_a_page_asks_for_names_in_a_bounded_number_of_queries(app, alice, browser_of, acting):
    def count(browser):
        asked = []
        with app.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", heard := lambda *statement: asked.append(statement[2]))
        sentences(browser)
        event.remove(engine, "before_cursor_execute", heard)
        return len(asked)

    browser = browser_of(alice)
    sentences(browser)
    few = count(browser)

    def many():
        for number in range(40):
            Tag.create(alice.account_id, f"Tag {number}", "red")

    acting(alice, many)
    assert count(browser) <= few + 1


def test_that_an_owner_read_the_audit_log_is_in_the_audit_log_once_an_hour(alice, charlie, browser_of, audit_log):
    browser = browser_of(alice)
    for _ in range(3):
        browser.get("/settings/audit")
    assert audit_log(alice).count(("audit.read", "allowed")) == 1
    browser_of(charlie).get("/settings/audit")
    assert ("audit.read", "allowed") not in audit_log(charlie)


@pytest.fixture
def reads(alice, audit_log):
    """How often Alice's reading is in the audit log."""
    return lambda: audit_log(alice).count(("audit.read", "allowed"))


def test_an_owner_who_sees_what_another_members_app_did_leaves_an_entry(alice, bob, connect, browser_of, reads):
    app_of_bob = connect(bob)
    app_of_bob.result("list_profiles")
    for path in ("", "/people"):
        browser = browser_of(alice)
        before = reads()
        for _ in range(2):
            assert browser.get(f"/settings/connections/{app_of_bob.connection_id}{path}").status_code == 200
        assert reads() == before + 1


def test_an_owner_who_sees_apps_of_others_on_the_first_page_leaves_an_entry(alice, bob, connect, browser_of, reads):
    connect(alice).result("list_profiles")
    browser_of(alice).get("/dashboard")
    assert reads() == 0
    connect(bob).result("list_profiles")
    browser_of(alice).get("/dashboard")
    assert reads() == 1


@pytest.mark.asvs("16.4.2")
def test_an_owner_who_opens_the_entry_of_another_leaves_an_entry(app, alice, bob, connect, browser_of, reads):
    for person, expected in ((alice, 0), (bob, 1)):
        connect(person).result("list_tags")
        with app.app_context():
            called = select(AuditEntry.id).where(
                AuditEntry.member_id == person.member_id, AuditEntry.action == "tool.called"
            )
            entry = db.session.scalars(called).first()
        assert browser_of(alice).get(f"/settings/audit/{entry}").status_code == 200
        assert reads() == expected


def test_reading_in_another_account_leaves_an_entry_there_too(alice, black_mesa, new_person, browser_of, audit_log):
    elsewhere, browser = new_person("Alice", black_mesa, Role.OWNER), browser_of(alice)
    for person in (alice, elsewhere):
        submit(browser, "/accounts/current", page="/profiles", account=person.account_id)
        assert browser.get("/settings/audit").status_code == 200
        assert audit_log(person).count(("audit.read", "allowed")) == 1


def test_members_who_see_their_own_alone_leave_none(bob, connect, browser_of, audit_log):
    own = connect(bob)
    own.result("list_profiles")
    for path in ("/dashboard", f"/settings/connections/{own.connection_id}"):
        assert browser_of(bob).get(path).status_code == 200
    assert ("audit.read", "allowed") not in audit_log(bob)


@for_each("query", ["member=x", "app=1", "action=everything", "outcome=good", "before=%00", "after=''"])
def test_an_address_that_is_none_of_ours_is_a_clear_refusal(alice, browser_of, query):
    assert browser_of(alice).get(f"/settings/audit?{query}").status_code == 400


@pytest.mark.asvs("16.4.2")
def test_there_is_no_way_to_change_the_audit_log(alice, browser_of):
    browser = browser_of(alice)
    assert submit(browser, "/settings/audit", page="/settings/profile").status_code == 405


def test_somebody_who_was_removed_keeps_a_name_in_it(alice, bob, browser_of):
    browser = browser_of(alice)
    submit(browser, f"/settings/members/{bob.member_id}/removal")
    assert "Alice removed Bob from the account" in sentences(browser)
    assert "Bob (removed)" in browser.get("/settings/audit").get_data(as_text=True)


def test_entries_are_found_by_every_word_of_their_sentences(alice, claude, browser_of, acting):
    tag_id = acting(alice, sales(alice))
    acting(alice, recolour(alice, tag_id, "red"), through=claude)
    acting(alice, through=claude, tool="list_profiles", outcome=Outcome.REFUSED, reason="scope", scope="profiles:read")
    acting(alice, lambda: Profile.create(alice.account_id, "ana@example.com", "Änne", "O'Löwe").id)
    acting(alice, lambda: Profile.by_email(alice.account_id, "ana@example.com").update(phone="1"))
    acting(alice, lambda: Profile.by_email(alice.account_id, "ana@example.com").delete())
    browser = browser_of(alice)

    told = sentences(browser)
    assert len(told) > 8
    for sentence in told:
        # That something has been deleted since is no part of what happened then.
        for word in set(words(html.unescape(sentence.replace(" a deleted profile", " a profile")))):
            assert sentence in sentences(browser, f"?search={quote(word[:4])}"), (word, sentence)


def test_a_search_wants_all_words_and_finds_nothing_for_nonsense(alice, bob, browser_of, acting):
    acting(alice, sales(alice))
    acting(bob, lambda: Tag.create(bob.account_id, "Support", "red").id)
    browser = browser_of(alice)

    assert sentences(browser, "?search=bob+support") == ["Bob created the tag Support"]
    assert sentences(browser, "?search=alice+support") == []
    assert sentences(browser, "?search=xyzzy") == []
    assert sentences(browser, "?search=%25") == sentences(browser)


def test_a_search_tells_nobody_of_what_they_may_not_see(alice, charlie, browser_of, acting):
    acting(alice, sales(alice))

    assert sentences(browser_of(charlie), "?search=sales") == []


def test_entries_are_under_their_day_in_the_readers_time_zone(app, alice, browser_of):
    browser = browser_of(alice)
    with app.app_context():
        entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
        at = entry.at
        db.session.execute(update(User).where(User.id == alice.user_id).values(time_zone="Pacific/Kiritimati"))
        db.session.commit()
    page = browser.get("/settings/audit")
    here = at.astimezone(ZoneInfo("Pacific/Kiritimati"))
    assert re.findall(r"<h2>(.*?)</h2>", page.text)[0] == f"{here:%-d %B %Y}"
    assert f">{here:%H:%M}</time>" in page.text


def test_only_what_was_refused_or_failed_is_marked(alice, claude, browser_of, acting):
    acting(alice, sales(alice))
    acting(alice, through=claude, tool="list_profiles", outcome=Outcome.REFUSED, reason="scope", scope="profiles:read")
    page = browser_of(alice).get("/settings/audit").text
    assert re.findall(r'<span class="tag \w+">(\w+)</span>', page) == ["Refused"]


def test_an_action_is_found_by_its_name_a_part_of_it_or_its_group(alice, browser_of, acting):
    tag_id = acting(alice, sales(alice))
    acting(alice, recolour(alice, tag_id, "red"))
    created, changed = "Alice created the tag Sales", "Alice changed the tag Sales to red"
    wanted = {
        "Tag created": [created],
        "tag CREATED": [created],
        "tag.created": [created],
        "Tags": [changed, created],
        "g chang": [changed],
        "Mail": [],
    }
    browser = browser_of(alice)
    assert {typed: sentences(browser, f"?action={quote(typed)}") for typed in wanted} == wanted


def test_filters_are_cleared_and_their_matches_counted(alice, browser_of, acting):
    acting(alice, sales(alice))
    browser = browser_of(alice)
    page = browser.get("/settings/audit?action=Tag+created&outcome=allowed").text
    assert count_on(page) == "1 entry"
    assert 'href="/settings/audit">Clear filters' in page
    assert "Clear filters" not in browser.get("/settings/audit").text


@pytest.mark.both_databases
def test_a_long_log_is_counted_up_to_a_thousand_and_among_its_newest(app, alice, browser_of, acting, monkeypatch):
    acting(alice, sales(alice))
    for color in ("red", "blue", "red", "blue"):
        acting(alice, lambda color=color: Tag.all_in(alice.account_id)[0].update(color=color))
    browser = browser_of(alice)
    monkeypatch.setattr(query, "COUNTED_AT_MOST", 3)
    assert count_on(browser.get("/settings/audit").text) == "More than 3 entries"
    assert count_on(browser.get("/settings/audit?action=tag.changed").text) == "More than 3 entries"
    assert count_on(browser.get("/settings/audit?action=tag.created").text) == "1 entry"
    monkeypatch.setattr(query, "SEARCHED_AT_ONCE", 3)
    assert count_on(browser.get("/settings/audit?action=tag.created").text) == "0 entries among the newest 3"


def count_on(page):
    return first(r"data-count>(.*?)</p>", page).strip()


@pytest.fixture
def german(app, alice, browser_of):
    """Alice's browser, who reads German."""
    with app.app_context():
        db.session.execute(update(User).where(User.id == alice.user_id).values(language="de"))
        db.session.commit()
    return browser_of(alice)


def test_sentences_titles_and_days_are_in_the_readers_language_and_names_stay_escaped_links(alice, german, acting):
    tag_id = acting(alice, lambda: Tag.create(alice.account_id, "<b>Sales", "red").id)
    acting(alice, recolour(alice, tag_id, "blue"))
    page = german.get("/settings/audit")

    assert "Alice hat den Tag &lt;b&gt;Sales geändert, Farbe: blau" in sentences(german)
    assert f'den Tag <strong><a href="/profiles?tag={tag_id}">&lt;b&gt;Sales</a></strong> geändert' in page.text
    assert "<dt>Farbe</dt><dd>blau</dd>" in page.text
    assert count_on(page.text) == "4 Einträge"


def test_a_reader_of_german_filters_by_german_and_english_titles_and_searches_in_english(alice, german, acting):
    acting(alice, sales(alice))
    told = ["Alice hat den Tag Sales angelegt"]

    for wanted in ("action=Tag+angelegt", "action=Tag+created", "action=tag.created", "search=created+sales"):
        assert sentences(german, f"?{wanted}") == told, wanted


def test_exports_are_in_english_for_a_reader_of_german(alice, german, acting):
    acting(alice, sales(alice))

    assert "Alice created the tag Sales" in german.get("/settings/audit/export?format=csv").text
    assert "Alice created the tag Sales" in german.get("/settings/audit/export").text
