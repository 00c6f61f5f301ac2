"""Inviting many by a file: it is read, what will happen to each person is shown, and when that is confirmed it all happens at once."""

from __future__ import annotations

from models.importing.files import Fault, Faulty
from models.inviting.guests import Guest
from models.inviting.plan import plan
from models.inviting.reading import COLUMNS, MOST_BYTES, MOST_PEOPLE, read_sheet
from models.inviting.sending import send

__all__ = ["COLUMNS", "MOST_BYTES", "MOST_PEOPLE", "Fault", "Faulty", "Guest", "plan", "read_sheet", "send"]
