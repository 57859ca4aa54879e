"""The program of one parser process: documents in, entries out, over standard input and output.

A message is a line of JSON; a request's is followed by the body. Answers are JSON, never pickles:
what comes back from reading a hostile document must not be able to run anything in the bot.
"""

import gc
import json
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, BinaryIO, Final

from bot.domain.errors import FetchError
from bot.domain.feed import FeedHints
from bot.domain.item import Entry
from bot.ingest.formats.document import ParsedFeed, parse

MEMORY_BYTES: Final = 1024 * 1024 * 1024
READY: Final = b"ready\n"
NICE: Final = 5


def main() -> None:
    """Serves until standard input ends."""
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # whatever a library prints must not come between the answers
    _limit_resources()
    gc.freeze()
    answers.write(READY)
    answers.flush()
    while line := requests.readline():
        answers.write(json.dumps(_answer(json.loads(line), requests)).encode() + b"\n")
        answers.flush()


def _answer(request: Mapping[str, Any], requests: BinaryIO) -> dict[str, Any]:
    body = requests.read(request["length"])
    try:
        parsed = parse(
            body,
            content_type=request["content_type"],
            url=request["url"],
            now=datetime.fromisoformat(request["now"]),
        )
    except FetchError as error:
        return {"error": str(error), "kind": error.kind}
    except MemoryError:
        return {"error": TOO_MUCH, "kind": "unreadable"}
    return packed(parsed)


TOO_MUCH: Final = "reading the document takes too much time or memory; tell the publisher"


def packed(parsed: ParsedFeed) -> dict[str, Any]:
    """A parsed feed as JSON values."""
    hints = parsed.hints
    return {
        "title": parsed.title,
        "language": parsed.language,
        "site": parsed.site,
        "every_s": hints.every.total_seconds() if hints.every else None,
        "skip_hours": sorted(hints.skip_hours),
        "skip_days": sorted(hints.skip_days),
        "whole": parsed.whole,
        "left_out": parsed.left_out,
        "entries": [_values(entry) for entry in parsed.entries],
    }


def unpacked(values: Mapping[str, Any]) -> ParsedFeed:
    """The inverse of `packed`."""
    every_s = values["every_s"]
    return ParsedFeed(
        title=values["title"],
        language=values["language"],
        site=values["site"],
        hints=FeedHints(
            every=None if every_s is None else timedelta(seconds=every_s),
            skip_hours=frozenset(values["skip_hours"]),
            skip_days=frozenset(values["skip_days"]),
        ),
        whole=values["whole"],
        left_out=values["left_out"],
        entries=tuple(_entry(entry) for entry in values["entries"]),
    )


def _values(entry: Entry) -> list[str | None]:
    """An entry's values in the order of its fields."""
    published = entry.published_at
    return [
        entry.key, entry.url, entry.canonical_url, entry.title, entry.summary, entry.language,
        published.isoformat() if published else None, entry.content_hash,
    ]  # fmt: skip


def _entry(values: Sequence[Any]) -> Entry:
    """The inverse of `_values`."""
    key, url, canonical_url, title, summary, language, published, content_hash = values
    return Entry(
        key=key,
        url=url,
        canonical_url=canonical_url,
        title=title,
        summary=summary,
        language=language,
        published_at=datetime.fromisoformat(published) if published else None,
        content_hash=content_hash,
    )


def _limit_resources() -> None:
    """Bounds memory, forbids writing files, where the system can, and lets the bot go first."""
    try:
        import resource  # noqa: PLC0415 - absent on Windows
    except ImportError:
        return
    os.nice(NICE)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
