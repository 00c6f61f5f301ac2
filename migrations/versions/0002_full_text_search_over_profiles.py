"""Full-text search over the words of profiles: FTS5 on SQLite, a GIN index on PostgreSQL. Both match word beginnings."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# The account is a word of the index too, so that a search reads only its own account's entries.
SQLITE = (
    "CREATE TABLE profile_search_key (id INTEGER PRIMARY KEY, profile_id CHAR(32) NOT NULL UNIQUE)",
    "CREATE VIRTUAL TABLE profile_search USING fts5(account, words, prefix='2 3', tokenize='unicode61 remove_diacritics 0')",
    """CREATE TRIGGER profile_search_insert AFTER INSERT ON profile BEGIN
        INSERT INTO profile_search_key (profile_id) VALUES (new.id);
        INSERT INTO profile_search (rowid, account, words)
            SELECT id, new.account_id, new.search_text FROM profile_search_key WHERE profile_id = new.id;
    END""",
    """CREATE TRIGGER profile_search_update AFTER UPDATE OF search_text ON profile WHEN old.search_text IS NOT new.search_text BEGIN
        UPDATE profile_search SET words = new.search_text
            WHERE rowid = (SELECT id FROM profile_search_key WHERE profile_id = new.id);
    END""",
    """CREATE TRIGGER profile_search_delete AFTER DELETE ON profile BEGIN
        DELETE FROM profile_search WHERE rowid = (SELECT id FROM profile_search_key WHERE profile_id = old.id);
        DELETE FROM profile_search_key WHERE profile_id = old.id;
    END""",
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE INDEX ix_profile_search ON profile USING gin (to_tsvector('simple', search_text))")
        return
    for statement in SQLITE:
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP INDEX ix_profile_search")
        return
    for event in ("insert", "update", "delete"):
        op.execute(f"DROP TRIGGER profile_search_{event}")
    op.execute("DROP TABLE profile_search")
    op.execute("DROP TABLE profile_search_key")
