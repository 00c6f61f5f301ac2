"""Many are invited by a file: chosen, looked at, confirmed once."""

from __future__ import annotations

import io
import re

import pytest
from sqlalchemy import func, select

from models.assessments.bulk_invite.upload import InvitationFile
from models.assessments.invitation import AssessmentInvitation
from models.database.base import db
from models.mail.message import Message
from models.profiles.profile import Profile
from models.profiles.tag import Tag
from tests.pages import csrf_token, first, submit, text_of

FILES = "/invitations/files"
PEOPLE = b"email,first_name,tags\nana@example.com,Ana,Sales\nben@example.com,Ben,\nnobody,,\n"


def choose(browser, content, note=""):
    """Give a file, by the form."""
    file = (io.BytesIO(content), "people.csv")
    return submit(browser, FILES, file=file, note=note)


@pytest.fixture
def posted(look, aperture):
    """How much mail waits."""
    return lambda: look(aperture, lambda _: db.session.scalar(select(func.count()).select_from(Message)))


def test_bob_sees_what_will_happen_before_anything_is_sent(browser_of, bob, sales, posted):
    browser = browser_of(bob)
    page = browser.get(choose(browser, PEOPLE, note="Welcome").location)
    words = text_of(page)
    for part in (
        "Invite 2 people?",
        "Nothing has been sent yet.",
        "1 line cannot be used",
        "2 ana@example.com Ana Sales – A new profile, invited",
        "4 nobody – – – Left out email: Enter an e-mail address in the form name@example.com.",
        "Note to everyone Welcome",
    ):
        assert part in words
    assert posted() == 0


def test_bob_confirms_and_everybody_is_invited_once(browser_of, bob, sales, posted, look, aperture):
    browser = browser_of(bob)
    preview = choose(browser, PEOPLE).location
    token = csrf_token(browser, preview)
    for _ in range(2):
        answer = browser.post(f"{preview}/confirmation", data={"csrf_token": token})
        assert answer.location == preview
    page = text_of(browser.get(preview))
    assert "2 people invited" in page
    assert "A new profile, invited 2 people Left out 1 person" in page
    assert "Waiting to be sent 2" in page
    assert "E-mails are sent one after another." in page
    assert "ana@example.com" not in page
    assert posted() == 6
    invited = look(aperture, lambda id_: AssessmentInvitation.open_in(id_).rows)
    assert sorted(each.profile.name for each in invited) == ["Ana", "Ben"]


def test_lines_can_be_shown_by_what_will_happen_and_come_in_pages(browser_of, bob):
    browser = browser_of(bob)
    many = b"email\n" + b"".join(b"p%d@example.com\n" % number for number in range(150)) + b"nobody\n"
    preview = choose(browser, many).location
    assert "p149@example.com" not in browser.get(preview).text
    assert "p149@example.com" in browser.get(f"{preview}?page=2").text
    only_wrong = text_of(browser.get(f"{preview}?show=wrong"))
    assert "152 nobody – – – Left out" in only_wrong
    assert "p1@example.com" not in only_wrong
    assert browser.get(f"{preview}?show=nonsense").status_code == 400


def test_a_file_without_a_usable_line_invites_nobody(browser_of, bob):
    browser = browser_of(bob)
    preview = choose(browser, b"email\nnobody\n").location
    page = browser.get(preview)
    assert "This file has nobody to invite" in text_of(page)
    assert f"{preview}/confirmation" not in page.text


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "Line 1: The file has no people in it."),
        (b"name\nAna\n", "Line 1: The first line must name the columns"),
        (b"PK\x03\x04", "Line 1: This is a workbook."),
        (b"email\nana@example.com\n" * 5_001, "A file can have at most 10,000 people."),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_on_the_form(browser_of, bob, content, sentence, look, aperture):
    answer = choose(browser_of(bob), content)
    assert answer.status_code == 400
    assert sentence in text_of(answer)
    assert look(aperture, lambda _: db.session.scalar(select(func.count()).select_from(InvitationFile))) == 0


def test_no_file_and_too_long_a_note_are_said_on_the_form(browser_of, bob):
    browser = browser_of(bob)
    assert "Choose a file." in text_of(submit(browser, FILES))
    answer = choose(browser, PEOPLE, note="x" * 1001)
    assert "A note can have at most 1,000 characters. This one has 1,001." in text_of(answer)
    assert "x" * 1001 in answer.text, "what was typed is still there"


def test_what_is_exported_can_be_uploaded_and_the_preview_shows_each_tag(browser_of, alice, aperture, new_tag, within):
    labels = ["Sales", "Sales, Remote", "Sales; Berlin"]
    tags = [new_tag(aperture, label) for label in labels]

    def fill(account_id):
        ana = Profile.create(account_id, "ana@example.com", "Ana")
        for tag in tags:
            Tag.find(account_id, tag).put_on([ana.id])

    within(aperture, fill)
    browser = browser_of(alice)
    page = browser.get(choose(browser, browser.get("/profiles/export").data).location)
    assert "Has a profile; invited" in text_of(page)
    assert re.findall(r'<span class="tag zinc">(.*?)</span>', page.text) == labels


def test_one_tag_with_a_comma_is_pointed_at_before_it_is_created(browser_of, bob, sales):
    browser = browser_of(bob)
    page = text_of(browser.get(choose(browser, b'email,tags\nana@example.com,"Sales, Remote"\n').location))
    assert "This account has no tag “Sales, Remote”. If a comma separates several tags here, write semicolons" in page
    assert "Separate several tags with semicolons." in page


