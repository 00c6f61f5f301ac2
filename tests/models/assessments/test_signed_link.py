"""Secret addresses to assessments: derived, never stored, and nothing that this server did not make opens anything."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.assessments.signed_link import Link, Opens
from models.secrets import ASSESSMENT, without_secrets

ACCOUNT, TARGET = uuid.UUID(int=1), uuid.UUID(int=2)


@pytest.fixture
def link(app):
    return Link(Opens.INVITATION, ACCOUNT, TARGET)


@pytest.mark.parametrize("opens", Opens)
def test_an_address_says_what_it_opens_and_where(app, opens):
    made = Link(opens, ACCOUNT, TARGET)

    assert Link.read(made.secret) == made
    assert made.secret == Link(opens, ACCOUNT, TARGET).secret


def test_an_address_for_one_thing_opens_no_other(link):
    others = (
        Link(Opens.SITTING, ACCOUNT, TARGET),
        Link(Opens.INVITATION, TARGET, ACCOUNT),
        Link(Opens.INVITATION, ACCOUNT, ACCOUNT),
    )

    assert len({link.secret, *(other.secret for other in others)}) == 4


def test_whoever_changes_one_character_finds_nothing(link):
    secret = link.secret
    for position in range(len(secret)):
        for other in "A-_z":
            changed = secret[:position] + other + secret[position + 1 :]
            assert Link.read(changed) is None or changed == secret


@given(st.text(max_size=100))
def test_whatever_is_typed_opens_nothing(typed):
    assert Link.read(typed) is None
    assert Link.read(ASSESSMENT + typed) is None


def test_an_address_is_blotted_out_of_logs(link):
    assert link.secret not in without_secrets(f"GET /a/{link.secret}")
