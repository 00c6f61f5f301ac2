"""Every fault that `bin/faults` makes: its name, what is done, the figure to reach, how often, and the tests that do it."""

from __future__ import annotations

from dataclasses import dataclass

RACES, HERE = "tests/races", "tests/faults"
NOTHING_LOST = "0 acknowledged writes lost, changes = entries, database and seals clean"
ONE_WINS = "0 won twice, 0 without a winner, 0 answers of 5xx"


@dataclass(frozen=True)
class Fault:
    """One row of docs/faults.md."""

    name: str
    what: str
    figure: str
    rounds: int
    """As many as `bin/faults` makes, unless a number is given."""
    tests: tuple[str, ...]
    """Files, or tests in them."""

    def has(self, test: str) -> bool:
        """Whether the test with this id belongs to it."""
        return (
            test.startswith(tuple(f"{each}{end}" for each in self.tests for end in ("[", "::"))) or test in self.tests
        )


FAULTS = (
    Fault(
        "worker-killed",
        "one web worker is killed by SIGKILL during mixed calls",
        NOTHING_LOST,
        100,
        (f"{RACES}/test_crashes.py::test_one_worker_that_dies_takes_only_its_own_calls_with_it",),
    ),
    Fault(
        "server-killed",
        "all of gunicorn is killed, the master too, and started again",
        NOTHING_LOST,
        20,
        (f"{RACES}/test_crashes.py::test_what_was_answered_survives_the_death_of_the_server",),
    ),
    Fault(
        "postgres-killed",
        "all of PostgreSQL is killed during calls, and recovers",
        NOTHING_LOST,
        10,
        (f"{RACES}/test_crashes.py::test_what_was_answered_survives_the_death_of_postgresql",),
    ),
    Fault(
        "postgres-stopped",
        "PostgreSQL is stopped in order and started",
        f"{NOTHING_LOST}; 503 until it is back, calls again within 5 s",
        20,
        (f"{HERE}/test_database.py::test_a_database_that_stops_and_starts_loses_nothing",),
    ),
    Fault(
        "postgres-silent",
        "PostgreSQL keeps its connections and says nothing for 6 s (SIGSTOP)",
        f"{NOTHING_LOST}; `/livez` 200 and `/healthz` 503 within 3 s, calls again within 5 s",
        5,
        (f"{HERE}/test_database.py::test_while_the_database_says_nothing_the_server_says_so",),
    ),
    Fault(
        "commit-lost",
        "the connection is cut after a COMMIT was sent, before its answer",
        f"{NOTHING_LOST}; no answer says that nothing was changed if it was",
        36,
        (f"{HERE}/test_database.py::test_a_lost_answer_to_commit_is_never_a_denial",),
    ),
    Fault(
        "pgbouncer",
        "PgBouncer in transaction mode is between the server and PostgreSQL",
        f"{NOTHING_LOST}; 0 answers that are no 200",
        5,
        (f"{HERE}/test_database.py::test_behind_pgbouncer_nothing_fails",),
    ),
    Fault(
        "disk-full",
        "the disk of the database is full, and has room again",
        f"{NOTHING_LOST}; 507 until there is room, calls again within 5 s",
        5,
        (f"{HERE}/test_storage.py::test_a_full_disk_refuses_and_loses_nothing",),
    ),
    Fault(
        "audit-fails",
        "the table of the audit log takes no entry",
        f"{NOTHING_LOST}; every call is refused, and nothing changes",
        5,
        (f"{HERE}/test_storage.py::test_without_an_entry_nothing_is_done",),
    ),
    Fault(
        "revoked-in-flight",
        "a connection is revoked while 16 writers use it",
        "0 writes after the page has said so",
        60,
        (f"{RACES}/test_revocation.py",),
    ),
    Fault(
        "restricted-in-flight",
        "a scope, a limit, a role … is taken from an app while it works",
        "0 calls that still had it after the page has said so",
        3,
        (f"{RACES}/test_restrictions.py",),
    ),
    Fault("code-races", "eight programs redeem one code at once", ONE_WINS, 1000, (f"{RACES}/test_codes.py",)),
    Fault(
        "refresh-races",
        "eight processes refresh with one token at once",
        "one successor for all, 0 answers of 5xx; with a token of long ago all are refused",
        1000,
        (f"{RACES}/test_refreshes.py",),
    ),
    Fault(
        "invitation-races",
        "eight windows send one invitation, link or file at once",
        "each once, 0 answers of 5xx",
        200,
        (f"{RACES}/test_invitations.py",),
    ),
    Fault(
        "answer-races",
        "eight browsers answer, finish and share by one link at once",
        "each once, 0 answers of 5xx",
        100,
        (f"{RACES}/test_sittings.py",),
    ),
    Fault(
        "reset-races",
        "eight windows use one link to a new password, or one recovery code, at once",
        ONE_WINS,
        200,
        (f"{RACES}/test_ways_in.py",),
    ),
    Fault("first-run-race", "eight people set up a new server at once", ONE_WINS, 50, (f"{RACES}/test_first_run.py",)),
    Fault(
        "network-races",
        "an app is used from new networks by eight calls at once",
        "one message to its member",
        200,
        (f"{RACES}/test_networks.py",),
    ),
    Fault(
        "mail-worker-killed",
        "the worker is killed at each point of sending a message",
        "0 messages lost, the same Message-ID; twice only where the mail server already had it",
        21,
        (f"{RACES}/test_mail.py",),
    ),
    Fault(
        "mail-server-down",
        "the mail server is away, and comes back",
        "each message arrives, once",
        3,
        (f"{HERE}/test_work.py::test_mail_waits_for_its_server_and_arrives_once",),
    ),
    Fault(
        "export-worker-killed",
        "the worker is killed twice over one export",
        "made once, with one entry and one message",
        5,
        (f"{HERE}/test_work.py::test_an_export_is_made_once_although_its_worker_is_killed",),
    ),
    Fault(
        "deletion-worker-killed",
        "the worker is killed twice over the deletion of an account",
        "deleted once and wholly; others lose nothing",
        5,
        (f"{HERE}/test_work.py::test_an_account_is_deleted_once_and_wholly_although_its_worker_is_killed",),
    ),
    Fault(
        "migration-killed",
        "`flask db upgrade` is killed in the middle, over 5,000 audit entries",
        "a whole revision each time, and every row",
        20,
        (f"{HERE}/test_migrations.py::test_a_migration_that_is_killed_leaves_a_whole_revision",),
    ),
    Fault(
        "migrations-at-once",
        "two `flask db upgrade` run at once",
        "both end well, each migration runs once",
        10,
        (f"{HERE}/test_migrations.py::test_two_migrations_at_once_are_one",),
    ),
    Fault(
        "backup-under-load",
        "`flask backup` during writes, `flask restore` elsewhere; a cut file and a wrong key",
        "no acknowledged write is missing, audit logs verify, every token, refresh token and session is refused, bad files too",
        20,
        (f"{HERE}/test_backups.py::test_a_backup_under_load_is_complete_and_restores_elsewhere",),
    ),
    Fault(
        "older-data-restored",
        "a copy made by other means is restored, then `flask data restored`",
        "every token, refresh token and session is refused",
        5,
        (f"{HERE}/test_backups.py::test_after_another_kind_of_restore_every_token_is_refused",),
    ),
    Fault(
        "restart-by-sighup",
        "gunicorn gets SIGHUP during calls",
        f"{NOTHING_LOST}; 0 requests lost",
        10,
        (f"{HERE}/test_restarts.py::test_a_restart_by_sighup_loses_no_request",),
    ),
    Fault(
        "machines-restarted",
        "two machines behind nginx are restarted in turn, by SIGTERM, during calls",
        f"{NOTHING_LOST}; 0 requests lost",
        5,
        (f"{HERE}/test_machines.py::test_machines_restarted_in_turn_lose_no_request",),
    ),
    Fault(
        "revoked-elsewhere",
        "a connection is revoked on one machine, and used on another",
        "0 calls accepted",
        15,
        (f"{HERE}/test_machines.py::test_what_is_revoked_on_one_machine_is_refused_by_the_other",),
    ),
    Fault(
        "limits-shared",
        "an app calls two machines in turn",
        "no more calls than one machine would take",
        3,
        (f"{HERE}/test_machines.py::test_a_limit_is_one_for_both_machines",),
    ),
    Fault(
        "sessions-shared",
        "consent begins on one machine and ends on another, like the code, the tokens, and signing out",
        "all as on one machine",
        10,
        (f"{HERE}/test_machines.py::test_a_session_and_a_consent_begin_on_one_machine_and_end_on_the_other",),
    ),
    Fault(
        "one-worker",
        "of all processes of two machines one works, and is killed",
        "one at a time; another takes over within 10 s",
        10,
        (f"{HERE}/test_machines.py::test_one_process_of_all_machines_works_and_another_takes_over",),
    ),
    Fault(
        "export-elsewhere",
        "an export is asked for on one machine, made by the worker, and downloaded from another",
        "the whole file",
        3,
        (f"{HERE}/test_machines.py::test_an_export_made_by_the_worker_is_downloaded_from_the_other_machine",),
    ),
    Fault(
        "clock-ahead",
        "the clock of a machine is two hours ahead for a moment (libfaketime)",
        "0 calls refused afterwards",
        3,
        (f"{HERE}/test_clocks.py::test_a_clock_that_was_ahead_keeps_nobody_out",),
    ),
    Fault(
        "clocks-apart",
        "two machines are 20 s apart, and one app uses both",
        "0 calls refused",
        3,
        (f"{HERE}/test_clocks.py::test_machines_that_disagree_about_the_time_share_a_limit",),
    ),
    Fault(
        "seal-ahead",
        "the audit log is sealed by a clock two hours ahead, then by a right one",
        "the log verifies",
        1,
        (f"{HERE}/test_clocks.py::test_a_clock_set_back_across_a_seal_leaves_the_log_whole",),
    ),
    Fault(
        "slow-clients",
        "200 clients send byte by byte through nginx",
        f"{NOTHING_LOST}; 0 answers that are no 200",
        3,
        (f"{HERE}/test_slow_clients.py",),
    ),
    Fault(
        "secrets",
        "every secret of a day's work is searched in the database's files, the log and the pages",
        "0 found",
        1,
        (
            f"{HERE}/test_leaks.py::test_no_secret_is_in_a_file_or_on_a_page",
            f"{HERE}/test_leaks.py::test_no_secret_is_in_a_file_of_postgresql_or_on_a_page",
        ),
    ),
    Fault(
        "foreign-ids",
        "every tool is asked about ids of another account",
        "answered as ids of nobody, 0 canaries seen",
        5000,
        (f"{HERE}/test_foreign_ids.py::test_another_accounts_ids_are_unknown_to_every_tool",),
    ),
)
BY_NAME = {fault.name: fault for fault in FAULTS}
