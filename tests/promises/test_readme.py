"""What the README says is so."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from blueprints.connections.assistants import ASSISTANTS
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


def test_the_commands_in_the_readme_are_those_of_the_page_that_says_how_to_connect():
    for name in ("Claude Code", "Codex", "Gemini CLI"):
        (row,) = re.findall(rf"^\| {name} \| (.*) \|$", README.read_text(), re.MULTILINE)
        (assistant,) = (each for each in ASSISTANTS.values() if each.name == name)
        steps = [step.copy.make("http://127.0.0.1:8000/mcp") for step in assistant.steps if step.copy]
        assert re.findall(r"`([^`]+)`", row) == steps
