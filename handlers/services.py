"""What handlers may use: services, and nothing below them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot.briefing import Briefing
from bot.domain.clock import Clock
from bot.domain.commitment import Pack
from bot.domain.workspace import WorkspaceId
from bot.services.answers import Answerer
from bot.services.digests import DigestService
from bot.services.feeds.catalogue import FeedCatalogue
from bot.services.feeds.history import FeedAudit
from bot.services.feeds.list import FeedListService
from bot.services.feeds.opml import OpmlService
from bot.services.feeds.preview import FeedPreviewer
from bot.services.reviews import ReviewService
from bot.services.subscriptions import SubscriptionService
from bot.services.users import People
from bot.slack.api.files import SlackFiles


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
    feeds: FeedListService
    catalogue: FeedCatalogue
    scout: FeedPreviewer
    porter: OpmlService
    historian: FeedAudit
    files: SlackFiles
    subscriptions: SubscriptionService
    reviews: ReviewService
    digests: DigestService
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
