"""Eight processes of one hosted assistant refresh at once. That is their habit, and must not cost them their connection."""

import pytest

from models.connections.authorization import EndReason
from models.oauth.bearer import bearer_of
from tests.races.grants import Family, Grants

pytestmark = [pytest.mark.races, pytest.mark.both_databases]


@pytest.fixture
def grants(app, settings, alice):
    return Grants(app, settings, alice)


def test_eight_refreshes_with_one_token_get_the_same_successor(racers, grants, rounds, app):
    for batch in rounds(20):
        made = grants.refresh_tokens(len(batch))
        for grant in made:
            replies = racers.post("/token", [grant.refresh()] * racers.number)
            assert {reply.status for reply in replies} == {200}
            assert len({reply.body["refresh_token"] for reply in replies}) == 1
            assert all_good(app, {reply.body["access_token"] for reply in replies}) == racers.number
        # One new generation, and nobody's token forks the family.
        assert {grants.family(grant) for grant in made} == {Family(None, 1, 2, racers.number)}


def all_good(app, tokens):
    with app.app_context():
        bearers = [bearer_of(token) for token in tokens]
    return sum(bearer is not None and bearer.ended is None for bearer in bearers)


def test_eight_refreshes_with_a_token_of_long_ago_end_the_authorization(racers, grants, rounds):
    for batch in rounds(20):
        made = grants.refresh_tokens(len(batch))
        for grant in made:
            racers.post("/token", [grant.refresh()] * racers.number)
        grants.rotated_long_ago(made)
        for grant in made:
            replies = racers.post("/token", [grant.refresh()] * racers.number)
            assert {(reply.status, reply.body["error"]) for reply in replies} == {(400, "invalid_grant")}
        assert {grants.family(grant) for grant in made} == {Family(EndReason.TOKEN_REUSED, 1, 2, racers.number)}
