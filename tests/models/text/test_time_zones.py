"""Days in time zones: each begins where the one before it ends, with 23, 24 or 25 hours between, and its end names it again."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from models.text import begin_of, end_in_words, end_of, in_words, last_day, zone_called, zone_names
from tests.for_each import for_each

DAYS = st.dates(date(2000, 1, 1), date(2999, 12, 30))
ZONES = st.sampled_from(zone_names()).map(zone_called)


@given(day=DAYS, zone=ZONES)
def test_the_last_day_of_what_ends_with_a_day_is_that_day(day, zone):
    assert last_day(end_of(day, zone), zone) == day


@given(day=DAYS, zone=ZONES)
def test_days_follow_each_other_and_belong_to_their_date(day, zone):
    begin, end = begin_of(day, zone), end_of(day, zone)
    assert begin.tzinfo is end.tzinfo is UTC
    assert timedelta(0) < end - begin <= timedelta(hours=48)
    assert end == begin_of(day + timedelta(days=1), zone)
    assert begin.astimezone(zone).date() == day


@for_each("day, hours", [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 11, 30), 24)])
def test_days_on_which_clocks_change_have_their_own_length(day, hours):
    berlin = ZoneInfo("Europe/Berlin")
    assert end_of(day, berlin) - begin_of(day, berlin) == timedelta(hours=hours)


def test_a_time_says_its_zone():
    moment = datetime(2026, 12, 3, 13, 5, 7, tzinfo=UTC)
    assert in_words(moment, ZoneInfo("Europe/Berlin")) == "3 December 2026, 14:05 (Europe/Berlin)"
    assert in_words(moment, UTC, seconds=True) == "3 December 2026, 13:05:07 UTC"


def test_an_end_is_a_day_where_it_is_the_end_of_one_and_a_time_elsewhere():
    end = end_of(date(2026, 12, 3), ZoneInfo("Europe/Berlin"))
    assert end_in_words(end, ZoneInfo("Europe/Berlin")) == "after 3 December 2026"
    assert end_in_words(end, ZoneInfo("Pacific/Auckland")) == "on 4 December 2026, 12:00 (Pacific/Auckland)"


@for_each("name", ["", None, "Mars/Olympus", "../../etc/passwd", "Europe/berlin", "x" * 5000])
def test_an_unknown_name_is_no_zone(name):
    assert zone_called(name) is None
