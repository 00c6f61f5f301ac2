"""The one way JSON comes in: what no door should see ends here, in a sentence."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.strict_json import DEEPEST, BadJSON, parse_json
from tests.for_each import for_each

REFUSED = {
    "nothing": b"",
    "half an object": b'{"a":',
    "two values": b"1 2",
    "not UTF-8": b'"\xff"',
    "a byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "NaN": b"[NaN]",
    "Infinity": b"[-Infinity]",
    "a number that becomes infinite": b"[1e999]",
    "an integer beyond 64 bits": b"[9223372036854775808]",
    "an integer of a million digits": b"[" + b"9" * 1_000_000 + b"]",
    "a NUL": b'["\\u0000"]',
    "a NUL in a key": b'{"\\u0000":1}',
    "half of a surrogate pair": b'["\\ud800"]',
    "the same key twice": b'{"a":1,"a":2}',
    "the same key twice, deep": b'[{"b":{"a":1,"a":2}}]',
    "lists too deep": b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1),
    "lists far too deep": b"[" * 100_000,
    "objects too deep": b'{"a":' * (DEEPEST + 1) + b"1" + b"}" * (DEEPEST + 1),
    "a raw control character": b'["\x01"]',
}


@pytest.mark.asvs("1.1.1", "1.4.2")
@for_each("raw", REFUSED.values())
def test_what_no_door_should_see_is_refused(raw):
    with pytest.raises(BadJSON) as refused:
        parse_json(raw)
    assert str(refused.value).endswith(".")


@pytest.mark.asvs("1.4.2")
def test_what_fits_just_fits():
    assert parse_json(b"[9223372036854775807, -9223372036854775807]") == [2**63 - 1, -(2**63 - 1)]
    assert parse_json(b"[" * DEEPEST + b"]" * DEEPEST)
    assert parse_json(b'"\\ud83d\\ude00"') == "\U0001f600"


plain_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | plain_text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(plain_text, inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.asvs("1.1.1")
@given(values)
def test_everything_else_comes_through_unchanged(value):
    assert parse_json(json.dumps(value).encode()) == value
    assert parse_json(json.dumps(value, ensure_ascii=False).encode()) == value


@pytest.mark.asvs("1.5.2")
@given(st.binary(max_size=200))
def test_no_bytes_bring_anything_but_a_value_or_a_refusal(raw):
    with suppress(BadJSON):
        json.dumps(parse_json(raw), allow_nan=False).encode()
