"""The words that profiles are found by: one row a word, which triggers keep in step with `profile.search_text`.

No full-text index: row-level security on PostgreSQL keeps full-text operators away from their index, since none of them is
marked leakproof, while comparisons of text are.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# search_text holds letters, digits and single spaces only, so it becomes a JSON list by replacing the spaces.
KEEP = """INSERT OR IGNORE INTO profile_word (account_id, word, profile_id)
    SELECT new.account_id, value, new.id FROM json_each('["' || replace(new.search_text, ' ', '","') || '"]') WHERE value <> ''"""

FORGET = "DELETE FROM profile_word WHERE account_id = old.account_id AND profile_id = old.id"
CHANGED = "WHEN old.search_text IS NOT new.search_text"

SQLITE = (
    f"CREATE TRIGGER profile_word_insert AFTER INSERT ON profile BEGIN {KEEP}; END",
    f"CREATE TRIGGER profile_word_update AFTER UPDATE OF search_text ON profile {CHANGED} BEGIN {FORGET}; {KEEP}; END",
)

POSTGRESQL = (
    """CREATE FUNCTION keep_profile_words() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            DELETE FROM profile_word WHERE account_id = OLD.account_id AND profile_id = OLD.id;
        END IF;
        INSERT INTO profile_word (account_id, word, profile_id)
            SELECT NEW.account_id, word, NEW.id FROM unnest(string_to_array(NEW.search_text, ' ')) AS word WHERE word <> ''
            ON CONFLICT DO NOTHING;
        RETURN NULL;
    END $$""",
    "CREATE TRIGGER profile_word_insert AFTER INSERT ON profile FOR EACH ROW EXECUTE FUNCTION keep_profile_words()",
    """CREATE TRIGGER profile_word_update AFTER UPDATE OF search_text ON profile FOR EACH ROW
    WHEN (OLD.search_text IS DISTINCT FROM NEW.search_text) EXECUTE FUNCTION keep_profile_words()""",
)

# Profiles that are there already when this migration comes.
KEEP_ALL_SQLITE = """INSERT OR IGNORE INTO profile_word (account_id, word, profile_id) SELECT account_id, value, profile.id
    FROM profile, json_each('["' || replace(search_text, ' ', '","') || '"]') WHERE value <> ''"""
KEEP_ALL_POSTGRESQL = """INSERT INTO profile_word (account_id, word, profile_id)
    SELECT account_id, word, id FROM profile, unnest(string_to_array(search_text, ' ')) AS word WHERE word <> ''
    ON CONFLICT DO NOTHING"""


def upgrade() -> None:
    op.create_table(
        "profile_word",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("word", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "profile_id"],
            ["profile.account_id", "profile.id"],
            name=op.f("fk_profile_word_account_id_profile_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "word", "profile_id", name=op.f("pk_profile_word")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_profile_word_profile", "profile_word", ["account_id", "profile_id"], unique=False)
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    for statement in POSTGRESQL if on_postgresql else SQLITE:
        op.execute(statement)
    op.execute(KEEP_ALL_POSTGRESQL if on_postgresql else KEEP_ALL_SQLITE)


def downgrade() -> None:
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    for event in ("insert", "update"):
        op.execute(f"DROP TRIGGER profile_word_{event}" + (" ON profile" if on_postgresql else ""))
    if on_postgresql:
        op.execute("DROP FUNCTION keep_profile_words()")
    op.drop_index("ix_profile_word_profile", table_name="profile_word")
    op.drop_table("profile_word")
