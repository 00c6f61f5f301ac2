"""Finding entries of the audit log: by the numbers in their sentences, by day, and never more than one may see."""

from __future__ import annotations

import html
import re
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from models.audit import verify_audit
from models.audit.recorder import Action, AuditEntry, Outcome, record, record_call, touch
from models.audit.seal import entry_facts
from models.audit.verify_audit import read_export
from models.audit_log import query as audit_log
from models.database.base import db, new_id, now, table_of
from models.database.tenancy import in_account
from models.profiles.profile import Profile
from models.profiles.tag import Tag
from models.request_scope import Actor, Call, current_scope
from tests.blueprints.settings.test_audit import sentences
from tests.for_each import for_each
from tests.pages import text_of


def do(app, person, deed):
    with app.app_context(), in_account(person.account_id):
        current_scope().authenticated_as(Actor(person.account_id, person.user_id, person.member_id, request_id="req"))
        done = deed()
        db.session.commit()
        current_scope().authenticated_as(Actor())
        return done


def list_many(person, claude, number, kind="profile"):
    """An app lists so many things at once."""
    call = Call("list_profiles" if kind == "profile" else "list_tags")
    with current_scope().collecting(call):
        touch(kind, [new_id() for _ in range(number)])
    who = Actor(person.account_id, person.user_id, person.member_id, claude.connection_id, "Claude", "req")
    record_call(who, call, Outcome.ALLOWED)


@pytest.fixture
def busy(app, alice, claude):
    """Claude has listed 3, 20, 21, 120 and 250 profiles for Alice, and 20 tags."""
    for number in (3, 20, 21, 120, 250):
        do(app, alice, lambda number=number: list_many(alice, claude, number))
    do(app, alice, lambda: list_many(alice, claude, 20, "tag"))


def numbers(browser, search):
    told = sentences(browser, f"?search={search}")
    assert all("listed" in sentence for sentence in told)
    return {sentence.split("listed ")[1] for sentence in told}


def test_the_numbers_in_sentences_are_words_of_them(busy, alice, browser_of):
    browser = browser_of(alice)

    assert numbers(browser, "listed+20") == {"20 profiles", "20 tags", "more than 200 profiles"}
    assert numbers(browser, "listed+20+tags") == {"20 tags"}
    assert numbers(browser, "listed+21") == {"21 profiles"}
    assert numbers(browser, "listed+12") == {"120 profiles"}
    assert numbers(browser, "listed+200") == {"more than 200 profiles"}
    assert numbers(browser, "listed+3") == set(), "three are named, not counted"
    assert numbers(browser, "listed+22") == set()


def test_things_of_one_name_are_found_however_many_there_are(app, alice, browser_of):
    """More than a hundred of one name: no entry about any of them is left out."""

    def many():
        return [Tag.create(alice.account_id, f"Sales {number}", "red").id for number in range(130)]

    ids = do(app, alice, many)
    other = do(app, alice, lambda: Tag.create(alice.account_id, "Support", "red").id)
    for id_ in (ids[99], ids[0], other):
        do(app, alice, lambda id_=id_: Tag.find(alice.account_id, id_).update(color="blue"))

    browser = browser_of(alice)
    told = sentences(browser, "?search=changed+sales")

    assert told == ["Alice changed the tag Sales 0 to blue", "Alice changed the tag Sales 99 to blue"]
    export = read_export(browser.get("/settings/audit/export?search=changed+sales").text.splitlines())
    assert len(export.entries) == 2
    assert [len(sentences(browser, query)) for query in ("?search=created+sales", "?search=sales")] == [50, 50]


def test_a_search_looks_at_so_many_entries_and_goes_on_by_a_link(app, alice, browser_of, monkeypatch):
    monkeypatch.setattr(audit_log, "SEARCHED_AT_ONCE", 4)
    do(app, alice, lambda: Tag.create(alice.account_id, "Old", "red"))
    for number in range(20):
        do(app, alice, lambda number=number: Tag.create(alice.account_id, f"Tag {number}", "red"))
    browser, address, seen = browser_of(alice), "/settings/audit?search=old", []
    while address:
        page = browser.get(address)
        seen.append("Alice created the tag Old" in text_of(page))
        onward = re.search(r'href="([^"]*before=[^"]*)"', page.text)
        address = html.unescape(onward[1]) if onward else ""
        assert seen[-1] or not address or "Search older entries" in text_of(page)

    assert len(seen) > 4
    assert seen.count(True) == 1


def test_a_search_turned_back_finds_the_same(app, alice, browser_of, monkeypatch):
    monkeypatch.setattr(audit_log, "SEARCHED_AT_ONCE", 4)
    for number in range(9):
        do(app, alice, lambda number=number: Tag.create(alice.account_id, f"Tag {number}", "red"))
    with app.app_context():
        first, *_, last = db.session.scalars(select(AuditEntry.id).order_by(AuditEntry.id)).all()
    browser, seen, after = browser_of(alice), [], str(first)
    while after:
        page = browser.get(f"/settings/audit?search=tag&after={after}").text
        seen += re.findall(r"<dt>Entry ID</dt><dd><code>([\w-]+)</code>", page)
        onward = re.search(r'href="[^"]*after=([\w-]+)"', page)
        after = onward[1] if onward and onward[1] != after and after != str(last) else ""

    assert len(set(seen)) == 9


