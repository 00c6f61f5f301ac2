"""What the last version needs of the schema: every table and column of its models, which its code reads and writes by name.

`python -m tests.upgrade.baseline` writes it from the models of this version. Do that when a version is released, and at no other time.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from version import VERSION

FILE = Path(__file__).with_name("baseline.json")


def baseline() -> dict[str, Any]:
    """The version, its last migration, and its tables with the columns of each."""
    loaded: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return loaded


def write() -> None:
    import models  # noqa: F401  -- declares the tables
    from app import create_app  # noqa: F401
    from models.database import db, revisions

    tables = {
        table.name: sorted(column.name for column in table.columns)
        for table in sorted(db.metadata.tables.values(), key=lambda table: table.name)
    }
    made = {"version": VERSION, "revision": revisions()[-1], "tables": tables}
    FILE.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
