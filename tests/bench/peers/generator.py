"""The load on ours and its peers: `wrk` where it is on PATH, which needs little of the machine, and otherwise the generator in Python.

wrk counts what a stalled server would have made later requests wait (it corrects for coordinated omission), so percentiles of the two
cannot be compared with each other. oha is not used: it cannot look into answers.
"""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import process_time

from tests.bench.load import PATIENCE, WARM_UP, connected, drive
from tests.bench.peers.rows import Said

SCRIPT = Path(__file__).parents[1] / "wrk.lua"
Address = tuple[str, int]


@dataclass(frozen=True)
class Load:
    """What a server answered in one run."""

    good: int
    errors: int
    seconds: float
    p50_ms: float
    p99_ms: float
    answer_bytes: int
    generator_seconds: float
    """How long the generator kept a core busy."""
    sample: str = ""
    """The first answer that was not as it should be."""


def generator_name() -> str:
    return "wrk, 16 threads with a connection each" if shutil.which("wrk") else "a generator in Python, on one thread"


def warm_up(address: Address, said: Sequence[Said], proof: bytes) -> None:
    with connected(address, [each.talk() for each in said], proof) as lines:
        drive(lines, WARM_UP)


def load(address: Address, said: Sequence[Said], proof: bytes, seconds: float) -> Load:
    """All connections at once, for so long."""
    if shutil.which("wrk"):
        with tempfile.TemporaryDirectory(prefix="profile-bench-") as directory:
            return by_wrk(address, said, proof, max(1, round(seconds)), Path(directory))
    return by_python(address, said, proof, seconds)


def by_python(address: Address, said: Sequence[Said], proof: bytes, seconds: float) -> Load:
    with connected(address, [each.talk() for each in said], proof) as lines:
        began = process_time()
        run = drive(lines, seconds)
        busy = process_time() - began
        size = max(len(line.body) for line in lines)
        wrong = next((line.body[:300].decode(errors="replace") for line in lines if not line.good), "")
    good = len(run.latencies)
    return Load(good, run.errors, run.seconds, run.percentile(50), run.percentile(99), size, busy, wrong)


def by_wrk(address: Address, said: Sequence[Said], proof: bytes, seconds: int, place: Path) -> Load:
    for number, each in enumerate(said, 1):
        (place / str(number)).write_bytes(b"".join(b"%d\n%b" % (len(each_), each_) for each_ in each.requests))
    many = str(len(said))
    options = ["-t", many, "-c", many, "-d", f"{seconds}s", "--timeout", f"{PATIENCE}s", "-s", str(SCRIPT)]
    target = f"http://{address[0]}:{address[1]}/"
    before = children_seconds()
    done = subprocess.run(
        ["wrk", *options, target, "--", said[0].how, proof.decode(), str(place)],
        capture_output=True,
        text=True,
        check=True,
    )
    busy = children_seconds() - before
    found = json.loads(done.stdout.splitlines()[-1])
    wrong = place / "bad"
    return Load(
        found["good"],
        found["bad"] + found["broken"],
        found["seconds"],
        found["p50"],
        found["p99"],
        found["size"],
        busy,
        wrong.read_text(errors="replace") if wrong.exists() else "",
    )


def children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
