"""The running feed server: start it, read its addresses, break and repair its feeds."""

import json
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from aiohttp import web

from bot.domain.clock import Clock
from sandbox.feed_server.loader import load_chronology
from sandbox.feed_server.model import Chronology, Outlet
from sandbox.feed_server.publication import feed_path
from sandbox.feed_server.site import Fault, RequestCounts, Site, State

_log = logging.getLogger(__name__)
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

    Made by `FeedServer.start`; each moment that the clock names has its own state of every feed, so
    a test or a demo moves on by moving the clock.
    """

    def __init__(self, state: State) -> None:
        self._state = state

    @classmethod
    @asynccontextmanager
    async def start(
        cls,
        *,
        clock: Clock,
        host: str = "127.0.0.1",
        port: int = 0,
        chronology: Chronology | None = None,
    ) -> AsyncIterator["FeedServer"]:
        """A feed server that serves until the context ends.

        Args:
            clock: Decides what is published.
            host: The address to listen on.
            port: The port; 0 for any free one.
            chronology: What to replay; None for the one that comes with the bot.

        Raises:
            OSError: The port is taken.
        """
        state = State(chronology=chronology or load_chronology(), clock=clock)
        runner = web.AppRunner(
            Site(state).app(), access_log=None, shutdown_timeout=_SHUTDOWN_S, handle_signals=False
        )
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
            bound_port: int = runner.addresses[0][1]
            state.base_url = f"http://{host}:{bound_port}"
            _log.info("FeedServer started", extra={"url": state.base_url})
            yield cls(state)
        finally:
            await runner.cleanup()

    @property
    def base_url(self) -> str:
        """The server's address, without a slash at the end."""
        return self._state.base_url

    @property
    def chronology(self) -> Chronology:
        """What is replayed."""
        return self._state.chronology

    @property
    def feeds(self) -> tuple[OutletFeed, ...]:
        """The feeds of the feed list, in its order; without `extra_feed`."""
        outlets = self._state.chronology.outlets
        return tuple(self.feed(outlet.id) for outlet in outlets if not outlet.kept_out)

    @property
    def extra_feed(self) -> OutletFeed:
        """The one feed that is left for an admin to add."""
        outlets = self._state.chronology.outlets
        return next(self.feed(outlet.id) for outlet in outlets if outlet.kept_out)

    @property
    def requests(self) -> Mapping[str, RequestCounts]:
        """How often each feed was asked for until now, by outlet id; a copy."""
        counts = self._state.counts
        return {
            outlet.id: replace(counts.get(outlet.id, RequestCounts()))
            for outlet in self._state.chronology.outlets
        }

    def feed(self, outlet_id: str) -> OutletFeed:
        """One outlet's feed.

        Raises:
            NotFoundError: No outlet has that id.
        """
        outlet = self._state.chronology.outlet(outlet_id)
        return OutletFeed(
            title=outlet.title,
            url=f"{self._state.base_url}{feed_path(outlet)}",
            category=outlet.category,
            language=outlet.language,
        )

    def feeds_yaml(self, *, every: str = "30m") -> str:
        """The text of a feeds.yaml that lists `feeds`; `every` is its default interval."""
        lines = [
            "# The pretend outlets.",
            "defaults:",
            f"  every: {every}",
            "feeds:",
        ]
        for feed in self.feeds:
            # JSON strings without \u escapes are YAML strings too (YAML 1.2, section 1.2).
            lines += [
                f"  - url: {json.dumps(feed.url, ensure_ascii=False)}",
                f"    title: {json.dumps(feed.title, ensure_ascii=False)}",
                f"    category: {json.dumps(feed.category, ensure_ascii=False)}",
                f"    language: {json.dumps(feed.language, ensure_ascii=False)}",
            ]
        return "\n".join(lines) + "\n"

    def break_feed(
        self, outlet_id: str, status: int = 503, *, retry_after_s: int | None = None
    ) -> None:
        """Lets an outlet's feed answer with an HTTP error until `repair_feed`.

        Args:
            outlet_id: Whose feed.
            status: The HTTP status.
            retry_after_s: Sent as Retry-After; None leaves the field out.

        Raises:
            NotFoundError: No outlet has that id.
        """
        outlet = self._outlet(outlet_id)
        self._state.faults[outlet.id] = Fault(status=status, retry_after_s=retry_after_s)

    def repair_feed(self, outlet_id: str) -> None:
        """Lets an outlet's feed work again; a feed that works is left as it is.

        Raises:
            NotFoundError: No outlet has that id.
        """
        self._state.faults.pop(self._outlet(outlet_id).id, None)

    def _outlet(self, outlet_id: str) -> Outlet:
        return self._state.chronology.outlet(outlet_id)
