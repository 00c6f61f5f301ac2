"""What strangers, apps, members and guests write is text on every page and in every mail: nothing in it runs, loads or leads away."""

# ruff: noqa: F811 (fixtures of another file)
from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from playwright.sync_api import ConsoleMessage, Dialog, Error, Page, Route
from sqlalchemy import JSON, Text, select, text, update

from blueprints.auth.access_control import MACHINE, access_of
from blueprints.mail.rendering import compose
from models.assessments.completion import finish
from models.assessments.invitation import AssessmentInvitation
from models.assessments.shared_link import AssessmentLink
from models.assessments.sitting import Sitting
from models.connections.denied_scope import DeniedScope
from models.database.base import Base, db, now
from models.database.tenancy import in_account
from models.mail.message import Message
from models.scopes import TAGS_MANAGE
from tests.assistant import CALLBACK, Assistant
from tests.browser import WITHIN, loop_of
from tests.fixtures.sittings import answer_everything
from tests.promises.test_safe_methods import browser, ids  # noqa: F401 (fixtures)

pytestmark = [pytest.mark.only("sqlite"), pytest.mark.browser]

# Each piece breaks out of another place: an element, an attribute in either quotes or none, a script, a style, a comment, a title, an
# address. What comes to be an element by it has the attribute `canary`, and what runs calls `canary()`.
HOSTILE = (
    "javascript:canary('{where}')//"
    "</title></textarea></style></noscript></template></select></script></svg>-->"
    "<script canary>canary('{where}')</script>"
    "<img canary src=x onerror=canary('{where}')>"
    "<svg canary onload=canary('{where}')>"
    "<iframe canary srcdoc='<script>parent.canary(`{where}`)</script>'></iframe>"
    "<style canary>@import '//evil.example/{where}';*{{color:red}}</style>"
    "<link canary rel=stylesheet href=//evil.example/{where}>"
    "<base canary href=//evil.example/><meta canary http-equiv=refresh content='0;url=//evil.example/{where}'>"
    "<form canary action=//evil.example><button canary>{where}</button></form>"
    "<a canary href=javascript:canary('{where}')>{where}</a>"
    "[{where}](javascript:canary('{where}')) ![x](//evil.example/{where})"
    "\" canary autofocus onfocus=canary('{where}') x=\"' canary autofocus onfocus=canary('{where}') x='"
    "`-canary('{where}')-`'-canary('{where}')-'\"-canary('{where}')-\"\\'-canary('{where}')//"
    "{{{{7777*7}}}}${{canary('{where}')}}<%= 7777*7 %> \u2028 «{where}»"
)
# Columns whose text the server chooses itself: keys, hashes, states, kinds, addresses of networks.
OURS = re.compile(
    r"(?:.*_)?(?:hash|key|key_name|digest|signature|state|kind|type|status|likeness|address|network|language)"
    r"|action|outcome|tool|scope|scopes|reason|resources|fields|values|steps|revision|salt|words?|previous|role|color|purpose"
    r"|assessments?|instruments?|scores|item|value|day|people_checked_day|digested|time_zone|seed|used_steps|seal_hash|grant_types|auth_method|choices"
    r"|auth_signing_alg|jwks|jwks_uri|document_etag|ceiling|taken|ask_first|tripwires?|response|offered|requested|granted|denied|only_tags|tag_ids|apps"
    r"|code_challenge|resource|end_reason|user_code|counts|read_as|data|disc_style|asked_from|account_ids|connection_ids"
    r"|author|failure|request_id|credential_id|message_id|client_id|redirect_uris?|debriefs_sent_to|sort_\w+|name_text|search_text|stands_in_for"
)
# These have a form of their own, which every way in holds them to.
SHAPED = {
    "email": "{number}'canary'+`{where}`@example.com",
    "recipient": "{number}'canary'+`{where}`@example.com",
    "redirect_uri": "http://localhost:3118/callback",
}
QUERY = "search next tag team action profile client state since user_code selected match email token error".split()  # noqa: SIM905
FILES = re.compile(r"\.csv$|/(export|verifier|template|copy|first-call)$")
NOT_SHOWN = {
    "alarm.facts": "numbers and the code of a country, which the server itself counts and looks up",
    "audit_personal.names": "live names stand in for them",
    "authorization.user_agent": "shown as the name of a browser that we know",
    "before_image.after": "compared alone",
    "before_image.before": "shown on the page that takes it back, which has a test of its own",
    "before_image.row_name": "a table and a key",
    "client.about": "answered to the app alone",
    "consent_request.app_name": "compared with the name that is shown",
    "debrief.model": "shown by the name of a model that we know",
    "debrief_request.model": "the same, while it waits",
    "email_change.email": "shown in mail to that address alone",
    "login_session.user_agent": "shown as the name of a browser that we know",
    "message.facts": "chosen by the server",
    "server_key.name": "derived by the server",
}
LISTEN = """
window.happened = [];
window.canary = where => happened.push(`${where} ran`);
for (const name of ["alert", "confirm", "prompt", "print"]) window[name] = () => happened.push(`${name}() ran`);
addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sample }) =>
  happened.push(`${violatedDirective} kept out ${blockedURI || sample}`));
"""
LOOK = """() => {
  const leads = element => ["href", "src", "action", "formaction", "data", "srcdoc", "poster", "xlink:href"]
    .some(name => /^\\s*(javascript|vbscript|data:text)/i.test(element.getAttribute(name) ?? ""));
  const all = [...document.querySelectorAll("*")];
  const found = all.filter(element => element.hasAttribute("canary") || leads(element)).map(element => element.outerHTML.slice(0, 200));
  const foreign = all.filter(element => element.action?.startsWith?.("http") && !element.action.startsWith(location.origin));
  return [[...happened, ...found, ...foreign.map(form => `a form that goes to ${form.action}`)], document.documentElement.textContent
    + all.flatMap(element => [...element.attributes].map(attribute => attribute.value)).join(" ")];
}"""


