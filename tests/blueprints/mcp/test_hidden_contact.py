"""Where addresses are hidden, nothing that an app can do tells it one: no order, no cursor, no name, no invitation."""

from __future__ import annotations

import base64
import json
import string
import uuid

import pytest

from models.profiles.alias import Alias
from models.profiles.listing import SORTS
from models.profiles.profile import Profile
from models.profiles.tag import Tag
from models.rate_limits.buckets import counted, fill
from models.rate_limits.invitation_quota import BY_ONE_CONNECTION
from tests.for_each import for_each

CONTACTS = [
    "doug@example.com",
    "mailto:doug@example.com",
    "+49 30 123456",
    "(030) 123 4567",
    "0301234567",
    "555-123-4567",
    "phone:555-123-4567",
    "tel-0301234567",
    "doug\uff20example.com",
    "\u0660\u0663\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667",
]
NAMES = ["crm-2", "1004523", "@doug", "2026-1", "ext-00012345", "0001", "2026-11-24"]


@pytest.fixture
def hide(limit):
    return lambda: limit(hide_contact=True)


@pytest.fixture
def nameless(in_alices):
    """Three people of whom only the address is known, in the order in which they came."""
    addresses = ("zoe@example.org", "mysecret@example.org", "adam@example.org")
    return in_alices(lambda account: [str(Profile.create(account, address).id) for address in addresses])


@pytest.fixture
def named(in_alices):
    return in_alices(lambda account: str(Profile.create(account, "zz@example.org", "Zoe", "Zz").id))


def test_people_without_a_name_come_last_and_in_the_order_in_which_they_came(claude, nameless, named, hide):
    hide()

    assert [row["id"] for row in claude.result("list_profiles")["profiles"]] == [named, *nameless]


def made_up(*said):
    return base64.urlsafe_b64encode(json.dumps(said).encode()).rstrip(b"=").decode()


@pytest.mark.asvs("8.2.3")
def test_no_made_up_cursor_asks_where_an_address_stands(claude, nameless, named, hide):
    hide()
    everyone = [row["id"] for row in claude.result("list_profiles")["profiles"]]

    for text in ("", *string.ascii_lowercase, "mysecret@example.org", "mz", "zzz"):
        cursor = made_up("collated", text, "0" * 32)
        met = [row["id"] for row in claude.result("list_profiles", cursor=cursor)["profiles"]]
        # They are there, or not, by their names alone.
        assert met == [id_ for id_ in everyone if id_ in nameless or text <= "zz zoe"]


def test_naming_somebody_else_shows_nothing_of_where_an_address_stands(claude, nameless, named, hide):
    hide()
    for name in ("Aa", "Mt", "Zzz"):
        claude.result("update_profile", profile_id=named, first_name="", last_name=name)
        assert [row["id"] for row in claude.result("list_profiles")["profiles"]] == [named, *nameless]


