"""What people type, made fit to keep, to compare, to find and to sort: the same on every page, in every tool and in every file."""

from models.text.collation import sort_key
from models.text.full_name import family_first, full_name, told_apart
from models.text.plain_text import (
    CONTROLS_BUT_NEWLINES,
    invisible,
    key,
    line,
    plain,
    prose,
    spaced,
)
from models.text.search_words import beginnings, joined_beginnings, word_parts, words
from models.text.spreadsheet_cells import guarded, unguarded
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
    "beginnings",
    "email_address",
    "email_key",
    "family_first",
    "full_name",
    "guarded",
    "invisible",
    "joined_beginnings",
    "key",
    "line",
    "plain",
    "prose",
    "sort_key",
    "spaced",
    "told_apart",
    "typed_code",
    "typed_email",
    "typed_password",
    "typed_phone",
    "typed_url",
    "unguarded",
    "word_parts",
    "words",
]
