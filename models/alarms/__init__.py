"""Alarms: an app touched a tripwire, and what happened then."""

from models.alarms.alarm import Alarm
from models.alarms.countries import countries_in, new_countries
from models.alarms.first_times import DELETED, check_first_time
from models.alarms.people import FEWEST, check_people, people_in_answers
from models.alarms.refusals import refusal_bursts

__all__ = [
    "DELETED",
    "FEWEST",
    "Alarm",
    "check_first_time",
    "check_people",
    "countries_in",
    "new_countries",
    "people_in_answers",
    "refusal_bursts",
]
