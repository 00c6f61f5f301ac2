"""The texts of each action: its title in a filter, and its sentence. models/audit/placeholders.py fills in the placeholders."""

from __future__ import annotations

from dataclasses import dataclass

from models.audit.actions import Action, Outcome
from models.text import key


@dataclass(frozen=True)
class ActionText:
    """The texts of one action. An action needs a `deed`, a `refusal` or a `whole` sentence."""

    title: str
    deed: str = ""
    """What somebody did, to follow their name; also what an app did with a tool."""
    refusal: str = ""
    """The text instead if it was refused or failed."""
    whole: str = ""
    """A sentence that does not begin with the actor."""
    by_member: bool = False
    """Whether the member did it although the entry is about an app."""


TEXTS: dict[Action, ActionText] = {
    Action.SIGNED_IN: ActionText("Sign-in", "signed in"),
    Action.SIGN_IN_FAILED: ActionText(
        "Failed sign-in", whole="Somebody tried to sign in as {person} with an incorrect password{more_follow}"
    ),
    Action.SIGNED_OUT: ActionText("Sign-out", "signed out"),
    Action.PERSON_CHANGED: ActionText("Person's name changed", "changed their name"),
    Action.PERSON_EXPORTED: ActionText("Own data exported", "exported their own data"),
    Action.PERSON_DELETED: ActionText("Sign-in deleted", "deleted their sign-in"),
    Action.SIGNED_OUT_ELSEWHERE: ActionText("Signed out elsewhere", "signed out their other browsers"),
    Action.CONFIRMED: ActionText(
        "Identity confirmed", "confirmed their identity", refusal="could not confirm their identity{more_follow}"
    ),
    Action.PASSWORD_CHANGED: ActionText(
        "Password changed",
        "changed their password",
        refusal="could not change their password: the current one was incorrect{more_follow}",
    ),
    Action.PASSWORD_RESET_ASKED: ActionText(
        "Password reset requested", whole="A password reset link was requested for {person}"
    ),
    Action.PASSWORD_RESET: ActionText("Password reset", "reset their password by a link"),
    Action.EMAIL_CHANGE_ASKED: ActionText("E-mail change requested", "requested a change of their e-mail address"),
    Action.EMAIL_CHANGED: ActionText("E-mail changed", "changed their e-mail address"),
    Action.PASSKEY_ADDED: ActionText("Passkey added", "added a passkey"),
    Action.PASSKEY_RENAMED: ActionText("Passkey renamed", "renamed a passkey"),
    Action.PASSKEY_REMOVED: ActionText("Passkey removed", "removed a passkey"),
    Action.PASSKEY_REFUSED: ActionText("Passkey refused", whole="A passkey of {person} was refused{more_follow}"),
    Action.APP_ADDED: ActionText("Authenticator app set up", "set up an authenticator app"),
    Action.APP_REMOVED: ActionText("Authenticator app removed", "removed their authenticator app"),
    Action.RECOVERY_CODES_MADE: ActionText("Recovery codes created", "created new recovery codes"),
    Action.RECOVERY_CODE_USED: ActionText("Recovery code used", "used a recovery code"),
    Action.SECOND_FACTOR_FAILED: ActionText(
        "Failed second factor", whole="Somebody with the password of {person} entered an incorrect code{more_follow}"
    ),
    Action.FACTORS_FORGOTTEN: ActionText(
        "Second factors removed by the server administrator",
        whole="The second factors of {person} were removed by the server administrator",
    ),
    Action.ACCOUNT_CREATED: ActionText("Account created", "created this account"),
    Action.ACCOUNT_CHANGED: ActionText("Account settings changed", "changed {settings}"),
    Action.EXPORT_ASKED: ActionText("Account export requested", "requested an export of the account"),
    Action.EXPORT_MADE: ActionText("Account export created", whole="The export of the account was created"),
    Action.EXPORT_FAILED: ActionText("Account export failed", whole="The export of the account failed"),
    Action.EXPORT_DOWNLOADED: ActionText("Account export downloaded", "downloaded an export of the account"),
    Action.EXPORT_REMOVED: ActionText("Account export removed", "removed an export of the account"),
    Action.DELETION_ASKED: ActionText("Account deletion requested", "requested the deletion of this account"),
    Action.DELETION_CANCELLED: ActionText("Account deletion cancelled", "cancelled the deletion of this account"),
    Action.ACCOUNT_DELETED: ActionText("Account deleted", whole="This account was deleted"),
    Action.MEMBER_INVITED: ActionText("Member invited", "invited {invitations} as {role}"),
    Action.MEMBER_INVITED_AGAIN: ActionText("Member invited again", "sent {invitations} the invitation again"),
    Action.MEMBER_INVITATION_CANCELLED: ActionText("Invitation cancelled", "cancelled the invitation of {invitations}"),
    Action.MEMBER_JOINED: ActionText("Member joined", "joined as {role}"),
    Action.MEMBER_ROLE_CHANGED: ActionText("Role changed", "gave {members} the role {role}"),
    Action.MEMBER_TAGS_CHANGED: ActionText("Member's tags changed", "changed which profiles {members} sees: {tags}"),
    Action.MEMBER_REMOVED: ActionText("Member removed", "removed {members} from the account"),
    Action.MEMBER_LEFT: ActionText("Member left", "left the account"),
    Action.OWNERSHIP_TRANSFERRED: ActionText(
        "Ownership transferred", "made {members} an Owner in their place and became {role}"
    ),
    Action.CONNECTION_CREATED: ActionText("App connected", "connected {app}", by_member=True),
    Action.CONNECTION_WIDENED: ActionText("App given more access", "gave {app} more access", by_member=True),
    Action.CONNECTION_RENEWED: ActionText("App connected again", "connected {app} again", by_member=True),
    Action.CONNECTION_REFUSED: ActionText("App denied", refusal="denied {app} access", by_member=True),
    Action.CONNECTION_REVOKED: ActionText("App revoked", "revoked {app_of_owner}", by_member=True),
    Action.CONNECTION_ENDED: ActionText("Connection ended", whole="The connection of {app} for {person} ended: {why}"),
    Action.REFUSAL_LIFTED: ActionText("App may ask again", "allowed {app} to ask again", by_member=True),
    Action.CONNECTION_LIMITED: ActionText("App's limits changed", "changed {limits} of {app}", by_member=True),
    Action.CONNECTION_NARROWED: ActionText("Scope removed from an app", "removed {scopes} from {app}", by_member=True),
    Action.CONNECTION_RESTORED: ActionText("Scope restored for an app", "restored {scopes} for {app}", by_member=True),
    Action.CONNECTION_PAUSED: ActionText("App paused", "paused {app_of_owner}", by_member=True),
    Action.CONNECTION_RESUMED: ActionText("App resumed", "resumed {app_of_owner}", by_member=True),
    Action.CONNECTION_RENAMED: ActionText(
        "App changed its name", whole="{app}, which {person} connected, now calls itself {new_name}"
    ),
    Action.POLICY_CHANGED: ActionText("Policy for apps changed", "changed the policy for connected apps: {limits}"),
    Action.CLIENT_REGISTERED: ActionText("API client registered", "registered the API client {app}", by_member=True),
    Action.CLIENT_SECRET_ROTATED: ActionText(
        "API client given a new secret", "gave the API client {app} a new secret", by_member=True
    ),
    Action.CLIENT_REMOVED: ActionText("API client removed", "removed the API client {app}", by_member=True),
    Action.AUTHORIZATION_ENDED: ActionText("App disconnected itself", "disconnected itself"),
    Action.CODE_REPLAYED: ActionText(
        "One-time code used twice", refusal="used a one-time code twice, so that device was disconnected"
    ),
    Action.REFRESH_REUSED: ActionText(
        "Replaced token used", refusal="used a token that had been replaced, so that device was disconnected"
    ),
    Action.TOOL_CALLED: ActionText("Tool called by an app"),
    Action.TOKEN_GIVEN_BACK: ActionText("Access token given back", "gave back an access token"),
    Action.TOKEN_REFUSED: ActionText("Expired or revoked token refused", refusal="was refused: {why_token}"),
    Action.PROFILE_CREATED: ActionText("Profile created", "created {profiles}"),
    Action.PROFILE_CHANGED: ActionText("Profile changed", "changed {fields}{profiles}"),
    Action.PROFILE_DELETED: ActionText("Profile deleted", "deleted {profiles}"),
    Action.PROFILE_EXPORTED: ActionText("Person's data exported", "exported the data of {people}"),
    Action.PROFILES_IMPORTED: ActionText("Profiles imported", "imported {profiles}"),
    Action.PROFILES_EXPORTED: ActionText("Profiles exported", "exported {the_profiles}"),
    Action.TAG_CREATED: ActionText("Tag created", "created {tags}"),
    Action.TAG_CHANGED: ActionText("Tag changed", "{tag_change}"),
    Action.TAG_DELETED: ActionText("Tag deleted", "deleted {tags}"),
    Action.TAG_PUT: ActionText("Tag added to profiles", "added {tags} to {profiles}"),
    Action.TAG_TAKEN: ActionText("Tag removed from profiles", "removed {tags} from {profiles}"),
    Action.TEAM_CREATED: ActionText("Team saved", "saved {teams}"),
    Action.TEAM_CHANGED: ActionText("Team changed", "{team_change}"),
    Action.TEAM_DELETED: ActionText("Team deleted", "deleted {teams}"),
    Action.ALIAS_CREATED: ActionText("Alias created", "created {aliases} for {profiles}"),
    Action.ALIAS_CHANGED: ActionText("Alias renamed", "{alias_change} of {profiles}"),
    Action.ALIAS_DELETED: ActionText("Alias deleted", "deleted {aliases} of {profiles}"),
    Action.ASSESSMENT_INVITED: ActionText("Person invited to the assessments", "invited {people} to the assessments"),
    Action.INVITATION_SENT_AGAIN: ActionText(
        "Invitation to the assessments sent again", "sent {people} the invitation again"
    ),
    Action.INVITATION_CANCELLED: ActionText(
        "Invitation to the assessments cancelled", "cancelled the invitation of {people}"
    ),
    Action.ASSESSMENT_REMINDED: ActionText("Reminder sent", whole="A reminder was sent to {people}"),
    Action.PERSONAL_LINK_SHOWN: ActionText("Personal link viewed", "viewed the personal link of {people}"),
    Action.SHARED_LINK_CREATED: ActionText("Shared link created", "created a shared assessment link"),
    Action.SHARED_LINK_CLOSED: ActionText("Shared link closed", "closed a shared assessment link"),
    Action.ASSESSMENT_STARTED: ActionText("Assessments started", whole="{people} started the assessments"),
    Action.ASSESSMENT_DECLINED: ActionText("Assessments declined", whole="{people} declined to answer the assessments"),
    Action.ASSESSMENT_COMPLETED: ActionText("Assessments completed", whole="{people} completed the assessments"),
    Action.RESULTS_SHARED: ActionText(
        "Results shared with the account", whole="The results of {people} were shared with the account"
    ),
    Action.RESULTS_HELD: ActionText("Results pending", whole="Results from a shared link for {people} are pending"),
    Action.RESULTS_KEPT: ActionText("New results kept", "kept the new results of {people}"),
    Action.RESULTS_DISCARDED: ActionText("New results discarded", "discarded the new results of {people}"),
    Action.COMMENT_WRITTEN: ActionText(
        "Comment on a report written", whole="{people} wrote a comment on their own report"
    ),
    Action.COMMENT_DELETED: ActionText(
        "Comment on a report deleted", whole="{people} deleted the comment on their own report"
    ),
    Action.REMOVAL_ASKED: ActionText("Removal requested", whole="{people} asked to be removed"),
    Action.REMOVAL_DECLINED: ActionText("Removal request declined", "declined the removal request of {people}"),
    Action.DEBRIEF_ASKED: ActionText("Debrief requested", "requested a new debrief on {people}"),
    Action.SCORES_SENT: ActionText(
        "Scores sent to a language model", whole="The scores of {people} were sent to {model}"
    ),
    Action.DEBRIEF_WRITTEN: ActionText("Debrief written", whole="A debrief on {people} was written{by_what}"),
    Action.DEBRIEF_FAILED: ActionText("Debrief failed", whole="A debrief on {people} could not be written"),
    Action.MAIL_FAILED: ActionText("Mail failed", whole="Mail to {people} could not be sent"),
    Action.MAIL_SENT_AGAIN: ActionText("Mail sent again", "sent an e-mail about {people} again"),
    Action.MAIL_CANCELLED: ActionText("Mail cancelled", "cancelled an e-mail about {people}"),
    Action.AUDIT_READ: ActionText("Audit log read", "read the audit log"),
    Action.AUDIT_EXPORTED: ActionText("Audit log exported", "exported {the_log}"),
    Action.AUDIT_PURGED: ActionText(
        "Old entries removed",
        whole="{number_of_entries} of the audit log reached the end of retention and were removed",
    ),
}

