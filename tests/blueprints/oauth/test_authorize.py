"""The question and the answer: who is asked, where an answer may go, and that it is given once."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from models.accounts.account import Account
from models.accounts.member import Member
from models.audit.recorder import AuditEntry
from models.clients.client import Client
from models.connections.connection import Connection
from models.connections.policy import ConnectionPolicy
from models.database.base import db, now
from models.database.tenancy import in_account
from models.permissions import Role
from models.scopes import ALL_SCOPES, SCOPES
from tests.assistant import MCP_URL, Assistant, answer_in, continue_address, decide, fields_of
from tests.for_each import for_each
from tests.hostile import EACH_MISTAKE
from tests.pages import text_of


def test_a_stranger_is_asked_to_sign_in_first_and_comes_back_to_the_question(app, claude):
    answer = claude.ask(app.test_client())
    assert answer.status_code == 302
    back = parse_qs(urlsplit(answer.location).query)["next"][0]
    assert urlsplit(answer.location).path == "/sign-in"
    assert parse_qs(urlsplit(back).query)["state"] == [claude.state]


def test_nobody_is_sent_to_the_app_before_they_have_signed_in(app, claude):
    answer = claude.ask(app.test_client(), scope="nonsense")
    assert urlsplit(answer.location).netloc in {"", "localhost"}
    assert urlsplit(answer.location).path == "/sign-in"


def test_the_page_says_who_is_asked_who_asks_and_where_the_answer_goes(browser, claude, alice):
    said = text_of(claude.ask(browser))
    for fact in (alice.email, alice.account_name, "Claude", "Not verified.", "this computer", claude.redirect_uri):
        assert fact in said


def test_every_requested_scope_has_its_sentence_and_a_deny_box(browser, claude):
    page = claude.ask(browser)
    for scope in SCOPES.values():
        assert scope.sentence in text_of(page)
        assert f'name="deny" value="{scope.name}"' in page.text
    assert "checked" not in page.text


def test_looking_at_the_question_grants_nothing(app, browser, claude):
    for _ in range(3):
        claude.ask(browser)
    with app.app_context():
        assert db.session.scalar(db.select(Connection)) is None


def test_what_is_denied_is_not_granted_and_the_rest_is(browser, claude):
    claude.connect(browser, deny=["profiles:read", "account:write"])
    granted = set(claude.refresh().json["scope"].split())
    assert granted == ALL_SCOPES - {"profiles:read", "account:write"}


def test_with_everything_denied_there_is_nothing_to_allow_and_the_question_is_still_open(app, browser, claude):
    refused = decide(browser, claude.ask(browser), deny=list(SCOPES))
    assert refused.status_code == 400
    assert 'role="alert"' in refused.text
    assert refused.text.count(" checked>") == 5
    with app.app_context():
        assert db.session.scalar(db.select(Connection)) is None
    refused.status_code = 200
    answer = answer_in(decide(browser, refused, "deny"))
    assert answer["error"] == "access_denied"
    assert (answer["state"], answer["iss"]) == (claude.state, "http://localhost")


def test_not_allowing_is_told_to_the_app_and_written_down(app, browser, claude):
    answer = answer_in(decide(browser, claude.ask(browser), decision="deny"))
    assert answer["error"] == "access_denied"
    with app.app_context():
        entry = db.session.scalars(db.select(AuditEntry).where(AuditEntry.action == "connection.refused")).one()
        assert entry.outcome == "refused"
    assert "Alice denied Claude access" in text_of(browser.get("/settings/audit"))


def test_scopes_that_were_denied_last_time_start_denied(browser, claude):
    claude.connect(browser, deny=["tags:manage"])
    page = claude.ask(browser)
    assert '<input type="checkbox" name="deny" value="tags:manage" checked>' in page.text
    assert page.text.count(" checked>") == 1


@for_each("others", ["offline_access", "openid email profile", "everything offline_access"])
def test_scopes_that_other_servers_have_are_left_out(browser, app, others):
    claude = Assistant(app).register()
    code = answer_in(decide(browser, claude.ask(browser, scope=f"tags:manage {others}")))["code"]
    assert claude.redeem(code).json["scope"] == "tags:manage"


@for_each("scope", ["openid email profile", "everything", "tags:manage " * 100])
def test_scopes_of_which_nothing_is_left_are_refused(browser, claude, scope):
    assert answer_in(claude.ask(browser, scope=scope))["error"] == "invalid_scope"


@pytest.mark.parametrize("scope", ["", "offline_access", None])
def test_asking_for_nothing_in_particular_asks_for_all_five(browser, claude, scope):
    page = claude.ask(browser, scope=scope)
    assert page.text.count('name="deny"') == 5


def test_double_submit_and_going_back_give_one_code(browser, claude):
    page = claude.ask(browser)
    assert claude.code_in(decide(browser, page))
    again = decide(browser, page)
    assert again.status_code == 400
    assert "already answered" in text_of(again)
    assert again.location is None


def test_a_question_shown_to_alice_cannot_be_answered_by_bob_or_in_another_browser(
    browser, claude, browser_of, alice, bob
):
    page = claude.ask(browser)
    for other in (browser_of(bob), browser_of(alice)):
        token = fields_of(claude.ask(other))["csrf_token"]
        answer = other.post("/authorize", data=fields_of(page) | {"decision": "allow", "csrf_token": token})
        assert answer.status_code == 400
        assert not answer.location
        assert "cannot be answered here" in text_of(answer)


def test_the_form_can_change_nothing_that_was_asked(browser, claude):
    page = claude.ask(browser, scope="tags:manage")
    answered = decide(
        browser,
        page,
        scope="profiles:read",
        redirect_uri="https://evil.example/",
        client_id="other",
        state="mine",
        code_challenge="x",
    )
    assert continue_address(answered).startswith(claude.redirect_uri + "?")
    assert answer_in(answered)["state"] == claude.state
    claude.keep(claude.redeem(answer_in(answered)["code"]))
    assert claude.refresh().json["scope"] == "tags:manage"


def test_a_question_older_than_ten_minutes_is_closed(app, browser, claude):
    page = claude.ask(browser)
    with app.app_context():
        db.session.execute(db.text("UPDATE consent_request SET expires_at = '2020-01-01 00:00:00+00:00'"))
        db.session.commit()
    assert decide(browser, page).status_code == 400


def test_the_answer_is_a_page_that_goes_on_with_a_link_to_the_app(browser, claude):
    answered = decide(browser, claude.ask(browser))
    assert answered.status_code == 200
    assert 'id="continue"' in answered.text
    assert answer_in(answered).keys() == {"code", "state", "iss"}
    assert "Cross-Origin-Opener-Policy" not in answered.headers


def test_a_person_in_two_accounts_chooses_which_one(app, browser_of, new_person, aperture, black_mesa, claude):
    new_person("Both", aperture, Role.USER)
    both = new_person("Both", black_mesa, Role.OWNER)
    browser = browser_of(both)
    page = claude.ask(browser)
    assert page.text.count('type="radio" name="account"') == 2
    page = decide(browser, page, decision="account", account=str(black_mesa.id))
    claude.keep(claude.redeem(claude.code_in(decide(browser, page))))
    with app.app_context():
        assert db.session.scalars(db.select(Connection.account_id)).one() == black_mesa.id


def test_choosing_another_account_draws_the_page_for_the_role_there(
    browser_of, new_person, aperture, black_mesa, claude
):
    new_person("Both", aperture, Role.USER)
    browser = browser_of(new_person("Both", black_mesa, Role.OWNER))
    page = claude.ask(browser)
    assert "Not possible in your role" in text_of(page)
    again = decide(browser, page, decision="account", account=str(black_mesa.id))
    assert again.status_code == 200
    assert "Not possible in your role" not in text_of(again)
    assert claude.code_in(decide(browser, again))


@pytest.fixture
def in_both(browser_of, new_person, aperture, black_mesa):
    """The browser of a person in two accounts; Aperture Science is shown first."""
    new_person("Both", aperture, Role.USER)
    return browser_of(new_person("Both", black_mesa, Role.OWNER))


WHY_BLOCKED = {
    "deletion": "{name} is about to be deleted.",
    "policy": "{name} does not allow this app.",
    "second factor": "Set up a second factor first.",
}


@pytest.fixture
def block(app):
    """Let an account block every app that registers itself, or everything."""

    def do(team, reason):
        with app.app_context(), in_account(team.id):
            account = db.session.get_one(Account, team.id)
            if reason == "deletion":
                account.delete_after = now() + timedelta(days=9)
            elif reason == "policy":
                ConnectionPolicy.of(team.id).change(registration=False)
            else:
                account.second_factor_required = True
            db.session.commit()

    return do


@pytest.mark.parametrize("reason", list(WHY_BLOCKED))
def test_an_account_that_blocks_the_app_cannot_be_chosen_and_the_page_says_why(
    app, in_both, aperture, black_mesa, claude, block, reason
):
    block(black_mesa, reason)
    page = claude.ask(in_both)
    assert WHY_BLOCKED[reason].format(name="Black Mesa") in text_of(page)
    assert re.findall(r'type="radio" name="account" value="([^"]*)"([^>]*)>', page.text) == [
        (str(aperture.id), " checked"),
        (str(black_mesa.id), " disabled"),
    ]
    # A browser may still send it, from a page of before.
    again = decide(in_both, page, "account", account=str(black_mesa.id))
    assert "There is nothing here that you can allow." in text_of(again)
    assert 'name="deny"' not in again.text
    assert re.search(r'<button[^>]*value="allow"[^>]* disabled', again.text)
    assert decide(in_both, again).status_code == 403
    back = decide(in_both, again, "account", account=str(aperture.id))
    assert claude.code_in(decide(in_both, back))


def test_while_the_account_in_use_blocks_the_app_another_one_can_be_chosen(
    in_both, aperture, black_mesa, claude, block
):
    block(aperture, "policy")
    page = claude.ask(in_both)
    assert "Aperture Science does not allow this app. The account's Owners decide" in text_of(page)
    assert re.search(r'<button[^>]*value="allow"[^>]* disabled', page.text)
    assert text_of(page).count("Not possible in this account") == 5
    page = decide(in_both, page, "account", account=str(black_mesa.id))
    assert claude.code_in(decide(in_both, page))


def test_with_no_account_that_allows_the_app_nothing_is_asked(in_both, aperture, black_mesa, claude, block):
    block(aperture, "policy")
    block(black_mesa, "deletion")
    page = claude.ask(in_both)
    assert page.status_code == 403
    assert "Aperture Science does not allow this app" in text_of(page)


def test_an_accounts_own_client_is_not_asked_about_while_the_account_is_about_to_be_deleted(
    app, in_both, black_mesa, block
):
    robot = Assistant(app, redirect_uri="https://robot.example/cb")
    with app.app_context():
        client, _ = Client.register("Robot", [robot.redirect_uri], kind="preregistered", account_id=black_mesa.id)
        robot.client_id = client.client_id
        db.session.commit()
    block(black_mesa, "deletion")
    page = robot.ask(in_both)
    assert page.status_code == 403
    assert "Black Mesa is about to be deleted" in text_of(page)


@pytest.mark.parametrize("decision", ["allow", "deny"])
def test_an_answer_for_another_account_than_the_one_shown_shows_that_one_and_takes_nothing(
    app, in_both, black_mesa, claude, decision
):
    shown = decide(in_both, claude.ask(in_both), decision, account=str(black_mesa.id), deny=["tags:manage"])
    assert shown.status_code == 200
    assert 'id="continue"' not in shown.text
    assert fields_of(shown)["shown"] == fields_of(shown)["account"] == str(black_mesa.id)
    assert 'value="tags:manage" checked' in shown.text
    with app.app_context():
        assert db.session.scalar(db.select(Connection)) is None
    claude.keep(claude.redeem(claude.code_in(decide(in_both, shown))))
    assert set(claude.refresh().json["scope"].split()) == ALL_SCOPES


def test_a_page_that_one_went_back_to_takes_nothing_for_the_account_of_the_later_page(app, in_both, black_mesa, claude):
    first = claude.ask(in_both)
    decide(in_both, first, "account", account=str(black_mesa.id))
    for account in (str(black_mesa.id), fields_of(first)["account"]):
        assert 'id="continue"' not in decide(in_both, first, account=account).text
    with app.app_context():
        assert db.session.scalar(db.select(Connection)) is None


@pytest.mark.parametrize("shown", ["", "7", None])
def test_a_form_that_does_not_say_which_account_it_showed_takes_nothing(app, in_both, claude, shown):
    fields = fields_of(claude.ask(in_both)) | {"shown": shown, "decision": "allow"}
    answer = in_both.post("/authorize", data={name: value for name, value in fields.items() if value is not None})
    assert answer.status_code == 400
    with app.app_context():
        assert db.session.scalar(db.select(Connection)) is None


def test_the_account_in_use_elsewhere_does_not_decide_for_which_one_is_answered(
    app, in_both, aperture, black_mesa, claude
):
    page = claude.ask(in_both)
    token = fields_of(page)["csrf_token"]
    moved = in_both.post("/accounts/current", data={"account": str(black_mesa.id), "csrf_token": token})
    assert moved.status_code == 302
    fields = {name: value for name, value in fields_of(page).items() if name != "account"}
    answer = in_both.post("/authorize", data=fields | {"decision": "allow"})
    claude.keep(claude.redeem(claude.code_in(answer)))
    with app.app_context():
        assert db.session.scalars(db.select(Connection.account_id)).one() == aperture.id


def test_what_became_possible_after_the_page_was_shown_is_not_granted_by_it(app, browser_of, charlie, claude):
    browser = browser_of(charlie)
    page = claude.ask(browser)
    with app.app_context():
        db.session.get_one(Member, charlie.member_id).role = Role.OWNER
        db.session.commit()
    claude.keep(claude.redeem(claude.code_in(decide(browser, page))))
    assert set(claude.refresh().json["scope"].split()) == {"profiles:read", "tags:manage", "account:read"}


def test_an_account_that_one_is_no_member_of_cannot_be_chosen(browser, claude, black_mesa):
    answered = decide(browser, claude.ask(browser), account=str(black_mesa.id))
    assert answered.status_code == 400
    assert answered.location is None


@pytest.mark.parametrize("account", ["7", "null", "' OR 1=1"])
def test_an_account_that_is_no_id_goes_nowhere(browser, claude, account):
    assert decide(browser, claude.ask(browser), account=account).status_code == 400


def test_charlie_cannot_give_what_his_role_does_not_allow(browser_of, charlie, claude):
    browser = browser_of(charlie)
    page = claude.ask(browser)
    assert text_of(page).count("Not possible in your role") == 2
    claude.keep(claude.redeem(claude.code_in(decide(browser, page))))
    assert set(claude.refresh().json["scope"].split()) == {"profiles:read", "tags:manage", "account:read"}


def test_an_accounts_own_client_can_be_used_only_there(app, browser_of, alice, eve):
    robot = Assistant(app, redirect_uri="https://robot.example/cb")
    with app.app_context():
        client, _ = Client.register("Robot", [robot.redirect_uri], kind="preregistered", account_id=alice.account_id)
        robot.client_id = client.client_id
        db.session.commit()
    assert robot.ask(browser_of(alice)).status_code == 200
    assert robot.ask(browser_of(eve)).status_code == 403


@for_each(("name", "value"), EACH_MISTAKE)
def test_a_mistake_is_told_to_the_app_with_its_state_and_our_name(browser, claude, name, value):
    answer = claude.ask(browser, **{name: value})
    assert answer.status_code == 400
    assert continue_address(answer).startswith(claude.redirect_uri + "?")
    assert answer_in(answer)["state"] == claude.state
    assert answer_in(answer)["iss"] == "http://localhost"
    assert answer_in(answer)["error"] in {
        "invalid_request",
        "invalid_scope",
        "invalid_target",
        "unsupported_response_type",
        "request_not_supported",
        "request_uri_not_supported",
    }


def rows(app):
    """How many audit entries, buckets of limits and consent requests there are."""
    with app.app_context():
        tables = ("audit_entry", "throttle", "consent_request")
        return [db.session.execute(db.text(f"SELECT count(*) FROM {table}")).scalar() for table in tables]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("asked", [{"scope": "nonsense"}, {"scope": "tags:manage"}, {}])
def test_asking_writes_nothing_but_the_open_question(app, browser, claude, method, asked):
    decide(browser, claude.ask(browser, scope="tags:manage"), "deny", never="1")
    before = rows(app)
    answer = browser.open("/authorize", query_string=claude.question(**asked), method=method)
    assert answer.location is None
    shown = method == "GET" and not asked
    assert rows(app) == [*before[:2], before[2] + shown]


def test_a_mistake_of_an_app_that_is_connected_goes_back_to_it_at_once(browser, claude):
    claude.connect(browser)
    answer = claude.ask(browser, scope="nonsense")
    assert answer.status_code == 302
    assert answer.location.startswith(claude.redirect_uri + "?")


def test_what_was_ticked_is_still_ticked_after_a_mistake(browser, claude):
    again = decide(browser, claude.ask(browser), deny=["tags:manage"], never="1", daily_calls="0")
    assert again.status_code == 400
    assert 'value="tags:manage" checked' in again.text
    assert 'name="never" value="1" checked' in again.text


def test_an_app_cannot_start_programs_even_if_it_was_registered_before(app, browser, claude):
    with app.app_context():
        Client.by_client_id(claude.client_id).redirect_uris = ["ms-msdt:/id"]
        db.session.commit()
    answer = claude.ask(browser, scope="nonsense", redirect_uri="ms-msdt:/id")
    assert (answer.status_code, answer.location) == (400, None)
    assert "ms-msdt" not in answer.text


def test_the_first_button_of_the_form_answers_nothing_and_keeps_what_was_ticked(browser_of, in_both, claude, alice):
    for browser in (in_both, browser_of(alice)):
        page = claude.ask(browser)
        first = re.search(r"<button[^>]*>", page.text.partition("data-consent>")[2]).group()
        assert 'name="decision" value="none"' in first
        again = decide(browser, page, "none", deny=["tags:manage"])
        assert 'value="tags:manage" checked' in again.text
        assert claude.code_in(decide(browser, again))


def test_nothing_to_allow_cannot_be_allowed(browser_of, charlie, claude):
    browser = browser_of(charlie)
    page = claude.ask(browser, scope="account:write")
    assert re.search(r"<button[^>]*data-allow[^>]*>", page.text).group().endswith(' disabled="disabled">')
    assert decide(browser, page).status_code == 400


@pytest.mark.parametrize(
    "registered", ["http://localhost/callback", "http://127.0.0.1:1/callback", "http://[::1]/callback"]
)
def test_on_loopback_only_the_port_may_differ(app, browser, registered):
    host = registered.split("/")[2].removesuffix(":1")
    local = Assistant(app, redirect_uri=registered).register()
    assert local.ask(browser, redirect_uri=f"http://{host}:49152/callback").status_code == 200
    for other in (
        f"http://{host}:49152/other",
        f"https://{host}:49152/callback",
        f"http://{host}:49152/callback?x=1",
        "http://127.0.0.2:49152/callback",
    ):
        assert local.ask(browser, redirect_uri=other).status_code == 400


@for_each("client_id", ["", "unknown", "ü", "x" * 5000, None])
def test_an_unknown_app_ends_on_a_page(browser, claude, client_id):
    answer = claude.ask(browser, client_id=client_id)
    assert answer.status_code == 400
    assert not answer.location


@for_each(
    "name",
    [
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "response_type",
        "response_mode",
        "code_challenge",
        "code_challenge_method",
        "prompt",
    ],
)
def test_a_parameter_that_stands_twice_is_refused(browser, claude, name):
    asked = claude.question(scope="tags:manage", response_mode="query", prompt="login")
    answer = browser.get("/authorize", query_string=[*asked.items(), (name, "other")])
    assert answer.status_code == 400
    if 'id="continue"' in answer.text:
        assert answer_in(answer)["error"] == "invalid_request"


def test_the_same_resource_may_stand_twice(browser, claude):
    asked = claude.question()
    assert browser.get("/authorize", query_string=[*asked.items(), ("resource", MCP_URL)]).status_code == 200
    other = browser.get("/authorize", query_string=[*asked.items(), ("resource", "https://other.example/mcp")])
    assert answer_in(other)["error"] == "invalid_target"


def test_a_parameter_without_a_value_counts_as_left_out(app, browser):
    one = Assistant(app, redirect_uri="https://one.example/cb").register()
    empty = ("scope", "state", "resource", "response_mode", "request", "request_uri", "redirect_uri")
    answered = decide(browser, one.ask(browser, **dict.fromkeys(empty, "")))
    assert answer_in(answered).keys() == {"code", "iss"}
    assert one.redeem(answer_in(answered)["code"], redirect_uri="", resource="", scope="").status_code == 200


@for_each("prompt", ["none", "login", "consent", "select_account", "create"])
def test_what_nobody_here_knows_is_ignored_and_consent_is_asked_all_the_same(browser, claude, prompt):
    claude.connect(browser)
    page = claude.ask(browser, prompt=prompt, audience="x", nonce="n", access_type="offline", login_hint="eve", utm="é")
    assert page.status_code == 200
    assert claude.code_in(decide(browser, page))


def test_a_resource_is_the_same_in_other_case_and_with_a_slash(browser, claude):
    for resource in ("http://LOCALHOST/mcp", "HTTP://localhost/mcp/", None):
        assert claude.ask(browser, resource=resource).status_code == 200


def test_an_answer_without_the_forms_token_is_refused(app, browser, claude):
    fields = fields_of(claude.ask(browser))
    fields.pop("csrf_token")
    for decision in ("allow", "deny"):
        here = {"Origin": "http://localhost"}
        answer = browser.post("/authorize", data=fields | {"decision": decision}, headers=here)
        assert urlsplit(answer.location).path == "/authorize", "the question is asked again"
    with app.app_context():
        assert db.session.scalar(db.select(Connection)) is None
    assert browser.post("/authorize", data={"decision": "allow"}).status_code == 400


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "{{7*7}}", "Claude\u202e\u2066", "é" * 200])
def test_what_an_app_calls_itself_is_shown_as_text(app, browser, name):
    page = Assistant(app, name).register().ask(browser)
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert "\u202e" not in page.text


NOT_VERIFIED = "This app is not verified as"
IMITATES = "This name imitates"


def test_a_trusted_name_is_marked_as_unproven_and_a_lookalike_as_one(app, browser):
    elsewhere = Assistant(app, "Claude", redirect_uri="https://robot.example/cb").register()
    assert f"{NOT_VERIFIED} Claude" in text_of(elsewhere.ask(browser))
    here = text_of(Assistant(app, "Claude").register().ask(browser))
    assert "Any program on this computer could be asking" in here
    assert IMITATES not in here
    assert f"{IMITATES} “Claude”" in text_of(Assistant(app, "\u0421laude").register().ask(browser))
    said = text_of(Assistant(app, "Our robot").register().ask(browser))
    assert NOT_VERIFIED not in said
    assert IMITATES not in said


@pytest.fixture
def policy_of(app, alice):
    """Set the policy of Alice's account."""

    def set_policy(**wanted):
        with app.app_context(), in_account(alice.account_id):
            ConnectionPolicy.of(alice.account_id).change(**wanted)
            db.session.commit()

    return set_policy


