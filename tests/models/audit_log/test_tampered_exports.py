"""Whoever has an exported file writes into it what they like: the stand-alone verifier finds and names it, against a seal noted before."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from models.accounts.member import Member
from models.audit import verify_audit
from models.audit.recorder import Action, record
from models.audit.verify_audit import (
    hash_of_entry,
    hash_of_line,
    hash_of_seal,
    main,
    moment_of_id,
    seal_of,
    signed_of_sheet,
)
from models.audit_log.export import as_json_lines, as_rows
from models.audit_log.query import EntryFilter
from models.database.base import db, new_id
from models.database.tenancy import in_account
from tests.for_each import for_each
from tests.models.audit.test_seal import busy, noted, seal_now  # noqa: F401 (a fixture)
from tests.models.forger import OWN_KEY, own_key

HEADER = "profile.audit.export"
SHEET = "profile.audit.lines"


def exported(person, wanted=EntryFilter()):  # noqa: B008 (it is frozen)
    """The lines of an export for this member, each as an event."""
    reader = Member.of(person.user_id, person.account_id)
    assert reader
    return [json.loads(line) for line in as_json_lines(reader, wanted, "https://profile.example.com")]


@pytest.fixture
def seal(busy):  # noqa: F811
    """What Alice has noted elsewhere; three more things have happened since."""
    kept = noted(busy)
    for _ in range(3):
        record(Action.AUDIT_READ)
    db.session.commit()
    return kept


@pytest.fixture
def export(seal, alice, monkeypatch):
    """A file in which the server signs every ten lines."""
    monkeypatch.setattr("models.audit_log.export.SIGNED_AT_ONCE", 10)
    return exported(alice)


@pytest.fixture
def check(tmp_path, capsys):
    """Run the verifier over these events; returns its exit status and all that it says."""

    def run(events, *more, raw=None):
        path = tmp_path / "export.jsonl"
        path.write_bytes(raw if raw is not None else as_file(events))
        status = main([str(path), *more])
        said = capsys.readouterr()
        return status, said.out + said.err

    return run


def as_file(events) -> bytes:
    return "".join(map(as_line, events)).encode()


def as_line(event) -> str:
    return json.dumps(event, ensure_ascii=False) + "\n"


def entries(events):
    return [event for event in events if "entry" in event["data"]]


def seals(events):
    return [event for event in events if event["type"] == "profile.audit.seal"]


def rehash(events) -> None:
    """Make every hash anew that needs no key."""
    hashes, previous = {}, verify_audit.NOTHING_BEFORE
    for event in entries(events):
        entry = event["data"]["entry"]
        hashes[entry["id"]] = entry["entry_hash"] = hash_of_entry(entry)
    for number, event in enumerate(seals(events), 1):
        data = event["data"]
        data["members"] = [[id_, hashes.get(id_, known), signature] for id_, known, signature in data["members"]]
        data["number"], data["previous"] = number, previous
        data["seal_hash"] = previous = hash_of_seal(seal_of(data))


def relist(events, dice) -> None:
    """Where lines changed, list their hashes anew, and sign that with a key of one's own, or leave the signature that was there."""
    began, own = 0, dice.random() < 0.5
    for place, event in enumerate(events):
        if event["type"] == SHEET:
            lines, began = [hash_of_line(as_line(each)) for each in events[began:place]], place + 1
            if lines != event["data"]["lines"]:
                event["data"]["lines"] = lines
                event["data"]["signature"] = OWN_KEY.sign(signed_of_sheet(event)).hex() if own else "00" * 64


def change(events, dice):
    event = dice.choice(entries(events))
    event["data"]["entry"][dice.choice(["outcome", "reason", "tool"])] = "other"
    return event


def retell(events, dice):
    event = dice.choice(entries(events))
    event["data"]["sentence"] = "Nothing happened"
    return event


def rewrap(events, dice):
    event = dice.choice(entries(events))
    event[dice.choice(["time", "type", "source", "subject", "specversion"])] = "1999-01-01T00:00:00Z"
    return event


def forget(events, dice):
    event = dice.choice(entries(events))
    event["data"]["personal"] = None
    return event


def lose(events, dice):
    event = dice.choice(entries(events))
    events.remove(event)
    return event


def unlist(events, dice):
    seal = dice.choice(seals(events))
    gone = dice.choice(seal["data"]["members"])
    seal["data"]["members"].remove(gone)
    event = next(each for each in entries(events) if each["id"] == gone[0])
    events.remove(event)
    return event


