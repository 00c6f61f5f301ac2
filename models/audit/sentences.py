"""What happened, in sentences: each entry of the audit trail as a person would say it."""

from __future__ import annotations

from collections.abc import Mapping

from models.audit.display_names import Names
from models.audit.placeholders import Part, Telling, joined
from models.audit.recorder import Action, AuditEntry, Outcome

# What somebody did, to follow their name; also what an app did by a tool. Holes are filled in by models/audit/placeholders.py.
DEEDS: dict[Action, str] = {
    Action.SIGNED_IN: "signed in",
    Action.SIGNED_OUT: "signed out",
    Action.PERSON_CHANGED: "changed their name",
    Action.PERSON_EXPORTED: "exported their own data",
    Action.PERSON_DELETED: "deleted their sign-in",
    Action.SIGNED_OUT_ELSEWHERE: "signed out other browsers of theirs",
    Action.CONFIRMED: "confirmed that it is them",
    Action.PASSWORD_CHANGED: "changed their password",
    Action.PASSWORD_RESET: "set a new password by a link",
    Action.EMAIL_CHANGE_ASKED: "asked to change their e-mail address",
    Action.EMAIL_CHANGED: "changed their e-mail address",
    Action.PASSKEY_ADDED: "added a passkey",
    Action.PASSKEY_RENAMED: "renamed a passkey",
    Action.PASSKEY_REMOVED: "removed a passkey",
    Action.APP_ADDED: "set up an authenticator app",
    Action.APP_REMOVED: "removed their authenticator app",
    Action.RECOVERY_CODES_MADE: "made new recovery codes",
    Action.RECOVERY_CODE_USED: "used a recovery code",
    Action.ACCOUNT_CREATED: "created this account",
    Action.ACCOUNT_CHANGED: "changed {settings}",
    Action.EXPORT_ASKED: "asked for an export of the account",
    Action.EXPORT_DOWNLOADED: "downloaded an export of the account",
    Action.EXPORT_REMOVED: "removed an export of the account",
    Action.DELETION_ASKED: "asked for this account to be deleted",
    Action.DELETION_CANCELLED: "cancelled the deletion of this account",
    Action.MEMBER_INVITED: "invited {invitations} as {role}",
    Action.MEMBER_INVITED_AGAIN: "sent {invitations} the invitation again",
    Action.MEMBER_INVITATION_CANCELLED: "cancelled the invitation of {invitations}",
    Action.MEMBER_JOINED: "joined as {role}",
    Action.MEMBER_ROLE_CHANGED: "gave {members} the role {role}",
    Action.MEMBER_REMOVED: "removed {members} from the account",
    Action.MEMBER_LEFT: "left the account",
    Action.OWNERSHIP_TRANSFERRED: "made {members} an Owner in their place and became {role}",
    Action.CONNECTION_CREATED: "connected {app}",
    Action.CONNECTION_WIDENED: "gave {app} more access",
    Action.CONNECTION_RENEWED: "connected {app} again",
    Action.CONNECTION_REVOKED: "revoked {app_of_owner}",
    Action.REFUSAL_LIFTED: "allowed {app} to ask again",
    Action.CONNECTION_LIMITED: "changed {limits} of {app}",
    Action.CONNECTION_NARROWED: "took {scopes} from {app}",
    Action.CONNECTION_RESTORED: "gave {scopes} back to {app}",
    Action.CONNECTION_PAUSED: "paused {app_of_owner}",
    Action.CONNECTION_RESUMED: "let {app_of_owner} go on",
    Action.POLICY_CHANGED: "changed the policy for connected apps: {limits}",
    Action.CLIENT_REGISTERED: "registered the API client {app}",
    Action.CLIENT_SECRET_ROTATED: "gave the API client {app} a new secret",
    Action.CLIENT_REMOVED: "removed the API client {app}",
    Action.AUTHORIZATION_ENDED: "disconnected itself",
    Action.PROFILE_CREATED: "created {profiles}",
    Action.PROFILE_CHANGED: "changed {fields}{profiles}",
    Action.PROFILE_DELETED: "deleted {profiles}",
    Action.PROFILE_EXPORTED: "exported the data of {people}",
    Action.PROFILES_IMPORTED: "imported {profiles}",
    Action.PROFILES_EXPORTED: "exported {the_profiles}",
    Action.TAG_CREATED: "created {tags}",
    Action.TAG_CHANGED: "{tag_change}",
    Action.TAG_DELETED: "deleted {tags}",
    Action.TAG_PUT: "put {tags} on {profiles}",
    Action.TAG_TAKEN: "took {tags} off {profiles}",
    Action.ALIAS_CREATED: "created {aliases} for {profiles}",
    Action.ALIAS_CHANGED: "renamed {aliases} of {profiles}",
    Action.ALIAS_DELETED: "deleted {aliases} of {profiles}",
    Action.ASSESSMENT_INVITED: "invited {people} to the assessments",
    Action.INVITATION_SENT_AGAIN: "sent {people} the invitation again",
    Action.INVITATION_CANCELLED: "cancelled the invitation of {people}",
    Action.PERSONAL_LINK_SHOWN: "looked at the personal link of {people}",
    Action.SHARED_LINK_CREATED: "made a shared assessment link",
    Action.SHARED_LINK_CLOSED: "closed a shared assessment link",
    Action.RESULTS_KEPT: "kept the new results of {people}",
    Action.RESULTS_DISCARDED: "discarded the new results of {people}",
    Action.REMOVAL_DECLINED: "declined the wish of {people} to be removed",
    Action.DEBRIEF_ASKED: "asked for a new debrief on {people}",
    Action.TRAIL_READ: "read the audit trail",
    Action.TRAIL_EXPORTED: "exported {the_trail}",
}

