"""A file of people as spreadsheets save it: in various encodings, with commas, semicolons or tabs."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from babel.numbers import format_decimal
from flask_babel import gettext as _

from models.profiles.importing.files import Fault, Faulty, Row, csv_rows, foreign
from models.text import current_language, locale_of

MOST_BYTES = 5_000_000
MOST_PEOPLE = 10_000
COLUMNS = ("email", "first_name", "last_name", "tags", "custom_id")

MARKS = {
    codecs.BOM_UTF8: ("utf-8-sig", "UTF-8"),
    # Before UTF-16, whose mark its own begins with.
    codecs.BOM_UTF32_LE: ("utf-32", "UTF-32"),
    codecs.BOM_UTF32_BE: ("utf-32", "UTF-32"),
    codecs.BOM_UTF16_LE: ("utf-16", "UTF-16"),
    codecs.BOM_UTF16_BE: ("utf-16", "UTF-16"),
}
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


@dataclass(frozen=True)
class Sheet:
    """The rows of a file, and the encoding of its bytes."""

    rows: list[Row]
    read_as: str
    passed_over: list[str]
    """The columns that it has besides ours."""


def read_sheet(data: bytes) -> Sheet:
    """The rows of a CSV file; raises `Faulty` if it is not a CSV file or is too large."""
    if len(data) > MOST_BYTES:
        raise Faulty(Fault(1, _("The file is larger than %(most)s MB. Split it.", most=MOST_BYTES // 1_000_000)))
    if data.startswith(WORKBOOKS):
        raise Faulty(Fault(1, _("This is a workbook. Save it as CSV, preferably “CSV UTF-8”, and choose that file.")))
    text, read_as = decoded(data)
    rows = csv_rows(text, COLUMNS)
    if not rows:
        raise Faulty(Fault(1, _("The file has no people in it.")))
    if len(rows) > MOST_PEOPLE:
        most = format_decimal(MOST_PEOPLE, locale=locale_of(current_language()))
        raise Faulty(Fault(rows[MOST_PEOPLE].line, _("A file can have at most %(most)s people. Split it.", most=most)))
    return Sheet(rows, read_as, foreign(rows, COLUMNS))


def decoded(data: bytes) -> tuple[str, str]:
    """The text of a file, and the name of its likely encoding."""
    for encoding, name in encodings(data):
        try:
            return data.decode(encoding), name
        except UnicodeDecodeError:
            continue
    raise Faulty(Fault(1, _("This file cannot be read as text. Save the file as “CSV UTF-8” and choose it again.")))


def encodings(data: bytes) -> list[tuple[str, str]]:
    for mark, found in MARKS.items():
        if data.startswith(mark):
            return [found]
    # Text in UTF-16 without a byte order mark: every other byte of an address is zero.
    begin = data[:200]
    if begin.count(0) > len(begin) / 4:
        return [("utf-16-be" if data[:1] == b"\0" else "utf-16-le", "UTF-16")]
    return [("utf-8", "UTF-8"), ("cp1252", "Windows-1252")]
