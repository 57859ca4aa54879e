"""What an outlet's feed shows at a moment: pure, from a chronology and a time."""

from dataclasses import dataclass
from datetime import datetime

from sandbox.feed_server.model import Chronology, FeedFormat, Outlet, Report

# How many items a feed shows at most; older ones have scrolled out.
FEED_LENGTH = 15

_FEED_FILES = {
    FeedFormat.RSS: "feed.xml",
    FeedFormat.RSS_FULL: "feed/",
    FeedFormat.RSS_OLD: "news.rss",
    FeedFormat.ATOM: "atom.xml",
    FeedFormat.ATOM_XHTML: "updates.atom",
    FeedFormat.RDF: "index.rdf",
    FeedFormat.JSON: "feed.json",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedEntry:
    """A report as a feed shows it at some moment, at its newest revision.

    Attributes:
        guid: The item's lasting identifier.
        url: Where it is read.
        title: Plain text.
        summary: Plain text.
        published_at: When it first appeared, UTC.
        updated_at: When this text appeared, UTC; `published_at` if it was never revised.
        categories: The outlet's own tags.
    """

    guid: str
    url: str
    title: str
    summary: str
    published_at: datetime
    updated_at: datetime
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Channel:
    """All that a feed document says.

    Attributes:
        outlet: Whose feed it is.
        home_url: The outlet's index page.
        feed_url: The document's own address.
        updated_at: When it last changed, UTC; the replay's beginning while it is empty.
        entries: Newest first.
    """

    outlet: Outlet
    home_url: str
    feed_url: str
    updated_at: datetime
    entries: tuple[FeedEntry, ...]


def home_path(outlet: Outlet) -> str:
    """Where the outlet's index page is, below the server's address."""
    return f"/{outlet.id}/"


def feed_path(outlet: Outlet) -> str:
    """Where the outlet's feed is, below the server's address."""
    return f"/{outlet.id}/{_FEED_FILES[outlet.format]}"


def channel_at(chronology: Chronology, outlet: Outlet, *, now: datetime, server: str) -> Channel:
    """The outlet's feed as it stands at `now`.

    The newest `FEED_LENGTH` reports that are out by then, each with its latest revision that is
    out. A revision does not move an item up.

    Args:
        chronology: The replay.
        outlet: Whose feed.
        now: The moment, aware.
        server: The address that paths are appended to, without a slash at the end.
    """
    published = [
        report
        for report in chronology.reports
        if report.outlet == outlet.id and report.published_at <= now
    ]
    entries = tuple(
        entry_at(report, now=now, server=server) for report in reversed(published[-FEED_LENGTH:])
    )
    return Channel(
        outlet=outlet,
        home_url=f"{server}{home_path(outlet)}",
        feed_url=f"{server}{feed_path(outlet)}",
        updated_at=max((entry.updated_at for entry in entries), default=chronology.opens),
        entries=entries,
    )


def entry_at(report: Report, *, now: datetime, server: str) -> FeedEntry:
    """The report as it reads at `now`; `server` is the address that its path is appended to."""
    revised = [revision for revision in report.revisions if revision.at <= now]
    text = revised[-1] if revised else report
    return FeedEntry(
        guid=report.guid,
        url=f"{server}{report.path}",
        title=text.title,
        summary=text.summary,
        published_at=report.published_at,
        updated_at=revised[-1].at if revised else report.published_at,
        categories=report.categories,
    )
