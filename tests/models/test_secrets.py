"""Secrets: long enough that nobody guesses one, told apart by their beginnings, kept as hashes."""

import runpy

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from models import secrets
from models.secrets import (
    canonical,
    fingerprint,
    hash_password,
    mint,
    password_matches,
    without_secrets,
    write_canonical,
)
from tests.for_each import for_each

KINDS = [
    secrets.ACCESS_TOKEN,
    secrets.REFRESH_TOKEN,
    secrets.AUTHORIZATION_CODE,
    secrets.CLIENT_SECRET,
    secrets.SESSION,
    secrets.INVITATION,
    secrets.CONSENT,
]


@pytest.mark.asvs("6.4.1", "7.2.3", "11.2.3")
@for_each("kind", KINDS)
def test_a_secret_says_its_kind_and_has_256_random_bits(kind):
    made = {mint(kind) for _ in range(100)}
    assert len(made) == 100
    # 43 characters of base64url are 256 bits.
    assert {(secret[:4], len(secret[4:])) for secret in made} == {(kind, 43)}


def test_no_two_kinds_begin_alike():
    assert len(set(KINDS)) == len(KINDS)


@pytest.mark.asvs("6.5.4")
def test_what_is_stored_does_not_give_the_secret_back():
    secret = mint(secrets.ACCESS_TOKEN)
    assert fingerprint(secret) == fingerprint(secret)
    assert secret[4:] not in fingerprint(secret)


@pytest.mark.asvs("16.2.5")
def test_a_log_never_shows_a_secret():
    secret = mint(secrets.REFRESH_TOKEN)
    assert without_secrets(f"refused: {secret}.") == "refused: pfr_…."


@pytest.mark.asvs("6.2.8")
def test_a_password_is_right_in_whatever_form_a_keyboard_makes_it():
    forms = ("Amélie mange des crêpes", "Ame\u0301lie mange\u00a0des cre\u0302pes")
    assert all(password_matches(hash_password(one), other) for one in forms for other in forms)
    assert not password_matches(hash_password(forms[0]), "Amelie mange des crepes")


def test_the_product_hashes_passwords_at_the_parameters_that_owasp_names():
    """Tests do so at the cheapest that there are (tests/application.py), so this reads the file again."""
    product = runpy.run_path(secrets.__file__)
    for hashed in (product["hash_password"]("four sparrows"), product["NOBODYS_HASH"]):
        assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_password_hashed_as_it_was_typed_goes_on_being_right():
    typed = "Ame\u0301lie mange\u00a0des cre\u0302pes"
    assert password_matches(secrets.hasher.hash(typed), typed)
    assert not password_matches(None, typed)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda parts: st.lists(parts) | st.dictionaries(st.text(), parts),
)


@given(value=JSON)
@example(value=[1e16, 1e-7, 2**70, "\x7f", "\u2028", "é", ",1e5", {"b": 1, "a": [True, None]}])
def test_the_quick_way_to_canonical_json_writes_the_same_bytes(value):
    assert canonical(value) == write_canonical(value)
