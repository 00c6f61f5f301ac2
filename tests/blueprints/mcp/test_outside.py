"""Of people outside the tags that an app is limited to, it learns as little as can be: that an address or a name is taken, and no more."""

from __future__ import annotations

import base64
import json
import uuid

import pytest

from models.profiles.listing import SORTS
from models.profiles.ordering import ORDERS
from models.profiles.tag import Tag
from models.rate_limits.buckets import counted, fill
from models.rate_limits.invitation_quota import BY_ONE_CONNECTION


@pytest.fixture
def limited(limit, inside):
    limit(only_tags=[inside[0]])


def cursor_naming(sort, id_):
    said = "2026-11-23T12:00:00+00:00" if sort == "completed" else ""
    return (
        base64.urlsafe_b64encode(json.dumps([ORDERS[sort].mark, said, uuid.UUID(id_).hex]).encode())
        .rstrip(b"=")
        .decode()
    )


@pytest.mark.parametrize("sort", [sort for sort in SORTS if sort != "created"])
def test_a_cursor_that_names_somebody_outside_is_as_one_that_names_nobody(claude, ours, limited, sort):
    answers = [
        claude.result("list_profiles", sort=sort, cursor=cursor_naming(sort, id_))
        for id_ in (ours.profile, ours.other, str(uuid.uuid4()))
    ]

    assert answers[0] == answers[1] == answers[2]


@pytest.mark.parametrize("sort", SORTS)
def test_each_order_shows_those_inside_alone_on_every_page(app, claude, ours, inside, limited, sort):
    page = claude.result("list_profiles", sort=sort, limit=1)

    assert [row["id"] for row in page["profiles"]] == ([] if sort == "completed" else [inside[1]])
    assert page["next_cursor"] is None


def test_inviting_an_address_outside_says_nothing_of_whoever_has_it(claude, ours, limited):
    said = claude.refusal("send_assessment_invite", email="doug@example.com", first_name="Gordon", custom_id="crm-8")

    assert said == "This address cannot be invited through this connection. A member can invite it in Profile."


@pytest.mark.parametrize("wrong", [{"tag_ids": [str(uuid.UUID(int=7))]}, {"custom_id": "crm-doug"}])
def test_with_another_input_that_is_wrong_an_address_outside_is_refused_as_one_that_nobody_has(
    claude, ours, inside, limited, wrong
):
    given = {
        "tag_ids": [inside[0], *wrong.get("tag_ids", [])],
        **{name: wrong[name] for name in wrong.keys() - {"tag_ids"}},
    }
    said = {
        claude.refusal("send_assessment_invite", email=email, **given)
        for email in ("doug@example.com", "nobody@example.org")
    }

    assert len(said) == 1
    assert "cannot be invited" not in said.pop()


def test_a_guess_at_an_address_outside_costs_an_invitation(in_alices, claude, ours, limited):
    what = counted(BY_ONE_CONNECTION, "invitations by an app", claude.connection_id)
    in_alices(lambda _account: fill(what, BY_ONE_CONNECTION.at_once - 1))

    assert "cannot be invited" in claude.refusal("send_assessment_invite", email="doug@example.com")
    assert "200 invitations a day" in claude.refusal("send_assessment_invite", email="doug@example.com")
    assert "200 invitations a day" in claude.refusal("send_assessment_invite", email="nobody@example.org")


@pytest.mark.parametrize("tool", ["compare_profiles", "tag_profiles", "untag_profiles"])
def test_among_ids_inside_one_outside_is_as_one_of_nobody(claude, ours, inside, limited, tool):
    more = {} if tool == "compare_profiles" else {"tag_id": ours.tag}
    said = {
        claude.refusal(tool, profile_ids=[inside[1], other], **more)
        for other in (ours.profile, ours.other, str(uuid.uuid4()))
    }

    assert len(said) == 1


@pytest.mark.parametrize("name", ["crm-doug", "crm-grace"])
def test_a_name_that_is_taken_is_refused_alike_outside_and_inside(claude, ours, inside, limit, limited, name):
    claude.result("create_alias", resource_id=inside[1], consumer_key="crm-grace")
    made = claude.result("send_assessment_invite", email="new@example.org", custom_id="crm-new")

    for tool, given in (
        ("create_alias", {"resource_id": made["id"], "consumer_key": name}),
        ("update_profile", {"profile_id": made["id"], "custom_id": name}),
        ("send_assessment_invite", {"email": "newer@example.org", "custom_id": name}),
    ):
        said = claude.refusal(tool, **given)
        assert "This consumer key cannot be used here. Choose another." in said
        assert "profile" not in said


def test_the_tag_that_it_is_limited_to_it_cannot_delete(claude, ours, inside, limited):
    assert "Only a member can change or delete it" in claude.refusal("delete_tag", tag_id=inside[0])
    assert claude.result("list_profiles")["total"] == 1


CHANGES = ({"label": "New"}, {"color": "pink"}, {"label": "New", "color": "pink"})


@pytest.mark.parametrize("wanted", CHANGES)
def test_nor_give_it_another_label_or_colour(claude, ours, inside, limited, wanted):
    assert "Only a member can change or delete it" in claude.refusal("update_tag", tag_id=inside[0], **wanted)
    assert claude.result("list_tags", search="Visible")["tags"][0]["color"] == "blue"


def test_what_somebody_outside_carries_it_cannot_change_and_is_not_told_who_or_how_many(
    in_alices, claude, ours, inside, limited
):
    worn_by_two = in_alices(lambda account: tag_on(account, "Both", ours.profile, ours.other))
    worn_by_both_sides = in_alices(lambda account: tag_on(account, "Mixed", ours.profile, inside[1]))

    said = {
        claude.refusal(tool, tag_id=tag, **more)
        for tag in (ours.tag, worn_by_two, worn_by_both_sides)
        for tool, more in (("delete_tag", {}), *(("update_tag", wanted) for wanted in CHANGES))
    }

    assert said == {
        "The limits of this connection do not allow it to change or delete this tag. A member can do so in Profile."
    }
    assert {tag["label"] for tag in claude.result("list_tags")["tags"]} == {"Visible", "doug team", "Both", "Mixed"}


def test_a_tag_that_only_people_inside_carry_or_nobody_it_can_change_and_delete(app, alice, claude, inside, limited):
    for people in ([inside[1]], []):
        tag = claude.result("create_tag", label="Mine", color="red")["id"]
        if people:
            claude.result("tag_profiles", tag_id=tag, profile_ids=people)
        assert claude.result("update_tag", tag_id=tag, label="Ours")["label"] == "Ours"
        claude.result("delete_tag", tag_id=tag)


def tag_on(account_id, label, *profiles):
    tag = Tag.create(account_id, label, "red")
    tag.put_on([uuid.UUID(profile) for profile in profiles])
    return str(tag.id)