# Tools that change nothing, by what they read; and tools that found their change already made.
READS: dict[str, str] = {
    "list_profiles": "listed {profiles}",
    "get_profile": "read {profiles}",
    "get_debrief": "read the debrief on {profiles}",
    "compare_profiles": "compared {profiles}",
    "get_group_report": "read the group report of {profiles}",
    "list_tags": "listed {tags}",
    "list_aliases": "listed {aliases}",
    "get_account": "read the account's settings",
    "send_assessment_invite": "asked to invite {people}, who had just been invited",
}

# Tools that did nothing, by their outcome; the fallback for the texts above.
CALLS: dict[Outcome, str] = {
    Outcome.REFUSED: "was refused {tool}: {why}",
    Outcome.FAILED: "tried {tool} and failed: {why}. Nothing was changed",
    Outcome.ALLOWED: "used {tool}",
}

# The titles of groups of actions in a filter, by the beginning of their names.
GROUPS = {
    "person": "Sign-in and security",
    "account": "Account",
    "member": "Members",
    "connection": "Connected apps",
    "client": "API clients",
    "authorization": "Authorizations",
    "tool": "Tool calls",
    "token": "Tokens",
    "profile": "Profiles",
    "tag": "Tags",
    "team": "Teams",
    "alias": "Aliases",
    "assessment": "Assessments",
    "debrief": "Debriefs",
    "mail": "Mail",
    "audit": "Audit log",
}


def title_of(action: str) -> str:
    """The title of this action; its own word if another version of this server wrote it."""
    text = TEXTS.get(action)  # type: ignore[call-overload]
    return text.title if text else action


def actions_called(typed: str) -> tuple[str, ...]:
    """The actions that somebody means: by their permanent word, their title, their group, or a part of a title."""
    wanted, groups = key(typed), titles_by_group()
    titles = {action: key(title) for pairs in groups.values() for action, title in pairs}
    if typed in titles:
        return (typed,)
    if exact := tuple(action for action, title in titles.items() if title == wanted):
        return exact
    of_group = [pairs for group, pairs in groups.items() if key(group) == wanted]
    if of_group:
        return tuple(action for action, _ in of_group[0])
    return tuple(action for action, title in titles.items() if wanted and wanted in title)


def titles_by_group() -> dict[str, list[tuple[str, str]]]:
    """Every action with its title, in the groups of a filter."""
    grouped: dict[str, list[tuple[str, str]]] = {}
    for action, text in TEXTS.items():
        grouped.setdefault(GROUPS[action.partition(".")[0]], []).append((action, text.title))
    return grouped
