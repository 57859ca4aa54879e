"""The matching process as the bot sees it, and the values that both know.

Nothing here needs numpy, which the bot itself does without; the program is `bot.matching.worker`.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from bot.domain.commitment import Pack
from bot.domain.errors import BriefingError
from bot.domain.evidence import Direction, Feedback, Match
from bot.domain.item import ItemText
from bot.workers import Worker, WorkerDiedError

_log = logging.getLogger(__name__)
_TIMEOUT: Final = timedelta(minutes=5)
# numpy's arrays of a few MB come and go all the time. The C library (glibc; others do not know
# these) would give each back to the system and ask for it anew, a fifth of all the time.
_KEPT_BYTES: Final = 16 * 1024 * 1024
_ENVIRONMENT: Final = {
    # One thread: the other processor is for the bot itself, and the arrays here are small.
    **dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    **dict.fromkeys(("MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_"), str(_KEPT_BYTES)),
    "TOKENIZERS_PARALLELISM": "false",
}
_FIELDS: Final = tuple(field.name for field in fields(Match))

# Title and summary: all that matching reads.
Text = tuple[str, str]
# The matches of one text as JSON values.
Packed = tuple[list[Any], ...]


class QueuedItem(NamedTuple):
    """An item to match and to put into a story; a plain tuple, since thousands are sent.

    Attributes:
        id: The ledger's number of the item.
        seen_at: When it was first stored.
        feed: What published it, by any name.
        story_id: Its story where it has one already; None otherwise.
    """

    id: int
    title: str
    summary: str
    published_at: datetime
    seen_at: datetime
    feed: str
    story_id: int | None = None

    @property
    def text(self) -> ItemText:
        """What matching and grouping read."""
        return ItemText(
            id=str(self.id), title=self.title, summary=self.summary,
            published_at=self.published_at,
        )  # fmt: skip


@dataclass(slots=True)
class _Session:
    """One process, and what it holds.

    Attributes:
        loaded: The pack and the reviews that it matches by; None before.
        version: The matcher's version with them.
        stories_since: It knows the ledger's stories from this date on; None when it does not.
    """

    worker: Worker
    loaded: tuple[Pack, Feedback] | None = None
    version: str = ""
    stories_since: datetime | None = None


class MatchProcess:
    """One process that matches, started when it is first asked.

    Requests are answered in the order in which they were made; the next may be sent before the
    answer to the last is there. When the process ends unasked, that is raised once, and the next
    request starts another one, which holds nothing yet.
    """

    def __init__(self, *, reader: bool) -> None:
        """Starts nothing yet; without `reader` every item is read as English."""
        self._reader = reader
        self._session: _Session | None = None
        self._starting = asyncio.Lock()
        self._loading = asyncio.Lock()

    async def close(self) -> None:
        """Lets the process end by itself, or stops it when it does not at once."""
        if self._session is not None:
            await self._session.worker.close()

    async def load(self, pack: Pack, feedback: Feedback) -> str:
        """Matches by this pack from now on, and gives the matcher's version."""
        async with self._loading:
            session = await self._started()
            # Values that are the very same ones are equal without a look inside.
            if session.loaded != (pack, feedback):
                session.version = await self._ask(session, "load", pack, feedback, self._reader)
                session.loaded = (pack, feedback)
            return session.version

    async def match(self, texts: Sequence[Text]) -> list[tuple[Match, ...]]:
        """What each text bears on, in order."""
        answer = await self._ask(await self._started(), "match", texts)
        return [tuple(map(unpacked, matches)) for matches in answer]

    async def match_ahead(self, texts: Sequence[Text]) -> None:
        """Match texts that will soon be filed."""
        await self._ask(await self._started(), "match_ahead", texts)

    def knows_stories(self, since: datetime) -> bool:
        """Whether it knows the stories of items published since then."""
        session = self._session
        if session is None or session.stories_since is None:
            return False
        return session.worker.running and session.stories_since <= since

    async def know_stories(self, items: Sequence[QueuedItem], since: datetime) -> None:
        """Forget all stories but those of these items, which are all since then."""
        session = await self._started()
        session.stories_since = None
        await self._ask(session, "know_stories", items)
        session.stories_since = since

    async def match_and_group(
        self, items: Sequence[QueuedItem]
    ) -> list[tuple[int, tuple[Match, ...]]]:
        """The story of each item and what it bears on, in order; the stories are remembered."""
        answer = await self._ask(await self._started(), "match_and_group", items)
        return [(story_id, tuple(map(unpacked, matches))) for story_id, matches in answer]

    async def _started(self) -> _Session:
        """The process; a new one when the last one ended."""
        async with self._starting:
            if self._session is None or not self._session.worker.running:
                worker = await Worker.start("bot.matching.worker", environment=_ENVIRONMENT)
                self._session = _Session(worker)
            return self._session

    async def _ask(self, session: _Session, name: str, *arguments: object) -> Any:  # noqa: ANN401 - JSON
        try:
            return await session.worker.ask(name, *arguments, timeout=_TIMEOUT)
        except (WorkerDiedError, TimeoutError) as error:
            _log.warning("the matching process was given up", extra={"request": name})
            message = (
                "the matching process ended or did not answer; what is not matched yet is "
                "taken up again at the next poll; check that the machine has memory left"
            )
            raise BriefingError(message) from error


def packed(match: Match) -> list[Any]:
    """A match as JSON values, in the order of its fields."""
    return [getattr(match, name) for name in _FIELDS]


def unpacked(values: Sequence[Any]) -> Match:
    """The inverse of `packed`."""
    match = dict(zip(_FIELDS, values, strict=True))
    direction, reasons = Direction(match["direction"]), tuple(match["reasons"])
    return Match(**match | {"direction": direction, "reasons": reasons})