def test_a_policy_keeps_apps_out_before_anything_is_asked(app, browser_of, alice, policy_of):
    browser, claude = browser_of(alice), Assistant(app).register()
    policy_of(registration=False)

    page = claude.ask(browser)
    assert page.status_code == 403
    assert "does not allow this app" in text_of(page)


def test_a_policy_that_came_after_the_page_still_holds(app, browser_of, alice, policy_of):
    browser, claude = browser_of(alice), Assistant(app).register()
    page = claude.ask(browser)
    policy_of(second_factor=True)

    answer = decide(browser, page)
    assert answer.status_code == 403
    assert "second factor" in text_of(answer)


def test_an_account_that_requires_a_second_factor_requires_it_of_whoever_chooses_it(app, browser_of, alice):
    browser, claude = browser_of(alice), Assistant(app).register()
    page = claude.ask(browser)
    with app.app_context():
        db.session.get_one(Account, alice.account_id).second_factor_required = True
        db.session.commit()

    answer = decide(browser, page)
    assert answer.status_code != 200
    with app.app_context():
        assert db.session.scalar(db.select(db.func.count()).select_from(Connection)) == 0


def test_no_more_is_granted_than_the_policy_allows(app, browser_of, alice, policy_of):
    browser, claude = browser_of(alice), Assistant(app).register()
    policy_of(scopes=frozenset({"tags:manage"}))

    page = claude.ask(browser)
    assert text_of(page).count("Blocked by the account's policy") == 4
    told = claude.redeem(answer_in(decide(browser, page))["code"])
    assert told.json["scope"] == "tags:manage"
