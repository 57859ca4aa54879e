"""What handlers may use: services, and nothing below them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot.briefing import Briefing
from bot.domain.clock import Clock
from bot.domain.commitment import Pack
from bot.domain.workspace import WorkspaceId
from bot.services.answering import Answerer
from bot.services.digesting import DigestDesk
from bot.services.feed_history import FeedHistorian
from bot.services.feed_import import FeedPorter
from bot.services.feed_list import FeedDesk
from bot.services.feed_listing import FeedCatalogue
from bot.services.feed_scout import FeedScout
from bot.services.people import People
from bot.services.reviewing import ReviewDesk
from bot.services.subscribing import SubscriptionDesk
from bot.slack.files import SlackFiles


@dataclass(frozen=True, kw_only=True, slots=True)
class Services:
    """Everything a handler can ask.

    Attributes:
        briefing: Answers to commands.
        answers: Answers to plain questions.
        feeds: The feed list.
        catalogue: The feed list as admins read it.
        scout: Looks at feeds that are not listed, and tries listed ones.
        porter: The feed list as a file.
        historian: Who changed a feed's line.
        files: Files in Slack.
        subscriptions: Who gets which digest.
        reviews: What people say of evidence.
        digests: Digests asked for now.
        people: Who asks.
        pack: The commitments in force.
        outlets: Titles of the workspace's feeds, by which people name sources.
        workspace_of: The workspace of a Slack team id; raises `NotFoundError` for a foreign one.
        first_time: Whether an event id is seen for the first time (Slack may send one again).
        poll: Has the feeds looked at soon.
        clock: The present moment.
        reference: A short new word to find a failure in the log by.
        timezone: IANA name for dates where the reader's own zone is unknown.
    """

    briefing: Briefing
    answers: Answerer
    feeds: FeedDesk
    catalogue: FeedCatalogue
    scout: FeedScout
    porter: FeedPorter
    historian: FeedHistorian
    files: SlackFiles
    subscriptions: SubscriptionDesk
    reviews: ReviewDesk
    digests: DigestDesk
    people: People
    pack: Callable[[], Pack]
    outlets: Callable[[WorkspaceId], Awaitable[tuple[str, ...]]]
    workspace_of: Callable[[str | None], WorkspaceId]
    first_time: Callable[[str], Awaitable[bool]]
    poll: Callable[[], None]
    clock: Clock
    reference: Callable[[], str]
    timezone: str

    @property
    def zone(self) -> ZoneInfo:
        """Rules of `timezone`."""
        return ZoneInfo(self.timezone)
