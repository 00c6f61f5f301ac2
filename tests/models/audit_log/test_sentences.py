"""The audit log in sentences: every action, every way it can end."""

from __future__ import annotations

import re
import uuid
from pathlib import Path

from blueprints.web.resource_links import PLACES
from blueprints.web.translations import catalogue
from models.audit.action_texts import CALLS, GROUPS, MORE_MAY_FOLLOW, OF_ANOTHER_VERSION, READS, TEXTS, titles_by_group
from models.audit.display_names import Names
from models.audit.entry import MORE_FOLLOW, NEW_NAME
from models.audit.placeholders import EntryContext
from models.audit.recorded_words import REASONS
from models.audit.recorder import Action, AuditEntry, Outcome
from models.audit.resource_kinds import KINDS
from models.audit.sentences import sentence
from models.audit.wording import ACTOR, Part, Wording
from models.text import languages
from tests.for_each import for_each

ROOT = Path(__file__).parents[3]
ALICE, BOB, CLAUDE, SALES, OLD, ANA, GONE, CRM, DORA = (uuid.UUID(int=n) for n in range(1, 10))
NAMES = Names(
    {
        ("member", ALICE): "Alice",
        ("member", BOB): "Bob",
        ("tag", SALES): "Sales",
        ("profile", ANA): "Ana Löwe",
        ("alias", CRM): "crm-1",
        ("member_invitation", DORA): "dora@example.com",
        ("connection", CLAUDE): "Claude",
    },
    owners={CLAUDE: ALICE},
)


def entry(action, *resources, outcome=Outcome.ALLOWED, **more):
    facts = {
        "member_id": ALICE,
        "user_id": ALICE,
        "connection_id": None,
        "client_name": None,
        "tool": None,
        "scope": None,
        "reason": None,
        "fields": [],
        "values": {},
        "steps": [],
        "resource_count": len(resources),
        **more,
    }
    return AuditEntry(action=action, outcome=outcome, resources=[[kind, str(id_)] for kind, id_ in resources], **facts)


def render(what, remembered=None):
    return "".join(part.text for part in sentence(what, NAMES, remembered))


def by_claude(tool, *resources, **more):
    return entry(Action.TOOL_CALLED, *resources, tool=tool, connection_id=CLAUDE, client_name="Claude", **more)


def by_nobody(action, *resources, **more):
    return entry(action, *resources, member_id=None, user_id=None, **more)


ABOUT = {"connection_id": CLAUDE, "client_name": "Claude"}
ROLE = {"values": {"role": "Manager"}}
REFUSED = {"outcome": Outcome.REFUSED}

