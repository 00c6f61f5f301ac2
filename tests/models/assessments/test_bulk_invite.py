"""Inviting many by a file: read as spreadsheets write it, planned row by row, sent at once and once."""

from __future__ import annotations

import codecs
import uuid
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from models.accounts.account import Account
from models.accounts.member import Member
from models.assessments.bulk_invite.csv_reader import read_sheet
from models.assessments.bulk_invite.plan import TAKEN, plan
from models.assessments.bulk_invite.row import Guest
from models.assessments.bulk_invite.upload import InvitationFile
from models.assessments.invitation import AssessmentInvitation
from models.assessments.invitee import OTHER_CUSTOM_ID
from models.audit.recorder import AuditEntry
from models.database.base import db, now
from models.errors import NotAllowed, NotFound
from models.mail.message import Message
from models.profiles.alias import Alias
from models.profiles.importing.files import QUOTES, TOO_LONG, TOO_MANY, Faulty
from models.profiles.listing import tags_of_profile
from models.profiles.profile import Profile
from models.profiles.tag import Tag
from models.rate_limits.buckets import counted, fill
from models.rate_limits.invitation_quota import BY_FILES
from tests.for_each import for_each

PEOPLE = "email,first_name,last_name,tags,custom_id\nana@example.com,Ana,Löwe,Sales,crm-1\nben@example.com,Ben,,,\n"


def rows_of(data):
    return [row.values for row in read_sheet(data if isinstance(data, bytes) else data.encode()).rows]


def fault_of(data):
    with pytest.raises(Faulty) as refused:
        rows_of(data)
    [fault] = refused.value.faults
    return fault.line, fault.reason


def planned(account_id, text):
    """What would happen to each row: line, outcome, reasons."""
    guests = Guest.all_of(read_sheet(text.encode()).rows)
    plan(account_id, guests)
    return [(guest.line, guest.outcome, guest.reasons) for guest in guests]


@pytest.fixture
def keep(account_id, alice):
    """Keeps a file that Alice gave; a header stands before the rows."""

    def keep_file(*rows, note=""):
        sheet = read_sheet("\n".join(("email,first_name,last_name,tags,custom_id", *rows)).encode())
        return InvitationFile.keep(account_id, alice.member_id, sheet, note)

    return keep_file


def actions():
    entries = (
        select(AuditEntry).where(AuditEntry.action.not_in(["member.joined", "tag.created"])).order_by(AuditEntry.id)
    )
    return [(entry.action, entry.resource_count) for entry in db.session.scalars(entries)]


# Reading


@for_each(
    ("encoding", "mark", "read_as"),
    [
        ("utf-8", b"", "UTF-8"),
        ("utf-8", codecs.BOM_UTF8, "UTF-8"),
        ("cp1252", b"", "Windows-1252"),
        ("utf-16-le", codecs.BOM_UTF16_LE, "UTF-16"),
        ("utf-16-be", codecs.BOM_UTF16_BE, "UTF-16"),
        ("utf-32-le", codecs.BOM_UTF32_LE, "UTF-32"),
        ("utf-32-be", codecs.BOM_UTF32_BE, "UTF-32"),
        ("utf-16-le", b"", "UTF-16"),
        ("utf-16-be", b"", "UTF-16"),
    ],
)
def test_a_file_is_read_in_the_encodings_that_spreadsheets_write(encoding, mark, read_as):
    sheet = read_sheet(mark + PEOPLE.encode(encoding))
    assert sheet.read_as == read_as
    assert [row.values["first_name"] for row in sheet.rows] == ["Ana", "Ben"]
    assert sheet.rows[0].values["last_name"] == "Löwe"


def test_a_zero_byte_in_a_name_makes_a_file_no_utf_16():
    sheet = read_sheet(b"email,first_name\nana@example.com,A\0na\n")
    assert (sheet.read_as, sheet.rows[0].values["email"]) == ("UTF-8", "ana@example.com")


@for_each("delimiter", [",", ";", "\t"])
@for_each("ending", ["\n", "\r\n", "\r"])
def test_commas_semicolons_and_tabs_stand_between_cells(delimiter, ending):
    lines = ["E-Mail|First name|Tags", '"ana@example.com"|Ana|"Sales; Berlin"', ""]
    text = ending.join(lines).replace("|", delimiter)
    assert rows_of(text) == [{"email": "ana@example.com", "first_name": "Ana", "tags": "Sales; Berlin"}]


