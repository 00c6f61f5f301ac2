"""What each token may do, after any order of connecting, denying, narrowing, refreshing, revoking, changing roles and leaving.

A model of a few sets says what must happen; the product is asked through the addresses that apps and people use, and must agree.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from blueprints.mcp.registry import registry
from models.accounts.member import Member
from models.clients.client import Client
from models.connections import lifecycle
from models.database.base import db
from models.database.tenancy import in_account
from models.oauth.consent_rules import Standing
from models.permissions import Role, grantable, may
from models.profiles.profile import Profile
from models.scopes import ALL_SCOPES, format_scopes
from tests.assistant import Assistant, answer_in, decide
from tests.fixtures.people import Team
from tests.mcp_client import McpClient, result_of

pytestmark = pytest.mark.both_databases

SCOPES = st.sampled_from(sorted(ALL_SCOPES))
SETS = st.sets(SCOPES, min_size=1).map(frozenset)
APPS = st.sampled_from(["Claude", "Codex"])
PICK = st.integers(0, 1_000)
CALLS: dict[str, dict[str, Any]] = {
    "list_profiles": {},
    "list_tags": {},
    "get_account": {},
    "update_profile": {"profile_id": "", "first_name": "Doug"},
    "create_tag": {"label": "", "color": "red"},
    "create_alias": {"resource_type": "profile", "resource_id": "", "consumer_key": ""},
    "update_account": {"eco_printing": True},
}


@dataclass
class Link:
    """A member's connection to an app."""

    ceiling: set[str]
    paused: bool = False
    live: bool = True


@dataclass
class Device:
    """An authorization: one device of an app."""

    app: Assistant
    link: Link
    requested: frozenset[str]
    granted: set[str]
    refresh: list[str]
    live: bool = True
    refreshed: int = 0


@dataclass
class Token:
    """An access token, and what it was issued for."""

    secret: str
    device: Device
    scope: set[str]
    live: bool = True


@dataclass
class World:
    """What the machine needs from the fixtures: the app, an account, and a member of it."""

    app: Any
    bob: Any
    browser: Any
    profile: str
    numbers: list[int] = field(default_factory=lambda: [0])