def add(events, dice):
    model = deepcopy(dice.choice(entries(events)[:-3]))
    entry = model["data"]["entry"]
    entry["id"] = model["id"] = str(new_id(moment_of_id(entry["id"]) + timedelta(milliseconds=1)))
    entry["entry_hash"] = hash_of_entry(entry)
    events.insert(events.index(entries(events)[-1]), model)
    return model


def repeat(events, dice):
    event = dice.choice(entries(events))
    events.insert(events.index(event), deepcopy(event))
    return event


def move(events, dice):
    one, other = dice.sample(entries(events), 2)
    first, second = events.index(one), events.index(other)
    events[first], events[second] = other, one
    return one if first < second else other


def cut(events, dice):
    """All that follows a line, whatever it is, but a list of lines is made for the rest."""
    place = dice.randrange(1, len(events) - 1)
    sheet = deepcopy(events[-1])
    del events[place:]
    if dice.random() < 0.5:
        events.append(sheet)
    return next(event for event in reversed(events[:place]) if event["type"] != SHEET)


def part(events, dice):
    """Say that something was left out on purpose, and leave it out."""
    events[0]["data"]["filtered"] = True
    lose(events, dice)
    return events[0]


def rename(events, dice):
    events[0]["data"]["account"]["name"] = "Black Mesa"
    return events[0]


def purge(events, dice):
    """Remove everything but one entry, by which it ended with its retention a month from now."""
    gone = entries(events)
    at = datetime.now(UTC) + timedelta(days=31)
    forged = deepcopy(gone[-1])
    values = {"before": datetime.now(UTC).isoformat(), "entries": len(gone)}
    forged["data"]["entry"] |= {"id": str(new_id(at)), "at": at.isoformat(), "action": "audit.purged", "values": values}
    forged |= {"id": forged["data"]["entry"]["id"], "time": at.isoformat(), "type": "profile.audit.purged"}
    forged["data"]["personal"] = None
    for event in gone:
        events.remove(event)
    events.insert(1, forged)
    return gone[0]


TAMPERINGS = (change, retell, rewrap, forget, lose, unlist, add, repeat, move, cut, part, rename, purge)


def names_it(said: str, touched, before) -> bool:
    """What is said names the entry, or one beside it, or its line, or the ten lines that it is among."""
    ids = [event["id"] for event in before]
    place = (
        ids.index(touched["id"])
        if touched["id"] in ids
        else next(
            place for place, event in enumerate(before) if "entry" in event["data"] and event["id"] > touched["id"]
        )
    )
    others = [event["id"] for event in before[:place] if event["type"] != SHEET][-1:]
    others += [event["id"] for event in before[place + 1 :] if event["type"] != SHEET][:1]
    if any(id_ in said for id_ in [touched["id"], *others]):
        return True
    ranges = [(int(first), int(last)) for first, last in re.findall(r"line (\d+) .*? to (\d+)", said)]
    ranges += [(int(line), int(line)) for line in re.findall(r"[Ll]ine (\d+)", said)]
    # Lines are counted from 1, and one may stand there that was not there before.
    return any(first - 1 <= place + 1 <= last + 1 for first, last in ranges)


# Everything else here runs on both databases; what the program says of a file depends on the file alone.
@pytest.mark.only("sqlite")
@pytest.mark.slow
def test_tamperings_with_a_file_are_each_found_and_named(export, seal, check, thorough):
    tried = Counter[str]()
    assert check(export, "--seal", seal)[0] == 0
    for seed in range(200 if thorough else 60):
        dice, events = Random(seed), deepcopy(export)
        tamper = dice.choice(TAMPERINGS)
        touched = tamper(events, dice)
        if dice.random() < 0.8:
            rehash(events)
        if dice.random() < 0.8:
            relist(events, dice)

        status, said = check(events, "--seal", seal)

        tried[tamper.__name__] += 1
        assert status == 1, (seed, tamper.__name__, said)
        assert names_it(said, touched, export), (seed, tamper.__name__, touched["id"], said)
    assert len(tried) == len(TAMPERINGS)


@pytest.mark.parametrize("tamper", TAMPERINGS)
def test_who_forgets_the_lists_of_lines_is_found_without_any_seal(export, check, tamper):
    tamper(export, Random(1))
    rehash(export)

    assert check(export)[0] == 1


