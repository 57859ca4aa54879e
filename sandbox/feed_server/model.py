"""What the feed server knows: outlets, their reports, and the moments worth stopping at."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, AwareDatetime, ConfigDict, StringConstraints

from bot.domain.errors import NotFoundError
from bot.domain.evidence import Direction


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"{name!r} is no IANA time zone") from error
    return name


# What a file may hold, checked by the loader: words for addresses, one line, a sentence or two.
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
Line = Annotated[str, StringConstraints(pattern=r"^[^\r\n\t]+$", max_length=200)]
Text = Annotated[str, StringConstraints(pattern=r"^[^\r\n\t]+$", max_length=600)]
TimeZone = Annotated[str, AfterValidator(_known_zone)]
Moment = Annotated[AwareDatetime, AfterValidator(lambda moment: moment.astimezone(UTC))]
STRICT = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class FeedFormat(StrEnum):
    """How an outlet writes its feed."""

    # RSS 2.0, plain summaries, GUIDs that are no links.
    RSS = "rss"
    # RSS 2.0 with HTML in the description and the text in content:encoded, as blogs have it.
    RSS_FULL = "rss-full"
    # RSS 0.92 in ISO 8859-1: no GUIDs, item dates nevertheless, zone names instead of offsets.
    RSS_OLD = "rss-old"
    # Atom 1.0 with HTML summaries.
    ATOM = "atom"
    # Atom 1.0 with XHTML content.
    ATOM_XHTML = "atom-xhtml"
    # RSS 1.0 with Dublin Core dates.
    RDF = "rdf"
    # JSON Feed 1.1.
    JSON = "json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Outlet:
    """A pretend publisher with one feed.

    Attributes:
        id: First part of its addresses, such as `harbour-wire`.
        title: What people call it.
        description: One sentence for the feed's head.
        format: How the feed is written.
        category: A word for the feed list (agency, analysis, ...).
        language: BCP 47 tag.
        time_zone: IANA name; the zone in which the feed writes its dates.
        zone_label: Written in place of the offset (`SGT`), as old publishing systems do; None for
            an offset. Only `FeedFormat.RSS_OLD` heeds it.
        kept_out: True for the one outlet that is left for an admin to add.
    """

    __pydantic_config__ = STRICT

    id: Slug
    title: Line
    description: Line
    format: FeedFormat
    category: Line
    language: Line = "en"
    time_zone: TimeZone = "UTC"
    zone_label: Line | None = None
    kept_out: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Revision:
    """A later text of a report, under the same GUID.

    Attributes:
        at: When it replaces the text before, UTC.
        title: The new headline.
        summary: The new summary.
    """

    __pydantic_config__ = STRICT

    at: Moment
    title: Line
    summary: Text


@dataclass(frozen=True, kw_only=True, slots=True)
class Bearing:
    """The feed server's own knowledge of what a report means; it is never served.

    Attributes:
        commitment: Id of a commitment in the pack that the chronology was written for.
        direction: Toward its fulfilment, away from it, or neither.
    """

    commitment: str
    direction: Direction


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """One item of one outlet.

    Attributes:
        outlet: The outlet's id.
        guid: The item's lasting identifier, unique within the outlet.
        title: The headline as first published, one line of plain text.
        summary: One or two sentences of plain text.
        published_at: When it appears, UTC.
        path: Where it is read, below the server's address, with the query if it has one.
        revisions: Later texts, oldest first.
        categories: The outlet's own tags.
        story: Name of the event; reports of the same event share it. Never served.
        bears_on: The commitments that it bears on, empty for a distractor. Never served.
    """

    outlet: str
    guid: str
    title: str
    summary: str
    published_at: datetime
    path: str
    revisions: tuple[Revision, ...] = ()
    categories: tuple[str, ...] = ()
    story: str
    bears_on: tuple[Bearing, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Milestone:
    """A moment at which a time-lapse stops.

    Attributes:
        at: The moment, UTC; every report of that day is out by then.
        headline: What has happened, in a few words.
    """

    __pydantic_config__ = STRICT

    at: Moment
    headline: Line


@dataclass(frozen=True, kw_only=True, slots=True)
class Chronology:
    """A whole replay.

    Attributes:
        opens: Nothing is published before, UTC.
        closes: Nothing is published after, UTC.
        outlets: The publishers, in the order of the feed list.
        reports: All items, oldest first.
        milestones: Where a time-lapse stops, oldest first.
    """

    opens: datetime
    closes: datetime
    outlets: tuple[Outlet, ...]
    reports: tuple[Report, ...]
    milestones: tuple[Milestone, ...] = ()

    def outlet(self, outlet_id: str) -> Outlet:
        """The outlet of that id.

        Raises:
            NotFoundError: No outlet has it; the text names those there are.
        """
        for outlet in self.outlets:
            if outlet.id == outlet_id:
                return outlet
        known = ", ".join(outlet.id for outlet in self.outlets)
        raise NotFoundError(f"No outlet is called {outlet_id!r}; there are: {known}")
