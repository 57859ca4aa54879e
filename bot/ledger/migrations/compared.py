"""What a comparison of a database with the tables looks at."""

from typing import Any

from bot.ledger.db.tables import BY_HAND, SQLITE_TABLE


def compared(_: Any, name: str | None, kind: str, *__: Any) -> bool:  # noqa: ANN401 - Alembic's hook
    """Whether it looks at an object: not at the full-text index, which is made by hand."""
    if kind not in {"table", "index", "column"} or name is None:
        return True
    return name not in BY_HAND and not name.startswith(SQLITE_TABLE)
