"""`bin/bench`: measures this server and prints a table. See `bin/bench --help`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from tests.bench.file import by_file
from tests.bench.in_process import by_processor
from tests.bench.loaded import under_load
from tests.bench.peers.comparison import against_peers
from tests.bench.scoring import by_scoring
from tests.bench.sizes import by_size


def main() -> None:
    chosen = arguments().parse_args()
    if chosen.sizes:
        found = by_size(chosen.database, chosen.sizes, chosen.only)
    elif chosen.file:
        found = by_file(chosen.database, chosen.file, chosen.profiles, chosen.rounds)
    elif chosen.scoring:
        found = by_scoring(chosen.rounds)
    elif chosen.peer:
        found = against_peers(chosen.database, chosen.profiles, chosen.seconds, chosen.rounds, chosen.only)
    elif chosen.in_process or chosen.profile:
        found = by_processor(chosen.database, chosen.profiles, chosen.only, chosen.profile)
    else:
        found = under_load(chosen.database, chosen.profiles, chosen.seconds, chosen.rounds, chosen.only)
    if chosen.json:
        chosen.json.write_text(json.dumps(found, indent=1, ensure_ascii=False))


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bin/bench", description="Measures this server under gunicorn, and judges nothing."
    )
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--seconds", type=float, default=4, help="how long each run takes (default: 4)")
    parser.add_argument("--rounds", type=int, default=3, help="how often everything is run (default: 3)")
    parser.add_argument("--profiles", type=int, default=10_000, help="how many the account has (default: 10000)")
    parser.add_argument("--only", default="", metavar="WORD", help="only the figures with this in their name")
    parser.add_argument(
        "--sizes",
        type=int,
        nargs="+",
        metavar="N",
        help="instead of load: how long one answer takes in accounts of so many profiles, for instance 1000 10000 100000",
    )
    parser.add_argument(
        "--file",
        type=int,
        metavar="N",
        help="instead of load: how long it takes to invite N people by a file, up to 10000",
    )
    parser.add_argument(
        "--scoring", action="store_true", help="instead of load: how many sittings are scored in a second"
    )
    parser.add_argument(
        "--in-process", action="store_true", help="instead of load: how much CPU time one request takes in this process"
    )
    parser.add_argument("--profile", action="store_true", help="the same, and which functions take it")
    parser.add_argument(
        "--peer",
        action="store_true",
        help="instead of load on this server alone: other MCP servers in turns with it, doing the same on the same database",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write what was measured there, too")
    return parser


if __name__ == "__main__":
    main()