@pytest.mark.parametrize("blank", [b"\r\n\r\n", b";;\r\n", b'"";""\r\n\r\n', b"\r\nsep=;\r\n"])
def test_blank_lines_before_the_headings_do_not_matter(blank: bytes) -> None:
    [row] = read_sheet(blank + b"email;first_name\r\nana@example.com;Ana\r\n").rows
    assert row.values == {"email": "ana@example.com", "first_name": "Ana"}
    assert row.line == blank.count(b"\n") + 2


def test_excels_line_about_the_delimiter_is_heeded_and_counted():
    [row] = read_sheet(b"sep=;\r\nemail;first_name\r\nana@example.com;Ana\r\n").rows
    assert (row.line, row.values) == (3, {"email": "ana@example.com", "first_name": "Ana"})


@for_each(
    "headings",
    [
        "E-Mail-Adresse;Vorname;Nachname;Schlagworte;Kennung",
        "Adresse e-mail;Prénom;Nom;Étiquettes;Identifiant",
        "E-mail;Vorname;Name;Tags;custom id",
        "EMAIL ADDRESS;Given Name;Family Name;Labels;External ID",
    ],
)
def test_headings_are_understood_in_several_languages(headings):
    assert rows_of(f"{headings}\nana@example.com;Ana;Löwe;Sales;crm-1\n") == [
        {"email": "ana@example.com", "first_name": "Ana", "last_name": "Löwe", "tags": "Sales", "custom_id": "crm-1"}
    ]


def test_other_columns_are_left_out_and_said():
    sheet = read_sheet(b"Name,email,Shoe size,,Notes,Notes,Empty\nAna,ana@example.com,44,x,y,z,\n")
    assert sheet.passed_over == ["(column 4)", "Name", "Notes", "Shoe size"]
    [guest] = Guest.all_of(sheet.rows)
    assert (guest.texts, guest.wrong) == ({"email": "ana@example.com"}, [])


def test_empty_columns_and_cells_at_the_end_are_passed_over():
    assert rows_of("email,first_name,,\nana@example.com,Ana,,,\nben@example.com,,,\n,,,\ncid@example.com\n") == [
        {"email": "ana@example.com", "first_name": "Ana"},
        {"email": "ben@example.com"},
        {"email": "cid@example.com"},
    ]


@for_each(
    ("data", "line", "reason"),
    [
        (b"", 1, "The file has no people in it."),
        (b"email\n \n", 1, "The file has no people in it."),
        (b"name\nAna\n", 1, "The first line must name the columns, separated by commas; email is missing."),
        (b"email,mail\na@example.com,b@example.com\n", 1, "The first line names email twice."),
        (b'email\n"ana@example.com\n', 2, QUOTES),
        (b"email,first_name\nana@example.com," + b"x" * 200_000 + b"\n", 2, TOO_LONG),
        (b"PK\x03\x04rest", 1, "This is a workbook. Save it as CSV, preferably “CSV UTF-8”, and choose that file."),
        (
            codecs.BOM_UTF16_LE + b"e\0m\0a",
            1,
            "This file cannot be read as text. Save the file as “CSV UTF-8” and choose it again.",
        ),
        (
            b"email\n\x81\x8d@example.com\n",
            1,
            "This file cannot be read as text. Save the file as “CSV UTF-8” and choose it again.",
        ),
        (b"email\n" + b"x" * 5_000_000, 1, "The file is larger than 5 MB. Split it."),
        (b"email\n" + b"a@example.com\n" * 10_001, 10_002, "A file can have at most 10,000 people. Split it."),
    ],
)
def test_a_file_that_cannot_be_used_says_why(data, line, reason):
    assert fault_of(data) == (line, reason)


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_whatever_is_in_a_file_it_is_read_or_refused(data):
    for content in (data, b"email," + data, b"email;tags\n" + data):
        try:
            guests = Guest.all_of(read_sheet(content).rows)
        except Faulty:
            continue
        assert all(guest.wrong or guest.texts["email"] for guest in guests)


# Planning


