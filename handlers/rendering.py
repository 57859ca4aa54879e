"""Any answer of the briefing as messages."""

from zoneinfo import ZoneInfo

from bot.briefing.answers import (
    Answer,
    CommitmentStatus,
    Digest,
    EvidenceAnswer,
    FeedsAnswer,
    Overview,
    SearchAnswer,
    StatusTable,
    TimelineAnswer,
    WhyAnswer,
)
from bot.slack.render_digest import digest_messages
from bot.slack.render_evidence import evidence_messages, timeline_messages, why_messages
from bot.slack.render_feeds import feeds_messages
from bot.slack.render_search import search_messages
from bot.slack.render_status import overview_messages, status_messages
from handlers.asked import Reply


def render(answer: Answer, *, zone: ZoneInfo) -> Reply:  # noqa: PLR0911 - one arm a type
    """The messages of an answer.

    Args:
        answer: Any answer of the briefing.
        zone: For dates where Slack cannot tell the reader's zone.
    """
    match answer:
        case CommitmentStatus() | StatusTable():
            return status_messages(answer, zone=zone)
        case EvidenceAnswer():
            return evidence_messages(answer, zone=zone)
        case TimelineAnswer():
            return timeline_messages(answer, zone=zone)
        case WhyAnswer():
            return why_messages(answer, zone=zone)
        case SearchAnswer():
            return search_messages(answer, zone=zone)
        case Overview():
            return overview_messages(answer, zone=zone)
        case FeedsAnswer():
            return feeds_messages(answer)
        case Digest():
            return digest_messages(answer)
