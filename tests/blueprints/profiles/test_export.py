"""The list of profiles taken elsewhere as a file."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest

from models.database.base import db
from models.profiles.alias import Alias
from models.profiles.listing import profile_page, tags_of_profile
from models.profiles.profile import Profile
from models.profiles.tag import Tag

HEADER = [
    "email",
    "first_name",
    "last_name",
    "phone",
    "status",
    "disc_style",
    "tags",
    "custom_id",
    "created",
    "completed",
]


def rows_of(answer):
    assert answer.mimetype == "text/csv"
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))


def test_everybody_who_sees_profiles_can_export_them(
    browser_of, charlie, aperture, ana, gordon, sales, within, audit_log
):
    def mark(account_id):
        Tag.find(account_id, sales).put_on([ana])
        Tag.create(account_id, "Berlin", "blue").put_on([ana])
        for custom_id in ("crm-1", "crm-2"):
            Alias.create(account_id, "profile", ana, custom_id)

    within(aperture, mark)
    answer = browser_of(charlie).get("/profiles/export")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="profiles-')
    [row] = rows_of(answer)
    assert list(row) == HEADER
    assert [row[column] for column in HEADER[:8]] == [
        "ana@example.com",
        "Ana",
        "Löwe",
        "+49 30 123",
        "pending",
        "",
        "Berlin; Sales",
        "crm-1",
    ]
    assert ("profile.exported", "allowed") in audit_log(charlie)


@pytest.mark.both_databases
def test_the_filters_of_the_list_hold_for_its_export(browser_of, bob, aperture, ana, new_profile):
    new_profile(aperture, "ben@example.com", "Ben")
    browser = browser_of(bob)
    page = browser.get("/profiles?search=ben&status=pending").text
    assert 'href="/profiles/export?search=ben&amp;status=pending"' in page
    assert [row["email"] for row in rows_of(browser.get("/profiles/export?search=ben"))] == ["ben@example.com"]
    assert browser.get("/profiles/export?status=nonsense").status_code == 400


def test_an_export_is_whole_however_long_the_list_is(browser_of, bob, within, aperture):
    people: list[Any] = [
        ({"email": f"p{number}@example.com", "last_name": f"{number:05}"}, {}) for number in range(2_345)
    ]
    within(aperture, lambda id_: Profile.add_quietly(id_, people))
    rows = rows_of(browser_of(bob).get("/profiles/export"))
    assert [row["last_name"] for row in rows] == [f"{number:05}" for number in range(2_345)]


@pytest.mark.asvs("1.3.3")
@pytest.mark.parametrize(
    "name", ["=1+1", "-1", "@SUM(A1)", "＝1+1", "Ana;=1+1", "Ana,+cmd|'/C calc'!A0", "Ana; @x", "'=1", "''-1", "+1+A1"]
)
def test_no_part_of_a_cell_is_a_formula_and_every_reader_of_ours_gets_it_back(
    browser_of, bob, aperture, black_mesa, new_profile, bring, within, name
):
    new_profile(aperture, "ana@example.com", name)
    answer = browser_of(bob).get("/profiles/export")
    [row] = rows_of(answer)
    # Whatever stands between cells where it is opened: no part begins as a formula does.
    assert not re.search(r"(^|[;,\t|])\s*[=+\-@＝＋－＠]", row["first_name"])
    assert answer.text.splitlines()[1].count('","') == len(HEADER) - 1
    assert bring(black_mesa.name, answer.data).exit_code == 0
    assert within(black_mesa, lambda id_: [each.first_name for each in profile_page(id_).rows]) == [name]


def test_an_export_comes_back_as_it_was(browser_of, bob, aperture, black_mesa, within, bring):
    given = ("ana@example.com", "小明", "O’Brien-Łowe", "+49 (30) 123-456")

    def fill(account_id):
        ana = Profile.create(account_id, *given)
        Alias.create(account_id, "profile", ana.id, "=crm-1")
        for label in ("@home", "Sales, Berlin", "Sales; Remote"):
            Tag.create(account_id, label, "red").put_on([ana.id])

    within(aperture, fill)
    answer = browser_of(bob).get("/profiles/export")
    assert [row["phone"] for row in rows_of(answer)] == [given[3]]
    done = bring(black_mesa.name, answer.data)
    assert "Columns left out: created, status." in done.output

    def read(account_id):
        [ana] = db.session.scalars(db.select(Profile).where(Profile.account_id == account_id))
        tags = tags_of_profile(account_id, ana.id)
        return (
            (ana.email, ana.first_name, ana.last_name, ana.phone),
            Alias.custom_id_of(ana).consumer_key,
            {t.label for t in tags},
        )

    assert within(black_mesa, read) == (given, "=crm-1", {"@home", "Sales, Berlin", "Sales; Remote"})


@pytest.mark.asvs("4.1.1")
@pytest.mark.parametrize(
    "page", ["/profiles/export", "/invitations/files/template", "/settings/audit/export?format=csv"]
)
def test_every_file_says_its_encoding_and_quotes_every_cell(browser_of, alice, page):
    lines = browser_of(alice).get(page).text.splitlines()
    assert lines[0].startswith('\ufeff"')
    assert all(line.lstrip("\ufeff").startswith('"') and line.endswith('"') for line in lines)