@pytest.mark.both_databases
def test_people_of_one_name_are_found_however_many_there_are(app, alice, browser_of):
    def many():
        return [Profile.create(alice.account_id, f"{n}@example.com", "Anna", f"No. {n}").id for n in range(130)]

    ids = do(app, alice, many)
    for id_ in (ids[0], ids[99]):
        do(app, alice, lambda id_=id_: Profile.find(alice.account_id, id_).update(phone="1"))

    told = sentences(browser_of(alice), "?search=anna+phone")

    assert len(told) == 2


def add_entry_of(person, days):
    """Something that was done so many days ago."""
    record(Action.TAG_CHANGED, ("tag", uuid.uuid4()), fields=["color"], values={"color": f"{days} days old"})
    newest = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    facts = {column.key: getattr(newest, column.key) for column in table_of(AuditEntry).columns}
    db.session.rollback()
    facts |= {"id": new_id(now() - timedelta(days=days)), "at": now() - timedelta(days=days)}
    facts["entry_hash"] = verify_audit.hash_of_entry(entry_facts(AuditEntry(**facts)))
    db.session.execute(insert(table_of(AuditEntry)), facts)


def day(ago):
    return (now() - timedelta(days=ago)).date().isoformat()


@pytest.fixture
def week(app, alice):
    for days in (1, 3, 5, 7):
        do(app, alice, lambda days=days: add_entry_of(alice, days))


def ages(told):
    return [int(sentence.split(" to ")[1].split()[0]) for sentence in told if "days old" in sentence]


@pytest.mark.both_databases
def test_entries_are_filtered_by_day_on_the_page_and_in_exports(week, alice, browser_of):
    browser = browser_of(alice)

    assert ages(sentences(browser)) == [1, 3, 5, 7]
    assert ages(sentences(browser, f"?from={day(5)}")) == [1, 3, 5]
    assert ages(sentences(browser, f"?to={day(3)}")) == [3, 5, 7]
    assert ages(sentences(browser, f"?from={day(5)}&to={day(3)}")) == [3, 5]
    assert ages(sentences(browser, f"?from={day(3)}&to={day(3)}")) == [3]
    page = browser.get(f"/settings/audit?from={day(5)}&to={day(3)}").text
    assert f"/settings/audit/export?format=jsonl&amp;from={day(5)}&amp;to={day(3)}" in page
    assert f'value="{day(5)}"' in page
    audit_log = read_export(browser.get(f"/settings/audit/export?from={day(5)}&to={day(3)}").text.splitlines())
    assert audit_log.filtered
    assert len(audit_log.entries) == 2


@for_each(
    "query",
    [
        "from=yesterday",
        "to=2026-02-30",
        "from=0",
        "from=2026-02-02&to=2026-02-01",
    ],
)
def test_days_that_are_none_are_refused_with_a_sentence(alice, browser_of, query):
    answer = browser_of(alice).get(f"/settings/audit?{query}")

    assert answer.status_code == 400
    assert "Enter a day as" in answer.text or "The last day is before the first day" in answer.text


@for_each("query", ["from=0001-01-01", "from=1999-12-31", "to=3000-01-01", "to=9999-12-31"])
def test_days_that_no_audit_log_reaches_are_refused_with_the_range(alice, browser_of, query):
    answer = browser_of(alice).get(f"/settings/audit?{query}")

    assert answer.status_code == 400
    assert "Choose a day from 2000-01-01 to 2999-12-31" in answer.text


def test_what_has_no_words_is_said_to_be_left_out(alice, browser_of):
    browser = browser_of(alice)

    assert "data-left-out" in browser.get("/settings/audit?search=!!!").text
    assert "data-left-out" not in browser.get("/settings/audit?search=!!!+signed").text
    assert "data-left-out" not in browser.get("/settings/audit").text


def test_no_search_and_no_filter_shows_a_member_what_others_did(app, busy, alice, charlie, claude, connect, browser_of):
    tag_id = do(app, alice, lambda: Tag.create(alice.account_id, "Quarry", "red").id)
    do(
        app,
        alice,
        lambda: record(Action.MEMBER_INVITED, names={str(tag_id): "secret@example.com"}, values={"role": "User"}),
    )
    browser = browser_of(charlie)
    browser.get("/settings/audit/export")
    own = set(sentences(browser)) | {"Charlie exported part of the audit log"}
    for query in (
        "search=quarry",
        "search=alice",
        "search=claude",
        "search=secret",
        "search=20",
        "search=listed",
        "search=tool",
        f"search={tag_id}",
        f"member={alice.member_id}",
        f"connection={claude.connection_id}",
        "action=tag.created",
        "outcome=allowed",
        "from=2000-01-01",
        "search=a",
        "search=red",
    ):
        assert set(sentences(browser, f"?{query}")) <= own, query
        export = browser.get(f"/settings/audit/export?{query}")
        members = {entry["member_id"] for entry in read_export(export.text.splitlines()).entries.values()}
        assert members <= {str(charlie.member_id)}, query
        assert "Quarry" not in export.text


def test_the_name_of_somebody_elses_connection_is_not_told(alice, charlie, claude, browser_of):
    query = f"/settings/audit?connection={claude.connection_id}"

    assert "Showing only entries of" in browser_of(charlie).get(query).text
    assert "Claude</a>" not in browser_of(charlie).get(query).text
    assert "of Alice" in browser_of(alice).get(query).text
