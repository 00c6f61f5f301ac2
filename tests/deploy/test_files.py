"""The files for platforms agree with the product: settings that exist, health checks that are served, time to end what was begun."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
from dataclasses import fields

import pytest

from config import ROOT, Settings

SETTINGS = {each.name.upper() for each in fields(Settings)}
# What PostgreSQL, Caddy and Python read.
OTHERS = {"POSTGRES_PASSWORD", "DATABASE_PASSWORD", "DOMAIN", "UPSTREAM", "BUFFERING"}
GRACEFUL = int(re.search(r"^graceful_timeout = (\d+)$", (ROOT / "gunicorn.conf.py").read_text(), re.MULTILINE)[1])


def text_of(name):
    return (ROOT / name).read_text(encoding="utf-8")


def test_they_set_what_there_is_to_set():
    named = {
        "app.json": set(json.loads(text_of("app.json"))["env"]),
        "render.yaml": set(re.findall(r"- key: (\w+)", text_of("render.yaml"))),
        "fly.toml": set(tomllib.loads(text_of("fly.toml"))["env"]),
        "compose.yaml": set(re.findall(r"^ {4,6}([A-Z_]+): ", text_of("compose.yaml"), re.MULTILINE)) - OTHERS,
    }
    for file, names in named.items():
        assert names
        assert names <= SETTINGS, file


def test_their_health_checks_are_served(client):
    fly = tomllib.loads(text_of("fly.toml"))["http_service"]["checks"][0]["path"]
    render = re.search(r"healthCheckPath: (\S+)", text_of("render.yaml"))[1]
    image = re.search(r"\+ '(/\w+)'", text_of("Dockerfile"))[1]
    for path in (fly, render, image):
        assert client.get(path, headers={"Host": "10.0.0.7:8000"}).status_code == 200


def test_they_wait_until_requests_have_ended():
    waits = {
        "fly.toml": tomllib.loads(text_of("fly.toml"))["kill_timeout"],
        "render.yaml": re.search(r"maxShutdownDelaySeconds: (\d+)", text_of("render.yaml"))[1],
        "compose.yaml": re.search(r"stop_grace_period: (\d+)s", text_of("compose.yaml"))[1],
        "deploy/profile.service": re.search(r"TimeoutStopSec=(\d+)", text_of("deploy/profile.service"))[1],
    }
    assert {file for file, seconds in waits.items() if int(seconds) <= GRACEFUL} == set()


def test_the_image_has_no_secret_and_no_root():
    dockerfile, ignored = text_of("Dockerfile"), text_of(".dockerignore").splitlines()
    assert re.search(r"^USER profile$", dockerfile, re.MULTILINE)
    assert not re.search(r"SECRET|PASSWORD|DATABASE_URL", dockerfile)
    assert ignored[1] == "*"
    assert "!instance" not in ignored


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
def test_systemd_reads_the_units(tmp_path):
    for name in ("profile.service", "profile.socket"):
        # The programs are on the operator's machine.
        unit = re.sub(r"^(Exec\w+)=\S+", r"\1=/bin/true", text_of(f"deploy/{name}"), flags=re.MULTILINE)
        (tmp_path / name).write_text(unit)
    command = ["systemd-analyze", "verify", "--man=no", *map(str, sorted(tmp_path.iterdir()))]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
