"""Canaria takes everything of her account with her and has it deleted. Afterwards nobody finds a canary: in no file, no table, no log."""

from __future__ import annotations

import re
import time
import zipfile
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from blueprints.worker.data import carry_out_deletions
from blueprints.worker.mail import send_due_messages
from models.audit.seal import AuditSeal, seal_log, stored_log
from models.audit.verify_audit import verify
from models.database.base import db, now
from models.database.tenancy import in_account
from models.permissions import Role
from models.privacy.erasure import Erasure
from tests.canaries import bytes_kept

pytestmark = pytest.mark.browser

DATA = "/settings/data"
CANARY = re.compile(rb"canar", re.IGNORECASE)
GONE_WITHIN = 60


@pytest.fixture
def mail_url(mailbox):
    return mailbox.url


@pytest.fixture
def canaria(new_account, new_person):
    """Owner of Canary Islands, in which Canarino is a User."""
    islands = new_account("Canary Islands")
    new_person("Canarino", islands)
    return new_person("Canaria", islands, Role.OWNER)


def sign_in(page: Page, email: str, password: str) -> None:
    page.goto("/sign-in")
    page.fill("[name=email]", email)
    page.fill("[name=password]", password)
    page.click("main button[type=submit]")
    page.wait_for_selector("nav[aria-label=Main]", state="attached")
    page.wait_for_load_state()


@pytest.fixture
def server(serve):
    """Gunicorn: its log is read and its worker works."""
    return serve()


@pytest.fixture
def desk(server, new_page, canaria):
    page = new_page(user_agent="Canary/1.0 (X11; Linux x86_64)")
    sign_in(page, canaria.email, canaria.password)
    return page


def work_here(page: Page, mailbox) -> None:
    """She invites somebody, with a tag, asks a new member in, and wants another address."""
    page.goto("/tags/new")
    page.fill("[name=label]", "Canary yellow")
    page.click("main button[type=submit]")
    page.wait_for_selector("text=Canary yellow")
    page.goto("/invitations/new")
    page.fill("[name=email]", "canarina@example.com")
    page.fill("[name=first_name]", "Canarina")
    page.fill("[name=note]", "From one canary to another.")
    page.click("button:has-text('Send')")
    page.wait_for_selector("text=Canarina is invited.")
    page.goto("/settings/sign-in/email")
    page.fill("[name=email]", "canaria.second@example.com")
    page.click("main button[type=submit]")
    page.wait_for_selector("text=replaces it when you open the link")
    for address in ("canarina@example.com", "canaria.second@example.com"):
        mailbox.wait_for(address)


def exported(page: Page, tmp_path) -> str:
    """Everything that the export has in it, which she sees come about."""
    page.goto(DATA)
    page.get_by_role("button", name="Create export").click()
    expect(page.get_by_role("button", name="Download")).to_be_visible(timeout=30_000)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    file = tmp_path / "export.zip"
    download.value.save_as(file)
    with zipfile.ZipFile(file) as archive:
        return "".join(archive.read(name).decode() for name in archive.namelist())


def ask_for_deletion(page: Page) -> None:
    page.goto(DATA)
    page.get_by_role("link", name="Delete this account").click()
    page.get_by_label("Name of the account").fill("Canary Islands")
    page.get_by_role("button", name="Delete this account").click()
    expect(page.get_by_text("Canary Islands will be deleted on")).to_be_visible()


def fortnight_passes(app, account_id) -> str:
    """The newest seal, as an Owner noted it on the last day."""
    with app.app_context(), in_account(account_id):
        seal_log(account_id, now() + timedelta(milliseconds=2))
        noted = AuditSeal.last(account_id).noted
        db.session.execute(update(Erasure).values(due_at=now()))
        db.session.commit()
        return noted


def until_gone(app, account_id, database) -> list[bytes]:
    """What is found after the worker has come by: the server's own, or this one, whoever is first."""
    give_up = time.monotonic() + GONE_WITHIN
    while True:
        with app.app_context():
            carry_out_deletions()
            send_due_messages()
            carry_out_deletions()
            kept = bytes_kept(app, account_id, database)
        found = [kept[max(0, hit.start() - 60) : hit.end() + 60] for hit in CANARY.finditer(kept)]
        if not found or time.monotonic() > give_up:
            return found


def test_what_was_exported_and_deleted_is_found_nowhere_again(
    app, server, database, desk, canaria, connect, mailbox, new_page, tmp_path
):
    work_here(desk, mailbox)
    connect(canaria, name="Canary's own assistant").call("list_tags")
    everything = exported(desk, tmp_path)
    for canary in ("Canary yellow", "Canarina", "canarino@example.com", "Canary's own assistant", "Canary/1.0"):
        assert canary in everything
    with app.app_context():
        assert CANARY.search(bytes_kept(app, canaria.account_id, database))

    ask_for_deletion(desk)
    phone = new_page(width=390)
    sign_in(phone, "canarino@example.com", canaria.password)
    expect(phone.get_by_text("An Owner requested the deletion of this account")).to_be_visible()
    noted = fortnight_passes(app, canaria.account_id)

    assert until_gone(app, canaria.account_id, database) == []
    assert not CANARY.search(server.log().encode())
    desk.goto(DATA)
    expect(desk).to_have_url(re.compile("/sign-in"))
    assert mailbox.to(canaria.email)[-1].subject == "Your account was deleted"
    with app.app_context(), in_account(canaria.account_id):
        left = stored_log(canaria.account_id)
        assert verify(left, noted).intact
        assert [entry["action"] for entry in left.entries.values()].count("account.deleted") == 1
