"""The texts of each action: its title in a filter, and its sentence. models/audit/placeholders.py fills in the places.

They are only marked for translation here, because one entry is read in several languages. A sentence of a tool's step
begins with `%(who)s` in every language: the sentence of a call with several steps names the app once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from models.audit.actions import Action, Outcome
from models.audit.entry import AuditEntry
from models.audit.recorded_words import FIELDS
from models.audit.wording import ENGLISH_WORDING, Wording
from models.text import gettext_noop as _
from models.text import key


@dataclass(frozen=True)
class ActionText:
    """The texts of one action."""

    title: str
    sentence: str | Callable[[AuditEntry], str] = ""
    """The whole sentence, or what chooses it. Only a tool call has none: its steps say what was done."""
    refused: str = ""
    """The sentence instead if it was refused or failed."""
    by_member: bool = False
    """Whether the member did it although the entry is about an app."""

    def sentence_for(self, entry: AuditEntry) -> str:
        """The sentence of this entry, or of its step with this action."""
        if self.refused and entry.outcome != Outcome.ALLOWED:
            return self.refused
        return self.sentence if isinstance(self.sentence, str) else self.sentence(entry)


def profile_changed(entry: AuditEntry) -> str:
    if not entry.fields:
        return _("%(who)s changed nothing in %(profiles)s")
    known = any(field in FIELDS for field in entry.fields)
    return _("%(who)s changed %(fields)s in %(profiles)s") if known else _("%(who)s changed %(profiles)s")


def tag_changed(entry: AuditEntry) -> str:
    if "color" in entry.fields:
        renamed = _("%(who)s renamed and changed %(tags)s to %(color)s")
        return renamed if "label" in entry.fields else _("%(who)s changed %(tags)s to %(color)s")
    return _("%(who)s renamed %(tags)s") if "label" in entry.fields else _("%(who)s changed nothing in %(tags)s")


def team_changed(entry: AuditEntry) -> str:
    if "people" in entry.fields:
        renamed = _("%(who)s renamed and changed the people in %(teams)s")
        return renamed if "name" in entry.fields else _("%(who)s changed the people in %(teams)s")
    return _("%(who)s renamed %(teams)s") if "name" in entry.fields else _("%(who)s changed nothing in %(teams)s")


def alias_changed(entry: AuditEntry) -> str:
    renamed = _("%(who)s renamed %(aliases)s of %(profiles)s")
    return renamed if "consumer_key" in entry.fields else _("%(who)s changed nothing in %(aliases)s of %(profiles)s")


def profiles_exported(entry: AuditEntry) -> str:
    some = _("%(who)s exported some of the profiles")
    return some if entry.values.get("filtered") else _("%(who)s exported all profiles")


def changes_taken_back(entry: AuditEntry) -> str:
    by_app = _("%(who)s took back changes of %(app_of_owner)s")
    return by_app if entry.connection_id else _("%(who)s took back an earlier change")


def debrief_written(entry: AuditEntry) -> str:
    by_model = _("A debrief on %(people)s was written by %(model)s from the scores")
    return by_model if entry.values.get("model") else _("A debrief on %(people)s was written")


def limited(entry: AuditEntry) -> str:
    by_alarm = _("An alarm changed %(limits)s of %(app)s, which %(person)s connected")
    return by_alarm if entry.values.get("alarm") else _("%(who)s changed %(limits)s of %(app)s")


def paused(entry: AuditEntry) -> str:
    by_alarm = _("An alarm paused %(app)s, which %(person)s connected")
    return by_alarm if entry.values.get("alarm") else _("%(who)s paused %(app_of_owner)s")


def alarmed(entry: AuditEntry) -> str:
    return ALARMS.get(entry.values.get("tripwire", ""), _("An alarm: %(app)s, which %(person)s connected"))


ALARMS = {
    "many_people": _("An alarm: %(app)s, which %(person)s connected, read about far more people than usual"),
    "first_change": _("An alarm: %(app)s, which %(person)s connected, changed something for the first time"),
    "first_deletion": _("An alarm: %(app)s, which %(person)s connected, deleted something for the first time"),
    "quiet": _("An alarm: %(app)s, which %(person)s connected, was used again after a long time"),
    "refusals": _("An alarm: many calls of %(app)s, which %(person)s connected, were refused"),
    "country": _("An alarm: %(app)s, which %(person)s connected, was used from a new country"),
    "decoy": _("An alarm: %(app)s, which %(person)s connected, opened or changed the decoy profile"),
}


def log_exported(entry: AuditEntry) -> str:
    some = _("%(who)s exported part of the audit log")
    return some if entry.values.get("filtered") else _("%(who)s exported the audit log")


TEXTS: dict[Action, ActionText] = {
    Action.SIGNED_IN: ActionText(_("Sign-in"), _("%(who)s signed in")),
    Action.SIGN_IN_FAILED: ActionText(
        _("Failed sign-in"), _("Somebody tried to sign in as %(person)s with an incorrect password")
    ),
    Action.SIGNED_OUT: ActionText(_("Sign-out"), _("%(who)s signed out")),
    Action.PERSON_CHANGED: ActionText(_("Person's name changed"), _("%(who)s changed their name")),
    Action.PERSON_EXPORTED: ActionText(_("Own data exported"), _("%(who)s exported their own data")),
    Action.PERSON_DELETED: ActionText(_("Sign-in deleted"), _("%(who)s deleted their sign-in")),
    Action.SIGNED_OUT_ELSEWHERE: ActionText(_("Signed out elsewhere"), _("%(who)s signed out their other browsers")),
    Action.CONFIRMED: ActionText(
        _("Identity confirmed"),
        _("%(who)s confirmed their identity"),
        refused=_("%(who)s could not confirm their identity"),
    ),
    Action.PASSWORD_CHANGED: ActionText(
        _("Password changed"),
        _("%(who)s changed their password"),
        refused=_("%(who)s could not change their password: the current one was incorrect"),
    ),
    Action.PASSWORD_RESET_ASKED: ActionText(
        _("Password reset requested"), _("A password reset link was requested for %(person)s")
    ),
    Action.PASSWORD_RESET: ActionText(_("Password reset"), _("%(who)s reset their password by a link")),
    Action.EMAIL_CHANGE_ASKED: ActionText(
        _("E-mail change requested"), _("%(who)s requested a change of their e-mail address")
    ),
    Action.EMAIL_CHANGED: ActionText(_("E-mail changed"), _("%(who)s changed their e-mail address")),
    Action.PASSKEY_ADDED: ActionText(_("Passkey added"), _("%(who)s added a passkey")),
    Action.PASSKEY_RENAMED: ActionText(_("Passkey renamed"), _("%(who)s renamed a passkey")),
    Action.PASSKEY_REMOVED: ActionText(_("Passkey removed"), _("%(who)s removed a passkey")),
    Action.PASSKEY_REFUSED: ActionText(_("Passkey refused"), _("A passkey of %(person)s was refused")),
    Action.APP_ADDED: ActionText(_("Authenticator app set up"), _("%(who)s set up an authenticator app")),
    Action.APP_REMOVED: ActionText(_("Authenticator app removed"), _("%(who)s removed their authenticator app")),
    Action.RECOVERY_CODES_MADE: ActionText(_("Recovery codes created"), _("%(who)s created new recovery codes")),
    Action.RECOVERY_CODE_USED: ActionText(_("Recovery code used"), _("%(who)s used a recovery code")),
    Action.SECOND_FACTOR_FAILED: ActionText(
        _("Failed second factor"), _("Somebody with the password of %(person)s entered an incorrect code")
    ),
    Action.FACTORS_FORGOTTEN: ActionText(
        _("Second factors removed by the server administrator"),
        _("The second factors of %(person)s were removed by the server administrator"),
    ),
    Action.ACCOUNT_CREATED: ActionText(_("Account created"), _("%(who)s created this account")),
    Action.ACCOUNT_CHANGED: ActionText(_("Account settings changed"), _("%(who)s changed %(settings)s")),
    Action.CHANGES_TAKEN_BACK: ActionText(_("Changes taken back"), changes_taken_back, by_member=True),
    Action.EXPORT_ASKED: ActionText(_("Account export requested"), _("%(who)s requested an export of the account")),
    Action.EXPORT_MADE: ActionText(_("Account export created"), _("The export of the account was created")),
    Action.EXPORT_FAILED: ActionText(_("Account export failed"), _("The export of the account failed")),
    Action.EXPORT_DOWNLOADED: ActionText(
        _("Account export downloaded"), _("%(who)s downloaded an export of the account")
    ),
    Action.EXPORT_REMOVED: ActionText(_("Account export removed"), _("%(who)s removed an export of the account")),
    Action.DELETION_ASKED: ActionText(
        _("Account deletion requested"), _("%(who)s requested the deletion of this account")
    ),
    Action.DELETION_CANCELLED: ActionText(
        _("Account deletion cancelled"), _("%(who)s cancelled the deletion of this account")
    ),
    Action.ACCOUNT_DELETED: ActionText(_("Account deleted"), _("This account was deleted")),
    Action.MEMBER_INVITED: ActionText(_("Member invited"), _("%(who)s invited %(invitations)s as %(role)s")),
    Action.MEMBER_INVITED_AGAIN: ActionText(
        _("Member invited again"), _("%(who)s sent %(invitations)s the invitation again")
    ),
    Action.MEMBER_INVITATION_CANCELLED: ActionText(
        _("Invitation cancelled"), _("%(who)s cancelled the invitation of %(invitations)s")
    ),
    Action.MEMBER_JOINED: ActionText(_("Member joined"), _("%(who)s joined as %(role)s")),
    Action.MEMBER_ROLE_CHANGED: ActionText(_("Role changed"), _("%(who)s gave %(members)s the role %(role)s")),
    Action.MEMBER_TAGS_CHANGED: ActionText(
        _("Member's tags changed"), _("%(who)s changed which profiles %(members)s sees: %(tags)s")
    ),
    Action.MEMBER_REMOVED: ActionText(_("Member removed"), _("%(who)s removed %(members)s from the account")),
    Action.MEMBER_LEFT: ActionText(_("Member left"), _("%(who)s left the account")),
    Action.OWNERSHIP_TRANSFERRED: ActionText(
        _("Ownership transferred"), _("%(who)s made %(members)s an Owner in their place and became %(role)s")
    ),
    Action.CONNECTION_CREATED: ActionText(_("App connected"), _("%(who)s connected %(app)s"), by_member=True),
    Action.CONNECTION_WIDENED: ActionText(
        _("App given more access"), _("%(who)s gave %(app)s more access"), by_member=True
    ),
    Action.CONNECTION_RENEWED: ActionText(
        _("App connected again"), _("%(who)s connected %(app)s again"), by_member=True
    ),
    Action.CONNECTION_REFUSED: ActionText(_("App denied"), _("%(who)s denied %(app)s access"), by_member=True),
    Action.CONNECTION_REVOKED: ActionText(_("App revoked"), _("%(who)s revoked %(app_of_owner)s"), by_member=True),
    Action.CONNECTION_ENDED: ActionText(
        _("Connection ended"), _("The connection of %(app)s for %(person)s ended: %(why)s")
    ),
    Action.REFUSAL_LIFTED: ActionText(
        _("App may ask again"), _("%(who)s allowed %(app)s to ask again"), by_member=True
    ),
    Action.CONNECTION_LIMITED: ActionText(_("App's limits changed"), limited, by_member=True),
    Action.CONNECTION_NARROWED: ActionText(
        _("Scope removed from an app"), _("%(who)s removed %(scopes)s from %(app)s"), by_member=True
    ),
    Action.CONNECTION_RESTORED: ActionText(
        _("Scope restored for an app"), _("%(who)s restored %(scopes)s for %(app)s"), by_member=True
    ),
    Action.CONNECTION_PAUSED: ActionText(_("App paused"), paused, by_member=True),
    Action.CONNECTION_RESUMED: ActionText(_("App resumed"), _("%(who)s resumed %(app_of_owner)s"), by_member=True),
    Action.CONNECTION_RENAMED: ActionText(
        _("App changed its name"), _("%(app)s, which %(person)s connected, now calls itself %(new_name)s")
    ),
    Action.CONNECTION_ALARM: ActionText(_("Alarm about an app"), alarmed),
    Action.CALL_ALLOWED: ActionText(
        _("Call allowed"), _("%(who)s allowed one call of %(app)s: %(tool)s"), by_member=True
    ),
    Action.CALL_DENIED: ActionText(_("Call denied"), _("%(who)s denied one call of %(app)s: %(tool)s"), by_member=True),
    Action.POLICY_CHANGED: ActionText(
        _("Policy for apps changed"), _("%(who)s changed the policy for connected apps: %(limits)s")
    ),
    Action.CLIENT_REGISTERED: ActionText(
        _("API client registered"), _("%(who)s registered the API client %(app)s"), by_member=True
    ),
    Action.CLIENT_SECRET_ROTATED: ActionText(
        _("API client given a new secret"), _("%(who)s gave the API client %(app)s a new secret"), by_member=True
    ),
    Action.CLIENT_REMOVED: ActionText(
        _("API client removed"), _("%(who)s removed the API client %(app)s"), by_member=True
    ),
    Action.AUTHORIZATION_ENDED: ActionText(_("App disconnected itself"), _("%(who)s disconnected itself")),
    Action.CODE_REPLAYED: ActionText(
        _("One-time code used twice"), _("%(who)s used a one-time code twice, so that device was disconnected")
    ),
    Action.REFRESH_REUSED: ActionText(
        _("Replaced token used"), _("%(who)s used a token that had been replaced, so that device was disconnected")
    ),
    Action.TOOL_CALLED: ActionText(_("Tool called by an app")),
    Action.TOKEN_GIVEN_BACK: ActionText(_("Access token given back"), _("%(who)s gave back an access token")),
    Action.TOKEN_REFUSED: ActionText(_("Expired or revoked token refused"), _("%(who)s was refused: %(why_token)s")),
    Action.PROFILE_CREATED: ActionText(_("Profile created"), _("%(who)s created %(profiles)s")),
    Action.PROFILE_CHANGED: ActionText(_("Profile changed"), profile_changed),
    Action.PROFILE_DELETED: ActionText(_("Profile deleted"), _("%(who)s deleted %(profiles)s")),
    Action.PROFILE_ERASED: ActionText(
        _("Profile deleted permanently"), _("%(who)s deleted what was kept of a deleted profile")
    ),
    Action.PROFILE_EXPORTED: ActionText(_("Person's data exported"), _("%(who)s exported the data of %(people)s")),
    Action.PROFILES_IMPORTED: ActionText(_("Profiles imported"), _("%(who)s imported %(profiles)s")),
    Action.PROFILES_EXPORTED: ActionText(_("Profiles exported"), profiles_exported),
    Action.TAG_CREATED: ActionText(_("Tag created"), _("%(who)s created %(tags)s")),
    Action.TAG_CHANGED: ActionText(_("Tag changed"), tag_changed),
    Action.TAG_DELETED: ActionText(_("Tag deleted"), _("%(who)s deleted %(tags)s")),
    Action.TAG_PUT: ActionText(_("Tag added to profiles"), _("%(who)s added %(tags)s to %(profiles)s")),
    Action.TAG_TAKEN: ActionText(_("Tag removed from profiles"), _("%(who)s removed %(tags)s from %(profiles)s")),
    Action.TEAM_CREATED: ActionText(_("Team saved"), _("%(who)s saved %(teams)s")),
    Action.TEAM_CHANGED: ActionText(_("Team changed"), team_changed),
    Action.TEAM_DELETED: ActionText(_("Team deleted"), _("%(who)s deleted %(teams)s")),
    Action.ALIAS_CREATED: ActionText(_("Alias created"), _("%(who)s created %(aliases)s for %(profiles)s")),
    Action.ALIAS_CHANGED: ActionText(_("Alias renamed"), alias_changed),
    Action.ALIAS_DELETED: ActionText(_("Alias deleted"), _("%(who)s deleted %(aliases)s of %(profiles)s")),
    Action.ASSESSMENT_INVITED: ActionText(
        _("Person invited to the assessments"), _("%(who)s invited %(people)s to the assessments")
    ),
    Action.INVITATION_SENT_AGAIN: ActionText(
        _("Invitation to the assessments sent again"), _("%(who)s sent %(people)s the invitation again")
    ),
    Action.INVITATION_CANCELLED: ActionText(
        _("Invitation to the assessments cancelled"), _("%(who)s cancelled the invitation of %(people)s")
    ),
    Action.ASSESSMENT_REMINDED: ActionText(_("Reminder sent"), _("A reminder was sent to %(people)s")),
    Action.PERSONAL_LINK_SHOWN: ActionText(
        _("Personal link viewed"), _("%(who)s viewed the personal link of %(people)s")
    ),
    Action.SHARED_LINK_CREATED: ActionText(_("Shared link created"), _("%(who)s created a shared assessment link")),
    Action.SHARED_LINK_CLOSED: ActionText(_("Shared link closed"), _("%(who)s closed a shared assessment link")),
    Action.ASSESSMENT_STARTED: ActionText(_("Assessments started"), _("%(people)s started the assessments")),
    Action.ASSESSMENT_DECLINED: ActionText(
        _("Assessments declined"), _("%(people)s declined to answer the assessments")
    ),
    Action.ASSESSMENT_COMPLETED: ActionText(_("Assessments completed"), _("%(people)s completed the assessments")),
    Action.RESULTS_SHARED: ActionText(
        _("Results shared with the account"), _("The results of %(people)s were shared with the account")
    ),
    Action.RESULTS_HELD: ActionText(_("Results pending"), _("Results from a shared link for %(people)s are pending")),
    Action.RESULTS_KEPT: ActionText(_("New results kept"), _("%(who)s kept the new results of %(people)s")),
    Action.RESULTS_DISCARDED: ActionText(
        _("New results discarded"), _("%(who)s discarded the new results of %(people)s")
    ),
    Action.COMMENT_WRITTEN: ActionText(
        _("Comment on a report written"), _("%(people)s wrote a comment on their own report")
    ),
    Action.COMMENT_DELETED: ActionText(
        _("Comment on a report deleted"), _("%(people)s deleted the comment on their own report")
    ),
    Action.REMOVAL_ASKED: ActionText(_("Removal requested"), _("%(people)s asked to be removed")),
    Action.REMOVAL_DECLINED: ActionText(
        _("Removal request declined"), _("%(who)s declined the removal request of %(people)s")
    ),
    Action.DEBRIEF_ASKED: ActionText(_("Debrief requested"), _("%(who)s requested a new debrief on %(people)s")),
    Action.SCORES_SENT: ActionText(
        _("Scores sent to a language model"),
        _("The scores of %(people)s were sent to %(model)s at %(model_host)s, without a name"),
    ),
    Action.DEBRIEF_WRITTEN: ActionText(_("Debrief written"), debrief_written),
    Action.DEBRIEF_FAILED: ActionText(_("Debrief failed"), _("A debrief on %(people)s could not be written")),
    Action.MAIL_FAILED: ActionText(_("Mail failed"), _("Mail to %(people)s could not be sent")),
    Action.MAIL_SENT_AGAIN: ActionText(_("Mail sent again"), _("%(who)s sent an e-mail about %(people)s again")),
    Action.MAIL_CANCELLED: ActionText(_("Mail cancelled"), _("%(who)s cancelled an e-mail about %(people)s")),
    Action.AUDIT_READ: ActionText(_("Audit log read"), _("%(who)s read the audit log")),
    Action.AUDIT_EXPORTED: ActionText(_("Audit log exported"), log_exported),
    Action.AUDIT_PURGED: ActionText(_("Old entries removed"), "%(purged)s"),
}

# Tools that change nothing, by what they read; and tools that found their change already made.
READS: dict[str, str] = {
    "list_profiles": _("%(who)s listed %(profiles)s"),
    "get_profile": _("%(who)s read %(profiles)s"),
    "get_debrief": _("%(who)s read the debrief on %(profiles)s"),
    "compare_profiles": _("%(who)s compared %(profiles)s"),
    "get_group_report": _("%(who)s read the group report of %(profiles)s"),
    "list_tags": _("%(who)s listed %(tags)s"),
    "list_aliases": _("%(who)s listed %(aliases)s"),
    "get_account": _("%(who)s read the account's settings"),
    "send_assessment_invite": _("%(who)s asked to invite %(people)s, who had just been invited"),
}

# Tools that did nothing, by their outcome; the fallback for the texts above.
CALLS: dict[Outcome, str] = {
    Outcome.REFUSED: _("%(who)s was refused %(tool)s: %(why)s"),
    Outcome.FAILED: _("%(who)s tried %(tool)s and failed: %(why)s. Nothing was changed"),
    Outcome.ALLOWED: _("%(who)s used %(tool)s"),
}

OF_ANOTHER_VERSION = _("%(who)s did %(action)s")
"""For an action that another version of this server wrote."""

MORE_MAY_FOLLOW = _("%(sentence)s. Further attempts may not be recorded today")

# The titles of groups of actions in a filter, by the beginning of their names.
GROUPS = {
    "person": _("Sign-in and security"),
    "account": _("Account"),
    "member": _("Members"),
    "connection": _("Connected apps"),
    "client": _("API clients"),
    "authorization": _("Authorizations"),
    "tool": _("Tool calls"),
    "token": _("Tokens"),
    "profile": _("Profiles"),
    "tag": _("Tags"),
    "team": _("Teams"),
    "alias": _("Aliases"),
    "assessment": _("Assessments"),
    "debrief": _("Debriefs"),
    "mail": _("Mail"),
    "audit": _("Audit log"),
}


def title_of(action: str, wording: Wording = ENGLISH_WORDING) -> str:
    """The title of this action; its own word if another version of this server wrote it."""
    text = TEXTS.get(action)  # type: ignore[call-overload]
    return wording.gettext(text.title) if text else action


def actions_called(typed: str, wording: Wording = ENGLISH_WORDING) -> tuple[str, ...]:
    """The actions that somebody means: by their permanent word, their title, their group, or a part of a title.

    English titles are found too: an address with one may be opened by somebody who reads another language.
    """
    if typed in TEXTS:
        return (typed,)
    return actions_titled(typed, wording) or actions_titled(typed, ENGLISH_WORDING)


def actions_titled(typed: str, wording: Wording) -> tuple[str, ...]:
    wanted, groups = key(typed), titles_by_group(wording)
    titles = {action: key(title) for pairs in groups.values() for action, title in pairs}
    if exact := tuple(action for action, title in titles.items() if title == wanted):
        return exact
    of_group = [pairs for group, pairs in groups.items() if key(group) == wanted]
    if of_group:
        return tuple(action for action, _title in of_group[0])
    return tuple(action for action, title in titles.items() if wanted and wanted in title)


def titles_by_group(wording: Wording = ENGLISH_WORDING) -> dict[str, list[tuple[str, str]]]:
    """Every action with its title, in the groups of a filter."""
    grouped: dict[str, list[tuple[str, str]]] = {}
    for action, text in TEXTS.items():
        group = wording.gettext(GROUPS[action.partition(".")[0]])
        grouped.setdefault(group, []).append((action, wording.gettext(text.title)))
    return grouped
