"""What people type, made fit to keep, to compare, to find and to sort: the same on every page, in every tool and in every file."""

from models.text.collation import sort_key
from models.text.full_name import family_first, full_name, told_apart
from models.text.languages import ENGLISH, TRANSLATIONS, current_language, known_language, languages, locale_of
from models.text.plain_text import (
    CONTROLS_BUT_NEWLINES,
    greeting_name,
    invisible,
    key,
    line,
    plain,
    prose,
    spaced,
    too_long,
)
from models.text.search_words import beginnings, joined_beginnings, word_parts, words
from models.text.spreadsheet_cells import guarded, list_cell, listed_in, unguarded
from models.text.time_zones import (
    begin_of,
    day_in_words,
    end_in_words,
    end_of,
    in_words,
    last_day,
    zone_called,
    zone_names,
)
from models.text.typed_input import (
    email_address,
    email_key,
    typed_code,
    typed_email,
    typed_password,
    typed_phone,
    typed_url,
)

__all__ = [
    "CONTROLS_BUT_NEWLINES",
    "ENGLISH",
    "TRANSLATIONS",
    "begin_of",
    "beginnings",
    "current_language",
    "day_in_words",
    "email_address",
    "email_key",
    "end_in_words",
    "end_of",
    "family_first",
    "full_name",
    "greeting_name",
    "guarded",
    "in_words",
    "invisible",
    "joined_beginnings",
    "key",
    "known_language",
    "languages",
    "last_day",
    "line",
    "list_cell",
    "listed_in",
    "locale_of",
    "plain",
    "prose",
    "sort_key",
    "spaced",
    "told_apart",
    "too_long",
    "typed_code",
    "typed_email",
    "typed_password",
    "typed_phone",
    "typed_url",
    "unguarded",
    "word_parts",
    "words",
    "zone_called",
    "zone_names",
]
