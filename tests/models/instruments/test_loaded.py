"""Instruments that an operator loads: the newest is asked, earlier ones are remembered, none ever changes."""

from __future__ import annotations

import pytest

from models.database.base import db
from models.errors import Invalid, NotFound
from models.instruments import ASSESSMENTS, by_key, current
from models.instruments.loaded_instrument import LoadedInstrument
from models.instruments.registry import bundled_data, shelved
from tests.models.instruments.respondents import complete, file_of


@pytest.fixture
def load(app):
    """Loads the data of a checked file, as an operator does."""

    def do(data):
        loaded = LoadedInstrument.load(data)
        db.session.commit()
        return loaded

    with app.app_context():
        yield do


def asked():
    return {assessment: current(assessment).key for assessment in ASSESSMENTS}


def standing():
    return [(each.instrument.key, each.is_asked, each.loaded_at is not None) for each in shelved()]


def test_what_comes_with_profile_is_asked_until_something_is_loaded(load):
    assert asked() == {"disc": "disc-1", "focus": "focus-1", "core": "core-1"}
    load(file_of("focus"))
    assert asked() == {"disc": "disc-1", "focus": "focus-acme.1", "core": "core-1"}
    load(file_of("focus", "acme.2"))
    assert asked()["focus"] == "focus-acme.2"
    assert standing() == [
        ("disc-1", True, False),
        ("focus-1", False, False),
        ("focus-acme.1", False, True),
        ("focus-acme.2", True, True),
        ("core-1", True, False),
    ]


def test_a_sitting_goes_on_with_the_version_with_which_it_began(load):
    load(file_of("core", title="Ours"))
    began = current("core")
    load(file_of("core", "acme.2", title="Ours, again"))
    assert by_key(began.key) == began
    assert by_key("core-1").title == "Core Values"
    assert by_key("core-acme.1").score(complete(began)) == by_key("core-1").score(complete(began))


def test_a_version_never_changes(load):
    load(file_of("disc"))
    with pytest.raises(Invalid) as refused:
        LoadedInstrument.load(file_of("disc", title="Better"))
    assert "disc-acme.1 is already loaded with other content." in refused.value.message
    db.session.rollback()
    assert by_key("disc-acme.1").title == "DISC"


def test_loading_the_same_again_makes_it_the_newest(load):
    load(file_of("disc"))
    load(file_of("disc", "acme.2"))
    load(file_of("disc"))
    assert asked()["disc"] == "disc-acme.1"
    # And so back to what came with Profile.
    load(bundled_data("disc-1"))
    assert asked()["disc"] == "disc-1"
    assert [each[0] for each in standing() if each[0].startswith("disc")] == ["disc-acme.2", "disc-acme.1", "disc-1"]


@pytest.mark.parametrize("key", ["disc-2", "disc-imported", "", "disc-1\x00", "\udcff", "DISC-1", "schema"])
def test_a_key_that_nobody_knows_is_said(load, key):
    with pytest.raises(NotFound):
        by_key(key)