SENTENCES = {
    Action.SIGNED_IN: (entry(Action.SIGNED_IN), "Alice signed in"),
    Action.SIGN_IN_FAILED: (
        entry(Action.SIGN_IN_FAILED, **REFUSED),
        "Somebody tried to sign in as Alice with an incorrect password",
    ),
    Action.SIGNED_OUT: (entry(Action.SIGNED_OUT), "Alice signed out"),
    Action.PERSON_CHANGED: (entry(Action.PERSON_CHANGED, fields=["name"]), "Alice changed their name"),
    Action.SIGNED_OUT_ELSEWHERE: (
        entry(Action.SIGNED_OUT_ELSEWHERE),
        "Alice signed out their other browsers",
    ),
    Action.CONFIRMED: (entry(Action.CONFIRMED), "Alice confirmed their identity"),
    Action.PERSON_EXPORTED: (entry(Action.PERSON_EXPORTED), "Alice exported their own data"),
    Action.PERSON_DELETED: (entry(Action.PERSON_DELETED), "Alice deleted their sign-in"),
    Action.PASSWORD_CHANGED: (entry(Action.PASSWORD_CHANGED), "Alice changed their password"),
    Action.PASSWORD_RESET_ASKED: (
        entry(Action.PASSWORD_RESET_ASKED),
        "A password reset link was requested for Alice",
    ),
    Action.PASSWORD_RESET: (entry(Action.PASSWORD_RESET), "Alice reset their password by a link"),
    Action.EMAIL_CHANGE_ASKED: (entry(Action.EMAIL_CHANGE_ASKED), "Alice requested a change of their e-mail address"),
    Action.EMAIL_CHANGED: (entry(Action.EMAIL_CHANGED), "Alice changed their e-mail address"),
    Action.PASSKEY_ADDED: (entry(Action.PASSKEY_ADDED), "Alice added a passkey"),
    Action.PASSKEY_RENAMED: (entry(Action.PASSKEY_RENAMED), "Alice renamed a passkey"),
    Action.PASSKEY_REMOVED: (entry(Action.PASSKEY_REMOVED), "Alice removed a passkey"),
    Action.PASSKEY_REFUSED: (entry(Action.PASSKEY_REFUSED, **REFUSED), "A passkey of Alice was refused"),
    Action.APP_ADDED: (entry(Action.APP_ADDED), "Alice set up an authenticator app"),
    Action.APP_REMOVED: (entry(Action.APP_REMOVED), "Alice removed their authenticator app"),
    Action.RECOVERY_CODES_MADE: (entry(Action.RECOVERY_CODES_MADE), "Alice created new recovery codes"),
    Action.RECOVERY_CODE_USED: (entry(Action.RECOVERY_CODE_USED), "Alice used a recovery code"),
    Action.SECOND_FACTOR_FAILED: (
        entry(Action.SECOND_FACTOR_FAILED, **REFUSED),
        "Somebody with the password of Alice entered an incorrect code",
    ),
    Action.FACTORS_FORGOTTEN: (
        entry(Action.FACTORS_FORGOTTEN),
        "The second factors of Alice were removed by the server administrator",
    ),
    Action.ACCOUNT_CREATED: (entry(Action.ACCOUNT_CREATED), "Alice created this account"),
    Action.ACCOUNT_CHANGED: (
        entry(Action.ACCOUNT_CHANGED, fields=["name", "assessments"]),
        "Alice changed the account's name and the assessments",
    ),
    Action.EXPORT_ASKED: (entry(Action.EXPORT_ASKED), "Alice requested an export of the account"),
    Action.EXPORT_MADE: (by_nobody(Action.EXPORT_MADE), "The export of the account was created"),
    Action.EXPORT_FAILED: (by_nobody(Action.EXPORT_FAILED), "The export of the account failed"),
    Action.EXPORT_DOWNLOADED: (entry(Action.EXPORT_DOWNLOADED), "Alice downloaded an export of the account"),
    Action.EXPORT_REMOVED: (entry(Action.EXPORT_REMOVED), "Alice removed an export of the account"),
    Action.DELETION_ASKED: (entry(Action.DELETION_ASKED), "Alice requested the deletion of this account"),
    Action.DELETION_CANCELLED: (entry(Action.DELETION_CANCELLED), "Alice cancelled the deletion of this account"),
    Action.ACCOUNT_DELETED: (by_nobody(Action.ACCOUNT_DELETED), "This account was deleted"),
    Action.MEMBER_INVITED: (
        entry(Action.MEMBER_INVITED, ("member_invitation", DORA), **ROLE),
        "Alice invited dora@example.com as Manager",
    ),
    Action.MEMBER_INVITED_AGAIN: (
        entry(Action.MEMBER_INVITED_AGAIN, ("member_invitation", DORA)),
        "Alice sent dora@example.com the invitation again",
    ),
    Action.MEMBER_INVITATION_CANCELLED: (
        entry(Action.MEMBER_INVITATION_CANCELLED, ("member_invitation", DORA)),
        "Alice cancelled the invitation of dora@example.com",
    ),
    Action.MEMBER_JOINED: (entry(Action.MEMBER_JOINED, ("member", ALICE), **ROLE), "Alice joined as Manager"),
    Action.MEMBER_ROLE_CHANGED: (
        entry(Action.MEMBER_ROLE_CHANGED, ("member", BOB), **ROLE),
        "Alice gave Bob the role Manager",
    ),
    Action.MEMBER_TAGS_CHANGED: (
        entry(Action.MEMBER_TAGS_CHANGED, ("member", BOB)),
        "Alice changed which profiles Bob sees: no tags",
    ),
    Action.MEMBER_REMOVED: (entry(Action.MEMBER_REMOVED, ("member", BOB)), "Alice removed Bob from the account"),
    Action.MEMBER_LEFT: (entry(Action.MEMBER_LEFT, ("member", ALICE)), "Alice left the account"),
    Action.OWNERSHIP_TRANSFERRED: (
        entry(Action.OWNERSHIP_TRANSFERRED, ("member", BOB), **ROLE),
        "Alice made Bob an Owner in their place and became Manager",
    ),
    Action.CONNECTION_CREATED: (entry(Action.CONNECTION_CREATED, **ABOUT), "Alice connected Claude"),
    Action.CONNECTION_WIDENED: (entry(Action.CONNECTION_WIDENED, **ABOUT), "Alice gave Claude more access"),
    Action.CONNECTION_RENEWED: (entry(Action.CONNECTION_RENEWED, **ABOUT), "Alice connected Claude again"),
    Action.CONNECTION_REFUSED: (
        entry(Action.CONNECTION_REFUSED, client_name="Claude", **REFUSED),
        "Alice denied Claude access",
    ),
    Action.CONNECTION_REVOKED: (entry(Action.CONNECTION_REVOKED, **ABOUT), "Alice revoked Claude"),
    Action.CONNECTION_ENDED: (
        entry(Action.CONNECTION_ENDED, reason="end_date", **ABOUT),
        "The connection of Claude for Alice ended: its end date had passed",
    ),
    Action.REFUSAL_LIFTED: (
        entry(Action.REFUSAL_LIFTED, **ABOUT),
        "Alice allowed Claude to ask again",
    ),
    Action.CONNECTION_LIMITED: (
        entry(Action.CONNECTION_LIMITED, fields=["read_only", "daily_calls"], **ABOUT),
        "Alice changed whether it only reads and its calls a day of Claude",
    ),
    Action.CONNECTION_NARROWED: (
        entry(Action.CONNECTION_NARROWED, values={"scopes": ["tags:manage"]}, **ABOUT),
        "Alice removed tags:manage from Claude",
    ),
    Action.CONNECTION_RESTORED: (
        entry(Action.CONNECTION_RESTORED, values={"scopes": ["tags:manage"]}, **ABOUT),
        "Alice restored tags:manage for Claude",
    ),
    Action.CONNECTION_PAUSED: (entry(Action.CONNECTION_PAUSED, **ABOUT), "Alice paused Claude"),
    Action.CONNECTION_RESUMED: (entry(Action.CONNECTION_RESUMED, **ABOUT), "Alice resumed Claude"),
    Action.CONNECTION_RENAMED: (
        entry(Action.CONNECTION_RENAMED, **ABOUT),
        "Claude, which Alice connected, now calls itself Claudia",
    ),
    Action.CALL_ALLOWED: (
        entry(Action.CALL_ALLOWED, values={"tool": "delete_tag"}, **ABOUT),
        "Alice allowed one call of Claude: delete_tag",
    ),
    Action.CHANGES_TAKEN_BACK: (entry(Action.CHANGES_TAKEN_BACK, **ABOUT), "Alice took back changes of Claude"),
    Action.CONNECTION_ALARM: (
        entry(Action.CONNECTION_ALARM, values={"tripwire": "decoy"}, **ABOUT),
        "An alarm: Claude, which Alice connected, opened or changed the decoy profile",
    ),
    Action.CALL_DENIED: (
        entry(Action.CALL_DENIED, values={"tool": "delete_tag"}, **ABOUT),
        "Alice denied one call of Claude: delete_tag",
    ),
    Action.POLICY_CHANGED: (
        entry(Action.POLICY_CHANGED, fields=["apps", "longest_days"]),
        "Alice changed the policy for connected apps: which apps may connect and how long until an app must be connected again",
    ),
    Action.CLIENT_REGISTERED: (
        entry(Action.CLIENT_REGISTERED, client_name="Robot"),
        "Alice registered the API client Robot",
    ),
    Action.CLIENT_SECRET_ROTATED: (
        entry(Action.CLIENT_SECRET_ROTATED, client_name="Robot"),
        "Alice gave the API client Robot a new secret",
    ),
    Action.CLIENT_REMOVED: (entry(Action.CLIENT_REMOVED, client_name="Robot"), "Alice removed the API client Robot"),
    Action.AUTHORIZATION_ENDED: (
        entry(Action.AUTHORIZATION_ENDED, **ABOUT),
        "Claude (for Alice) disconnected itself",
    ),
    Action.TOKEN_GIVEN_BACK: (
        entry(Action.TOKEN_GIVEN_BACK, **ABOUT),
        "Claude (for Alice) gave back an access token",
    ),
    Action.CODE_REPLAYED: (
        entry(Action.CODE_REPLAYED, **ABOUT, **REFUSED),
        "Claude (for Alice) used a one-time code twice, so that device was disconnected",
    ),
    Action.REFRESH_REUSED: (
        entry(Action.REFRESH_REUSED, **ABOUT, **REFUSED),
        "Claude (for Alice) used a token that had been replaced, so that device was disconnected",
    ),
    Action.TOOL_CALLED: (
        by_claude("update_tag", ("tag", SALES), steps=["tag.changed"], fields=["color"], values={"color": "red"}),
        "Claude (for Alice) changed the tag Sales to red",
    ),
    Action.TOKEN_REFUSED: (
        entry(Action.TOKEN_REFUSED, reason="revoked", **ABOUT, **REFUSED),
        "Claude (for Alice) was refused: its access had been revoked",
    ),
    Action.PROFILE_CREATED: (entry(Action.PROFILE_CREATED, ("profile", ANA)), "Alice created the profile of Ana Löwe"),
    Action.PROFILE_CHANGED: (
        entry(Action.PROFILE_CHANGED, ("profile", ANA), fields=["phone"]),
        "Alice changed the phone number in the profile of Ana Löwe",
    ),
    Action.PROFILE_DELETED: (entry(Action.PROFILE_DELETED, ("profile", GONE)), "Alice deleted a profile"),
    Action.PROFILE_ERASED: (
        entry(Action.PROFILE_ERASED, ("profile", GONE)),
        "Alice deleted what was kept of a deleted profile",
    ),
    Action.PROFILE_EXPORTED: (
        entry(Action.PROFILE_EXPORTED, ("profile", ANA)),
        "Alice exported the data of Ana Löwe",
    ),
    Action.PROFILES_EXPORTED: (
        entry(Action.PROFILES_EXPORTED, values={"filtered": True}),
        "Alice exported some of the profiles",
    ),
    Action.PROFILES_IMPORTED: (
        entry(
            Action.PROFILES_IMPORTED,
            *[("profile", uuid.UUID(int=n)) for n in range(100, 112)],
            member_id=None,
            user_id=None,
        ),
        "The server administrator imported 12 profiles",
    ),
    Action.TAG_CREATED: (entry(Action.TAG_CREATED, ("tag", SALES)), "Alice created the tag Sales"),
    Action.TAG_CHANGED: (entry(Action.TAG_CHANGED, ("tag", SALES), fields=["label"]), "Alice renamed the tag Sales"),
    Action.TAG_DELETED: (entry(Action.TAG_DELETED, ("tag", OLD)), "Alice deleted the tag Old"),
    Action.TEAM_CREATED: (entry(Action.TEAM_CREATED, ("team", GONE)), "Alice saved a deleted team"),
    Action.TEAM_CHANGED: (
        entry(Action.TEAM_CHANGED, ("team", GONE), fields=["name", "people"]),
        "Alice renamed and changed the people in a deleted team",
    ),
    Action.TEAM_DELETED: (entry(Action.TEAM_DELETED, ("team", OLD)), "Alice deleted the team Old"),
    Action.TAG_PUT: (
        entry(Action.TAG_PUT, ("tag", SALES), ("profile", ANA), ("profile", GONE)),
        "Alice added the tag Sales to the profile of Ana Löwe and a deleted profile",
    ),
    Action.TAG_TAKEN: (
        entry(Action.TAG_TAKEN, ("tag", OLD), ("profile", ANA)),
        "Alice removed the tag Old (deleted) from the profile of Ana Löwe",
    ),
    Action.ALIAS_CREATED: (
        entry(Action.ALIAS_CREATED, ("alias", CRM), ("profile", ANA)),
        "Alice created the alias crm-1 for the profile of Ana Löwe",
    ),
    Action.ALIAS_CHANGED: (
        entry(Action.ALIAS_CHANGED, ("alias", CRM), ("profile", ANA), fields=["consumer_key"]),
        "Alice renamed the alias crm-1 of the profile of Ana Löwe",
    ),
    Action.ALIAS_DELETED: (
        entry(Action.ALIAS_DELETED, ("alias", GONE), ("profile", ANA)),
        "Alice deleted an alias of the profile of Ana Löwe",
    ),
    Action.ASSESSMENT_INVITED: (
        by_claude("send_assessment_invite", ("profile", ANA), steps=["profile.created", "assessment.invited"]),
        "Claude (for Alice) created the profile of Ana Löwe and invited Ana Löwe to the assessments",
    ),
    Action.INVITATION_SENT_AGAIN: (
        entry(Action.INVITATION_SENT_AGAIN, ("profile", ANA)),
        "Alice sent Ana Löwe the invitation again",
    ),
    Action.INVITATION_CANCELLED: (
        entry(Action.INVITATION_CANCELLED, ("profile", ANA)),
        "Alice cancelled the invitation of Ana Löwe",
    ),
    Action.ASSESSMENT_REMINDED: (
        by_nobody(Action.ASSESSMENT_REMINDED, ("profile", ANA)),
        "A reminder was sent to Ana Löwe",
    ),
    Action.PERSONAL_LINK_SHOWN: (
        entry(Action.PERSONAL_LINK_SHOWN, ("profile", ANA)),
        "Alice viewed the personal link of Ana Löwe",
    ),
    Action.SHARED_LINK_CREATED: (entry(Action.SHARED_LINK_CREATED), "Alice created a shared assessment link"),
    Action.SHARED_LINK_CLOSED: (entry(Action.SHARED_LINK_CLOSED), "Alice closed a shared assessment link"),
    Action.ASSESSMENT_STARTED: (
        by_nobody(Action.ASSESSMENT_STARTED, ("profile", ANA)),
        "Ana Löwe started the assessments",
    ),
    Action.ASSESSMENT_DECLINED: (
        by_nobody(Action.ASSESSMENT_DECLINED, ("profile", ANA)),
        "Ana Löwe declined to answer the assessments",
    ),
    Action.ASSESSMENT_COMPLETED: (
        by_nobody(Action.ASSESSMENT_COMPLETED, ("profile", ANA)),
        "Ana Löwe completed the assessments",
    ),
    Action.RESULTS_SHARED: (
        by_nobody(Action.RESULTS_SHARED, ("profile", ANA)),
        "The results of Ana Löwe were shared with the account",
    ),
    Action.COMMENT_WRITTEN: (
        by_nobody(Action.COMMENT_WRITTEN, ("profile", ANA)),
        "Ana Löwe wrote a comment on their own report",
    ),
    Action.COMMENT_DELETED: (
        by_nobody(Action.COMMENT_DELETED, ("profile", ANA)),
        "Ana Löwe deleted the comment on their own report",
    ),
    Action.RESULTS_HELD: (
        by_nobody(Action.RESULTS_HELD, ("profile", ANA)),
        "Results from a shared link for Ana Löwe are pending",
    ),
    Action.RESULTS_KEPT: (entry(Action.RESULTS_KEPT, ("profile", ANA)), "Alice kept the new results of Ana Löwe"),
    Action.RESULTS_DISCARDED: (
        entry(Action.RESULTS_DISCARDED, ("profile", ANA)),
        "Alice discarded the new results of Ana Löwe",
    ),
    Action.REMOVAL_ASKED: (
        by_nobody(Action.REMOVAL_ASKED, ("profile", GONE)),
        "Somebody whose profile was deleted asked to be removed",
    ),
    Action.REMOVAL_DECLINED: (
        entry(Action.REMOVAL_DECLINED, ("profile", ANA)),
        "Alice declined the removal request of Ana Löwe",
    ),
    Action.DEBRIEF_ASKED: (entry(Action.DEBRIEF_ASKED, ("profile", ANA)), "Alice requested a new debrief on Ana Löwe"),
    Action.SCORES_SENT: (
        by_nobody(
            Action.SCORES_SENT,
            ("profile", ANA),
            values={"model": "anthropic:claude-opus", "sent_to": "api.anthropic.com"},
        ),
        "The scores of Ana Löwe were sent to anthropic:claude-opus at api.anthropic.com, without a name",
    ),
    Action.DEBRIEF_WRITTEN: (
        by_nobody(Action.DEBRIEF_WRITTEN, ("profile", ANA), values={"model": "anthropic:claude-opus"}),
        "A debrief on Ana Löwe was written by anthropic:claude-opus from the scores",
    ),
    Action.DEBRIEF_FAILED: (
        by_nobody(Action.DEBRIEF_FAILED, ("profile", ANA), outcome=Outcome.FAILED),
        "A debrief on Ana Löwe could not be written",
    ),
    Action.MAIL_FAILED: (
        by_nobody(Action.MAIL_FAILED, ("profile", ANA), outcome=Outcome.FAILED),
        "Mail to Ana Löwe could not be sent",
    ),
    Action.MAIL_SENT_AGAIN: (
        entry(Action.MAIL_SENT_AGAIN, ("profile", ANA)),
        "Alice sent an e-mail about Ana Löwe again",
    ),
    Action.MAIL_CANCELLED: (
        entry(Action.MAIL_CANCELLED, ("profile", ANA)),
        "Alice cancelled an e-mail about Ana Löwe",
    ),
    Action.AUDIT_EXPORTED: (
        entry(Action.AUDIT_EXPORTED, values={"format": "jsonl", "filtered": True}),
        "Alice exported part of the audit log",
    ),
    Action.AUDIT_PURGED: (
        by_nobody(Action.AUDIT_PURGED, values={"before": "2026-01-01T00:00:00+00:00", "entries": 12}),
        "12 entries of the audit log reached the end of retention and were removed",
    ),
    Action.AUDIT_READ: (entry(Action.AUDIT_READ), "Alice read the audit log"),
}


