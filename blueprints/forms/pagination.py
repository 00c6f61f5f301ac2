"""The search words and the page number in the addresses of lists, within bounds."""

from __future__ import annotations

import uuid

from flask import request
from flask_babel import gettext as _

from models.errors import Invalid
from models.text import too_long

LONGEST_SEARCH = 200
LAST_PAGE = 1_000


def searched() -> str:
    """The words that the list is searched for."""
    search = request.args.get("search", "").strip()
    if len(search) > LONGEST_SEARCH:
        raise Invalid("search", too_long(_("A search"), search, LONGEST_SEARCH))
    return search


def page_number() -> int:
    """The requested page of the list, from 1."""
    value = request.args.get("page", "1")
    if not (value.isascii() and value.isdigit() and len(value) < 6 and 1 <= int(value) <= LAST_PAGE):
        raise Invalid("page", _("The page must be a number from 1 to %(last)s.", last=LAST_PAGE))
    return int(value)


def pages(total: int, rows: int) -> int:
    """How many pages of this size there are."""
    return min(-(-total // rows), LAST_PAGE)


def given_id(name: str) -> uuid.UUID | None:
    """The id in the address at which a part of the list begins."""
    value = request.args.get(name, "")
    try:
        return uuid.UUID(value) if value else None
    except ValueError:
        raise Invalid(name, _("This link does not match the list. Start again from the first page.")) from None
