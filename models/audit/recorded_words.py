"""The permanent words that entries store, as people read them: fields, limits, reasons, colours. Marked for translation."""

from __future__ import annotations

from typing import Any

from models.audit.wording import Wording
from models.text import gettext_noop as _

SETTINGS = {
    "name": _("the account's name"),
    "assessments": _("the assessments"),
    "eco_printing": _("eco printing"),
    "core_extended": _("the number of Core Values"),
    "results_seen_first": _("whether people see their result before others"),
    "debriefs_by_model": _("whether a language model writes debriefs"),
    "reminder_days": _("when reminders are sent"),
    "audit_retention_days": _("how long the audit log is kept"),
    "second_factor_required": _("whether members need a second factor"),
    "profiles_by_tags": _("who sees which profiles"),
    "decoy": _("the decoy profile"),
    "language": _("the language of invitations"),
}
LIMITS = {
    "read_only": _("whether it only reads"),
    "hide_contact": _("whether it sees e-mail addresses and phone numbers"),
    "only_tags": _("which profiles it sees"),
    "daily_calls": _("its calls a day"),
    "ends_at": _("when it ends"),
    "ask_first": _("which calls a person must allow first"),
    "tripwires": _("what happens at an alarm"),
    "owners_answer": _("whether Owners can answer for members"),
    "scopes": _("the maximum scopes"),
    "apps": _("which apps may connect"),
    "registration": _("whether apps may register themselves"),
    "second_factor": _("whether a second factor is needed to connect"),
    "longest_days": _("how long until an app must be connected again"),
}
FIELDS = {
    "first_name": _("the first name"),
    "last_name": _("the last name"),
    "phone": _("the phone number"),
    "email": _("the e-mail"),
}

# The words of blueprints/mcp/call_outcomes.py and models/oauth/bearer.py, as people read them.
REASONS = {
    "unknown_tool": _("there is no such tool"),
    "malformed": _("the request was malformed"),
    "arguments": _("the arguments do not match the tool"),
    "paused": _("it is paused"),
    "policy": _("the account's policy blocks this app"),
    "policy_scope": _("the account's policy allows no app the scope for it"),
    "second_factor": _("its member has no second factor, which the account requires"),
    "end_date": _("its end date had passed"),
    "end_member": _("its member is no longer in the account"),
    "read_only": _("it is read-only"),
    "daily": _("its daily call limit is reached"),
    "role": _("the member's role does not allow it"),
    "not_allowed": _("a rule of the account does not allow it"),
    "not_found": _("nothing in this account has this id"),
    "invalid": _("a value was not accepted"),
    "conflict": _("something else changed it at the same moment"),
    "ask_first": _("a person must allow it first"),
    "denied": _("a person did not allow it"),
    "too_many_waiting": _("too many calls of this app wait for an answer"),
    "too_fast": _("it sent too many requests"),
    "unavailable": _("the database was unavailable"),
    "crashed": _("an internal error occurred"),
    "revoked": _("its access had been revoked"),
    "removed": _("its member had been removed"),
    "expired": _("its token had expired"),
    "other_resource": _("its token is for another server"),
}

COLORS = {
    "emerald": _("emerald"),
    "red": _("red"),
    "yellow": _("yellow"),
    "orange": _("orange"),
    "blue": _("blue"),
    "indigo": _("indigo"),
    "purple": _("purple"),
    "pink": _("pink"),
    "zinc": _("zinc"),
}

# The names of recorded values, of changed fields and of kinds of things, in the details of an entry.
LABELS = {
    "ask_first": _("ask first"),
    "account": _("account"),
    "added": _("added"),
    "alarm": _("alarm"),
    "alias": _("alias"),
    "answer": _("answer"),
    "apps": _("apps"),
    "assessments": _("assessments"),
    "audit_retention_days": _("audit retention days"),
    "before": _("before"),
    "calls": _("calls"),
    "client": _("client"),
    "color": _("color"),
    "connection": _("connection"),
    "consumer_key": _("consumer key"),
    "core_extended": _("core extended"),
    "daily_calls": _("daily calls"),
    "days": _("days"),
    "debriefs_by_model": _("debriefs by model"),
    "eco_printing": _("eco printing"),
    "email": _("email"),
    "ends_at": _("ends at"),
    "entries": _("entries"),
    "filtered": _("filtered"),
    "first_name": _("first name"),
    "format": _("format"),
    "hide_contact": _("hide contact"),
    "kind": _("kind"),
    "label": _("label"),
    "language": _("language"),
    "last_name": _("last name"),
    "longest_days": _("longest days"),
    "member": _("member"),
    "member_invitation": _("member invitation"),
    "model": _("model"),
    "owners_answer": _("owners answer"),
    "more_follow": _("more follow"),
    "name": _("name"),
    "only_tags": _("only tags"),
    "people": _("people"),
    "phone": _("phone"),
    "profile": _("profile"),
    "profiles_by_tags": _("profiles by tags"),
    "read_only": _("read only"),
    "registration": _("registration"),
    "reminder_days": _("reminder days"),
    "removed": _("removed"),
    "response": _("response"),
    "results_seen_first": _("results seen first"),
    "role": _("role"),
    "scopes": _("scopes"),
    "second_factor": _("second factor"),
    "second_factor_required": _("second factor required"),
    "sent_to": _("sent to"),
    "tag": _("tag"),
    "team": _("team"),
    "time_zone": _("time zone"),
    "tripwire": _("tripwire"),
    "tripwires": _("tripwires"),
    "usual": _("usual"),
}

YES, NO, NONE = _("yes"), _("no"), _("none")
# Among the words of the product that values are; everything else is shown as it was recorded.
ROLES = {"Owner": _("Owner"), "Manager": _("Manager"), "User": _("User")}


def label_of(word: str, wording: Wording) -> str:
    """A permanent word of an entry as people read it."""
    return wording.gettext(LABELS[word]) if word in LABELS else word.replace("_", " ")


def shown_value(value: Any, wording: Wording) -> str:
    """A recorded value as people read it."""
    if isinstance(value, list):
        return ", ".join(shown_value(each, wording) for each in value)
    if value is None or isinstance(value, bool):
        return wording.gettext(NONE if value is None else YES if value else NO)
    text = str(value)
    return wording.gettext(text) if text in COLORS or text in ROLES else text