def test_no_action_is_without_a_text():
    lacking = [action for action in Action if not (text := TEXTS.get(action)) or not text.title]
    silent = [action for action, text in TEXTS.items() if not text.sentence]

    assert lacking == []
    assert silent == [Action.TOOL_CALLED], "what a tool did is said by the tool"


def test_every_action_is_told_in_its_sentence():
    untold = {
        action: (said, expected)
        for action, (what, expected) in SENTENCES.items()
        if (said := render(what, remembered={str(OLD): "Old", NEW_NAME: "Claudia"})) != expected
    }

    assert untold == {}
    assert set(SENTENCES) == set(Action)


def test_a_filter_lists_every_action_once_in_its_group():
    listed = [action for some in titles_by_group().values() for action, _ in some]

    assert sorted(listed) == sorted(Action)
    assert list(titles_by_group()) == [group for group in GROUPS.values() if group in titles_by_group()]


@for_each(
    ("what", "expected"),
    [
        (by_claude("list_profiles", *[("profile", uuid.UUID(int=n)) for n in range(100, 125)]), "listed 25 profiles"),
        (by_claude("list_profiles"), "listed no profiles"),
        (by_claude("get_profile", ("profile", ANA)), "read the profile of Ana Löwe"),
        (by_claude("get_account"), "read the account's settings"),
        (by_claude("send_assessment_invite", ("profile", ANA)), "asked to invite Ana Löwe, who had just been invited"),
        (by_claude("a_tool_of_tomorrow"), "used a_tool_of_tomorrow"),
        (by_claude("delete_tag", ("tag", OLD), steps=["tag.deleted"]), "deleted the tag Old"),
        (
            by_claude(
                "update_profile",
                ("profile", ANA),
                ("alias", CRM),
                steps=["profile.changed", "alias.created"],
                fields=["phone"],
            ),
            "changed the phone number in the profile of Ana Löwe and created the alias crm-1 for the profile of Ana Löwe",
        ),
        (
            by_claude("list_profiles", reason="scope", scope="profiles:read", **REFUSED),
            "was refused list_profiles: it has no profiles:read",
        ),
        (
            by_claude("delete_tag", reason="role", **REFUSED),
            "was refused delete_tag: the member's role does not allow it",
        ),
        (
            by_claude("update_tag", reason="not_found", outcome=Outcome.FAILED),
            "tried update_tag and failed: nothing in this account has this id. Nothing was changed",
        ),
    ],
)
def test_a_tool_call_is_told_by_what_it_did(what, expected):
    assert render(what, remembered={str(OLD): "Old"}) == f"Claude (for Alice) {expected}"


