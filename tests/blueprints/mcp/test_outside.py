"""Of people outside the tags that an app is limited to, it learns as little as can be: that an address or a name is taken, and no more."""

from __future__ import annotations

import base64
import json
import uuid

import pytest

from models.listing import SORTS


@pytest.fixture
def limited(limit, inside):
    limit(only_tags=[inside[0]])


def cursor_naming(sort, id_):
    said = "2026-11-23T12:00:00+00:00" if sort == "completed" else ""
    return base64.urlsafe_b64encode(json.dumps([sort, said, uuid.UUID(id_).hex]).encode()).rstrip(b"=").decode()


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

    assert (
        said
        == "This address cannot be invited through this connection. A member can invite it on the pages of Profile."
    )


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
    assert "Only a member can delete it" in claude.refusal("delete_tag", tag_id=inside[0])
    claude.result("delete_tag", tag_id=ours.tag)
    assert claude.result("list_profiles")["total"] == 1
