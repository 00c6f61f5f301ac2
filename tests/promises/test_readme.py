"""What the README says is so."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from config import Settings

README = Path(__file__).parents[2] / "README.md"


def configuration_table() -> dict[str, str]:
    rows = re.findall(r"^\| `([A-Z_]+)` \| [^|]* \| ([^|]*) \|$", README.read_text(), re.MULTILINE)
    return {name: meaning.strip() for name, meaning in rows}


@pytest.mark.parametrize("field", fields(Settings), ids=lambda field: field.name)
def test_every_setting_is_in_the_readme_in_its_own_words(field):
    assert configuration_table()[field.name.upper()] == field.metadata["about"]


def test_the_readme_names_no_setting_that_is_not_there():
    assert set(configuration_table()) == {field.name.upper() for field in fields(Settings)}


@pytest.mark.parametrize("link", re.findall(r"\]\((?!http)([^)#]+)\)", README.read_text()))
def test_every_link_in_the_readme_leads_somewhere(link):
    assert (README.parent / link).exists()
