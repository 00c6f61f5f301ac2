"""Several values in one cell, as exports write them and people type them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from models.text import guarded, list_cell, listed_in, plain, unguarded
from tests.for_each import for_each

LABEL = (st.text(st.characters(exclude_categories=["Cs"])) | st.text('a;", =')).map(plain).filter(bool)


@given(st.lists(LABEL, max_size=4))
def test_whatever_is_written_into_a_cell_is_read_back(labels):
    assert listed_in(unguarded(guarded(list_cell(labels)))) == labels


@for_each(
    ("cell", "values"),
    [
        ("Sales; Berlin", ["Sales", "Berlin"]),
        ("Sales;Berlin;", ["Sales", "Berlin"]),
        ("Sales, Berlin", ["Sales, Berlin"]),
        ('"Sales; Berlin" ; Remote', ["Sales; Berlin", "Remote"]),
        ('"A" team; Remote', ['"A" team', "Remote"]),
        (" ; ", []),
        ("", []),
    ],
)
def test_semicolons_separate_values_and_commas_do_not(cell, values):
    assert listed_in(cell) == values
