"""A session, and when its person last proved who they are."""

from datetime import timedelta

from models.database.base import now
from models.identity.session import LoginSession
from tests.for_each import for_each

TEN_MINUTES = timedelta(minutes=10)


@for_each(
    "since, recent", [(timedelta(minutes=9), True), (timedelta(minutes=11), False), (timedelta(seconds=-5), True)]
)
def test_a_proof_counts_for_a_while(since, recent):
    assert LoginSession(authenticated_at=now() - since).proven_within(TEN_MINUTES) is recent


def test_a_proof_of_a_time_that_has_not_come_counts_for_nothing():
    """It was noted while the clock was wrong, and would count until then."""
    assert not LoginSession(authenticated_at=now() + timedelta(days=30)).proven_within(TEN_MINUTES)
