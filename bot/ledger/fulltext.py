"""How full text is indexed: FTS5 on SQLite, a tsvector with a GIN index on PostgreSQL.

On PostgreSQL punctuation becomes blanks and accents go before the parser sees the text; otherwise
it reads `F-16` as a negative number and `nknews.org` as one host, and people find neither by its
words. SQLite's tokenizer does both by itself.
"""

import unicodedata

PUNCTUATION = "-_/.,:;@&+=?#%~'\"()[]{}<>|*!\\‐‑‒–—―‘’“”…·"


def _accented() -> dict[str, str]:
    """Latin letters with accents (U+00C0 to U+017F), and the plain letter of each."""
    pairs = ((chr(n), unicodedata.normalize("NFKD", chr(n))) for n in range(0xC0, 0x180))
    return {c: d[0] for c, d in pairs if len(d) > 1 and d[0].isascii() and d[0].isalpha()}


ACCENTED = _accented()


def _quoted(literal: str) -> str:
    return "'" + literal.replace("'", "''") + "'"


SQLITE_TABLE = "items_search"
POSTGRESQL_COLUMN = "words"
BY_HAND = frozenset({"words", "ix_items_words"})
"""What a comparison of PostgreSQL with the tables must not look at."""

_FROM = _quoted(PUNCTUATION + "".join(ACCENTED))
_TO = _quoted(" " * len(PUNCTUATION) + "".join(ACCENTED.values()))

POSTGRESQL_DDL = (
    f"""\
CREATE FUNCTION item_words(title text, summary text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT setweight(to_tsvector('english', translate(title, {_FROM}, {_TO})), 'A')
    || setweight(to_tsvector('english', translate(summary, {_FROM}, {_TO})), 'C')
$$""",
    # Kept with the row, so that ranking need not read the text again.
    """\
ALTER TABLE items ADD COLUMN words tsvector
    GENERATED ALWAYS AS (item_words(title, summary)) STORED""",
    "CREATE INDEX ix_items_words ON items USING gin (words)",
)

# An index without a copy of the text; the triggers keep it in step with items.
SQLITE_DDL = (
    """\
CREATE VIRTUAL TABLE items_search USING fts5(
    title, summary, content='items', content_rowid='id',
    tokenize='porter unicode61 remove_diacritics 2'
)""",
    """\
CREATE TRIGGER items_search_insert AFTER INSERT ON items BEGIN
    INSERT INTO items_search (rowid, title, summary) VALUES (new.id, new.title, new.summary);
END""",
    """\
CREATE TRIGGER items_search_delete AFTER DELETE ON items BEGIN
    INSERT INTO items_search (items_search, rowid, title, summary)
    VALUES ('delete', old.id, old.title, old.summary);
END""",
    """\
CREATE TRIGGER items_search_update AFTER UPDATE OF title, summary ON items BEGIN
    INSERT INTO items_search (items_search, rowid, title, summary)
    VALUES ('delete', old.id, old.title, old.summary);
    INSERT INTO items_search (rowid, title, summary) VALUES (new.id, new.title, new.summary);
END""",
)


def statements(dialect: str) -> tuple[str, ...]:
    """The statements that make the index, in order, for `sqlite` or `postgresql`."""
    return SQLITE_DDL if dialect == "sqlite" else POSTGRESQL_DDL