def test_each_row_says_what_will_happen_or_why_nothing_can(account_id):
    Tag.create(account_id, "Sales", "red")
    Profile.create(account_id, "known@example.com")
    done, asked, other = (Profile.create(account_id, f"{who}@example.com") for who in ("done", "asked", "other"))
    done.status = "completed"
    AssessmentInvitation.invite(account_id, asked.email)
    Alias.create(account_id, "profile", other.id, "crm-9")
    rows = (
        "email,tags,custom_id\n"
        "new@example.com,sales,crm-1\n"
        "KNOWN@example.com,,\n"
        "done@example.com,,\n"
        "asked@example.com,,\n"
        "new@EXAMPLE.com,,\n"
        "nobody,,crm-1\n"
        "x@example.com,Sales;Nowhere,crm-9\n"
        "other@example.com,,crm-8\n"
        "cells@example.com,,crm-7,x\n"
        "short@example.com\n"
        'comma@example.com,"Sales, Nowhere"\n'
    )
    assert planned(account_id, rows) == [
        (2, "new", []),
        (3, "known", []),
        (4, "again", []),
        (5, "renewed", []),
        (6, "wrong", ["This e-mail address is also on line 2."]),
        (
            7,
            "wrong",
            ["email: Enter an e-mail address in the form name@example.com.", "This custom id is also on line 2."],
        ),
        (8, "wrong", ["tags: There is no tag “Nowhere” in this account.", f"custom_id: {TAKEN}"]),
        (9, "wrong", [f"custom_id: {OTHER_CUSTOM_ID}"]),
        (10, "wrong", [str(TOO_MANY) % {"cells": 4, "columns": 3}]),
        (11, "new", []),
        (
            12,
            "wrong",
            ["tags: There is no tag “Sales, Nowhere” in this account. Separate several tags with semicolons."],
        ),
    ]


def test_planning_writes_nothing(account_id, keep):
    file = keep("ana@example.com,Ana,,,", "nobody,,,,")
    assert file.counts == {"new": 1, "known": 0, "again": 0, "renewed": 0, "wrong": 1}
    assert actions() == []
    assert db.session.scalar(select(func.count()).select_from(Message)) == 0
    assert Profile.by_email(account_id, "ana@example.com") is None


# Sending


def test_a_confirmed_file_invites_everybody_in_it_at_once(account_id, keep, alice):
    sales = Tag.create(account_id, "Sales", "red")
    known = Profile.create(account_id, "known@example.com", "Kim")
    done = Profile.create(account_id, "done@example.com")
    sales.put_on([known.id])
    Alias.create(account_id, "profile", known.id, "crm-2")
    before = len(actions())
    file = keep(
        "Ana@Example.com,Ana,Löwe,sales,crm-1",
        "known@example.com,Kimberley,Ito,Sales,crm-2",
        "done@example.com,,,,",
        "nobody,,,,",
        note="Welcome",
    )
    assert file.confirm()
    ana = Profile.by_email(account_id, "ana@example.com")
    assert (ana.name, ana.email, known.name) == ("Ana Löwe", "Ana@example.com", "Kim Ito")
    invitations = AssessmentInvitation.open_in(account_id).rows
    assert {each.profile_id for each in invitations} == {ana.id, known.id, done.id}
    assert {(each.note, each.invited_by, each.connection_id, each.sent_at) for each in invitations} == {
        ("Welcome", alice.member_id, None, file.confirmed_at)
    }
    for person in (ana, known):
        assert [tag.label for tag in tags_of_profile(account_id, person.id)] == ["Sales"]
    assert [alias.consumer_key for alias in Alias.of_profile(account_id, ana.id)] == ["crm-1"]
    assert actions()[before:] == [
        ("profile.created", 1),
        ("profile.changed", 1),
        ("tag.put_on_profiles", 2),
        ("alias.created", 2),
        ("assessment.invited", 3),
    ]
    assert (file.people, file.counts["wrong"], file.invited) == ([], 1, 3)


