"""What handlers may use: services, and nothing below them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.briefing import Briefing
from bot.domain.clock import Clock
from bot.domain.commitment import Pack
from bot.domain.workspace import WorkspaceId
from bot.services.answers import Answerer
from bot.services.articles import ArticleService
from bot.services.assessments import AssessmentService
from bot.services.audit import AuditTrail
from bot.services.commitments import CommitmentsWatcher
from bot.services.digests import DigestService
from bot.services.feeds.catalogue import FeedCatalogue
from bot.services.feeds.list import FeedListService
from bot.services.feeds.opml import OpmlService
from bot.services.feeds.preview import FeedPreviewer
from bot.services.reviews import PostedLines, ReviewService
from bot.services.subscriptions import SubscriptionService
from bot.services.users import People


@dataclass(frozen=True, kw_only=True, slots=True)
class Services:
    """Everything that a handler can ask.

    Attributes:
        workspace: Where every authenticated request is from: one token serves one workspace.
        pack: The current commitments.
        first_time: See `Ledger.seen_requests`.
        poll: Has the feeds that are due fetched soon.
    """

    workspace: WorkspaceId
    briefing: Briefing
    answers: Answerer
    commitments: CommitmentsWatcher
    feeds: FeedListService
    catalogue: FeedCatalogue
    previewer: FeedPreviewer
    opml: OpmlService
    subscriptions: SubscriptionService
    reviews: ReviewService
    lines: PostedLines
    assessments: AssessmentService
    articles: ArticleService
    audit: AuditTrail
    digests: DigestService
    people: People
    pack: Callable[[], Pack]
    first_time: Callable[..., Awaitable[bool]]
    poll: Callable[[], None]
    clock: Clock
