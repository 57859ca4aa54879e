"""OPML in and out: what a file would change is shown first, and done when a person agrees."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from bot.briefing.feed_answers import ImportPlan
from bot.config.opml import MAX_BYTES, read_opml, write_opml
from bot.domain.clock import Clock
from bot.domain.errors import FeedListError, Problem
from bot.domain.urls import same_feed_key
from bot.domain.workspace import WorkspaceId
from bot.ingest.http.client import Fetcher
from bot.ingest.http.ssrf import Network
from bot.ledger import Ledger
from bot.services.feeds.argument import out_of_reach
from bot.services.feeds.list import FeedListService

LARGEST_LIST: Final = MAX_BYTES
_TITLE: Final = "Summit Briefing Bot"
_FINGERPRINT: Final = 16


@dataclass(frozen=True, slots=True)
class OpmlService:
    """Reads and writes OPML; feeds may live in `allow_networks` though these are not public."""

    ledger: Ledger
    feeds: FeedListService
    documents: Fetcher
    clock: Clock
    allow_networks: Sequence[Network] = ()

    async def plan(self, workspace: WorkspaceId, body: bytes, *, name: str) -> ImportPlan:
        """What importing a file would do; `name` is what the person calls it, for messages.

        Raises:
            FeedListError: It is no OPML, broken, hostile or too large.
        """
        imported = await asyncio.to_thread(read_opml, body, name)
        known = {same_feed_key(feed.url) for feed in await self.ledger.feeds.list(workspace)}
        listed = []
        new = []
        broken = list(imported.left_out)
        for spec in imported.feeds:
            if same_feed_key(spec.url) in known:
                listed.append(spec)
            elif problem := out_of_reach(spec.url, self.allow_networks, where=name):
                broken.append(problem)
            else:
                new.append(spec)
        return ImportPlan(
            name=name,
            fingerprint=hashlib.sha256(body).hexdigest()[:_FINGERPRINT],
            new=tuple(new),
            listed=tuple(listed),
            broken=tuple(broken),
        )

    async def fetched(self, url: str) -> bytes:
        """The file behind a link, by the same guard and limits as feeds.

        Raises:
            FetchError: It cannot be fetched.
        """
        return (await self.documents.fetch_url(url)).body

    async def run(self, workspace: WorkspaceId, plan: ImportPlan, *, actor: str) -> ImportPlan:
        """Add what the plan names as new; gives what really was new at this moment.

        Raises:
            FeedListError: The list cannot be changed; then nothing was added.
        """
        added = await self.feeds.add_all(workspace, plan.new, actor=actor)
        listed = (*plan.listed, *(spec for spec in plan.new if spec not in added))
        return replace(plan, new=added, listed=listed)

    async def export(self, workspace: WorkspaceId) -> tuple[str, int]:
        """The list as OPML, and how many feeds are in it."""
        feeds = await self.ledger.feeds.list(workspace)
        return write_opml(feeds, title=_TITLE, at=self.clock()), len(feeds)


def read_file(path: Path) -> bytes:
    """An OPML file from disk, no more of it than is ever read.

    Raises:
        FeedListError: It cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        problem = Problem(
            where=str(path),
            what=f"it cannot be read ({error.strerror})",
            fix="give the path of an OPML file, or its address with https://",
        )
        raise FeedListError(problem) from error