# What did not come about, and why.
REFUSALS: dict[Action, str] = {
    Action.CONFIRMED: "could not confirm that it is them",
    Action.PASSWORD_CHANGED: "could not change their password: the present one was wrong",
    Action.CONNECTION_REFUSED: "denied {app} access",
    Action.CODE_REPLAYED: "used a one-time code twice, so that installation was cut off",
    Action.REFRESH_REUSED: "used a token that had been replaced, so that installation was cut off",
    Action.TOKEN_REFUSED: "was refused: {why_token}",
}

# What is not said of whoever the entry names.
WHOLE: dict[Action, str] = {
    Action.SIGN_IN_FAILED: "Somebody tried to sign in as {person} with a wrong password",
    Action.PASSWORD_RESET_ASKED: "A link to a new password was asked for, for {person}",
    Action.PASSKEY_REFUSED: "A passkey of {person} was refused",
    Action.SECOND_FACTOR_FAILED: "Somebody who knew the password of {person} entered a wrong code",
    Action.FACTORS_FORGOTTEN: "The second factors of {person} were removed by the operator of this server",
    Action.CONNECTION_ENDED: "The connection of {app} for {person} ended: {why}",
    Action.EXPORT_MADE: "The export of the account was made",
    Action.EXPORT_FAILED: "The export of the account could not be made",
    Action.ACCOUNT_DELETED: "This account was deleted",
    Action.ASSESSMENT_REMINDED: "A reminder went to {people}",
    Action.ASSESSMENT_STARTED: "{people} began the assessments",
    Action.ASSESSMENT_COMPLETED: "{people} finished the assessments",
    Action.RESULTS_HELD: "Results that came by a shared link for {people} wait for a decision",
    Action.REMOVAL_ASKED: "{people} asked to be removed",
    Action.SCORES_SENT: "The scores of {people} went to {model}",
    Action.DEBRIEF_WRITTEN: "A debrief on {people} was written{by_what}",
    Action.DEBRIEF_FAILED: "A debrief on {people} could not be written",
    Action.MAIL_FAILED: "Mail to {people} could not be sent",
    Action.TRAIL_PURGED: "{number_of_entries} of the audit trail ended with their retention and were removed",
}

# Tools that change nothing, by what they looked at; one that changes something stands here for when it found it done.
READS: dict[str, str] = {
    "list_profiles": "listed {profiles}",
    "get_profile": "read {profiles}",
    "get_debrief": "read the debrief on {profiles}",
    "compare_profiles": "compared {profiles}",
    "list_tags": "listed {tags}",
    "list_aliases": "listed {aliases}",
    "get_account": "read the account's settings",
    "send_assessment_invite": "asked to invite {people}, who had just been invited",
}

