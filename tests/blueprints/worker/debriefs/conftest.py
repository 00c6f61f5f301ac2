"""Debriefs on a server that knows a language model."""

from __future__ import annotations

import pytest

from config import Settings


@pytest.fixture
def settings(settings_with_model: Settings) -> Settings:
    return settings_with_model
