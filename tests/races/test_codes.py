"""Eight programs hold one code: one gets tokens, all others nothing, and then the one has nothing either."""

import pytest

from models.connections.authorization import EndReason
from tests.races.grants import Family, Grants
from tests.races.start import Reply

pytestmark = [pytest.mark.races, pytest.mark.both_databases]


@pytest.fixture
def grants(app, settings, alice):
    return Grants(app, settings, alice)


@pytest.mark.asvs("2.3.4", "10.4.2")
def test_of_eight_redemptions_of_one_code_one_succeeds_and_the_authorization_ends(racers, grants, rounds):
    for batch in rounds(20):
        made = grants.codes(len(batch))
        for grant in made:
            one_wins(racers.post("/token", [grant.redeem()] * racers.number))
        assert {grants.family(grant) for grant in made} == {Family(EndReason.CODE_REUSED, 0, 1, 1)}


def one_wins(replies: list[Reply]) -> None:
    assert sorted(reply.status for reply in replies) == [200] + [400] * 7
    assert {reply.body["error"] for reply in replies if reply.status == 400} == {"invalid_grant"}
