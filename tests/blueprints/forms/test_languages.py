"""What WTForms says about fields, in the language of the reader."""

from __future__ import annotations

import pytest
from wtforms import IntegerField, RadioField, SelectMultipleField, StringField
from wtforms.validators import InputRequired

from blueprints.forms.base import Form

OFFERED = {"a": "A", "b": "B"}


class EveryKind(Form):
    one = RadioField("One", choices=OFFERED)
    several = SelectMultipleField("Several", choices=OFFERED)
    number = IntegerField("Number")
    required = StringField("Required", [InputRequired()])


@pytest.mark.parametrize(
    ("language", "choice", "number", "required"),
    [
        ("en", "Choose one of the values offered here.", "Enter a whole number, such as 100.", "Fill in this field."),
        (
            "de",
            "Wählen Sie einen der angebotenen Werte.",
            "Geben Sie eine ganze Zahl ein, zum Beispiel 100.",
            "Füllen Sie dieses Feld aus.",
        ),
        (
            "fr",
            "Choisissez l’une des valeurs proposées.",
            "Saisissez un nombre entier, par exemple 100.",
            "Remplissez ce champ.",
        ),
    ],
)
def test_wrong_values_are_explained_in_the_language_of_the_reader(app, language, choice, number, required):
    sent = {"one": "c", "several": ["a", "c"], "number": "many"}
    with app.test_request_context(f"/?language={language}", method="POST", data=sent):
        form = EveryKind()
        assert not form.validate()
        said = {name: errors for name, errors in form.errors.items() if name != "csrf_token"}
    assert said == {"one": [choice], "several": [choice], "number": [number], "required": [required]}