def test_mail_and_reminders_are_posted_for_each_as_for_one(account_id, keep):
    db.session.get_one(Account, account_id).reminder_days = 2
    file = keep("ana@example.com,,,,", "ben@example.com,,,,")
    file.confirm()
    messages = list(db.session.scalars(select(Message).order_by(Message.recipient, Message.due_at)))
    invited = {each.profile.email: each for each in AssessmentInvitation.open_in(account_id).rows}
    kinds = ["assessment_invitation", "assessment_reminder", "assessment_reminder"]
    assert [message.kind for message in messages] == kinds * 2
    assert [(message.due_at - file.confirmed_at).days for message in messages] == [0, 2, 4] * 2
    assert all(message.about_id == invited[message.recipient].id for message in messages)
    assert all(message.profile_id == invited[message.recipient].profile_id for message in messages)
    assert len({message.message_id for message in messages}) == 6
    assert file.mail == {"waiting": 2}


def test_a_link_that_another_address_got_is_not_sent_again_but_replaced(account_id, keep):
    astray = AssessmentInvitation.invite(account_id, "stranger@example.com")
    astray.profile.update(email="ana@example.com")
    file = keep("ana@example.com,,,,")
    file.confirm()
    db.session.expire_all()
    [current] = AssessmentInvitation.open_in(account_id).rows
    assert (astray.state, current.email_key, current.open) == ("cancelled", "ana@example.com", True)
    sent = select(Message.about_id).where(Message.recipient == "ana@example.com")
    assert set(db.session.scalars(sent)) == {current.id}


def test_who_waits_gets_the_same_link_again(account_id, keep):
    first = AssessmentInvitation.invite(account_id, "ana@example.com", note="One")
    first.sent_at -= timedelta(days=3)
    first.expires_at -= timedelta(days=3)
    db.session.flush()
    link = first.link
    file = keep("ana@example.com,,,,", note="Two")
    file.confirm()
    again = AssessmentInvitation.unanswered(account_id, first.profile_id)
    db.session.refresh(again)
    assert (again.link, again.note, again.sent_at) == (link, "Two", file.confirmed_at)
    states = db.session.execute(select(Message.state, func.count()).group_by(Message.state)).all()
    assert sorted(tuple(row) for row in states) == [("dropped", 3), ("waiting", 3)]
    assert actions()[-1] == ("assessment.invitation_sent_again", 1)


def test_a_file_is_confirmed_once(account_id, keep):
    file = keep("ana@example.com,,,,")
    assert file.confirm()
    entries = actions()
    assert file.confirm()
    assert actions() == entries


def test_what_changed_meanwhile_is_shown_before_anything_is_sent(account_id, keep):
    file = keep("ana@example.com,,,,", "ben@example.com,,,,crm-1")
    Alias.create(account_id, "profile", Profile.create(account_id, "ana@example.com").id, "crm-1")
    assert not file.confirm()
    assert [(guest.outcome, guest.reasons[:1]) for guest in file.guests] == [
        ("known", []),
        ("wrong", [f"custom_id: {TAKEN}"]),
    ]
    assert db.session.scalar(select(func.count()).select_from(Message)) == 0
    assert file.confirm()
    assert file.invited == 1


def test_files_have_a_daily_allowance(account_id, keep):
    assert fill(counted(BY_FILES, "invitations by files", account_id), 19_999)
    file = keep("ana@example.com,,,,", "ben@example.com,,,,")
    with pytest.raises(NotAllowed, match="nearly 20,000 people.* Try again in"):
        file.confirm()


def test_only_who_gave_a_file_sees_it_and_only_for_an_hour(account_id, keep, alice, bob):
    members = {person.name: db.session.get_one(Member, person.member_id) for person in (alice, bob)}
    file = keep("ana@example.com,,,,")
    assert InvitationFile.find(members["Alice"], file.id) is file
    for member, file_id in ((members["Bob"], file.id), (members["Alice"], uuid.UUID(int=7))):
        with pytest.raises(NotFound):
            InvitationFile.find(member, file_id)
    file.expires_at = now()
    db.session.commit()
    with pytest.raises(NotFound):
        InvitationFile.find(members["Alice"], file.id)
    assert InvitationFile.forget_expired(account_id) == 1
    assert InvitationFile.forget_expired(account_id) == 0


def test_a_new_file_takes_the_place_of_one_that_was_not_confirmed(account_id, keep):
    confirmed = keep("ana@example.com,,,,")
    confirmed.confirm()
    keep("ben@example.com,,,,")
    last = keep("eva@example.com,,,,")
    assert set(db.session.scalars(select(InvitationFile))) == {confirmed, last}
    last.discard()
    assert db.session.scalars(select(InvitationFile)).all() == [confirmed]