# Tools that did nothing, by how it ended; or nothing that stands above.
CALLS: dict[Outcome, str] = {
    Outcome.REFUSED: "was refused {tool}: {why}",
    Outcome.FAILED: "tried {tool} and failed: {why}. Nothing was changed",
    Outcome.ALLOWED: "used {tool}",
}

TITLES: dict[Action, str] = {
    Action.SIGNED_IN: "Sign-in",
    Action.SIGN_IN_FAILED: "Failed sign-in",
    Action.SIGNED_OUT: "Sign-out",
    Action.PERSON_CHANGED: "Person's name changed",
    Action.PERSON_EXPORTED: "Own data exported",
    Action.PERSON_DELETED: "Sign-in deleted",
    Action.SIGNED_OUT_ELSEWHERE: "Signed out elsewhere",
    Action.CONFIRMED: "Sign-in confirmed",
    Action.PASSWORD_CHANGED: "Password changed",
    Action.PASSWORD_RESET_ASKED: "Link to a new password asked for",
    Action.PASSWORD_RESET: "Password set by a link",
    Action.EMAIL_CHANGE_ASKED: "E-mail change asked for",
    Action.EMAIL_CHANGED: "E-mail changed",
    Action.PASSKEY_ADDED: "Passkey added",
    Action.PASSKEY_RENAMED: "Passkey renamed",
    Action.PASSKEY_REMOVED: "Passkey removed",
    Action.PASSKEY_REFUSED: "Passkey refused",
    Action.APP_ADDED: "Authenticator app set up",
    Action.APP_REMOVED: "Authenticator app removed",
    Action.RECOVERY_CODES_MADE: "Recovery codes made",
    Action.RECOVERY_CODE_USED: "Recovery code used",
    Action.SECOND_FACTOR_FAILED: "Wrong code after the password",
    Action.FACTORS_FORGOTTEN: "Second factors removed by the operator",
    Action.ACCOUNT_CREATED: "Account created",
    Action.ACCOUNT_CHANGED: "Account settings changed",
    Action.EXPORT_ASKED: "Export of the account asked for",
    Action.EXPORT_MADE: "Export of the account made",
    Action.EXPORT_FAILED: "Export of the account failed",
    Action.EXPORT_DOWNLOADED: "Export of the account downloaded",
    Action.EXPORT_REMOVED: "Export of the account removed",
    Action.DELETION_ASKED: "Deletion of the account asked for",
    Action.DELETION_CANCELLED: "Deletion of the account cancelled",
    Action.ACCOUNT_DELETED: "Account deleted",
    Action.MEMBER_INVITED: "Member invited",
    Action.MEMBER_INVITED_AGAIN: "Member invited again",
    Action.MEMBER_INVITATION_CANCELLED: "Invitation cancelled",
    Action.MEMBER_JOINED: "Member joined",
    Action.MEMBER_ROLE_CHANGED: "Role changed",
    Action.MEMBER_REMOVED: "Member removed",
    Action.MEMBER_LEFT: "Member left",
    Action.OWNERSHIP_TRANSFERRED: "Ownership transferred",
    Action.CONNECTION_CREATED: "App connected",
    Action.CONNECTION_WIDENED: "App given more access",
    Action.CONNECTION_RENEWED: "App connected again",
    Action.CONNECTION_REFUSED: "App denied",
    Action.CONNECTION_REVOKED: "App revoked",
    Action.CONNECTION_ENDED: "Connection ended by itself",
    Action.REFUSAL_LIFTED: "App may ask again",
    Action.CONNECTION_LIMITED: "App's limits changed",
    Action.CONNECTION_NARROWED: "Scope taken from an app",
    Action.CONNECTION_RESTORED: "Scope given back to an app",
    Action.CONNECTION_PAUSED: "App paused",
    Action.CONNECTION_RESUMED: "App resumed",
    Action.POLICY_CHANGED: "Policy for apps changed",
    Action.CLIENT_REGISTERED: "API client registered",
    Action.CLIENT_SECRET_ROTATED: "API client given a new secret",
    Action.CLIENT_REMOVED: "API client removed",
    Action.AUTHORIZATION_ENDED: "App disconnected itself",
    Action.CODE_REPLAYED: "One-time code used twice",
    Action.REFRESH_REUSED: "Replaced token used",
    Action.TOOL_CALLED: "Tool called by an app",
    Action.TOKEN_REFUSED: "Ended token refused",
    Action.PROFILE_CREATED: "Profile created",
    Action.PROFILE_CHANGED: "Profile changed",
    Action.PROFILE_DELETED: "Profile deleted",
    Action.PROFILE_EXPORTED: "Person's data exported",
    Action.PROFILES_IMPORTED: "Profiles imported",
    Action.PROFILES_EXPORTED: "Profiles exported",
    Action.TAG_CREATED: "Tag created",
    Action.TAG_CHANGED: "Tag changed",
    Action.TAG_DELETED: "Tag deleted",
    Action.TAG_PUT: "Tag put on profiles",
    Action.TAG_TAKEN: "Tag taken off profiles",
    Action.ALIAS_CREATED: "Alias created",
    Action.ALIAS_CHANGED: "Alias renamed",
    Action.ALIAS_DELETED: "Alias deleted",
    Action.ASSESSMENT_INVITED: "Person invited to the assessments",
    Action.INVITATION_SENT_AGAIN: "Invitation to the assessments sent again",
    Action.INVITATION_CANCELLED: "Invitation to the assessments cancelled",
    Action.ASSESSMENT_REMINDED: "Reminder sent",
    Action.PERSONAL_LINK_SHOWN: "Personal link looked at",
    Action.SHARED_LINK_CREATED: "Shared link made",
    Action.SHARED_LINK_CLOSED: "Shared link closed",
    Action.ASSESSMENT_STARTED: "Assessments begun",
    Action.ASSESSMENT_COMPLETED: "Assessments finished",
    Action.RESULTS_HELD: "Results waiting for a decision",
    Action.RESULTS_KEPT: "New results kept",
    Action.RESULTS_DISCARDED: "New results discarded",
    Action.REMOVAL_ASKED: "Removal asked for",
    Action.REMOVAL_DECLINED: "Removal declined",
    Action.DEBRIEF_ASKED: "Debrief asked for",
    Action.SCORES_SENT: "Scores sent to a language model",
    Action.DEBRIEF_WRITTEN: "Debrief written",
    Action.DEBRIEF_FAILED: "Debrief failed",
    Action.MAIL_FAILED: "Mail failed",
    Action.TRAIL_READ: "Audit trail read",
    Action.TRAIL_EXPORTED: "Audit trail exported",
    Action.TRAIL_PURGED: "Old entries removed",
}