@pytest.fixture
def asking(app, public_url):
    """An app that asks to be connected."""
    about = {"client_name": "x", "redirect_uris": [CALLBACK], "client_uri": "x"}
    registered = app.test_client().post("/register", base_url=public_url, json=about)
    return Assistant(app, client_id=registered.json["client_id"])


@pytest.fixture
def secrets(app, alice, ids):
    """More of what pages show: somebody who has answered, an app that asks, and one that was denied something."""
    with app.app_context(), in_account(alice.account_id):
        asked = AssessmentInvitation.invite(
            alice.account_id, "zoe@example.com", first_name="Zoe", by=alice.member_id, note="x"
        )
        sitting = Sitting.begin_invited(asked)
        answer_everything(sitting)
        finish(sitting)
        waiting = AssessmentInvitation.invite(
            alice.account_id, "ben@example.com", first_name="Ben", by=alice.member_id, note="x"
        )
        link = AssessmentLink.provide(alice.account_id, [ids["tag_id"]])
        db.session.add(
            DeniedScope(
                account_id=alice.account_id,
                member_id=alice.member_id,
                client_id=ids["client_id"],
                scope=TAGS_MANAGE,
                app_name="x",
                refused_at=now(),
                for_good=True,
            )
        )
        db.session.commit()
        return [asked.link.secret, waiting.link.secret, link.link.secret]


def is_written_by_people(column):
    return isinstance(column.type, Text | JSON) and not OURS.fullmatch(column.name)


def written_by_people():
    """Every column with text that people, apps or guests decide on."""
    return [column for table in Base.metadata.sorted_tables for column in table.c if is_written_by_people(column)]


def hostile(where: str, number: int, name: str) -> str:
    return SHAPED.get(name, HOSTILE).format(where=where, number=number)


def poison(value: Any, where: str) -> Any:
    """A JSON value with every text in it replaced, but for what only the server chooses."""
    if isinstance(value, dict):
        return {name: value[name] if name in {"outcome", "line"} else poison(value[name], where) for name in value}
    if isinstance(value, list):
        return [poison(inner, where) for inner in value]
    return HOSTILE.format(where=where) if isinstance(value, str) else value


def fill_everything() -> int:
    """Write hostile text over what people wrote, past every check at the ways in; how many fields there were."""
    connection, filled = db.session.connection(), 0
    for trigger in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all():
        connection.execute(text(f'DROP TRIGGER "{trigger}"'))
    for column in written_by_people():
        table, where = column.table, f"{column.table.name}.{column.name}"
        keys = list(table.primary_key)
        for number, (value, *key) in enumerate(connection.execute(select(column, *keys)).all()):
            given = poison(value, where) if isinstance(column.type, JSON) else hostile(where, number, column.name)
            same = [one == its for one, its in zip(keys, key, strict=True)]
            connection.execute(update(table).where(*same).values({column: given}))
            filled += 1
    db.session.commit()
    return filled