def test_a_short_line_is_read_and_a_long_one_says_where_it_is(browser_of, bob):
    browser = browser_of(bob)
    people = b"email,first_name,tags\nana@example.com\nben@example.com,Ben,,Sales\n"
    page = text_of(browser.get(choose(browser, people).location))
    assert "2 ana@example.com – – – A new profile, invited" in page
    assert "3 – – – – Left out This line has more cells (4) than the first line has columns (3)." in page


@pytest.mark.asvs("5.2.1", "15.2.2")
@pytest.mark.parametrize("framed", [lambda body: {"data": body}, lambda body: {"input_stream": io.BytesIO(body)}])
def test_a_file_of_fifty_megabytes_is_refused_with_what_to_do(browser_of, bob, framed):
    """Whether the browser says beforehand how much is coming or not."""
    browser = browser_of(bob)
    begin = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    body = framed(begin + b"x" * 50_000_000 + b"\r\n--x--")
    answer = browser.post(FILES, content_type="multipart/form-data; boundary=x", **body)
    assert answer.status_code == 413
    assert "This file is too large A file can have at most 5 MB and 10,000 people. Split it" in text_of(answer)


def test_umlauts_of_older_spreadsheets_are_read_and_pointed_at(browser_of, bob):
    browser = browser_of(bob)
    preview = browser.get(choose(browser, "email;first_name\nj@example.com;Jürgen\n".encode("cp1252")).location)
    assert "Jürgen" in preview.text
    assert "Read as Windows-1252. Check that accents and umlauts are right." in text_of(preview)


def test_what_changed_meanwhile_is_shown_again(browser_of, bob, aperture, within, posted):
    browser = browser_of(bob)
    preview = choose(browser, b"email\nana@example.com\n").location
    within(aperture, lambda id_: Profile.create(id_, "ana@example.com").id)
    answer = submit(browser, f"{preview}/confirmation", page=preview)
    page = text_of(browser.get(answer.location))
    assert "The account has changed since this preview, so nothing was sent." in page
    assert "Has a profile; invited" in page
    assert posted() == 0


def test_a_file_that_is_thrown_away_is_gone(browser_of, bob, posted):
    browser = browser_of(bob)
    preview = choose(browser, PEOPLE).location
    answer = submit(browser, f"{preview}/deletion", page=preview)
    assert "Nobody was invited." in text_of(browser.get(answer.location))
    assert browser.get(preview).status_code == 404
    assert posted() == 0


def test_a_file_is_seen_by_nobody_else(browser_of, alice, bob, eve, posted):
    preview = choose(browser_of(bob), PEOPLE).location
    for person in (alice, eve):
        browser = browser_of(person)
        assert browser.get(preview).status_code == 404
        for noun in ("confirmation", "deletion"):
            assert submit(browser, f"{preview}/{noun}", page=FILES).status_code == 404
    assert posted() == 0


def test_charlie_can_give_no_file(browser_of, bob, charlie):
    preview = choose(browser_of(bob), PEOPLE).location
    browser = browser_of(charlie)
    for path in (FILES, f"{FILES}/template", preview):
        assert browser.get(path).status_code == 403
    for path in (FILES, f"{preview}/confirmation", f"{preview}/deletion"):
        assert submit(browser, path, page="/settings/connections").status_code == 403


def test_the_template_can_be_given_back_as_it_is(browser_of, bob, within, aperture):
    within(aperture, lambda id_: [Tag.create(id_, label, "red").id for label in ("Sales", "Berlin")])
    browser = browser_of(bob)
    template = browser.get(f"{FILES}/template")
    assert template.headers["Content-Disposition"] == 'attachment; filename="invitations.csv"'
    assert "Invite 2 people?" in text_of(browser.get(choose(browser, template.data).location))


def test_what_stands_in_a_file_is_shown_as_text(browser_of, bob):
    browser = browser_of(bob)
    page = browser.get(choose(browser, b"email,first_name,tags\n<b>,<script>alert(1)</script>,<i>\n").location)
    assert "<script>alert" not in page.text
    assert first(r"There is no tag “([^”]+)”", page.text) == "&lt;i&gt;"


def test_columns_that_are_not_used_are_said(browser_of, bob):
    browser = browser_of(bob)
    page = browser.get(choose(browser, b"E-Mail;Vorname;Abteilung\nana@example.com;Ana;Sales\n").location)
    assert "Columns not used: “Abteilung”." in text_of(page)
    assert "Invite 1 person?" in text_of(page)


def test_missing_tags_are_created_where_that_is_asked_for(browser_of, bob, aperture, sales, look, audit_log):
    browser = browser_of(bob)
    at = choose(browser, b"email,tags\nana@example.com,Sales; Berlin\nben@example.com,berlin\n").location
    assert "This file has nobody to invite" in text_of(browser.get(at))
    page = browser.get(submit(browser, f"{at}/tags", page=at).location)
    assert "Invite 2 people?" in text_of(page)
    assert f"{at}/tags" not in page.text
    assert len(look(aperture, Tag.all_in)) == 2
    assert ("tag.created", "allowed") in audit_log(bob)


def test_a_tag_may_be_created_by_hand_in_between(browser_of, bob, aperture, within):
    browser = browser_of(bob)
    at = choose(browser, b"email,tags\nana@example.com,Berlin\n").location
    within(aperture, lambda id_: Tag.create(id_, "Berlin", "red"))
    assert "Invite 1 person?" in text_of(browser.get(submit(browser, f"{at}/tags", page=at).location))