@pytest.mark.parametrize("sort", SORTS)
def test_page_by_page_everybody_is_met_once_and_no_cursor_carries_an_address(claude, ours, nameless, named, hide, sort):
    whole = {row["id"] for row in claude.result("list_profiles", sort=sort)["profiles"]}
    hide()

    met, cursor = [], None
    while True:
        page = claude.result("list_profiles", limit=1, sort=sort, **({"cursor": cursor} if cursor else {}))
        met += [row["id"] for row in page["profiles"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
        assert "example" not in base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    assert len(met) == len(whole)
    assert set(met) == whole


@pytest.mark.asvs("8.2.3")
def test_nobody_is_found_by_an_address(claude, nameless, in_alices, hide):
    in_alices(lambda account: Profile.create(account, "other@example.org", "Änne", "Öl").id)
    hide()

    for sought in ("mysecret", "example", "zoe"):
        assert claude.result("list_profiles", search=sought) | {"account": 0} == {
            "account": 0,
            "profiles": [],
            "next_cursor": None,
            "total": 0,
            "total_is_exact": True,
        }
    assert len(claude.result("list_profiles", search="anne ol")["profiles"]) == 1


def test_an_address_that_somebody_typed_into_a_name_or_a_tag_is_shown_as_it_stands(claude, ours, in_alices, hide):
    typed = "mysecret@example.org"
    in_alices(lambda account: Profile.find(account, uuid.UUID(ours.profile)).update(last_name=typed))
    in_alices(lambda account: Tag.find(account, uuid.UUID(ours.tag)).update(label=typed))
    hide()

    shown = claude.result("get_profile", profile_id=ours.profile)
    assert shown["last_name"] == shown["tags"][0]["label"] == typed
    assert "The fields for e-mail addresses and phone numbers are left out" in claude.ask("server/discover").text


@pytest.mark.asvs("8.2.3")
@pytest.mark.parametrize("contact", CONTACTS)
def test_an_alias_that_is_an_address_or_a_number_does_not_exist(claude, ours, in_alices, hide, contact):
    alias = in_alices(lambda account: str(Alias.create(account, "profile", uuid.UUID(ours.profile), contact)[0].id))
    assert claude.result("list_aliases")["total"] == 2
    hide()

    listed = claude.result("list_aliases")
    assert [row["consumer_key"] for row in listed["aliases"]] == ["crm-doug"]
    assert listed["total"] == 1
    assert claude.result("get_account")["counts"]["aliases"] == 1
    assert claude.result("list_aliases", search=contact[:6])["total"] == 0
    assert claude.result("get_profile", profile_id=ours.profile)["aliases"] == ["crm-doug"]
    assert "no profile with this alias" in claude.refusal("get_profile", alias=contact)
    for change in ("delete_alias", "update_alias"):
        more = {"consumer_key": "crm-7"} if change == "update_alias" else {}
        assert "no alias with this id" in claude.refusal(change, alias_id=alias, **more)


@for_each("contact", CONTACTS)
def test_nor_can_one_be_made_to_ask_whether_it_is_taken(claude, ours, in_alices, hide, contact):
    in_alices(lambda account: Alias.create(account, "profile", uuid.UUID(ours.other), contact))
    hide()

    for tool, given in (
        ("create_alias", {"resource_id": ours.profile, "consumer_key": contact}),
        ("update_alias", {"alias_id": ours.alias, "consumer_key": contact}),
        ("update_profile", {"profile_id": ours.profile, "custom_id": contact}),
        ("send_assessment_invite", {"email": "new@example.org", "custom_id": contact}),
    ):
        assert "hide e-mail addresses and phone numbers" in claude.refusal(tool, **given)


@for_each("name", NAMES)
def test_an_alias_that_is_a_name_stays(claude, ours, in_alices, hide, name):
    in_alices(lambda account: Alias.create(account, "profile", uuid.UUID(ours.profile), name))
    hide()

    assert claude.result("get_profile", alias=name)["id"] == ours.profile


def test_inviting_an_address_does_not_tell_whose_it_is(claude, ours, nameless, hide):
    hide()

    known = claude.refusal("send_assessment_invite", email="doug@example.com", first_name="Doug")
    assert known == claude.refusal("send_assessment_invite", email="mysecret@example.org", tag_ids=[ours.tag])
    assert "cannot be invited through this connection" in known
    assert claude.result("get_profile", profile_id=nameless[1])["tags"] == []


KNOWN, UNKNOWN = "doug@example.com", "nobody@example.org"
WRONG = [
    {"tag_ids": [str(uuid.UUID(int=7))]},
    {"custom_id": "x@y.example"},
    {"custom_id": "\u200b"},
    {"custom_id": "crm-doug"},
    {"custom_id": "crm-other"},
]


@pytest.mark.parametrize("wrong", WRONG)
def test_with_another_input_that_is_wrong_a_known_address_is_refused_as_one_that_nobody_has(
    claude, ours, in_alices, hide, wrong
):
    in_alices(lambda account: Alias.create(account, "profile", uuid.UUID(ours.other), "crm-other"))
    hide()

    said = {claude.refusal("send_assessment_invite", email=email, **wrong) for email in (KNOWN, UNKNOWN)}
    assert len(said) == 1
    assert "cannot be invited" not in said.pop()


def leave(in_alices, claude, left):
    """Use the day's invitations of Claude, all but so many."""
    what = counted(BY_ONE_CONNECTION, "invitations by an app", claude.connection_id)
    in_alices(lambda _account: fill(what, BY_ONE_CONNECTION.at_once - left))


def test_a_guess_at_an_address_costs_an_invitation_whether_it_was_right_or_not(claude, ours, in_alices, hide):
    hide()
    leave(in_alices, claude, 2)

    assert "cannot be invited" in claude.refusal("send_assessment_invite", email=KNOWN)
    claude.result("send_assessment_invite", email=UNKNOWN)
    said = {claude.refusal("send_assessment_invite", email=email) for email in (KNOWN, "second@example.org")}
    assert len(said) == 1
    assert "200 invitations a day" in said.pop()


def test_so_does_asking_for_one_that_was_mailed_too_often(claude, in_alices, hide):
    hide()
    leave(in_alices, claude, 4)
    for _ in range(3):
        made = claude.result("send_assessment_invite", email=UNKNOWN)
        claude.result("delete_profile", profile_id=made["id"])

    assert "to this address 3 times" in claude.refusal("send_assessment_invite", email=UNKNOWN)
    assert "200 invitations a day" in claude.refusal("send_assessment_invite", email=UNKNOWN)


def test_whom_it_invited_itself_it_can_remind(claude, ours, hide):
    hide()

    made = claude.result("send_assessment_invite", email="new@example.org")
    again = claude.result("send_assessment_invite", email="new@example.org")
    assert again["id"] == made["id"]
    assert not again["sent"]


@pytest.mark.parametrize("guess", ["+49 30 1234", "+49 30 1235"])
def test_a_guess_at_a_number_is_answered_as_a_change_whether_it_was_right_or_not(claude, ours, hide, guess):
    hide()
    before = claude.result("get_profile", profile_id=ours.profile)

    answer = claude.result("update_profile", profile_id=ours.profile, phone=guess)
    assert answer["updated_at"] > before["updated_at"]
    assert {name: value for name, value in answer.items() if name != "updated_at"}.items() <= before.items()
