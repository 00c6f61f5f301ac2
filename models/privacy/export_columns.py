"""Which columns exports have. A column that is in neither list is in no export, and a test asks for a decision."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column

from models.database import Base, table_of

# Columns by table.
EXPORTED = {
    "account": (
        "id name type assessments eco_printing core_extended results_seen_first audit_retention_days "
        "debriefs_by_model debriefs_sent_to reminder_days language second_factor_required set_up_hidden "
        "profiles_by_tags decoy_id created_at delete_after"
    ),
    "alarm": "id connection_id tripwire response at facts seen_at",
    "alias": "id resource_type resource_id consumer_key created_at",
    "approval": "id connection_id tool kind arguments facts asked_at expires_at answered_at answered_by allowed used_at",
    "assessment_invitation": (
        "id profile_id invited_by connection_id language note assessments created_at sent_at expires_at opened_at "
        "completed_at cancelled_at declined_at"
    ),
    "assessment_link": "id created_by tag_ids custom_id finished created_at closed_at",
    "authenticator": "id user_id created_at last_used_at",
    "authorization": (
        "id connection_id requested granted denied resource redirect_uri created_at expires_at idle_until "
        "generation ended_at end_reason reaped_at address user_agent opens_pages"
    ),
    "before_image": "number entry_id connection_id row_name before after",
    "client": (
        "id client_id kind name redirect_uris grant_types auth_method about created_at first_used_at "
        "document_fetched_at document_fresh_until auth_signing_alg jwks jwks_uri jwks_fetched_at jwks_fresh_until "
        "removed_at"
    ),
    "connection": (
        "id member_id client_id app_name ceiling created_at revoked_at revoked_by paused_at paused_by taken ends_at "
        "read_only hide_contact only_tags daily_calls ask_first tripwires"
    ),
    "connection_network": "id connection_id network first_used_at last_used_at",
    "connection_policy": (
        "scopes apps registration second_factor longest_days read_only hide_contact only_tags daily_calls "
        "ask_first owners_answer tripwires"
    ),
    "connection_use": "connection_id last_used_at calls day calls_of_day people_of_day last_network",
    "data_export": "id asked_by asked_at state attempts done total size ready_at expires_at outdated_at",
    "debrief": "id profile_id text author model stands_in_for scores version created_at",
    "debrief_request": "id profile_id asked_by asked_at state due_at attempts model finished_at failure",
    "email_change": "id user_id email expires_at ended_at",
    "invitation_file": "id member_id read_as note people counts created_at expires_at confirmed_at",
    "login_session": "id user_id created_at authenticated_at passkey_at seen_at ended_at address user_agent",
    "member": "id user_id role created_at removed_at tag_ids whole_digest digested",
    "member_invitation": "id invited_by email role created_at accepted_at accepted_by cancelled_at expires_at",
    "message": (
        "id profile_id kind recipient user_id about_id facts message_id state created_at due_at attempts "
        "settled_at failure"
    ),
    "passkey": "id user_id credential_id public_key sign_count synced name created_at last_used_at",
    "profile": (
        "id email first_name last_name phone status disc_style comment commented_at completed_at created_at updated_at"
    ),
    "profile_tag": "tag_id profile_id",
    "recovery_code": "id user_id created_at used_at",
    "refusal": "id member_id client_id scope app_name refused_at for_good",
    "removal_request": "id profile_id asked_at settled_at settled_by asked_from reason",
    "result": "id profile_id assessment instrument scores created_at",
    "sitting": (
        "id invitation_id link_id profile_id email first_name last_name state instruments extended removal_id "
        "agreed_at touched_at finished_at shown_until seen_first share_due_at"
    ),
    "tag": "id label color created_at",
    "team": "id name any_tag created_at",
    "team_profile": "team_id profile_id",
    "team_tag": "team_id tag_id",
    "user": "id email name short_password time_zone language weekly_digest created_at",
}

# Hashes and keys; what is made from other columns, to search and compare by; marks of work in progress; the account's
# own id in each row; and a sitting's scores and comment, which are the person's own copy: an account has results.
LEFT_OUT = {
    "alias": "is_contact account_id",
    "approval": "digest mailed account_id",
    "assessment_invitation": "email_key account_id",
    "assessment_link": "likeness account_id",
    "authenticator": "seed key_name last_step used_steps",
    "authorization": "account_id",
    "before_image": "profile_id account_id",
    "client": "secret_hash account_id likeness document_etag registration_hash network seen_at",
    "connection": "account_id",
    "connection_policy": "account_id",
    "connection_use": (
        "calls_empty_at writes_empty_at refreshes_empty_at network_told_at refusal_noted_at people_checked_day "
        "people_check_at changed deleted"
    ),
    "data_export": "account_id claimed_until",
    "debrief": "account_id",
    "debrief_request": "account_id claimed_until",
    "email_change": "token_hash",
    "invitation_file": "account_id",
    "login_session": "token_hash account_id",
    "member": "account_id",
    "member_invitation": "account_id email_key token_hash",
    "message": "account_id claimed_until",
    "profile": "email_key sort_name name_key name_text search_text account_id",
    "profile_tag": "account_id",
    "recovery_code": "code_hash",
    "refusal": "account_id",
    "removal_request": "account_id",
    "result": "account_id",
    "sitting": "email_key scores comment account_id",
    "tag": "label_key sort_label account_id",
    "team": "name_key sort_name account_id",
    "team_profile": "account_id",
    "team_tag": "account_id",
    "user": "email_key password_hash",
}


def exported_columns(model: type[Base]) -> list[Column[Any]]:
    """The columns that an export has, in the order of the table."""
    chosen = set(EXPORTED[model.__tablename__].split())
    return [column for column in table_of(model).columns if column.name in chosen]