def machine(new_world):
    """The state machine, on a new account for each run."""

    class Tokens(RuleBasedStateMachine):
        @initialize()
        def begin(self):
            self.world = new_world()
            self.role, self.member = Role.MANAGER, True
            self.links: dict[str, Link] = {}
            self.apps: dict[str, Assistant] = {}
            self.devices: list[Device] = []
            self.tokens: list[Token] = []

        @precondition(lambda self: self.member and len(self.devices) < 5)
        @rule(name=APPS, requested=SETS, denied=st.sets(SCOPES))
        def connect(self, name, requested, denied):
            """The person answers the consent page of an app, and denies some of what it asks for."""
            app = self.apps.get(name) or Assistant(self.world.app, f"{name} {self.world.bob.account_id}").register()
            self.apps[name] = app
            device = Assistant(app.app, app.name, client_id=app.client_id)
            answered = decide(
                self.world.browser, device.ask(self.world.browser, scope=format_scopes(requested)), deny=sorted(denied)
            )
            granted = {scope for scope in requested - denied if grantable(self.role, scope)}
            if not granted:
                assert answered.status_code == 400
                return
            told = device.redeem(answer_in(answered)["code"])
            assert told.json["scope"] == format_scopes(granted)
            device.keep(told)
            if not (name in self.links and self.links[name].live):
                self.links[name] = Link(set())
            link = self.links[name]
            link.ceiling |= granted
            made = Device(device, link, requested, set(granted), [device.refresh_token])
            self.devices.append(made)
            self.tokens.append(Token(device.access_token, made, set(granted)))

        @precondition(lambda self: self.devices)
        @rule(which=PICK, wanted=st.none() | SETS)
        def refresh(self, which, wanted):
            """An app renews its token, perhaps for less."""
            device = self.devices[which % len(self.devices)]
            most = device.granted & device.link.ceiling
            answer = device.app.refresh(device.refresh[-1], scope=wanted and format_scopes(wanted))
            if not (device.live and self.member):
                assert (answer.status_code, answer.json["error"]) == (400, "invalid_grant")
                return
            # Apps repeat what they once asked for; only more than that is a mistake.
            if wanted is not None and not wanted <= device.requested:
                assert (answer.status_code, answer.json["error"]) == (400, "invalid_scope")
                return
            scope = most if wanted is None else most & wanted
            assert answer.status_code == 200, answer.text
            assert set(answer.json["scope"].split()) == self.left_of(scope)
            self.tokens.append(Token(answer.json["access_token"], device, scope))
            device.refresh.append(answer.json["refresh_token"])

        @precondition(lambda self: any(len(device.refresh) > 2 for device in self.devices))
        @rule(which=PICK)
        def replay(self, which):
            """Somebody presents a refresh token that was rotated long ago: the whole device ends."""
            replayable = [device for device in self.devices if len(device.refresh) > 2]
            device = replayable[which % len(replayable)]
            answer = device.app.refresh(device.refresh[0])
            assert (answer.status_code, answer.json["error"]) == (400, "invalid_grant")
            device.live = False

        @precondition(lambda self: self.tokens)
        @rule(which=PICK, whole=st.booleans())
        def give_back(self, which, whole):
            """An app revokes its refresh token, which ends the device, or one access token alone."""
            token = self.tokens[which % len(self.tokens)]
            device = token.device
            secret = device.refresh[-1] if whole else token.secret
            answer = device.app.wire.post("/revoke", data={"token": secret, "client_id": device.app.client_id})
            assert answer.status_code == 200
            if whole:
                device.live = False
            else:
                token.live = False

        @precondition(lambda self: self.links)
        @rule(name=APPS, scope=SCOPES)
        def narrow(self, name, scope):
            """The person removes a scope from an app."""
            link = self.links.get(name)
            if not (link and link.live and scope in link.ceiling and self.member):
                return
            self.do(name, lambda connection: lifecycle.narrow(connection, scope))
            link.ceiling.discard(scope)
            for device in self.devices_of(link):
                device.granted.discard(scope)

        @precondition(lambda self: self.links)
        @rule(name=APPS, scope=SCOPES)
        def restore(self, name, scope):
            """The person gives a scope that the app once asked for."""
            link = self.links.get(name)
            live = [device for device in self.devices_of(link) if device.live] if link and link.live else []
            if not (any(scope in device.requested for device in live) and grantable(self.role, scope) and self.member):
                return
            self.do(name, lambda connection: lifecycle.restore(connection, scope))
            link.ceiling.add(scope)
            for device in live:
                if scope in device.requested and scope not in device.granted:
                    for token in self.tokens:
                        if token.device is device and token.scope >= device.granted:
                            token.scope.add(scope)
                    device.granted.add(scope)

        @precondition(lambda self: self.links)
        @rule(name=APPS)
        def pause_or_resume(self, name):
            link = self.links.get(name)
            if not (link and link.live and self.member):
                return
            self.do(name, lifecycle.resume if link.paused else lifecycle.pause)
            link.paused = not link.paused

        @precondition(lambda self: self.links)
        @rule(name=APPS)
        def revoke(self, name):
            """The person revokes an app."""
            link = self.links.get(name)
            if not (link and link.live and self.member):
                return
            self.do(name, lambda connection: lifecycle.revoke(connection, connection.member))
            link.live = False
            for device in self.devices_of(link):
                device.live = False

        @precondition(lambda self: self.member)
        @rule()
        def change_role(self):
            """An Owner demotes the member, or promotes them again."""
            self.role = Role.USER if self.role == Role.MANAGER else Role.MANAGER
            self.of_member(lambda member: member.change_role(self.role))

        @precondition(lambda self: self.member and len(self.tokens) > 2)
        @rule()
        def remove(self):
            """An Owner removes the member."""
            self.of_member(lambda member: member.remove())
            self.member = False

        @precondition(lambda self: self.tokens)
        @rule(which=PICK, tool=st.sampled_from(sorted(CALLS)))
        def call(self, which, tool):
            token = self.tokens[which % len(self.tokens)]
            status, refused = self.expected(token, registry.find(tool))
            answer = self.client(token).call(tool, **self.arguments(tool))
            assert answer.status_code == status, (tool, self.role, token, answer.text)
            if status == 200:
                assert result_of(answer)["isError"] == refused, (tool, self.role, token, answer.text)

        @invariant()
        def every_token_lists_what_it_may_do(self):
            for token in getattr(self, "tokens", []):
                answer = self.client(token).ask("tools/list")
                if not self.is_live(token):
                    assert answer.status_code == 401, token
                    continue
                usable = set() if token.device.link.paused else self.left_of(self.granted_to(token))
                listed = {tool["name"] for tool in result_of(answer)["tools"]}
                assert listed == {tool.name for tool in registry if tool.needs in usable and may(self.role, tool.may)}

        # The model.

        def is_live(self, token):
            return token.live and token.device.live and self.member

        def granted_to(self, token):
            return token.scope & token.device.granted & token.device.link.ceiling

        def left_of(self, scopes):
            return {scope for scope in scopes if grantable(self.role, scope)}

        def expected(self, token, tool):
            """The status of a call, and whether its answer is an error that the model reads."""
            if not self.is_live(token):
                return 401, True
            if token.device.link.paused or not may(self.role, tool.may):
                return 200, True
            return (200, False) if tool.needs in self.granted_to(token) else (403, True)

        # The product.

        def client(self, token):
            return McpClient(self.world.app, token.secret)

        def arguments(self, tool):
            self.world.numbers[0] += 1
            given = {"profile_id": self.world.profile, "resource_id": self.world.profile}
            given |= dict.fromkeys(("label", "consumer_key"), f"number {self.world.numbers[0]}")
            return {name: given.get(name, value) for name, value in CALLS[tool].items()}

        def devices_of(self, link):
            return [device for device in self.devices if device.link is link]

        def do(self, name, deed):
            """Something that the member does to their connection to this app."""
            bob = self.world.bob
            with self.world.app.app_context(), in_account(bob.account_id):
                member = db.session.get_one(Member, bob.member_id)
                client = Client.by_client_id(self.apps[name].client_id)
                assert client
                connection = Standing(member, client).known
                deed(connection)
                db.session.commit()

        def of_member(self, deed):
            with self.world.app.app_context(), in_account(self.world.bob.account_id):
                deed(db.session.get_one(Member, self.world.bob.member_id))
                db.session.commit()

    return Tokens


@pytest.fixture
def new_world(app, new_account, new_person, browser_of):
    """An account with an Owner, a Manager called Bob, and a profile."""
    made: list[Team] = []

    def make():
        made.append(account := new_account(f"Account {len(made)}"))
        new_person(f"Owner{len(made)}", account, Role.OWNER)
        bob = new_person(f"Bob{len(made)}", account, Role.MANAGER)
        with app.app_context(), in_account(account.id):
            profile = str(Profile.create(account.id, "doug@example.com").id)
            db.session.commit()
        return World(app, bob, browser_of(bob), profile)

    return make


def check_tokens(new_world, examples, steps, phases=(Phase.generate,)):
    checks = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
    given = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=checks,
        database=None,
        phases=phases,
    )
    run_state_machine_as_test(machine(new_world), settings=given)


@pytest.mark.asvs("8.2.1", "8.3.1", "10.3.2", "10.4.5")
def test_every_token_may_do_what_the_model_says(new_world):
    check_tokens(new_world, examples=6, steps=14)


@pytest.mark.everything
def test_every_token_may_do_what_the_model_says_for_long(new_world):
    check_tokens(new_world, examples=60, steps=25, phases=(Phase.generate, Phase.shrink))
