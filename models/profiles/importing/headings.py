"""What the first line of a file says its columns are, in the languages of those who make such files."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection

from flask_babel import gettext as _

from models.profiles.importing.scores import COLUMNS as SCORE_COLUMNS
from models.text import words

TEXT_COLUMNS = ("email", "first_name", "last_name", "phone", "tags", "custom_id")
# Other headings for the same, without regard to accents, case, spaces and hyphens.
SPELLINGS = {
    "email": "mail emailaddress mailaddress mailadresse emailadresse adresseemail adressemail courriel adresseelectronique "
    "correoelectronico",
    "first_name": "firstname forename givenname vorname rufname prenom voornaam nombre",
    "last_name": "lastname surname familyname nachname familienname zuname nom nomdefamille achternaam apellido apellidos cognome",
    "phone": "phonenumber telephone tel mobile telefon telefonnummer handy mobil numerodetelephone telefono telefoon",
    "tags": "tag label labels schlagwort schlagworte schlagworter etikett etiketten etiquette etiquettes",
    "custom_id": "externalid kennung personalnummer identifiant matricule",
}
MEANT = {"".join(words(column)): column for column in (*TEXT_COLUMNS, *SCORE_COLUMNS)} | {
    spelling: column for column, spellings in SPELLINGS.items() for spelling in spellings.split()
}
DELIMITERS = (",", ";", "\t")
BLANK_LINES = re.compile(r'[\s,;"]*[\r\n]')
DELIMITER_LINE = re.compile(r'\s*"?sep=([,;\t])"?\s*\Z', re.IGNORECASE)
"""Excel's own way to say which one it is."""


def columns_meant(headings: list[str], ours: Collection[str] = MEANT.values()) -> list[str]:
    """The column of ours that each heading means, or the heading itself where it means none."""
    plain = ["".join(words(heading)) for heading in headings]
    columns = [MEANT.get(each, "") for each in plain]
    if "first_name" in columns and "last_name" not in columns and "name" in plain:
        columns[plain.index("name")] = "last_name"
    return [
        column if column in ours else heading.strip() or str(_("(column %(number)s)", number=place))
        for place, (heading, column) in enumerate(zip(headings, columns, strict=True), 1)
    ]


def delimited(text: str) -> tuple[str, str]:
    """The text, and what stands between its cells: what the first line that is not blank says of itself, or what makes the
    most of it."""
    blank = BLANK_LINES.match(text)
    begin = blank.end() if blank else 0
    first = next(iter(text[begin:].splitlines()), "")
    if said := DELIMITER_LINE.match(first):
        # The line stays as a blank one, so that the others keep their numbers.
        return text[:begin] + text[begin + len(first) :], said[1]
    return text, max(DELIMITERS, key=lambda delimiter: known_headings(first, delimiter))


def known_headings(line: str, delimiter: str) -> int:
    """How many columns of ours this line names."""
    try:
        cells = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return 0
    return len(set(columns_meant(cells)) & set(MEANT.values()))
