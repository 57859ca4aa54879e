"""What the YAML parser and the operating system complain of, in the words of an admin."""

import re
from pathlib import Path

from ruamel.yaml.error import MarkedYAMLError

from bot.domain.errors import Problem
from bot.ingest.nodes import shorten

_MERGE_MARKER = re.compile(r"^(?:<{7}|>{7})(?: .*)?\r?$", re.MULTILINE)
"""What git leaves in a file where two people changed the same lines."""


def syntax_problem(error: MarkedYAMLError, where: str, text: str) -> Problem:
    """What the YAML parser says, in the words of somebody who has the file open."""
    if marker := _MERGE_MARKER.search(text):
        return Problem(
            where=where,
            what="two versions of the file were put together, and not all of it is decided",
            mend="keep one version of what is between <<<<<<< and >>>>>>>, and take the marks out",
            line=text.count("\n", 0, marker.start()) + 1,
        )
    mark = error.problem_mark or error.context_mark
    line = min(mark.line + 1, text.count("\n") + 1) if mark else None
    said = error.problem or error.context or "it cannot be read"
    for pattern, what, mend in _SYNTAX:
        if pattern in said:
            return Problem(where=where, what=what, mend=mend, line=line)
    what = f"this is not valid YAML ({shorten(said, 80)})"
    return Problem(
        where=where, what=what, mend="check indentation, quotes and brackets here", line=line
    )


_SYNTAX = (
    ("'\\t'", "a tab stands where YAML wants spaces", "indent with spaces"),
    (
        "mapping values are not allowed here",
        "a second colon stands in this line",
        'put the text in quotes: title: "Peace: a report"',
    ),
    (
        "unexpected end of stream",
        "a quoted text is not closed",
        "add the missing quote, or double the quote inside the text",
    ),
    ("<stream end>", "a bracket is not closed", "add the missing ] or }"),
    (
        "expected <block end>",
        "the indentation does not fit the lines above",
        "line the key up with the other keys of the same group",
    ),
    (
        "could not find expected ':'",
        "a key has no colon",
        "write key: value, with a space after the colon",
    ),
    (
        "cannot start any token",
        "a text begins with a character that means something to YAML (@, ` or %)",
        "put the text in quotes",
    ),
)


def os_problem(path: Path, error: OSError) -> tuple[str, str]:
    """What keeps a file from being read, and how to mend it."""
    if isinstance(error, FileNotFoundError):
        return f"there is no file {path}", "create it, or name another file"
    if isinstance(error, IsADirectoryError):
        return f"{path} is a folder", "name a file"
    if isinstance(error, PermissionError):
        return f"{path} may not be read", "give the bot's user the right to read it"
    return f"{path} cannot be read ({error.strerror})", "check the file"