def addresses(app, ids, secrets):
    """Every page that there is to open, with one of each thing."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        machine = access_of(app.view_functions[rule.endpoint]) == MACHINE
        if "GET" not in (rule.methods or ()) or rule.endpoint == "static" or machine or FILES.search(rule.rule):
            continue
        for secret in secrets if rule.rule.startswith("/a/") else [ids["secret"]]:
            yield adapter.build(
                rule.endpoint, {name: ids.get(name, secret) for name in rule.arguments} | with_secret(rule, secret)
            )
    yield f"/{quote(HOSTILE.format(where='path'))}"


def with_secret(rule, secret):
    return {"secret": secret} if "secret" in rule.arguments else {}


@dataclass
class Visitor:
    """A browser that notes whatever happens on its pages that should not."""

    page: Page
    origin: str
    at: str = ""
    found: list[str] = field(default_factory=list)
    read: set[str] = field(default_factory=set)
    opened: int = 0

    def __post_init__(self) -> None:
        self.page.route("**/*", self.let_through)
        self.page.on("dialog", self.refuse)
        self.page.on("pageerror", lambda error: self.note(f"has a script that failed: {error}"))
        self.page.on("console", self.hear)

    def let_through(self, route: Route) -> None:
        if route.request.url.startswith((self.origin, "data:", "about:")):
            route.continue_()
        else:
            self.note(f"asks {route.request.url}")
            route.abort()

    def refuse(self, dialog: Dialog) -> None:
        self.note(f"shows {dialog.message}")
        dialog.dismiss()

    def hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and "status of 4" not in message.text:
            self.note(f"says in the console: {message.text}")

    def note(self, what: str) -> None:
        self.found.append(f"{self.at[:150]} {what}")

    def visit(self, address: str) -> None:
        self.at = address
        answer = self.page.goto(address, wait_until="load")
        if answer and answer.status >= 500:
            self.note(f"answers {answer.status}")
        self.look()

    def show(self, name: str, markup: str) -> None:
        """A mail, as a mail program without any protection would show it."""
        self.at = name
        self.page.goto("about:blank")
        self.page.set_content(markup)
        self.look()

    def look(self) -> None:
        try:
            happened, content = self.page.evaluate(LOOK)
        except Error as left:
            self.note(f"leads away by itself: {left.message}")
            return
        self.found += [f"{self.at[:150]} {each}" for each in happened]
        self.read |= set(re.findall(r"[«`]([\w.]+)[»`]", content))
        self.opened += 1


@pytest.fixture
def visitor(server, browser, chromium_process, public_url):
    """Alice's browser, whose name is hostile too."""
    with loop_of(chromium_process):
        context = chromium_process.new_context(base_url=public_url, user_agent=HOSTILE.format(where="user agent"))
        context.set_default_timeout(WITHIN * 1_000)
        context.add_init_script(LISTEN)
        cookies = [{"name": each.key, "value": each.value, "url": public_url} for each in browser._cookies.values()]
        context.add_cookies(cookies)
        yield Visitor(context.new_page(), public_url)
        context.close()


@pytest.fixture
def filled(app, alice, ids, secrets):
    """The account, with hostile text in every field that there is."""
    with app.app_context():
        assert fill_everything() > 100


def letters(app, account_id):
    """Every mail that would go out now, as HTML."""
    with app.app_context(), in_account(account_id):
        mails = [compose(message) for message in db.session.scalars(select(Message))]
        return [mail.letter.html for mail in mails if mail and mail.letter.html]


@pytest.mark.asvs("1.1.2", "1.2.1", "1.2.3", "1.3.5", "3.2.2")
def test_nothing_that_people_wrote_does_anything_on_any_page_or_in_any_mail(
    app, alice, asking, ids, secrets, filled, visitor, public_url
):
    for address in [
        f"/authorize?{urlencode(asking.question(resource=f'{public_url}/mcp'))}",
        *addresses(app, ids, secrets),
    ]:
        visitor.visit(address)
    for number, letter in enumerate(letters(app, alice.account_id)):
        visitor.show(f"mail {number}", letter)
    assert not visitor.found, "\n- ".join(["What hostile text did:", *visitor.found])
    assert visitor.opened > 100
    assert {str(column) for column in written_by_people()} - visitor.read == NOT_SHOWN.keys()


@pytest.mark.asvs("1.2.2")
@pytest.mark.everything
def test_nothing_in_an_address_does_anything_on_any_page(app, ids, secrets, filled, visitor):
    asked = urlencode({name: HOSTILE.format(where=name) for name in QUERY})
    for address in addresses(app, ids, secrets):
        visitor.visit(f"{address}?{asked}")
    assert not visitor.found, "\n- ".join(["What hostile text did:", *visitor.found])


def test_this_would_notice(visitor):
    """A page without our protection, on which each piece of the hostile text does what it can."""
    visitor.show("unprotected", HOSTILE.format(where="here"))
    assert any("here ran" in each for each in visitor.found)
    assert any("evil.example" in each for each in visitor.found)
