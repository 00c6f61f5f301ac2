"""The list of profiles taken elsewhere as a file."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from models.profiles.alias import Alias
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
        "'+49 30 123",
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


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "＝1+1"])
def test_no_cell_is_a_formula(browser_of, bob, aperture, new_profile, name):
    new_profile(aperture, "ana@example.com", name)
    [row] = rows_of(browser_of(bob).get("/profiles/export"))
    assert row["first_name"] == f"'{name}"