def sentence(entry: AuditEntry, names: Names, remembered: Mapping[str, str] | None = None) -> list[Part]:
    """One entry as a sentence, in parts that say which of them are names; `remembered` names things that are gone, by id."""
    telling = Telling(entry, names, remembered or {})
    if entry.action in WHOLE:
        return begun(telling.fill(WHOLE[Action(entry.action)]))
    deed = deed_by_tool(telling) if entry.action == Action.TOOL_CALLED else deed_of(telling)
    return begun([*telling.fill("{who} "), *deed])


def begun(parts: list[Part]) -> list[Part]:
    """A sentence begins with a capital, unless with a name as it is written."""
    first, *rest = parts
    return [first if first.is_name else Part(first.text[:1].upper() + first.text[1:]), *rest]


def deed_of(telling: Telling) -> list[Part]:
    entry = telling.entry
    refused = REFUSALS.get(entry.action) if entry.outcome != Outcome.ALLOWED else None  # type: ignore[call-overload]
    phrase = refused or DEEDS.get(entry.action) or REFUSALS.get(entry.action)  # type: ignore[call-overload]
    return telling.fill(phrase) if phrase else [Part(f"did {entry.action}")]


def deed_by_tool(telling: Telling) -> list[Part]:
    entry = telling.entry
    used = CALLS[Outcome.ALLOWED]
    if entry.outcome != Outcome.ALLOWED:
        return telling.fill(CALLS.get(entry.outcome, used))  # type: ignore[call-overload]
    if entry.steps:
        return joined([telling.fill(DEEDS.get(step, used)) for step in dict.fromkeys(entry.steps)])  # type: ignore[call-overload]
    return telling.fill(READS.get(entry.tool or "", used))
