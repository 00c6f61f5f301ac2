"""`flask instruments`: what an operator or a reviewer sees of it."""

from __future__ import annotations

import json

import pytest

from models.database.base import db
from models.instruments import FOCUS_DOMAINS, current
from models.instruments.registry import HERE, bundled_data


@pytest.fixture
def instruments(runner):
    """Runs `flask instruments …`."""
    return lambda *given: runner.invoke(args=["instruments", *map(str, given)])


@pytest.fixture
def a_file(tmp_path):
    """Writes a file: bytes, or the data of an instrument."""

    def write(content, name="ours.json"):
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return file

    return write


def ours(assessment="core", version="acme.1", **changes):
    return bundled_data(f"{assessment}-1") | {"key": f"{assessment}-{version}", "version": version} | changes


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("disc-1", "24 blocks of four statements"),
        ("focus-1", "120 statements for 30 facets"),
        ("core-1", "40 values, narrowed to 12 at most"),
    ],
)
def test_a_sound_file_is_said_to_be_in_order(instruments, key, told):
    done = instruments("check", HERE / f"{key}.json")
    assert (done.exit_code, done.output) == (0, f"{key}.json is valid: {key}, {told}.\n")


def test_every_fault_stands_on_a_line_of_its_own_with_its_path(instruments, a_file):
    data = json.loads(json.dumps(ours("disc")))
    data["blocks"][3]["statements"][1]["scale"] = "x"
    data["blocks"][7]["id"] = ""
    done = instruments("check", a_file(data))
    assert done.exit_code == 1
    assert done.output.splitlines() == [
        "Error: 2 errors in ours.json:",
        '$.blocks[3].statements[1].scale: "x" is not one of d, i, s, c',
        '$.blocks[7].id: "" is invalid: up to 32 small letters, digits and hyphens',
    ]


@pytest.mark.parametrize("command", ["check", "load"])
@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"[" * 50_000, b" " * 3_000_000], ids=["empty", "utf-16", "deep", "large"]
)
def test_a_file_that_is_none_gets_a_sentence(instruments, a_file, command, content):
    done = instruments(command, a_file(content))
    assert done.exit_code == 1
    assert done.output.startswith("Error: 1 error in ours.json:\n$: ")
    assert len(done.output.splitlines()) == 2


def test_more_faults_than_anybody_mends_at_once_are_cut_short(instruments, a_file):
    data = ours("focus", items=[{"id": f"f{n}"} for n in range(120)])
    assert instruments("check", a_file(data)).output.startswith("Error: The first 50 errors in ours.json:\n")


def test_a_file_that_is_not_there_is_said(instruments, tmp_path):
    done = instruments("load", tmp_path / "nowhere.json")
    assert done.exit_code == 2
    assert "does not exist" in done.output


def test_a_loaded_instrument_is_asked_from_then_on(app, instruments, a_file):
    done = instruments("load", a_file(ours(title="What counts for us")))
    assert done.exit_code == 0, done.output
    assert "core-acme.1 is loaded: 40 values, narrowed to 12 at most." in done.output
    with app.app_context():
        assert current("core").title == "What counts for us"
    lines = instruments("list").output.splitlines()
    assert [line.split()[0] for line in lines] == ["disc-1", "focus-1", "core-1", "core-acme.1"]
    assert [" asked " in line for line in lines] == [True, True, False, True]
    assert "came with Profile" in lines[2]
    assert "loaded 20" in lines[3]
    assert lines[3].endswith("What counts for us")


def test_the_same_version_with_other_content_is_refused(app, instruments, a_file):
    assert instruments("load", a_file(ours())).exit_code == 0
    done = instruments("load", a_file(ours(title="Better")))
    assert done.exit_code == 1
    assert "core-acme.1 is already loaded with other content." in done.output
    with app.app_context():
        assert current("core").title == "Core Values"


def test_a_reviewer_sees_every_statement_under_its_facet_with_its_key(instruments):
    page = instruments("show", "focus-1").output
    data = bundled_data("focus-1")
    assert "Not validated." in page
    assert "1 Not at all like me" in page
    lines = page.splitlines()
    for place, item in enumerate(data["items"], 1):
        row = lines.index(f"    {item['keyed']} {place:>4}  {item['text']}")
        assert f"  {item['facet']}" in lines[row - 4 : row]
    assert [line for line in lines if line in {domain.upper() for domain in FOCUS_DOMAINS}] == [
        domain.upper() for domain in FOCUS_DOMAINS
    ]


@pytest.mark.parametrize("key", ["disc-1", "core-1"])
def test_a_reviewer_sees_everything_that_is_asked(instruments, key):
    page, data = instruments("show", key).output, bundled_data(key)
    said = [data["licence"], data["title"]]
    said += [f"{s['scale'].upper()}  {s['text']}" for block in data.get("blocks", []) for s in block["statements"]]
    said += [text for value in data.get("values", []) for text in (value["name"], value["meaning"])]
    assert not [text for text in said if text not in page]
    assert " ".join(data["instructions"].split()) in " ".join(page.split())
    assert max(map(len, page.splitlines())) <= 120


@pytest.mark.parametrize("key", ["disc-9", "../disc-1", "\udcff"])
def test_a_key_that_nobody_knows_is_said(instruments, key):
    done = instruments("show", key)
    assert done.exit_code == 1
    assert "There is no instrument" in done.output
    assert "flask instruments list" in done.output


@pytest.mark.parametrize(
    "given", [["list"], ["show", "disc-1"], ["load", HERE / "disc-1.json"]], ids=lambda given: given[0]
)
def test_a_database_without_tables_is_said(app, instruments, given):
    with app.app_context():
        db.session.execute(db.text("DROP TABLE instrument"))
        db.session.commit()
    done = instruments(*given)
    assert done.exit_code == 1
    assert "flask db upgrade" in done.output
