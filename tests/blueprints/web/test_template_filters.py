"""How moments are put into words."""

from __future__ import annotations

from datetime import timedelta

import pytest

from blueprints.web.template_filters import ago
from models.database.base import now

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("until", "words"),
    [
        (7 * DAY - SECOND, "in 7 days"),
        (6 * DAY + 10 * HOUR, "in 6 days"),
        (DAY - SECOND, "in 24 hours"),
        (HOUR - SECOND, "in 60 minutes"),
        (-(7 * DAY - SECOND), "6 days ago"),
        (-HOUR - SECOND, "1 hour ago"),
        (-SECOND, "just now"),
    ],
)
def test_what_just_began_has_all_of_its_time_left_and_what_is_past_is_counted_in_whole_units(until, words):
    assert ago(now() + until) == words
