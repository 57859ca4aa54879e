"""The running feed server: start it, and read its addresses."""

import json
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Self

from aiohttp import web

from bot.domain.clock import Clock
from sandbox.feed_server.loader import load_chronology
from sandbox.feed_server.model import Chronology
from sandbox.feed_server.publication import feed_path
from sandbox.feed_server.site import Site

_SHUTDOWN_S = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class OutletFeed:
    """One feed of the feed server, as a feed list has it.

    Attributes:
        title: The outlet's title.
        url: The feed's address on the running server.
        category: For grouping.
        language: BCP 47 tag.
    """

    title: str
    url: str
    category: str
    language: str


class FeedServer:
    """A feed server on loopback, replaying a chronology by a clock.

    Each moment that the clock names has its own state of every feed, so a test or a demo moves on
    by moving the clock.

    Attributes:
        base_url: The server's address, without a slash at the end.
        chronology: What is replayed.
    """

    def __init__(self, chronology: Chronology, *, base_url: str) -> None:
        self.chronology = chronology
        self.base_url = base_url

    @classmethod
    @asynccontextmanager
    async def start(
        cls,
        *,
        clock: Clock,
        host: str = "127.0.0.1",
        port: int = 0,
        chronology: Chronology | None = None,
    ) -> AsyncIterator[Self]:
        """A feed server that serves until the context ends.

        Args:
            clock: Decides what is published.
            host: The address to listen on.
            port: The port; 0 for any free one.
            chronology: What to replay; None for the one that comes with the bot.

        Raises:
            OSError: The port is taken.
        """
        replayed = chronology or load_chronology()
        async with AsyncExitStack() as stack:
            listening = stack.enter_context(socket.create_server((host, port)))
            base_url = f"http://{host}:{listening.getsockname()[1]}"
            runner = web.AppRunner(
                Site(replayed, clock=clock, base_url=base_url).app(),
                access_log=None,
                shutdown_timeout=_SHUTDOWN_S,
            )
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await web.SockSite(runner, listening).start()
            yield cls(replayed, base_url=base_url)

    @property
    def feeds(self) -> tuple[OutletFeed, ...]:
        """The feeds of the feed list, in its order; without `extra_feed`."""
        outlets = self.chronology.outlets
        return tuple(self.feed(outlet.id) for outlet in outlets if not outlet.kept_out)

    @property
    def extra_feed(self) -> OutletFeed:
        """The one feed that is left for an admin to add."""
        outlets = self.chronology.outlets
        return next(self.feed(outlet.id) for outlet in outlets if outlet.kept_out)

    def feed(self, outlet_id: str) -> OutletFeed:
        """One outlet's feed.

        Raises:
            NotFoundError: No outlet has that id.
        """
        outlet = self.chronology.outlet(outlet_id)
        return OutletFeed(
            title=outlet.title,
            url=f"{self.base_url}{feed_path(outlet)}",
            category=outlet.category,
            language=outlet.language,
        )

    def feeds_yaml(self, *, every: str = "30m") -> str:
        """The text of a feeds.yaml that lists `feeds`; `every` is its default interval."""
        lines = ["# The pretend outlets.", "defaults:", f"  every: {every}", "feeds:"]
        for feed in self.feeds:
            # JSON strings without \u escapes are YAML strings too (YAML 1.2, section 1.2).
            lines += [
                f"  - url: {json.dumps(feed.url, ensure_ascii=False)}",
                f"    title: {json.dumps(feed.title, ensure_ascii=False)}",
                f"    category: {json.dumps(feed.category, ensure_ascii=False)}",
                f"    language: {json.dumps(feed.language, ensure_ascii=False)}",
            ]
        return "\n".join(lines) + "\n"
