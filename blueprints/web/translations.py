"""The catalogues of translations/, and the language that each response is rendered in."""

from __future__ import annotations

from functools import cache
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, current_app, has_request_context, request
from flask_babel import Babel, Domain
from werkzeug.wrappers import Response

from blueprints.auth.access_control import MACHINE, access_of
from blueprints.auth.language import NAME, keep_choice, reader_language
from models.text import ENGLISH, TRANSLATIONS, current_language, languages, locale_of


class Catalogues(Domain):
    """The catalogues as translators write them: read when a language is first needed, so nothing must be compiled."""

    def get_translations(self) -> NullTranslations:
        return catalogue(current_language())


@cache
def catalogue(language: str) -> NullTranslations:
    """The translations into this language. English is what the code says."""
    if language == ENGLISH:
        return NullTranslations()
    compiled = BytesIO()
    with (TRANSLATIONS / language / "LC_MESSAGES" / "messages.po").open("rb") as written:
        write_mo(compiled, read_po(written, locale=language))
    compiled.seek(0)
    return Translations(compiled)


def init_app(app: Flask) -> None:
    babel = Babel(app, default_locale=ENGLISH, locale_selector=language_of_response)
    babel.domain_instance = Catalogues()
    app.jinja_env.globals.update(
        page_language=current_language, text_direction=text_direction, language_choices=language_choices
    )

    @app.after_request
    def keep_language(response: Response) -> Response:
        return response if is_for_programs() or NAME not in request.args else keep_choice(response)


def language_of_response() -> str:
    """The language of the reader; English for programs, whatever their library sends as a preference."""
    return ENGLISH if is_for_programs() else reader_language()


def is_for_programs() -> bool:
    if not has_request_context():
        return True
    view = current_app.view_functions.get(request.endpoint or "")
    return view is not None and access_of(view) == MACHINE


def text_direction() -> str:
    """`ltr`, or `rtl` for a language that is written from right to left."""
    return locale_of(current_language()).text_direction


def language_choices() -> list[dict[str, Any]]:
    """This page in every language, for the foot of pages without a sign-in; nothing where the address alone shows no page."""
    if request.url_rule is None or "GET" not in (request.url_rule.methods or ()):
        return []
    given = [(name, value) for name, value in request.args.items(multi=True) if name != NAME]
    return [
        {
            "tag": tag,
            "name": name,
            "url": f"{request.path}?{urlencode([*given, (NAME, tag)])}",
            "current": tag == current_language(),
        }
        for tag, name in languages().items()
    ]
