"""Words go into the search when the article has been read, not when it is accepted.

The index is most of what storing an article costs, and who sends one waits for it. Triggers as before (0008), so that
hosts with the older code, which know nothing of this, do the same.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# As in 0008: ё and е are one letter to who searches.
_WORDS = "replace(replace({0}.title, 'ё', 'е'), 'Ё', 'Е'), replace(replace({0}.text, 'ё', 'е'), 'Ё', 'Е')"
_PUT_IN = (
    "INSERT INTO article_words_numbers (article_id) SELECT NEW.id WHERE NEW.erased_at IS NULL; "
    f"INSERT INTO article_words (rowid, title, text) SELECT number, {_WORDS.format('NEW')} "
    "FROM article_words_numbers WHERE article_id = NEW.id;"
)
_UPGRADE = {
    "sqlite": (
        "DROP TRIGGER article_words_insert",
        # What waits at this moment is in already.
        (
            "CREATE TRIGGER article_words_read AFTER UPDATE OF state ON articles "
            "WHEN OLD.state = 'queued' AND NEW.state <> 'queued' "
            "AND NOT EXISTS (SELECT 1 FROM article_words_numbers WHERE article_id = NEW.id) "
            f"BEGIN {_PUT_IN} END"
        ),
    ),
    "postgresql": (
        "DROP TRIGGER article_words_insert ON articles",
        (
            "CREATE TRIGGER article_words_read AFTER UPDATE OF state ON articles FOR EACH ROW "
            "WHEN (OLD.state = 'queued' AND NEW.state <> 'queued') EXECUTE FUNCTION article_words_keep()"
        ),
    ),
}
_MISSING = "erased_at IS NULL AND id NOT IN (SELECT article_id FROM {0})"
_DOWNGRADE = {
    "sqlite": (
        "DROP TRIGGER article_words_read",
        f"CREATE TRIGGER article_words_insert AFTER INSERT ON articles BEGIN {_PUT_IN} END",
        # Those that wait get a number each, and by it their words.
        "CREATE TEMP TABLE unread AS SELECT id FROM articles WHERE " + _MISSING.format("article_words_numbers"),
        "INSERT INTO article_words_numbers (article_id) SELECT id FROM unread ORDER BY id",
        (
            f"INSERT INTO article_words (rowid, title, text) SELECT number, {_WORDS.format('articles')} "
            "FROM unread JOIN articles USING (id) JOIN article_words_numbers ON article_id = id"
        ),
        "DROP TABLE unread",
    ),
    "postgresql": (
        "DROP TRIGGER article_words_read ON articles",
        (
            "CREATE TRIGGER article_words_insert AFTER INSERT ON articles "
            "FOR EACH ROW EXECUTE FUNCTION article_words_keep()"
        ),
        "INSERT INTO article_words SELECT id, article_words_of(title, text) FROM articles WHERE "
        + _MISSING.format("article_words"),
    ),
}


def upgrade() -> None:
    for statement in _UPGRADE[op.get_bind().dialect.name]:
        op.execute(sa.text(statement))


def downgrade() -> None:
    for statement in _DOWNGRADE[op.get_bind().dialect.name]:
        op.execute(sa.text(statement))
