"""How the tables of words are written: many words a line, parted by spaces."""


def words_of(text: str) -> tuple[str, ...]:
    """The words of a table, in order."""
    return tuple(text.split())
