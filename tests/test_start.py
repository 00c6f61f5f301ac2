"""`bin/start` as a process, on a copy of the project: what it prints, what it makes, and what it says when it cannot start."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from threading import Thread
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).parents[1]
ENDS_WITHIN = 240
LAST = "Stop  "
NOT_COPIED = shutil.ignore_patterns(".*", "instance", "node_modules", "__pycache__", "tests", "docs")

# Each starts whole servers.
slow = pytest.mark.slow


@pytest.fixture
def project(tmp_path):
    """A copy of the project with what is installed here, and without this machine's settings and data."""
    shutil.copytree(ROOT, tmp_path / "profile", ignore=NOT_COPIED)
    (tmp_path / "profile" / ".venv").symlink_to(ROOT / ".venv")
    return tmp_path / "profile"


@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


@pytest.fixture
def start(project, port):
    """Runs bin/start until it has said everything, or has ended; gives what it printed and its process."""
    started = []

    def run(*options):
        environment = {"PATH": os.environ["PATH"], "HOME": str(project), "PORT": str(port), "WEB_CONCURRENCY": "1"}
        process = subprocess.Popen(
            [project / "bin" / "start", *options],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            process_group=0,
        )
        started.append(process)
        lines = []

        def read():
            for line in process.stdout:
                lines.append(line.rstrip("\n"))
                if line.startswith(LAST):
                    return

        reading = Thread(target=read)
        reading.start()
        reading.join(ENDS_WITHIN)
        return lines, process

    yield run
    for process in started:
        stop(process)


def stop(process):
    """As Ctrl-C does: it reaches everything that bin/start has started."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(60)
    process.stdout.close()


def value(lines, name):
    return next(line.removeprefix(name).strip() for line in lines if line.startswith(f"{name}  "))


@slow
def test_it_starts_empty_then_with_a_demo_whose_password_it_prints_each_time(project, port, start):
    lines, process = start("--empty")
    assert [line for line in lines if line.startswith("Preparing the database … ") and line.endswith(" s")]
    link = next(line.strip() for line in lines if "/sign-up?token=" in line)
    page = urlopen(link).read().decode()
    assert "Create an account" in page
    assert "Set-up token" not in page  # It came with the link; a wrong one is asked for.
    assert not any("Password" in line for line in lines)
    assert lines[-1].split() == ["Stop", "Ctrl-C"]
    stop(process)

    lines, process = start()
    password = value(lines, "Password")
    assert re.fullmatch(r"[a-z-]+-\d{4} \(for all of them\)", password)
    assert value(lines, "Sign in") == f"http://127.0.0.1:{port}/sign-in"
    assert value(lines, "As") == "owner@example.com"
    assert value(lines, "For an assistant") == f"http://127.0.0.1:{port}/mcp"
    log = project / value(lines, "Log")
    assert not any(line.startswith("{") for line in lines), "the log is in its file"
    assert '"path":"/sign-in"' in read_after_request(log, f"http://127.0.0.1:{port}/sign-in")
    stop(process)

    lines, process = start("--empty")
    assert value(lines, "Password") == password
    assert any("--empty had no effect" in line for line in lines)
    assert "Making the demo" not in "".join(lines)


def read_after_request(log, url):
    urlopen(url).close()
    return log.read_text()


@slow
def test_a_server_that_cannot_start_says_why(project, port):
    environment = {"PATH": os.environ["PATH"], "SECRET_KEY": "k" * 40, "PUBLIC_URL": f"http://127.0.0.1:{port}"}
    with socket.create_server(("127.0.0.1", port)):
        done = subprocess.run(
            [ROOT / ".venv/bin/python", project / "bin" / "serve", str(port), "--empty"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=ENDS_WITHIN,
            check=False,
        )
    # The server has ended with an error of its own; who waited for it prints why, and may be the last to end.
    assert "Connection in use" in done.stdout
    assert "Profile could not start. The lines above" in done.stdout


def test_a_mistyped_option_prints_what_there_is():
    done = subprocess.run([ROOT / "bin" / "start", "--emtpy"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "bin/start --empty   without them" in done.stdout


@pytest.fixture
def install(tmp_path):
    """Runs bin/install with another pip, written here."""

    def run(pip):
        package = tmp_path / "pip"
        package.mkdir()
        (package / "__init__.py").touch()
        (package / "__main__.py").write_text(pip)
        wanted = tmp_path / "requirements.txt"
        wanted.write_text("# Chosen\none==1\ntwo==2\n")
        return subprocess.run(
            [sys.executable, ROOT / "bin" / "install", "-r", wanted],
            env={"PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


SLOW_PIP = """\
import time
print("Collecting one==1", flush=True)
time.sleep(6)
print("Collecting two==2", flush=True)
"""


@slow
def test_while_pip_works_it_counts_packages(install):
    done = install(SLOW_PIP)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == ["  1 of 2 packages downloaded (5 s)"]


def test_if_pip_fails_its_own_words_are_printed(install):
    done = install("print('ERROR: no such package'); raise SystemExit(3)")
    assert (done.returncode, done.stderr) == (3, "ERROR: no such package\n")
