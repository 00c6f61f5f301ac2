"""Every promise of the page "AI data handling", by its name, with the tests that hold it.

To add one: a sentence with an id in templates/settings/privacy.html, a row here, then `bin/test tests/promises/test_privacy.py`.
"""

from __future__ import annotations

ASSESSMENTS = "tests/blueprints/assessments/"
DEBRIEFS = "tests/blueprints/worker/debriefs/"
JOURNEYS = "tests/journeys/test_nine_promises.py::"
MCP = "tests/blueprints/mcp/"
OAUTH = "tests/blueprints/oauth/"
CONNECTIONS = "tests/blueprints/connections/"
SETTINGS = "tests/blueprints/settings/"

# fmt: off
PROMISES: dict[str, list[str]] = {
    # What an assistant can get at.
    "deny": [
        JOURNEYS + "test_1_any_scope_can_be_denied_and_what_is_denied_is_neither_listed_nor_done",
        OAUTH + "test_authorize.py::test_every_requested_scope_has_its_sentence_and_a_deny_box",
        MCP + "test_subsets.py::test_what_is_not_granted_is_neither_listed_nor_carried_out"],
    "own-data": [
        JOURNEYS + "test_2_a_scope_opens_only_its_own_data",
        MCP + "test_tools.py::test_an_input_of_another_scope_needs_both",
        MCP + "test_tools.py::test_a_profile_leaves_out_what_other_scopes_open"],
    "role": [
        JOURNEYS + "test_a_demotion_takes_effect_at_the_next_call",
        MCP + "test_tools.py::test_a_user_cannot_change_anything_through_an_assistant"],
    "walls": [
        JOURNEYS + "test_3_nothing_of_another_account_is_visible",
        MCP + "test_tools.py::test_a_strangers_id_and_an_unknown_id_are_answered_alike",
        MCP + "test_endpoint.py::test_a_signed_in_browser_is_nobody_here"],
    "same-data": ["tests/promises/test_lessons.py::test_tools_reach_data_only_through_the_verbs_that_pages_use"],
    "decoy": [
        MCP + "test_tripwires.py::test_an_app_meets_the_decoy_in_lists_and_cannot_open_it_unnoticed",
        MCP + "test_tripwires.py::test_the_decoy_looks_like_anybody_else",
        MCP + "test_tripwires.py::test_members_and_reports_have_no_decoy"],
    "alarms": [
        MCP + "test_tripwires.py::test_the_first_change_is_told_once_in_the_life_of_a_connection",
        MCP + "test_tripwires.py::test_pause_stops_the_call_that_touches_the_tripwire",
        MCP + "test_tripwires.py::test_nothing_happens_where_nothing_was_chosen"],
    "limits": [
        CONNECTIONS + "test_connection.py::test_limits_are_set_on_a_page_and_hold_at_once",
        CONNECTIONS + "test_connection.py::test_a_scope_is_taken_and_given_back_in_place",
        MCP + "test_limits_matrix.py::test_profiles_without_the_tag_do_not_exist_for_any_tool",
        MCP + "test_limits_matrix.py::test_hidden_addresses_and_numbers_are_nowhere_in_the_bytes_of_an_answer",
        MCP + "test_limits_matrix.py::test_what_may_only_read_is_shown_and_carries_out_what_reads_alone",
        MCP + "test_connection_limits.py::test_the_calls_of_a_day_are_counted_and_a_new_day_begins_anew",
        MCP + "test_connection_limits.py::test_on_its_last_day_a_connection_ends",
        OAUTH + "test_consent_limits.py::test_what_was_chosen_holds_from_the_first_call_on"],
    "invitations": [
        "tests/promises/test_lessons.py::test_mail_that_a_tool_causes_is_made_of_nothing_that_it_said",
        "tests/journeys/test_taking.py::test_an_assistant_invites_and_reads_what_came_of_it_but_never_the_link"],
    # Which way data goes.
    "https": ["tests/test_config.py::test_http_is_for_this_machine_alone"],
    "loopback": ["tests/test_config.py::test_http_is_for_this_machine_alone"],
    # What this server does with data.
    "every-call": [
        JOURNEYS + "test_4_the_audit_log_has_every_call_allowed_refused_or_failed",
        MCP + "test_audit_log.py::test_a_call_that_works_leaves_one_entry",
        MCP + "test_audit_log.py::test_without_its_entry_nothing_is_done",
        MCP + "test_rate_limits.py::test_the_audit_log_gets_one_entry_a_minute"],
    "not-typed": [
        MCP + "test_audit_log.py::test_the_entry_of_a_change_says_what_changed_but_not_what_was_typed",
        MCP + "test_audit_log.py::test_a_call_is_remembered_with_its_place_and_browser_beside_the_entry",
        "tests/models/audit/test_seal.py::test_personal_data_can_be_erased_and_the_seals_still_hold",
        "tests/models/privacy/test_erasure.py::test_of_a_person_who_deletes_their_sign_in_no_table_holds_a_canary"],
    "taken-back": [
        MCP + "test_taking_back.py::test_every_change_of_an_app_is_taken_back_and_that_too",
        MCP + "test_taking_back.py::test_after_thirty_days_nothing_is_kept",
        MCP + "test_taking_back.py::test_a_deleted_profile_can_be_deleted_permanently",
        MCP + "test_taking_back.py::test_who_asked_to_be_removed_is_deleted_permanently"],
    "nothing-else": [
        "tests/promises/test_lessons.py::test_no_tool_can_carry_anything_out_of_the_account",
        DEBRIEFS + "test_by_a_model.py::test_where_no_owner_turned_it_on_this_server_writes_and_the_model_hears_nothing"],
    "no-model": [DEBRIEFS + "test_writing.py::test_without_a_model_this_server_writes_the_debrief"],
    "model": [
        DEBRIEFS + "test_by_a_model.py::test_the_bytes_that_leave_hold_scores_and_nothing_of_the_person",
        DEBRIEFS + "test_by_a_model.py::test_the_audit_log_says_that_scores_left_to_whom_and_what_came_of_it"],
    "model-on": [SETTINGS + "test_debriefs.py::test_it_is_off_until_alice_turns_it_on_and_the_audit_log_says_so"],
    "model-off": [DEBRIEFS + "test_by_a_model.py::test_what_was_turned_off_again_leaves_no_more"],
    "mail": ["tests/blueprints/worker/test_mail.py::test_mail_goes_out_once_and_says_who_sends_it"],
    "no-mail": [SETTINGS + "test_outbox.py::test_without_a_mail_server_the_mail_with_its_link_is_shown_and_that_is_noted"],
    # How long things are kept.
    "token": [
        JOURNEYS + "test_5_an_access_token_ends_and_the_assistant_renews_it_by_itself",
        OAUTH + "test_token.py::test_a_code_becomes_tokens_that_say_their_scope_and_their_hour"],
    "idle": [OAUTH + "test_token.py::test_a_lapsed_authorization_cannot_be_renewed"],
    "history": [
        JOURNEYS + "test_6_connections_stay_listed_until_revoked_and_after_as_history",
        CONNECTIONS + "test_connections.py::test_a_revoked_connection_stays_as_history"],
    "networks": [
        CONNECTIONS + "test_networks.py::test_an_app_that_comes_from_everywhere_is_kept_to_fifty_networks_and_sends_no_mail",
        CONNECTIONS + "test_networks.py::test_a_network_is_forgotten_ninety_days_after_its_last_use_but_not_the_last_one",
        CONNECTIONS + "test_networks.py::test_a_new_network_is_told_in_plain_text_without_a_link_that_does_anything"],
    "audit-log": [
        "tests/models/audit/test_seal.py::test_a_sealed_entry_goes_only_after_its_retention",
        "tests/blueprints/worker/test_audit_log.py::test_once_a_day_what_an_account_no_longer_keeps_is_removed"],
    "audit-log-here": [
        SETTINGS + "test_account.py::test_alice_chooses_for_how_long_the_audit_log_is_kept",
        "tests/blueprints/worker/test_audit_log.py::test_once_a_day_what_an_account_no_longer_keeps_is_removed"],
    "made-stays": [JOURNEYS + "test_9_what_it_made_stays_when_it_is_revoked"],
    "mail-kept": [
        "tests/blueprints/worker/test_mail.py::test_what_was_settled_three_months_ago_is_forgotten_and_what_waits_is_not",
        "tests/promises/test_privacy.py::test_of_a_mail_no_word_is_kept_but_the_note_with_its_invitation",
        "tests/models/privacy/test_erasure.py::test_of_a_permanently_deleted_profile_nothing_is_left"],
    "exports-kept": [
        "tests/models/privacy/test_export.py::test_after_a_week_it_is_gone",
        "tests/models/privacy/test_export.py::test_it_ends_when_somebodys_data_in_it_is_deleted",
        "tests/models/privacy/test_export.py::test_one_that_waits_starts_after_a_deletion",
        "tests/models/privacy/test_export.py::test_it_has_no_sitting_that_its_person_can_withdraw"],
    "single-answers": [
        ASSESSMENTS + "test_other_browsers.py::test_another_browser_sees_no_answer",
        "tests/models/privacy/test_export.py::test_single_answers_are_in_no_file_that_members_get",
        ASSESSMENTS + "test_own_copy.py::test_whoever_answers_takes_their_answers_along_in_words",
        ASSESSMENTS + "test_own_copy.py::test_after_the_end_the_copy_has_the_result_and_no_answers"],
    # How it ends.
    "at-once": [
        JOURNEYS + "test_7_revocation_is_immediate_and_no_refresh_works",
        MCP + "test_endpoint.py::test_the_very_next_request_after_a_revocation_fails",
        "tests/races/test_revocation.py::test_nothing_is_written_after_the_revocation_was_acknowledged"],
    "pause": [
        MCP + "test_connection_limits.py::test_a_paused_app_can_do_nothing_and_goes_on_where_it_was",
        CONNECTIONS + "test_connection.py::test_it_pauses_and_goes_on"],
    "leaving": [
        OAUTH + "test_token.py::test_a_removed_members_app_can_do_nothing_more",
        SETTINGS + "test_members.py::test_alice_removes_bob_and_is_told_what_ends"],
    # Several accounts.
    "one-account": [
        JOURNEYS + "test_8_one_account_a_connection_side_by_side",
        CONNECTIONS + "test_connections.py::test_one_connection_per_account_side_by_side"],
    # What people can do.
    "see": [
        CONNECTIONS + "test_connections.py::test_a_connection_shows_its_app_account_and_scopes_granted_and_denied",
        CONNECTIONS + "test_connection.py::test_the_page_says_what_it_did_and_of_whom_it_read"],
    "export-own": [
        SETTINGS + "test_account_export.py::test_charlie_takes_his_own_data_along",
        SETTINGS + "test_account_export.py::test_mail_to_him_is_in_it_and_what_accounts_sent_of_their_own_is_not",
        "tests/models/privacy/test_erasure.py::test_nothing_is_left_of_any_address_that_somebody_had_or_wanted",
        SETTINGS + "test_account_export.py::test_charlie_has_his_sign_in_deleted"],
    "export-account": [
        SETTINGS + "test_account_export.py::test_alice_asks_sees_how_far_it_is_and_downloads_it",
        "tests/models/privacy/test_export.py::test_an_export_has_every_text_of_the_account_and_no_secret",
        SETTINGS + "test_account_export.py::test_after_a_fortnight_it_is_gone_and_nobody_of_it_signs_in",
        "tests/journeys/test_gone.py::test_what_was_exported_and_deleted_is_found_nowhere_again",
        "tests/models/privacy/test_erasure.py::test_of_a_deleted_account_no_byte_is_left_in_the_database",
        "tests/models/privacy/test_erasure.py::test_what_stays_is_the_audit_log_without_names_and_its_seals_still_verify"],
    "person": [
        ASSESSMENTS + "test_removal.py::test_whoever_has_finished_asks_from_their_result",
        ASSESSMENTS + "test_removal.py::test_whoever_is_declined_is_told_and_sees_their_result_again",
        SETTINGS + "test_account_export.py::test_bob_exports_what_is_kept_of_ana",
        "tests/models/privacy/test_erasure.py::test_of_a_permanently_deleted_profile_nothing_is_left"],
    "own-copy": [
        ASSESSMENTS + "test_own_copy.py::test_they_see_the_guide_and_the_debrief_that_members_see",
        ASSESSMENTS + "test_own_copy.py::test_after_the_end_the_copy_has_the_result_and_no_answers"],
    # How much at once.
    "pace": [
        MCP + "test_rate_limits.py::test_a_connection_that_calls_too_fast_must_wait",
        MCP + "test_rate_limits.py::test_changes_have_a_limit_of_their_own",
        MCP + "test_rate_limits.py::test_the_assistants_of_an_account_have_a_limit_together"],
}
# fmt: on
