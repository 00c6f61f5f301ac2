"""Lists of profiles: the same on both databases, whole, in order, and the same by whichever way they are read."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, event, func, insert, select, text, update

from models.accounts.account import Account
from models.database.base import db
from models.profiles.filters import filters_for
from models.profiles.listing import SORTS, BadCursor, profile_page, tag_page, tags_of_profiles
from models.profiles.ordering import Order, read_cursor
from models.profiles.profile import NAMELESS, Profile, ProfileCount
from models.profiles.profile_tag import ProfileTag
from models.profiles.tag import Tag
from models.request_scope import NO_LIMITS, Limits, current_scope
from models.text import line, words
from tests.for_each import for_each

# Each example begins on the same empty account, since it is rolled back: one fixture serves all of them.
ON_A_DATABASE = settings.get_profile("on a database")
LIMITS = st.sampled_from([NO_LIMITS, Limits(hide_contact=True)])
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
NAME = st.text(st.characters(exclude_categories=["Cs"]), max_size=20).map(
    lambda text: line("name", text, 100, "A name")
)
SHORT = st.text("ab é-ß", max_size=4).map(lambda text: line("name", text, 100, "A name"))
STYLES = ("D", "CS", None)

PERSON = st.tuples(SHORT, SHORT, st.sampled_from(STYLES), st.integers(0, 3), st.sets(st.sampled_from([0, 1])))
PEOPLE = st.lists(PERSON, max_size=12)


def add(account_id, people):
    """Put these people into the account; gives their profiles as the database has them, with their tags."""
    tags = [Tag.create(account_id, label, "red") for label in ("one", "two")]
    ids = Profile.add_quietly(
        account_id,
        [
            (
                {"email": f"p{number}@example.com", "first_name": first, "last_name": last},
                {"disc": {"style": style}} if style else {},
            )
            for number, (first, last, style, _, _) in enumerate(people)
        ],
    )
    worn = {}
    for id_, (_, _, style, hours, chosen) in zip(ids, people, strict=True):
        worn[id_] = {tags[number].id for number in chosen}
        if style:
            # Several complete in the same moment, so that ids must decide.
            db.session.execute(
                update(Profile).where(Profile.id == id_).values(completed_at=BEGIN + timedelta(hours=hours))
            )
    pairs = [{"account_id": account_id, "tag_id": tag, "profile_id": id_} for id_ in ids for tag in worn[id_]]
    if pairs:
        db.session.execute(insert(ProfileTag), pairs)
    return list(db.session.scalars(db.select(Profile).where(Profile.account_id == account_id))), worn, tags


def in_order(profiles, sort, limits=NO_LIMITS):
    """What the list must be, said once more in Python."""
    if sort == "name" and limits.hide_contact:
        return sorted(profiles, key=lambda p: (p.sort_name if p.first_name or p.last_name else NAMELESS, p.id))
    if sort == "name":
        return sorted(profiles, key=lambda p: (p.sort_name, p.id))
    if sort == "created":
        return sorted(profiles, key=lambda p: p.id, reverse=True)
    completed = [p for p in profiles if p.completed_at]
    return sorted(completed, key=lambda p: (p.completed_at, p.id), reverse=True)


def every_page(account_id, limit, **wanted):
    rows, cursor = [], None
    while True:
        page = profile_page(account_id, limit=limit, cursor=cursor, **wanted)
        rows += [row.id for row in page.rows]
        assert len(page.rows) == limit or page.next_cursor is None
        cursor = page.next_cursor
        if cursor is None:
            return rows, page


@pytest.fixture(params=["from the filter", "along the list", "along the list, then from the filter"])
def way(request, monkeypatch):
    """The ways by which a filtered list is read; which one is taken depends on numbers too large for a test."""
    few, walk = {"from the filter": (1_000, 5_000), "along the list": (-1, 5_000)}.get(request.param, (-1, 1))
    monkeypatch.setattr("models.profiles.listing.FEW", few)
    monkeypatch.setattr("models.profiles.listing.WALK", walk)


@ON_A_DATABASE
@given(NAME, NAME)
def test_any_beginning_of_any_word_finds_the_person(account_id, first, last):
    Profile.add_quietly(account_id, [({"email": "someone@example.com", "first_name": first, "last_name": last}, {})])
    for word in words(f"{first} {last}"):
        for length in {1, 2, len(word)}:
            assert profile_page(account_id, search=word[:length]).total == 1
    db.session.rollback()


@pytest.mark.slow
@ON_A_DATABASE
@given(people=PEOPLE, sought=SHORT)
def test_search_finds_those_who_have_every_word_as_a_beginning(account_id, way, people, sought):
    profiles, _, _ = add(account_id, people)
    wanted = [
        profile.id
        for profile in in_order(profiles, "name")
        if all(any(word.startswith(typed) for word in profile.search_text.split()) for typed in words(sought))
    ]
    page = profile_page(account_id, search=sought, limit=100)
    assert [row.id for row in page.rows] == wanted
    assert (page.total, page.total_is_exact) == (len(wanted), True)
    db.session.rollback()


@ON_A_DATABASE
@given(people=PEOPLE, limit=st.integers(1, 4), sort=st.sampled_from(SORTS), limits=LIMITS)
def test_paging_meets_everybody_once_and_in_order(account_id, people, limit, sort, limits):
    profiles, _, _ = add(account_id, people)
    with current_scope().limited_to(limits):
        rows, last = every_page(account_id, limit, sort=sort)
    assert rows == [profile.id for profile in in_order(profiles, sort, limits)]
    assert last.total == len(rows)
    db.session.rollback()


@pytest.mark.slow
@ON_A_DATABASE
@given(
    people=PEOPLE,
    limit=st.integers(1, 4),
    sort=st.sampled_from(SORTS),
    status=st.sampled_from([None, "pending", "completed"]),
    style=st.sampled_from([None, "CS"]),
    tags=st.sets(st.sampled_from([0, 1])),
    sought=st.sampled_from(["", "a"]),
    limits=LIMITS,
)
def test_filters_leave_out_what_they_say_however_the_list_is_read(
    account_id, way, people, limit, sort, status, style, tags, sought, limits
):
    profiles, worn, known = add(account_id, people)
    chosen = {known[number].id for number in tags}
    wanted = [
        profile.id
        for profile in in_order(profiles, sort, limits)
        if chosen <= worn[profile.id]
        and status in (None, profile.status)
        and style in (None, profile.disc_style)
        and (not sought or any(word.startswith(sought) for word in words_of(profile, limits)))
    ]
    with current_scope().limited_to(limits):
        rows, last = every_page(
            account_id, limit, sort=sort, status=status, disc_style=style, tag_ids=chosen, search=sought
        )
    assert rows == wanted
    assert last.total == len(wanted)
    db.session.rollback()


def words_of(profile, limits):
    return (profile.name_text if limits.hide_contact else profile.search_text).split()


@pytest.mark.parametrize("limits", [NO_LIMITS, Limits(hide_contact=True)], ids=["all", "no addresses"])
@pytest.mark.parametrize("sort", SORTS)
def test_a_page_in_the_middle_of_a_list_is_read_from_an_index(account_id, database, sort, limits):
    Profile.add_quietly(
        account_id, [({"email": f"p{number}@example.com"}, {"disc": {"style": "D"}}) for number in range(50)]
    )
    with current_scope().limited_to(limits):
        order = Order.called(sort)
        start = read_cursor(profile_page(account_id, sort=sort).next_cursor or "", order)
    if database == "postgres":
        db.session.execute(text("SET LOCAL enable_seqscan = off"))
        db.session.execute(text("SET LOCAL enable_sort = off"))
        db.session.execute(text("SET LOCAL enable_bitmapscan = off"))
    listed = order.after(select(Profile.id).where(Profile.account_id == account_id), start).limit(10)
    made = listed.compile(db.engine, compile_kwargs={"literal_binds": True})
    explain = "EXPLAIN" if database == "postgres" else "EXPLAIN QUERY PLAN"
    plan = str(db.session.connection().exec_driver_sql(f"{explain} {made}").all())
    assert "SORT" not in plan.upper().replace("SORT_NAME", "")
    assert "TEMP B-TREE" not in plan
    wanted = {
        "name": "ix_profile_name_key" if limits.hide_contact else "ix_profile_name",
        "completed": "ix_profile_completed",
    }
    assert wanted.get(sort, "account_id") in plan


@pytest.mark.parametrize("few", [1_000, -1], ids=["few", "many"])
def test_a_page_by_number_is_what_comes_after_as_many_rows(account_id, monkeypatch, few):
    monkeypatch.setattr("models.profiles.listing.FEW", few)
    Profile.add_quietly(account_id, [({"email": f"ana{number:02}@example.com"}, {}) for number in range(23)])
    everybody: list[dict[str, Any]] = [
        {},
        {"search": "ana"},
        {"status": "pending"},
        {"search": "ana", "status": "pending"},
    ]
    for wanted in everybody:
        for sort in ("name", "created"):
            listed = [row.email for row in profile_page(account_id, sort=sort, limit=50, **wanted).rows]
            for skip in (0, 5, 20, 22, 23, 40):
                page = profile_page(account_id, sort=sort, limit=5, skip=skip, **wanted)
                assert [row.email for row in page.rows] == listed[skip : skip + 5]
                assert (page.next_cursor is not None) == (skip + 5 < 23)
                if page.next_cursor:
                    onward = profile_page(account_id, sort=sort, limit=5, cursor=page.next_cursor, **wanted)
                    assert [row.email for row in onward.rows] == listed[skip + 5 : skip + 10]


@pytest.mark.only("sqlite")  # PostgreSQL chooses by the number of rows, and there are none.
def test_letters_of_a_style_are_read_from_its_index(account_id):
    [letters] = filters_for(account_id, "", (), None, None, only_completed=False, disc_letters="DI")
    made = letters.having.limit(10).compile(db.engine, compile_kwargs={"literal_binds": True})
    assert "ix_profile_style" in str(db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {made}").all())


def test_the_number_of_all_profiles_follows_every_change(account_id):
    assert profile_page(account_id).total == 0
    people, _, _ = add(account_id, [("Ana", "Löwe", None, 0, set())] * 3)
    one = Profile.create(account_id, "another@example.com")
    assert profile_page(account_id, limit=1).total == 4

    one.delete()
    db.session.execute(delete(Profile).where(Profile.id.in_([person.id for person in people[:2]])))
    assert profile_page(account_id, limit=1).total == 1


def test_an_account_goes_with_its_number_of_profiles(account_id):
    Profile.create(account_id, "ana@example.com")
    db.session.execute(delete(Account).where(Account.id == account_id))

    assert db.session.scalar(select(func.count()).select_from(ProfileCount)) == 0


def test_a_total_stops_counting(account_id, monkeypatch):
    monkeypatch.setattr("models.profiles.listing.COUNTED_AT_MOST", 3)
    Profile.add_quietly(account_id, [({"email": f"ana{number}@example.com"}, {}) for number in range(5)])
    everybody: list[dict[str, Any]] = [{}, {"search": "ana"}, {"status": "pending"}]
    for wanted in everybody:
        monkeypatch.setattr("models.profiles.listing.FEW", -1)
        page = profile_page(account_id, limit=2, **wanted)
        assert (page.total, page.total_is_exact) == (3, False)


def test_where_many_filters_leave_many_each_the_total_is_what_was_counted_so_far(account_id, monkeypatch):
    monkeypatch.setattr("models.profiles.listing.FEW", -1)
    monkeypatch.setattr("models.profiles.listing.LOOKED_THROUGH", 3)
    Profile.add_quietly(account_id, [({"email": f"ana{number}@example.com"}, {}) for number in range(9)])
    page = profile_page(account_id, search="ana", status="pending", limit=2)
    assert len(page.rows) == 2
    assert page.total == 4
    assert not page.total_is_exact


@for_each("sort", SORTS)
@for_each(
    "cursor",
    ["x", "é", "a" * 5_000, "bnVsbA", "W10", "WzEsMiwzXQ", "[" * 100, "e30", "//////"],
)
def test_a_cursor_that_no_list_made_is_refused(account_id, cursor, sort):
    with pytest.raises(BadCursor):
        profile_page(account_id, sort=sort, cursor=cursor)


@for_each("value", ["\x00", "\ud800", "x" * 5_000, 7, None, [], {}, "2026-01-01", "Infinity", ""])
def test_a_cursor_with_a_value_that_no_list_has_is_refused(account_id, value):
    made = json.dumps(["completed", value, "0" * 32]).encode()
    with pytest.raises(BadCursor):
        profile_page(account_id, sort="completed", cursor=base64.urlsafe_b64encode(made).decode())


def test_a_cursor_of_one_order_is_refused_by_another(account_id):
    Profile.add_quietly(account_id, [({"email": f"p{number}@example.com"}, {}) for number in range(3)])
    cursor = profile_page(account_id, limit=1, sort="name").next_cursor
    with pytest.raises(BadCursor):
        profile_page(account_id, sort="created", cursor=cursor)


def test_words_follow_a_name_that_changes_and_go_with_the_profile(account_id):
    ana = Profile.create(account_id, "ana@example.com", "Ana", "Bauer")
    ana.update(last_name="Löwe")
    assert profile_page(account_id, search="bauer").total == 0
    assert profile_page(account_id, search="lowe").total == 1
    ana.delete()
    assert profile_page(account_id, search="lowe").total == 0


def test_a_page_of_tags_counts_who_carries_them(account_id):
    profiles, worn, _ = add(account_id, [("a", "b", None, 0, {0}), ("c", "d", None, 0, {0, 1})])
    assert [(row.label, row.profiles) for row in tag_page(account_id).rows] == [("one", 2), ("two", 1)]
    assert [row.label for row in tag_page(account_id, search="W").rows] == ["two"]
    marks = tags_of_profiles(account_id, [profile.id for profile in profiles])
    assert {id_: {mark.id for mark in each} for id_, each in marks.items()} == worn
    assert tags_of_profiles(account_id, []) == {}


@pytest.mark.parametrize(
    "wanted", [{}, {"search": "p"}, {"status": "completed"}, {"sort": "completed"}, {"search": "p exam"}]
)
def test_what_a_page_asks_the_database_does_not_grow_with_the_account(account_id, wanted):
    def statements(people):
        Profile.add_quietly(
            account_id, [({"email": f"p{number}@example.com"}, {"disc": {"style": "D"}}) for number in people]
        )
        asked = []
        note = lambda *args: asked.append(args[2])  # noqa: E731
        event.listen(db.engine, "before_cursor_execute", note)
        profile_page(account_id, limit=20, **wanted)
        event.remove(db.engine, "before_cursor_execute", note)
        return len(asked)

    assert statements(range(3)) == statements(range(3, 300)) <= 3


def test_a_cursor_of_before_names_were_collated_is_refused(account_id):
    add(account_id, [("Ana", "Ärzte", None, 0, set()), ("Zoe", "Zz", None, 0, set())])
    before = json.dumps(["name", "ärzte ana", "0" * 32]).encode()
    with pytest.raises(BadCursor):
        profile_page(account_id, cursor=base64.urlsafe_b64encode(before).decode())


@for_each("name", ["\u0915" * 100, "王" * 100, "\U00020000" * 100, "ɐ" * 100])
def test_a_cursor_is_never_too_long_for_a_tool(account_id, name):
    both = [{"email": f"p{number}@example.com", "first_name": name, "last_name": name} for number in range(2)]
    Profile.add_quietly(account_id, [(texts, {}) for texts in both])
    cursor = profile_page(account_id, limit=1).next_cursor
    assert cursor
    assert len(cursor) <= 1_000
    assert len(profile_page(account_id, limit=1, cursor=cursor).rows) == 1
    db.session.rollback()


def test_names_of_any_script_are_sorted_and_found(account_id):
    names = [("Ana", "Ärzte"), ("Jean-Pierre", "O’Brien"), ("Łucja", "van der Berg"), ("Zoe", "Zz"), ("Пётр", "Ёлкин"),
             ("परेश", "यादव"), ("प्रिया", "शर्मा"), ("小明", "王")]  # fmt: skip
    add(account_id, [(first, last, None, 0, set()) for first, last in names])
    assert [row.first_name for row in profile_page(account_id).rows] == [
        "Ana", "Jean-Pierre", "Łucja", "Zoe", "Пётр", "परेश", "प्रिया", "小明"
    ]  # fmt: skip
    sought = {
        "arzte": "Ana", "obrien": "Jean-Pierre", "o'brien": "Jean-Pierre", "jeanpierre": "Jean-Pierre", "pierre": "Jean-Pierre",
        "lucja vanderberg": "Łucja", "петр": "Пётр", "प्रिया": "प्रिया", "परेश": "परेश", "王小明": "小明", "小明": "小明",
    }  # fmt: skip
    assert {typed: [row.first_name for row in profile_page(account_id, search=typed).rows] for typed in sought} == {
        typed: [first] for typed, first in sought.items()
    }
    with current_scope().limited_to(Limits(hide_contact=True)):
        assert [row.first_name for row in profile_page(account_id, search="王小明").rows] == ["小明"]