def test_the_one_who_revokes_somebody_elses_app_is_the_one_who_did_it():
    revoked = entry(Action.CONNECTION_REVOKED, member_id=BOB, **ABOUT)
    assert render(revoked) == "Bob revoked Claude of Alice"


def test_a_refused_change_of_password_is_no_change():
    refused = entry(Action.PASSWORD_CHANGED, reason="wrong_password", **REFUSED)
    assert render(refused) == "Alice could not change their password: the current one was incorrect"


@for_each(
    ("action", "before"),
    [
        (Action.SIGN_IN_FAILED, "Somebody tried to sign in as Alice with an incorrect password"),
        (Action.CONFIRMED, "Alice could not confirm their identity"),
        (Action.PASSWORD_CHANGED, "Alice could not change their password: the current one was incorrect"),
        (Action.SECOND_FACTOR_FAILED, "Somebody with the password of Alice entered an incorrect code"),
        (Action.PASSKEY_REFUSED, "A passkey of Alice was refused"),
    ],
)
def test_the_last_recorded_failure_says_that_others_may_follow(action, before):
    last = entry(action, values={MORE_FOLLOW: True}, **REFUSED)
    assert render(last) == f"{before}. Further attempts may not be recorded today"


def test_a_change_that_changed_nothing_does_not_boast():
    assert render(entry(Action.TAG_CHANGED, ("tag", SALES))) == "Alice changed nothing in the tag Sales"
    assert render(entry(Action.PROFILE_CHANGED, ("profile", ANA))) == "Alice changed nothing in the profile of Ana Löwe"
    assert render(entry(Action.ACCOUNT_CHANGED)) == "Alice changed nothing in the account's settings"
    same_key = entry(Action.ALIAS_CHANGED, ("alias", CRM), ("profile", ANA))
    assert render(same_key) == "Alice changed nothing in the alias crm-1 of the profile of Ana Löwe"


