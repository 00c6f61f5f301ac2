"""Names in the order of their script."""

from __future__ import annotations

from models.text import full_name
from tests.for_each import for_each


@for_each(
    ("first", "last", "read"),
    [
        ("Ana", "Löwe", "Ana Löwe"),
        ("小明", "王", "王小明"),
        ("さくら", "山田", "山田さくら"),
        ("민준", "김", "김민준"),
        ("マイケル", "ジャクソン", "マイケル ジャクソン"),
        ("Sakura", "山田", "Sakura 山田"),
        ("小明", "", "小明"),
        ("", "", ""),
    ],
)
def test_the_family_name_stands_first_where_the_script_says_so(first, last, read):
    assert full_name(first, last) == read