def forged_by_the_first_reviewer(export):
    """Four files that were once found intact."""
    retold, bare = deepcopy(export), deepcopy(export)
    for event in entries(retold):
        event["data"]["sentence"], event["time"] = "Nothing happened", "1999-01-01T00:00:00Z"
    for event in entries(bare):
        event["data"]["personal"] = None
    filtered = [event for event in deepcopy(export) if "entry" not in event["data"]]
    filtered[0]["data"]["filtered"] = True
    purged = deepcopy(export)
    purge(purged, Random(1))
    return {"purged": purged, "filtered": filtered, "retold": retold, "bare": bare}


@pytest.mark.parametrize("which", ["purged", "filtered", "retold", "bare"])
@pytest.mark.parametrize("lists", ["left", "made anew"])
def test_forgeries_of_everything_at_once_are_found_by_the_program_as_it_is_handed_out(
    export, seal, tmp_path, which, lists
):
    events = forged_by_the_first_reviewer(export)[which]
    if lists == "made anew":
        rehash(events)
        relist(events, Random(1))
    path = tmp_path / "forged.jsonl"
    path.write_bytes(as_file(events))

    done = subprocess.run(
        [sys.executable, "-I", "-S", Path(verify_audit.__file__), path, "--seal", seal],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (1, "")
    assert re.search(r"[Ee]ntry [0-9a-f-]{36}|[Ll]ine \d+", done.stdout)


def test_a_file_that_went_through_another_system_is_still_intact(export, seal, check):
    """A byte order mark, other line ends and empty lines change nothing that is said."""
    text = as_file(export).decode()

    assert check(None, "--seal", seal, raw=b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())[0] == 0
    assert check(None, "--seal", seal, raw=text.replace("\n", "\n\n").encode())[0] == 0


def test_seals_of_another_account_prove_nothing(eve, export, seal, check):
    with in_account(eve.account_id):
        record(Action.AUDIT_READ)
        db.session.commit()
        theirs_noted = seal_now(eve.account_id).noted
        theirs = exported(eve)
    assert check(theirs, "--seal", theirs_noted)[0] == 0
    assert check(theirs, "--seal", seal)[0] == 1
    assert check(export, "--seal", theirs_noted)[0] == 1

    swapped = [event for event in export if event not in seals(export)]
    assert check([*swapped[:-1], *seals(theirs), swapped[-1]], "--seal", seal)[0] == 1
    status, said = check([export[0], *theirs[1:]], "--seal", theirs_noted)
    assert (status, "another account" in said or "not one of this account" in said) == (1, True)


def test_an_entry_of_another_account_is_said_to_be_one(eve, export, check):
    with in_account(eve.account_id):
        record(Action.AUDIT_READ)
        db.session.commit()
        [*_, theirs] = entries(exported(eve))
    export.insert(5, {**theirs, "source": export[0]["source"]})

    assert f"Entry {theirs['id']} was inserted: it belongs to another account" in check(export)[1]


@pytest.mark.parametrize("name", ["id", "time", "type", "source"])
def test_what_stands_around_an_entry_is_that_of_the_entry(export, seal, check, name):
    event = entries(export)[7]
    entry_id, event[name] = event["id"], "1999-01-01T00:00:00Z"

    assert f"The {name} around entry {entry_id} was changed" in check(export, "--seal", seal)[1]


def test_an_entry_that_stands_twice_is_named(export, seal, check):
    event = repeat(export, Random(1))

    assert f"Entry {event['id']} occurs twice" in check(export, "--seal", seal)[1]


def test_lines_of_two_exports_make_none(export, seal, check, alice):
    """Each was signed by the server, but for another file."""
    later = exported(alice)
    status, said = check([*later[:11], *export[11:]], "--seal", seal)

    assert status == 1
    assert "another export" in said
    assert check([*export, *later], "--seal", seal)[0] == 2


def test_an_export_from_before_the_seal_says_that_it_may_be_older(export, busy, check):  # noqa: F811
    later = seal_now(busy).noted

    status, said = check(export, "--seal", later)

    assert status == 1
    assert "older than the seal" in said


def test_an_older_export_says_when_it_was_made(export, seal, check):
    assert f"Exported at {export[0]['time']}" in check(export, "--seal", seal)[1]


def test_a_filtered_export_has_an_exit_status_of_its_own(seal, alice, check):
    part = exported(alice, EntryFilter(actions=("audit.read",)))

    status, said = check(part, "--seal", seal, "--list")

    assert status == 3
    assert said.startswith("Incomplete: this export leaves out entries on purpose, at least 30 of them (the first is ")
    assert "Intact" not in said
    assert said.count("left out: ") == 30
    part[2]["data"]["sentence"] = "Nothing happened"
    assert check(part, "--seal", seal)[0] == 1


ONE_TEXT = {
    "a name twice": (b'"outcome": "allowed"', b'"outcome": "refused", "outcome": "allowed"'),
    "no number": (b'"resource_count": 1', b'"resource_count": NaN'),
    "infinity": (b'"resource_count": 1', b'"resource_count": -Infinity'),
    "a huge number": (b'"resource_count": 1', b'"resource_count": ' + b"9" * 5_000),
    "depth": (b'"values": {', b'"values": {"a": ' + b"[" * 100_000 + b"]" * 100_000 + b", "),
    "a number for an id": (b'"data": {"sentence"', b'"data": {"entry": 1, "sentence"'),
    "no moment": (b'"at": "2', b'"at": "x'),
    "digits of another script": (b'"id": "0', '"id": "٠'.encode()),
    "capital digits": (b"-7", b"-F"),
    "a moment without a zone": (b'+00:00", "action"', b'", "action"'),
    "text for a number": (b'"number": 1', b'"number": "1"'),
    "a list for an entry": (b'"entry": {', b'"entry": [], "other": {'),
    "a half character": (b'"sentence": "', b'"sentence": "\\ud800'),
    "a list of lines that is none": (b'"lines": [', b'"lines": [1, '),
    "no utf-8": (b'"sentence": "', b'"sentence": "\xff'),
}


@for_each("what", ONE_TEXT)
def test_what_json_leaves_open_is_no_way_in(export, seal, check, what):
    file, (old, new) = as_file(export), ONE_TEXT[what]
    assert old in file

    status, said = check(None, "--seal", seal, raw=file.replace(old, new, 1))

    assert status in {1, 2}, said
    assert "Traceback" not in said
    assert check(None, raw=file.replace(old, new, 1))[0] in {1, 2}


def test_a_part_of_a_seal_or_a_look_alike_of_one_is_none(export, seal, check):
    for wrong in (seal[:64], seal[:-2], seal + "00", seal.replace(seal[0], "０", 1), "", "-"):
        assert check(export, f"--seal={wrong}")[0] == 2, wrong
    assert check(export, "--seal", f"  {seal[:64].upper()}\n{seal[64:]} ")[0] == 0
    other = seal[:64] + own_key()
    assert check(export, "--seal", other)[0] == 1


def test_an_empty_seal_is_not_taken_for_none(export, check):
    """As from a variable of the shell that is not set."""
    for empty in ("", " "):
        status, said = check(export, "--seal", empty)
        assert (status, "The seal is empty" in said) == (2, True)


def test_the_table_is_sent_back_for_the_lines(export, check, alice):
    reader = Member.of(alice.user_id, alice.account_id)
    assert reader
    table = "\r\n".join(",".join(row) for row in as_rows(reader, EntryFilter()))

    status, said = check(None, raw=table.encode())

    assert (status, "Use the JSON Lines export" in said) == (2, True)


def test_a_file_in_another_encoding_is_sent_back(export, check):
    status, said = check(None, raw=as_file(export).decode().encode("utf-16"))

    assert (status, "not UTF-8" in said, "codec" in said) == (2, True, False)


def test_a_file_from_after_the_server_had_another_key_is_not_called_changed(export, seal, check, alice, monkeypatch):
    monkeypatch.setattr("models.secrets._server_key", b"another SECRET_KEY")

    status, said = check(exported(alice), "--seal", seal)

    assert status == 1
    assert "signed by another key. Either the server was given another SECRET_KEY" in said


def test_filters_that_leave_nothing_out_leave_out_no_number(seal, alice, check):
    status, said = check(exported(alice, EntryFilter(since=date(2001, 1, 1))), "--seal", seal)

    assert status == 3
    assert said.startswith("Incomplete: ")
    assert "No sealed entry is missing" in said
    assert "0 of them" not in said


@for_each("raw", [b"", b"\n\n", b"when,who\n2026,Alice\n", b"\x00\x00", b"[]\n", b"{}\n"])
def test_what_is_no_export_is_said_to_be_none(seal, check, raw):
    """Neither is the table: CSV is for reading, and proves nothing."""
    assert check(None, "--seal", seal, raw=raw)[0] == 2
