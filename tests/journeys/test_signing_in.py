"""Signing in with more than a password, in Chromium, with an authenticator that Chromium pretends to have."""

from __future__ import annotations

import re

import pyotp
import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

HOW = "/settings/sign-in"


@pytest.fixture
def public_url(address):
    """Passkeys are made for names, not for numbers."""
    return address.replace("127.0.0.1", "localhost")


def hold_a_device(page: Page, **instead: object) -> None:
    """Give this browser a device that makes passkeys and knows who is holding it."""
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": options | instead})


def enter_password(page: Page, person, onward: str = HOW) -> None:
    page.goto(f"/sign-in?next={onward}")
    page.get_by_label("E-mail").fill(person.email)
    page.get_by_label("Password").fill(person.password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(page: Page, person) -> None:
    page.locator("summary", has_text=f"Signed in as {person.name}").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page).to_have_title(re.compile("Sign in"))


def add_a_passkey(page: Page, name: str) -> list[str]:
    """Make a passkey and put away the recovery codes that come with the first."""
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Create passkey").click()
    expect(page).to_have_title(re.compile("Save your recovery codes"))
    codes = page.locator(".recovery-codes code").all_inner_texts()
    page.get_by_role("link", name="I have saved them").click()
    return codes


def test_a_passkey_from_the_first_one_to_the_last(server, page, alice):
    hold_a_device(page)
    enter_password(page, alice)
    codes = add_a_passkey(page, "The laptop")
    assert len(codes) == 10
    expect(page.locator("strong", has_text="The laptop")).to_be_visible()
    # Alone, without address and password.
    sign_out(page, alice)
    page.goto(f"/sign-in?next={HOW}")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"**{HOW}")
    # As the second factor.
    sign_out(page, alice)
    enter_password(page, alice)
    expect(page.get_by_role("heading", name="Enter your verification code")).to_be_visible()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Sign-in and security")).to_be_visible()
    # Named otherwise, and removed.
    page.get_by_role("link", name="Rename The laptop").click()
    page.get_by_label("Name").fill("The old laptop")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Remove The old laptop").click()
    page.get_by_role("button", name="Remove passkey").click()
    expect(page.get_by_text("You sign in with your password only.")).to_be_visible()
    sign_out(page, alice)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("This passkey was not accepted.").first).to_be_visible()


def test_it_confirms_who_is_there_and_leads_back(server, page, alice, long_ago):
    hold_a_device(page)
    enter_password(page, alice)
    add_a_passkey(page, "The laptop")
    long_ago(alice)
    page.get_by_role("link", name="Change your password").click()
    expect(page.get_by_role("heading", name="Confirm it's you")).to_be_visible()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Change your password")).to_be_visible()


def test_a_device_that_does_not_ask_who_is_holding_it_is_of_no_use(server, page, alice):
    hold_a_device(page, isUserVerified=False)
    enter_password(page, alice, f"{HOW}/passkeys")
    page.get_by_role("button", name="Create passkey").click()
    expect(page.locator("form.passkey [role=status]")).to_contain_text("Nothing was done")


def test_a_device_is_not_registered_twice(server, page, alice):
    hold_a_device(page)
    enter_password(page, alice)
    add_a_passkey(page, "The laptop")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_role("button", name="Create passkey").click()
    expect(page.locator("form.passkey [role=status]")).to_contain_text("already has a passkey for you")


def test_without_a_script_the_page_says_what_else_is_possible(server, browser, alice):
    plain = browser(alice)
    plain.open(f"{HOW}/passkeys")
    assert "Creating a passkey needs JavaScript and a browser that supports passkeys." in plain.text
    assert "set up an authenticator app" in plain.text
    assert [
        form for form in plain.page.all("form") if "data-passkey" in form.attributes and "hidden" not in form.attributes
    ] == []


def test_an_authenticator_app_and_a_recovery_code(server, new_page, alice):
    here, there = new_page(), new_page(width=390)
    enter_password(here, alice, f"{HOW}/app")
    here.get_by_text("Can't scan it?").click()
    phone = pyotp.TOTP(here.locator("code.key").inner_text().replace(" ", ""))
    here.get_by_role("textbox", name="Code").fill(phone.now())
    here.get_by_role("button", name="Finish").click()
    codes = here.locator(".recovery-codes code").all_inner_texts()
    enter_password(there, alice)
    there.get_by_role("textbox", name="Code").fill(codes[0])
    there.get_by_role("button", name="Continue").click()
    expect(there.get_by_text("You have 9 unused codes.")).to_be_visible()


def test_one_browser_signs_the_other_out_at_once(server, new_page, alice):
    desk, phone = new_page(), new_page(width=390)
    enter_password(desk, alice, "/settings/sessions")
    enter_password(phone, alice)
    desk.reload()
    desk.get_by_role("button", name="Sign out all other browsers").click()
    expect(desk.get_by_text("Every other browser was signed out.")).to_be_visible()
    phone.reload()
    expect(phone).to_have_title(re.compile("^Sign in"))


@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        (320, "light"),
        pytest.param(320, "dark", marks=pytest.mark.everything),
        pytest.param(1280, "light", marks=pytest.mark.everything),
        (1280, "dark"),
    ],
)
def test_every_page_of_it_can_be_read(server, new_page, alice, bob, width, scheme):
    page = new_page(width=width, color_scheme=scheme)
    hold_a_device(page)
    for path in ("/sign-in", "/forgot-password", "/reset-password/x"):
        page.goto(path)
    enter_password(page, alice)
    add_a_passkey(page, "The laptop")
    passkey = page.get_by_role("link", name="Rename The laptop").get_attribute("href")
    for path in (
        HOW,
        f"{HOW}/password",
        f"{HOW}/email",
        f"{HOW}/email/x",
        f"{HOW}/app",
        f"{HOW}/app/removal",
        f"{HOW}/passkeys",
        f"{HOW}/recovery-codes",
        passkey,
        f"{passkey}/removal",
        "/settings/sessions",
        "/settings/account",
        "/settings/account/second-factor",
        "/settings/account/leaving",
        "/settings/members",
        f"/settings/members/{bob.member_id}/ownership",
    ):
        page.goto(str(path))
        wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        assert not wide, f"{path} is wider than the window"