def test_an_end_that_there_is_not_is_still_a_sentence():
    """As somebody could write it into the database."""
    assert render(by_claude("list_tags", outcome="forgotten")) == "Claude (for Alice) used list_tags"


def test_names_are_told_apart_from_the_sentences_own_words():
    parts = sentence(by_claude("delete_tag", reason="role", **REFUSED), NAMES)
    assert [part.text for part in parts if part.is_name] == ["Claude", "Alice", "delete_tag"]


def test_what_is_not_known_any_more_is_still_a_sentence():
    assert render(entry("word.of_the_past")) == "Alice did word.of_the_past"
    assert render(entry(Action.TAG_CREATED, ("tag", GONE), member_id=GONE)) == "Somebody created a deleted tag"


def texts_of_every_kind():
    """Every text of a sentence in every language, with the one in the code."""
    fixed = [text.refused for text in TEXTS.values() if text.refused] + [
        text.sentence for text in TEXTS.values() if isinstance(text.sentence, str) and text.sentence
    ]
    chosen = [
        text.sentence(entry(Action.TAG_CHANGED, fields=fields, values=values))
        for text in TEXTS.values()
        if callable(text.sentence)
        for fields in (
            [],
            ["phone"],
            ["color"],
            ["label"],
            ["color", "label"],
            ["name"],
            ["people"],
            ["name", "people"],
        )
        for values in ({}, {"filtered": True, "model": "m"})
    ]
    return {*fixed, *chosen, *CALLS.values(), *READS.values(), OF_ANOTHER_VERSION, MORE_MAY_FOLLOW}


