"""What the README says is so."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from config import Settings

README = Path(__file__).parents[2] / "README.md"


def configuration_table() -> dict[str, str]:
    rows = re.findall(r"^\| `([A-Z_]+)` \| [^|]* \| ([^|]*) \|$", README.read_text(), re.MULTILINE)
    return {name: meaning.strip() for name, meaning in rows}


def test_every_setting_and_no_other_is_in_the_readme_in_its_own_words():
    assert configuration_table() == {field.name.upper(): field.metadata["about"] for field in fields(Settings)}


def test_every_link_in_the_readme_leads_somewhere():
    links = re.findall(r"\]\((?!http)([^)#]+)\)", README.read_text())
    assert links
    assert [link for link in links if not (README.parent / link).exists()] == []
