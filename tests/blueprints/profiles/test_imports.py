"""`flask profiles import`: what an operator sees of it."""

from __future__ import annotations

import json

import pytest

from models.profiles.listing import profile_page


def names(within, team):
    return within(team, lambda id_: [row.name for row in profile_page(id_, limit=100).rows])


@pytest.mark.parametrize("by", ["name", "id"])
def test_a_file_is_brought_into_the_account_that_is_named(bring, aperture, black_mesa, within, by):
    done = bring(getattr(aperture, by), "email,first_name,tags\nana@example.com,Ana,Sales\nben@example.com,Ben,\n")
    assert done.exit_code == 0, done.output
    assert "2 new profiles in Aperture Science now" in done.output
    assert "New tags: Sales." in done.output
    assert names(within, aperture) == ["Ana", "Ben"]
    assert names(within, black_mesa) == []


def test_json_is_taken_too(bring, aperture, within):
    assert bring(aperture.name, json.dumps({"profiles": [{"email": "ana@example.com"}]}), "p.JSON").exit_code == 0
    assert names(within, aperture) == ["ana@example.com"]


@pytest.mark.asvs("2.3.3")
def test_one_faulty_row_stops_the_whole_and_all_of_them_are_named(bring, aperture, within):
    done = bring(aperture.name, "email,phone\nana@example.com,\nnobody,\nben@example.com,call\n")
    assert done.exit_code == 1
    assert "2 faults; nothing was imported." in done.output
    assert "people.csv:3: email: Enter an e-mail address in the form name@example.com." in done.output
    assert "people.csv:4: phone: A phone number has digits" in done.output
    assert names(within, aperture) == []


def test_the_same_file_again_is_refused(bring, aperture, within):
    done, again = (bring(aperture.name, "email\nana@example.com\n") for _ in range(2))
    assert (done.exit_code, again.exit_code) == (0, 1)
    assert "people.csv:2: ana@example.com already has a profile in this account." in again.output
    assert names(within, aperture) == ["ana@example.com"]


@pytest.mark.parametrize("account", ["Nowhere", "00000000-0000-0000-0000-000000000007", "", "x\udcff"])
def test_an_account_that_is_not_there_is_said(bring, aperture, account):
    done = bring(account, "email\nana@example.com\n")
    assert done.exit_code == 1
    assert "No account has the name or id" in done.output


def test_two_accounts_of_one_name_are_told_apart_by_id(bring, aperture, new_account):
    other = new_account(aperture.name)
    done = bring(aperture.name, "email\nana@example.com\n")
    assert done.exit_code == 1
    assert str(aperture.id) in done.output
    assert str(other.id) in done.output


def test_other_files_are_refused(bring, aperture):
    assert "neither .csv nor .json" in bring(aperture.name, "email\n", "people.xlsx").output


@pytest.mark.asvs("5.2.1")
def test_a_file_that_is_too_large_is_refused_before_it_is_read(bring, aperture, monkeypatch):
    monkeypatch.setattr("blueprints.profiles.imports.MOST_BYTES", 5)
    assert "larger than" in bring(aperture.name, "email\n").output


def test_a_reader_bounds_the_file_too(bring, aperture, monkeypatch):
    monkeypatch.setattr("models.profiles.importing.files.MOST_BYTES", 5)
    assert "larger than" in bring(aperture.name, "email\n").output
