"""One version, wherever it is said: by the command, to assistants, and in the changelog."""

from __future__ import annotations

import re

from blueprints.mcp.protocol import SERVER
from config import ROOT
from models.database.schema import revisions
from version import VERSION

HEADINGS = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
RELEASED = re.compile(r"(\d+)\.(\d+)\.(\d+) \(\d{4}-\d\d-\d\d\)")


def test_the_command_says_it_with_the_schema(runner):
    assert runner.invoke(args=["version"]).output == f"Profile {VERSION}, schema {revisions()[-1]}\n"
    assert SERVER.version == VERSION


def test_the_changelog_has_a_heading_for_each_version_newest_first():
    released = [RELEASED.fullmatch(heading) for heading in HEADINGS if heading != "Unreleased"]
    assert all(released)
    assert "Unreleased" not in HEADINGS[1:]
    versions = [tuple(map(int, found.groups())) for found in released]
    assert versions == sorted(versions, reverse=True)
    now = tuple(map(int, VERSION.split(".")))
    # The next version is named while it is being made.
    assert now > max(versions, default=(0,)) if HEADINGS[0] == "Unreleased" else now == versions[0]
