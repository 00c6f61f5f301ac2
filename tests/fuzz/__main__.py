"""Fuzzes one target for some minutes: `bin/fuzz TARGET --minutes N`. Without a target, lists them."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["models", "blueprints", "authlib", "csv", "json", "tarfile", "joserfc"]):
    from tests.fuzz.targets import TARGETS, opened

HERE = Path(__file__).parent


def main() -> None:
    parser = argparse.ArgumentParser(prog="bin/fuzz", description=__doc__)
    parser.add_argument("target", choices=sorted(TARGETS))
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--found", type=Path, default=HERE / "found", help="where new inputs and findings are kept")
    given = parser.parse_args()
    logging.disable()
    new = given.found / given.target
    new.mkdir(parents=True, exist_ok=True)
    (HERE / "corpus" / given.target).mkdir(parents=True, exist_ok=True)
    flags = [
        f"-max_total_time={int(given.minutes * 60)}",
        f"-artifact_prefix={new.parent}/{given.target}-",
        "-max_len=4096",
        "-timeout=20",
        "-rss_limit_mb=2048",
        "-print_final_stats=1",
    ]
    if (words := HERE / "dictionaries" / f"{given.target}.txt").exists():
        flags.append(f"-dict={words}")
    with opened(given.target) as target:
        atheris.Setup([sys.argv[0], *flags, str(new), str(HERE / "corpus" / given.target)], target)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
