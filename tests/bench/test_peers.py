"""The bench against peers cannot rot: each peer starts and does, once, what it is measured by. Nothing is timed."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import text

from models.database.base import db
from tests.bench.load import connected, drive
from tests.bench.peers.comparison import AUDIT, contestant
from tests.bench.peers.generator import by_python
from tests.bench.peers.questions import about
from tests.bench.peers.roster import PEERS
from tests.bench.peers.rows import Said, rows_for, with_token
from tests.bench.peers.turn import Turn
