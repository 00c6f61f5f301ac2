"""A server that sends no mail says whom to ask."""

from __future__ import annotations

from sqlalchemy import func, select

from models.database.base import db
from models.identity.email_change import EmailChange
from models.identity.password_reset import PasswordReset
from tests.pages import csrf_token, submit, text_of


def rows(app, table):
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(table))


def test_who_forgot_their_password_is_told_whom_to_ask(client):
    answer = client.get("/forgot-password")
    assert answer.status_code == 200
    assert "Ask the server administrator" in text_of(answer)
    assert "flask --app app people reset" in text_of(answer)


def test_no_address_is_taken_there(app, client, charlie):
    token = csrf_token(client, "/sign-in")
    assert client.post("/forgot-password", data={"csrf_token": token, "email": charlie.email}).status_code == 200
    assert rows(app, PasswordReset) == 0


def test_who_wants_another_address_is_told_whom_to_ask(app, charlie, browser_of):
    browser = browser_of(charlie)
    assert "flask --app app people email" in text_of(browser.get("/settings/sign-in/email"))
    submit(browser, "/settings/sign-in/email", page="/settings/profile", email="charles@example.com")
    assert rows(app, EmailChange) == 0


def test_the_sign_in_page_leads_there(client):
    assert "Forgot your password?" in text_of(client.get("/sign-in"))