@for_each("language", languages())
def test_every_place_in_a_sentence_can_be_filled(language):
    wording = Wording(language, catalogue(language))
    for text in texts_of_every_kind():
        context = EntryContext(entry(Action.TOOL_CALLED), NAMES, {}, wording)
        parts = context.fill(text, sentence=[Part("It")])
        assert parts
        assert "%(" not in "".join(part.text for part in parts)


@for_each("language", languages())
def test_what_a_tool_does_begins_with_who_did_it_in_every_language(language):
    """Several steps of one call share their actor."""
    wording = Wording(language, catalogue(language))
    of_steps = [text for text in texts_of_every_kind() if text.startswith(ACTOR)]

    assert len(of_steps) > 60
    assert [text for text in of_steps if not wording.gettext(text).startswith(ACTOR)] == []


@for_each(
    ("language", "expected"),
    [
        ("de", "Claude (für Alice) hat das Profil von Ana Löwe angelegt und hat Ana Löwe zum Fragebogen eingeladen"),
        ("fr", "Claude (pour Alice) a créé le profil de Ana Löwe et a invité Ana Löwe aux questionnaires"),
    ],
)
def test_a_sentence_is_told_in_the_language_of_the_reader(language, expected):
    what, _ = SENTENCES[Action.ASSESSMENT_INVITED]
    parts = sentence(what, NAMES, wording=Wording(language, catalogue(language)))

    assert "".join(part.text for part in parts) == expected
    ana = [part for part in parts if part.text == "Ana Löwe"]
    assert [part.thing for part in ana] == [("profile", ANA)] * 2


def test_every_word_that_ends_a_tool_call_is_explained():
    source = (ROOT / "blueprints/mcp/call_outcomes.py").read_text() + (ROOT / "models/oauth/bearer.py").read_text()
    words = set(re.findall(r'Outcome\.\w+, "(\w+)"', source)) | set(re.findall(r'ended = "(\w+)"', source))
    assert words - {"scope"} <= set(REASONS)


def test_every_kind_that_has_a_name_has_its_place():
    assert set(PLACES) == set(KINDS)
