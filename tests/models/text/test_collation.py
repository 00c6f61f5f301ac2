"""The order of names, the same on both databases: by code points of a key."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st
from pyuca.collator import Collator_10_0_0

from models.text import sort_key
from models.text.collation import LONGEST, collator

NAMES = st.text(st.sampled_from("aAbzZäÄåøłðþßı 09-'._@ʒαβωабяёا٤अकか王김ﬃ\U00020000"), min_size=1, max_size=12)


def test_names_stand_where_readers_look_for_them():
    names = [
        "Arzt",
        "Ärzte",
        "Bär",
        "Çelik",
        "Dağ",
        "Łukasz",
        "Müller Anna",
        "Muller Bea",
        "Øst",
        "Zz",
        "Ωmega",
        "Яна",
        "王",
    ]
    assert sorted(set(names), key=sort_key) == names


@given(NAMES, NAMES)
def test_keys_sort_as_the_algorithm_does(one, other):
    first, second = primary(one), primary(other)
    if first and second:
        assert (sort_key(one) < sort_key(other)) == (first < second)


def primary(text):
    weights = collator().sort_key(text)
    return weights[: weights.index(0)]


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=220))
def test_a_key_is_text_that_both_databases_take(text):
    made = sort_key(text)
    assert len(made) <= LONGEST
    assert "\0" not in made
    made.encode()


def test_most_names_are_as_long_as_their_key():
    assert sort_key("Łówe Ana") == "lowe ana"


def test_keys_do_not_depend_on_the_version_of_python():
    # Keys in the database are of one version of the algorithm's table.
    assert type(collator()) is Collator_10_0_0
    assert sort_key("Bjo\u0308rk") == sort_key(unicodedata.normalize("NFC", "Bjo\u0308rk"))
